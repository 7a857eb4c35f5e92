"""Whether the kernel would still give a watch: no list of what is watched says what is not."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_DELETE_SELF: Final = 0x400
"""IN_DELETE_SELF of inotify(7): as good as any other, nothing is ever read."""
_NONE_LEFT: Final = {errno.ENOSPC, errno.ENOMEM}
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def has_watch_left(folder: Path) -> bool:
    """Whether one more watch of this account could be had, by asking for one.

    Args:
        folder: To be watched for a moment; True when it cannot be, for whatever other reason.
    """
    queue = _LIBC.inotify_init1(os.O_CLOEXEC)
    if queue < 0:
        return True  # no queue left: who watches has one, and nothing is known of its watches
    try:
        ctypes.set_errno(0)
        watch = _LIBC.inotify_add_watch(queue, os.fsencode(folder), _DELETE_SELF)
        return watch >= 0 or ctypes.get_errno() not in _NONE_LEFT
    finally:
        os.close(queue)
