"""Locks of the kernel (``flock``): they go with the process that holds them, however it ends.

Some file systems have none: NFS whose server runs no lock service, Lustre mounted without them,
one in user space that refuses them. Nobody works there without: two writers could not be kept
apart, nor a living one from what a killed one left. The error says so by a number of its own.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_REFUSED: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_TOLD: Final = (
    "its file system gives no locks; mount it so that it does (NFS with local_lock=flock, Lustre "
    "with flock) or use another disk"
)


def lock(descriptor: int) -> None:
    """Wait for the lock of an open file or folder; closing it gives the lock back.

    Raises:
        OSError: ``ENOLCK``: the file system has no locks; or the disk refused.
    """
    _flock(descriptor, fcntl.LOCK_EX)


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody has it; whether it was had. Errors as of ``lock``."""
    try:
        _flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _flock(descriptor: int, operation: int) -> None:
    try:
        fcntl.flock(descriptor, operation)
    except OSError as problem:
        if problem.errno not in _REFUSED:
            raise
        raise OSError(errno.ENOLCK, _TOLD) from problem


def open_locked(path: Path, open_it: Callable[[], int | None]) -> int:
    """Open what has a name now, and wait for its lock.

    Args:
        path: The name.
        open_it: Opens it; None = it was just being made or removed, and is to be opened again.

    Returns:
        The descriptor, locked until it is closed.

    Raises:
        OSError: As of ``lock`` and of ``open_it``.
    """
    while True:
        descriptor = open_it()
        if descriptor is None:
            continue
        with ExitStack() as closing:
            closing.callback(os.close, descriptor)
            lock(descriptor)
            if is_named(path, descriptor):
                closing.pop_all()
                return descriptor


def is_named(path: Path, descriptor: int) -> bool:
    """Whether a name still stands for what is open; whoever waited for a lock must ask.

    Raises:
        OSError: The disk refused.
    """
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
