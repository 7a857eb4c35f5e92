"""Durable, write-once files.

The order is always: temporary file in the final folder, written whole, fsynced, published under
its final name without replacing anything, folder fsynced. Measured at real power cuts, anything
less loses files that were called done.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TEMPORARY_SUFFIX: Final = ".writing"
"""Ends the name of every file that is not finished; a start-up sweep removes such files."""

_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}


def fsync_folder(folder: Path) -> None:
    """Make the names inside a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, each durable in the one above it."""
    for changed in _missing_made(folder):
        fsync_folder(changed)


def temporary_beside(final: Path) -> Path:
    """A fresh temporary name in the same folder; the name of its final file stays readable.

    Fifty letters of it: as many as fit into 255 bytes beside the rest, whatever their script.
    """
    return final.with_name(f".{final.name[:50]}.{uuid4().hex}{TEMPORARY_SUFFIX}")


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn what the disk refuses into ``StorageError`` with a code a person can act on.

    Raises:
        StorageError: ``STORAGE-FULL`` when there is no room, ``STORAGE`` otherwise.
    """
    try:
        yield
    except OSError as problem:
        code = "STORAGE-FULL" if problem.errno in _FULL else "STORAGE"
        raise StorageError(f"{what}: {problem.strerror or problem}", code=code) from problem


def publish(temporary: Path, final: Path) -> None:
    """Give a finished, fsynced file its final name; never replace what is there.

    Raises:
        FileExistsError: The final name is taken; the temporary file is left alone.
    """
    _give_name(temporary, final)
    fsync_folder(final.parent)


def publish_many(named: Iterable[tuple[Path, Path]]) -> None:
    """Give finished, fsynced files names that say their content, durable together.

    Folders are made as needed; every folder that changed is made durable once, after all names
    are given. A name that is taken stands for the same bytes: what is there stays, the
    temporary file is removed, and the name is made durable all the same, since whoever gave it
    may have died before doing so.

    Args:
        named: Temporary path and final path of each.

    Raises:
        OSError: The disk refused; some may carry their final names, whole.
    """
    changed: dict[Path, None] = {}
    for temporary, final in named:
        changed |= dict.fromkeys(_missing_made(final.parent))
        try:
            _give_name(temporary, final)
        except FileExistsError:
            temporary.unlink()
        changed[final.parent] = None
    for folder in changed:
        fsync_folder(folder)


def _missing_made(folder: Path) -> list[Path]:
    """Make a folder with its parents; the folders that have new names in them."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
    return [path.parent for path in reversed(missing)]


def _give_name(temporary: Path, final: Path) -> None:
    try:
        os.link(temporary, final)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        if final.exists():  # a file system without hard links, such as FAT
            raise FileExistsError(errno.EEXIST, "already there", str(final)) from problem
        temporary.rename(final)
    else:
        temporary.unlink()


def write_once(final: Path, data: bytes) -> None:
    """Write a small file durably under a name that must be free.

    Raises:
        FileExistsError: The name is taken.
        OSError: The disk refused. Nothing carries the final name, unless the folder alone
            could not be made durable: then it carries every byte.
    """
    temporary = temporary_beside(final)
    try:
        _write_fsynced(temporary, data)
        publish(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(final: Path, data: bytes) -> None:
    """Write a small file durably in place of an older one.

    Only for files that are views of the truth elsewhere (a marker, a generated list); sealed
    things are written once.
    """
    temporary = temporary_beside(final)
    try:
        _write_fsynced(temporary, data)
        temporary.replace(final)
        fsync_folder(final.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _write_fsynced(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sweep_temporaries(folder: Path) -> tuple[Path, ...]:
    """Remove unfinished files below a folder that only this process writes; name them."""
    found = tuple(folder.rglob(f".*{TEMPORARY_SUFFIX}"))
    for path in found:
        path.unlink(missing_ok=True)
    return found
