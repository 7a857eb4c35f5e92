"""A little room set aside on the hot folder's disk.

Scans may fill that disk to its last block, and only taking them empties it again; but taking
begins with a folder and a list, which need room themselves.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import fsync_folder

if TYPE_CHECKING:
    from pathlib import Path

SPARE: Final = ".appliance-spare"
SPARE_BYTES: Final = 1024 * 1024
"""Our own: more than the folder and the list of a batch, however long its names are."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def keep_spare(claimed_root: Path) -> None:
    """Set the room aside, if it is not; a disk that has none left is asked again later."""
    path = claimed_root / SPARE
    if os.path.lexists(path):
        return
    with suppress(OSError):
        descriptor = os.open(path, _NEW, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, SPARE_BYTES)
        except OSError:
            path.unlink()
        finally:
            os.close(descriptor)


def give_up_spare(claimed_root: Path) -> bool:
    """Give the room back; whether there was any."""
    try:
        (claimed_root / SPARE).unlink()
    except FileNotFoundError:
        return False
    fsync_folder(claimed_root)  # or its blocks may not be free yet
    return True
