"""A page scanned again and handed in by the page: dropped as any scanner drops it.

There is one way in: the bytes go into the hot folder under a temporary name, are made durable,
and get their final name by a rename; what becomes of them intake decides. Folders are opened by
descriptors that follow no link, so that nothing outside the hot folder is written.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final
from uuid import uuid4

from appliance.disk.durable import TEMPORARY_SUFFIX, storage_errors
from appliance.watchers.descriptors import rename_to_free_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEB_SCANNER: Final = "trang-web"
"""The folder of the page among those of the scanners."""

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_COPY_BYTES: Final = 1024 * 1024
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RescanDrop:
    """Puts pages into the hot folder; the only one that writes to its folder there.

    Args:
        drop: The hot folder's root.
    """

    drop: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def put(self, source: BinaryIO, folder: str, name: str) -> None:
        """Drop one file; it is whole and durable when its name appears.

        Args:
            source: Open at its start.
            folder: Of the hồ sơ, such as its safe name; one path component.
            name: Such as ``0017.tif``; one path component.

        Raises:
            FileExistsError: An earlier one of this name has not been taken yet; it stays.
            StorageError: The disk refused, or something that is no folder is in the way.
            ValueError: Folder or name is no plain path component.
        """
        if not (_is_plain(folder) and _is_plain(name)):
            raise ValueError(f"not a plain name: {folder!r}, {name!r}")
        with self._lock, ExitStack() as open_folders:
            with storage_errors(f"cannot write below {self.drop / WEB_SCANNER}"):
                root = open_folders.enter_context(_opened(self.drop, None))
                scanner = open_folders.enter_context(_made(WEB_SCANNER, root))
                target = open_folders.enter_context(_made(folder, scanner))
            if _exists(name, target):
                raise FileExistsError(f"{folder}/{name} waits to be taken")
            with storage_errors(f"cannot write {folder}/{name} into the hot folder"):
                _write(source, name, target)

    def sweep(self) -> None:
        """Remove what a killed process left of pages that it was putting; while nobody puts any.

        A hot folder that is away now is swept by a later start.
        """
        try:
            with _opened(self.drop, None) as root, _opened(WEB_SCANNER, root) as scanner:
                for name in _names(scanner, are_folders=True):
                    with _opened(name, scanner) as folder:
                        _remove_unfinished(folder)
        except FileNotFoundError:
            return  # nothing was ever put
        except OSError as problem:
            _LOG.warning("pages that were not put whole may lie in %s: %s", self.drop, problem)


def _names(folder: int, *, are_folders: bool) -> list[str]:
    with os.scandir(folder) as entries:
        return [one.name for one in entries if one.is_dir(follow_symlinks=False) is are_folders]


def _remove_unfinished(folder: int) -> None:
    for name in _names(folder, are_folders=False):
        if name.startswith(".") and name.endswith(TEMPORARY_SUFFIX):
            os.unlink(name, dir_fd=folder)


def _is_plain(name: str) -> bool:
    return bool(name) and "/" not in name and "\0" not in name and not name.startswith(".")


@contextmanager
def _opened(path: Path | str, parent: int | None) -> Iterator[int]:
    """The descriptor of a folder; only the configured root itself may be reached by a link."""
    flags = _FOLDER_FLAGS if parent is not None else os.O_RDONLY | os.O_DIRECTORY
    descriptor = os.open(path, flags, dir_fd=parent)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _made(name: str, parent: int) -> Iterator[int]:
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
        os.fsync(parent)
    with _opened(name, parent) as descriptor:
        yield descriptor


def _exists(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _write(source: BinaryIO, name: str, folder: int) -> None:
    temporary = f".{name}.{uuid4().hex}{TEMPORARY_SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    descriptor = os.open(temporary, flags, 0o640, dir_fd=folder)
    try:
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor
            shutil.copyfileobj(source, stream, _COPY_BYTES)
            stream.flush()
            os.fsync(stream.fileno())
        rename_to_free_name(folder, temporary, folder, name)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)
