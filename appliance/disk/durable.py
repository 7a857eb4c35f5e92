"""Durable, write-once files.

The order is always: temporary file in the final folder, written whole, fsynced, published under
its final name without replacing anything, folder fsynced. Measured at real power cuts, anything
less loses files that were called done.

A small file that is being written is locked by its writer, and its temporary name follows from
its final one. So what a killed writer left is told from what a living one writes, whoever looks
and whenever: the next write of the same name removes it, and so does every sweep.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final
from uuid import uuid4

from appliance.disk.locks import is_named, lock, open_locked, try_lock
from appliance.disk.side_by_side import side_by_side
from appliance.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TEMPORARY_SUFFIX: Final = ".writing"
"""Ends the name of every file that is not finished; a start-up sweep removes such files."""

_USUAL_MODE: Final = 0o666
"""Less what the umask takes away; the same as of any file that a program makes."""
_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}
_CODES: Final = {
    errno.ENOSPC: "STORAGE-FULL",
    errno.EDQUOT: "STORAGE-FULL",
    errno.ENOLCK: "STORAGE-NO-LOCKS",
}


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
    return _temporary(final, uuid4().hex)


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn what the disk refuses into ``StorageError`` with a code a person can act on.

    Raises:
        StorageError: ``STORAGE-FULL`` when there is no room, ``STORAGE-NO-LOCKS`` when the file
            system gives none, ``STORAGE`` otherwise.
    """
    try:
        yield
    except OSError as problem:
        code = _CODES.get(problem.errno or 0, "STORAGE")
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
    side_by_side(fsync_folder, changed)


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
        _link(temporary, final)
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        if final.exists():  # a file system without hard links, such as FAT
            raise FileExistsError(errno.EEXIST, "already there", str(final)) from problem
        temporary.rename(final)
    else:
        temporary.unlink()


def _link(temporary: Path, final: Path) -> None:
    """The moment from which a file has its final name; until the next step it has two."""
    os.link(temporary, final)


def write_once(final: Path, data: bytes, mode: int = _USUAL_MODE) -> None:
    """Write a small file durably under a name that must be free.

    Args:
        final: Its name.
        data: All of it.
        mode: Its permissions, from its first byte on; the umask takes some away.

    Raises:
        FileExistsError: The name is taken.
        OSError: The disk refused. Nothing carries the final name, unless the folder alone
            could not be made durable: then it carries every byte.
    """
    with _unfinished(final, mode) as (temporary, stream):
        _fill(stream, data)
        publish(temporary, final)


def replace_file(final: Path, data: bytes) -> None:
    """Write a small file durably in place of an older one.

    Only for files that are views of the truth elsewhere (a marker, a generated list); sealed
    things are written once.
    """
    with _unfinished(final, _USUAL_MODE) as (temporary, stream):
        _fill(stream, data)
        _take_place(temporary, final)
        fsync_folder(final.parent)


def _take_place(temporary: Path, final: Path) -> None:
    temporary.replace(final)


def _fill(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)
    stream.flush()
    os.fsync(stream.fileno())


@contextmanager
def _unfinished(final: Path, mode: int) -> Iterator[tuple[Path, BinaryIO]]:
    """The temporary file of a final name, empty and locked; removed when it got no other name.

    What a killed writer of the same name left is removed first; a living one is waited for.
    """
    temporary = _named_after(final)
    with os.fdopen(open_locked(temporary, partial(_created, temporary, mode)), "wb") as stream:
        try:
            yield temporary, stream
        finally:
            if is_named(temporary, stream.fileno()):  # else it is another writer's by now
                temporary.unlink()


def _named_after(final: Path) -> Path:
    return _temporary(final, hashlib.sha256(os.fsencode(final.name)).hexdigest()[:32])


def _temporary(final: Path, token: str) -> Path:
    return final.with_name(f".{final.name[:50]}.{token}{TEMPORARY_SUFFIX}")


def _created(temporary: Path, mode: int) -> int | None:
    """A descriptor of a new file; None when there was one, which is removed."""
    with suppress(FileExistsError):
        return os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    _remove_unless_locked(temporary, waits=True)
    return None


def _remove_unless_locked(temporary: Path, *, waits: bool) -> bool:
    """Remove an unfinished file that no living writer holds; whether this call did.

    Args:
        temporary: The file.
        waits: Whether a living writer is waited for, or let be.

    Raises:
        OSError: It cannot be opened, so that nobody knows, or not be removed.
    """
    try:
        if not stat.S_ISREG(temporary.lstat().st_mode):
            temporary.unlink()  # a link or a pipe, for instance on a disk from other hands
            return True
        flags = os.O_RDWR if os.access(temporary, os.W_OK) else os.O_RDONLY  # NFS locks need both
        descriptor = os.open(temporary, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        if waits:
            lock(descriptor)
        elif not try_lock(descriptor):
            return False
        is_left = is_named(temporary, descriptor)
        if is_left:
            temporary.unlink()
    finally:
        os.close(descriptor)
    return is_left


def remove_leftover(final: Path) -> None:
    """Remove what a killed ``write_once`` or ``replace_file`` of this name left; no living one's.

    For whoever finds the name taken and so does not write it again.

    Raises:
        OSError: The disk refused.
    """
    remove_temporary(_named_after(final))


def sweep_temporaries(folder: Path) -> tuple[Path, ...]:
    """Remove unfinished files below a folder; name them.

    A small file that another thread or process is just writing stays. Only this process may
    write to the folder in other ways (``temporary_beside``).

    Raises:
        OSError: The disk refused.
    """
    return tuple(path for path in folder.rglob(f".*{TEMPORARY_SUFFIX}") if remove_temporary(path))


def remove_temporary(temporary: Path) -> bool:
    """Remove one unfinished file; False when it is a living writer's, or another account's.

    Raises:
        OSError: The disk refused.
    """
    with suppress(PermissionError):
        return _remove_unless_locked(temporary, waits=False)
    return False
