"""Folders by descriptor: no component of a path is ever followed to somewhere else.

Whoever may write into the hot folder may swap a folder for a link between two calls; a
descriptor stays the folder that was opened.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READING: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_RENAME_NOREPLACE: Final = 1
"""Linux, renameat2(2)."""
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


@contextmanager
def opened_root(path: Path) -> Iterator[int]:
    """The descriptor of a folder of our own.

    Raises:
        OSError: It is missing, no folder, or closed to us.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_folder(parent: int, name: str) -> Iterator[int]:
    """The descriptor of a folder inside another; a link is refused.

    Raises:
        OSError: It is missing, a link, no folder, or closed to us.
    """
    descriptor = os.open(name, _FOLDER, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def opened_below(root: int, parts: Sequence[str]) -> Iterator[int]:
    """The descriptor of a folder some folders down; see ``opened_folder``."""
    with ExitStack() as stack:
        folder = root
        for part in parts:
            folder = stack.enter_context(opened_folder(folder, part))
        yield folder


def status_in(folder: int, name: str) -> os.stat_result:
    """What lies under a name in a folder, a link itself included."""
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def open_file(folder: int, name: str) -> int:
    """Open a file for reading; never waits for one, and never follows a link.

    Raises:
        OSError: ``EWOULDBLOCK`` when another process holds a lease on it.
    """
    return os.open(name, _READING, dir_fd=folder)


def is_plain_status(status: os.stat_result) -> bool:
    """Whether it is a regular file with one name; nothing else is ever opened."""
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def rename_to_free_name(source: int, name: str, target: int, new_name: str) -> None:
    """Rename between two folders without ever replacing what bears the new name.

    Raises:
        FileExistsError: The new name is taken.
        OSError: The file system refused, or cannot do this.
    """
    status = _LIBC.renameat2(
        source, os.fsencode(name), target, os.fsencode(new_name), _RENAME_NOREPLACE
    )
    if status == 0:
        return
    code = ctypes.get_errno()
    if code not in {errno.EINVAL, errno.ENOSYS}:
        raise OSError(code, os.strerror(code), name)
    os.link(name, new_name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    os.unlink(name, dir_fd=source)
