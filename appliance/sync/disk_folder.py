"""A folder on a disk that was in other hands: nothing outside it is read or written.

Every step goes by an open folder's descriptor and one plain name, and follows no link; what is
no plain file or folder of the same file system is refused before it is opened. So a link, a
pipe, a device or a mounted folder on the disk leads nowhere, also when it is put there between
two steps.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import TEMPORARY_SUFFIX, remove_temporary, replace_file, write_once
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from appliance.domain.canonical import JsonValue

_USUAL_CLUSTER_BYTES: Final = 32 * 1024
"""FAT32 of 32 GB and more."""
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Without waiting: a pipe put in place of a file at the last moment blocks nobody."""


def courier_refusal(code: str, where: str, **values: JsonValue) -> RuleError:
    """The error of one rule of carried disks; raise what this returns."""
    finding = Finding(code, where, values)
    return RuleError(f"{code}: {where} {dict(values) or ''}".rstrip(), (finding,), code=code)


class DiskFolder:
    """An open folder of a carried disk; a context that closes it.

    Args:
        descriptor: Of the folder; owned.
        place: What people call it, for messages.
    """

    def __init__(self, descriptor: int, place: str) -> None:
        self._descriptor = descriptor
        self._device = os.fstat(descriptor).st_dev
        self.place = place

    @classmethod
    def open(cls, path: Path) -> DiskFolder:
        """Open the top of a disk, as a person named it.

        Raises:
            OSError: There is no such folder.
        """
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        return cls(os.open(path, flags), str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @property
    def device(self) -> int:
        """The file system that it lies on."""
        return self._device

    def path(self, name: str) -> Path:
        """A path of one name in this folder, good as long as the folder is open."""
        return Path("/proc/self/fd", str(self._descriptor), _plain(name))

    def folder(self, name: str, *, make: bool = False) -> DiskFolder:
        """Open a folder in this one.

        Args:
            name: Its name.
            make: Make it when it is not there.

        Raises:
            FileNotFoundError: It is not there.
            RuleError: ``COURIER-DISK-UNSAFE``.
            OSError: The disk refused.
        """
        if make and not self.has(name):
            os.mkdir(_plain(name), dir_fd=self._descriptor)
            os.fsync(self._descriptor)
        self._check(name, stat.S_IFDIR)
        found = DiskFolder(
            os.open(name, _FOLDER_FLAGS, dir_fd=self._descriptor), self.place_of(name)
        )
        if found.device != self._device:
            found.__exit__()
            raise courier_refusal("COURIER-DISK-UNSAFE", self.place_of(name))
        return found

    def has(self, name: str) -> bool:
        """Whether anything at all has this name."""
        try:
            os.stat(_plain(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """The descriptor of a plain file, open for reading.

        Raises:
            FileNotFoundError: It is not there.
            RuleError: ``COURIER-DISK-UNSAFE``.
            OSError: The disk refused.
        """
        self._check(name, stat.S_IFREG)
        descriptor = os.open(name, _FILE_FLAGS, dir_fd=self._descriptor)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_dev != self._device:
                raise courier_refusal("COURIER-DISK-UNSAFE", self.place_of(name))
            yield descriptor
        finally:
            os.close(descriptor)

    def read_small(self, name: str, most_bytes: int) -> bytes:
        """A whole small file.

        Raises:
            FileNotFoundError: It is not there.
            RuleError: ``COURIER-DISK-UNSAFE``, or ``COURIER-MANIFEST-BAD`` when it is larger.
            OSError: The disk refused.
        """
        with self.opened(name) as descriptor:
            if os.fstat(descriptor).st_size > most_bytes:
                raise courier_refusal(
                    "COURIER-MANIFEST-BAD",
                    self.place_of(name),
                    problem=f"tệp lớn hơn {most_bytes} byte",
                    problem_en=f"it is larger than {most_bytes} bytes",
                )
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                return stream.read(most_bytes)

    def write_once(self, name: str, data: bytes) -> None:
        """Write a small file durably under a free name.

        Raises:
            FileExistsError: The name is taken.
            OSError: The disk refused.
        """
        write_once(self.path(name), data)

    def replace(self, name: str, data: bytes) -> None:
        """Write a small file of our own durably in place of its earlier form."""
        replace_file(self.path(name), data)

    def remove(self, name: str) -> None:
        """Remove a name of our own, if it is there; where it led to stays as it is."""
        try:
            os.unlink(_plain(name), dir_fd=self._descriptor)
        except FileNotFoundError:
            return
        os.fsync(self._descriptor)

    def names(self) -> Iterator[str]:
        """Every name in it, as the disk has them."""
        with os.scandir(self._descriptor) as entries:
            for entry in entries:
                yield entry.name

    def sweep(self) -> None:
        """Remove what an interrupted write of our own left; what is just being written stays."""
        for name in filter(is_temporary, list(self.names())):
            remove_temporary(self.path(name))

    def free_bytes(self) -> int | None:
        """Room on the disk for an ordinary account; None where its file system tells nothing."""
        found = os.fstatvfs(self._descriptor)
        return found.f_bavail * found.f_frsize if found.f_blocks else None

    def cluster_bytes(self) -> int:
        """The smallest room that a file takes."""
        return os.fstatvfs(self._descriptor).f_frsize or _USUAL_CLUSTER_BYTES

    def place_of(self, name: str) -> str:
        """What people call one name in it."""
        return f"{self.place}/{name}"

    def _check(self, name: str, kind: int) -> None:
        found = os.stat(_plain(name), dir_fd=self._descriptor, follow_symlinks=False)
        if stat.S_IFMT(found.st_mode) != kind:
            raise courier_refusal("COURIER-DISK-UNSAFE", self.place_of(name))


def is_temporary(name: str) -> bool:
    """Whether a name is that of a write of our own that was not finished."""
    return name.startswith(".") and name.endswith(TEMPORARY_SUFFIX)


def _plain(name: str) -> str:
    """A name that is one step, and no way out.

    Raises:
        ValueError: It is none: a bug, since names are made of checked parts.
    """
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"not one plain name: {name!r}")
    return name
