"""The box's store: masters and derivatives under their digests, packages under their names.

Layout below the root: ``masters/ab/cd/<sha256>``, ``derivatives/ab/cd/<sha256>`` and
``packages/<fonds>/<hồ sơ>/<OBJID>.zip`` with its sidecar beside it. What is not finished lies in
``masters/incoming`` and ``derivatives/incoming``, so that a sweep need not look at every master.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.disk.digesting import STORED_MODE, Fingerprint, copy_fingerprinted, read_back
from appliance.disk.durable import (
    fsync_folder,
    make_folder,
    publish_many,
    storage_errors,
    sweep_temporaries,
    temporary_beside,
)
from appliance.disk.side_by_side import make_durable
from appliance.domain.errors import IntegrityError, StorageError
from appliance.domain.identifiers import object_folder, safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

MASTERS: Final = "masters"
DERIVATIVES: Final = "derivatives"
PACKAGES: Final = "packages"
DIFFERS: Final = "MASTER-DIFFERS"
"""Error and rule code: what lies on the disk is not what was written."""


@dataclass(frozen=True, slots=True)
class IncomingCopy:
    """A copy that is whole and fsynced, but has no final name yet.

    Args:
        path: Where it lies.
        fingerprint: Of the bytes that were written.
    """

    path: Path
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Store:
    """The store below one root folder.

    Args:
        root: The folder; made when first written to.
        reserve_bytes: Free space that copies must leave on the disk.
    """

    root: Path
    reserve_bytes: int = 0

    def master_path(self, sha256: str) -> Path:
        """Where the master with this digest lies, or would lie."""
        return self._addressed(MASTERS, sha256)

    def derivative_path(self, sha256: str) -> Path:
        """Where the derivative with this digest lies, or would lie."""
        return self._addressed(DERIVATIVES, sha256)

    def package_path(self, fonds_code: str, file_code: str, objid: str) -> Path:
        """Where a sealed package lies, or would lie."""
        folder = self.root / PACKAGES / safe_name(fonds_code) / safe_name(file_code)
        return folder / f"{object_folder(objid)}.zip"

    def copy_master(self, source: BinaryIO, size_hint_bytes: int) -> IncomingCopy:
        """Copy a master's bytes to this disk, digested in the same pass and fsynced.

        It is not re-read: that is owed before its drop may go (invariant I2).

        Args:
            source: Open at its start.
            size_hint_bytes: What the source claims to hold, for the room check.

        Raises:
            StorageError: No room, or the disk refused; nothing is left behind.
        """
        return self._copy(MASTERS, source, size_hint_bytes)

    def publish_masters(self, copies: Iterable[IncomingCopy]) -> None:
        """Give copies their places; durable together when this returns.

        Where the same bytes are kept already, those stay and the copy is dropped.

        Raises:
            StorageError: The disk refused; copies without a place stay where they are.
        """
        self._publish(MASTERS, ((copy.path, copy.fingerprint.sha256) for copy in copies))

    def put_right(self, copy: IncomingCopy) -> None:
        """Let a fresh copy take the place of one that did not read back and was never proved.

        Raises:
            StorageError: The disk refused; one of the two copies is in place.
        """
        final = self.master_path(copy.fingerprint.sha256)
        with storage_errors(f"cannot write below {self.root / MASTERS}"):
            make_folder(final.parent)
            copy.path.replace(final)
            fsync_folder(final.parent)

    @staticmethod
    def drop(copy: IncomingCopy) -> None:
        """Forget a copy that is not wanted; one that has its place already stays."""
        copy.path.unlink(missing_ok=True)

    def prove_master(self, sha256: str, size_bytes: int) -> None:
        """Read a master from the disk and hold it against its digest.

        Raises:
            IntegrityError: ``MASTER-DIFFERS``.
            OSError: It cannot be read.
        """
        _prove(self.master_path(sha256), sha256, size_bytes)

    def add_derivative(self, path: Path) -> Fingerprint:
        """Copy a derivative into the store; it is durable and re-read when this returns.

        Raises:
            StorageError: No room, or the disk refused; nothing is left behind.
            IntegrityError: What was read back differs from what was written.
        """
        with path.open("rb", buffering=0) as source:
            copy = self._copy(DERIVATIVES, source, path.stat().st_size)
        found = copy.fingerprint
        try:
            _prove(copy.path, found.sha256, found.size_bytes)
            self._publish(DERIVATIVES, [(copy.path, found.sha256)])
            _prove(self.derivative_path(found.sha256), found.sha256, found.size_bytes)
        finally:
            self.drop(copy)
        return found

    def adopt_derivatives(self, made: Iterable[tuple[Path, str]]) -> None:
        """Take in derivatives that workers wrote, without another read; they are durable then.

        Args:
            made: Path, in a folder of ``views_folder``, and SHA-256 of each.

        Raises:
            StorageError: The disk refused; some may have their places, whole.
        """
        paths = dict(made)
        with storage_errors(f"cannot write below {self.root / DERIVATIVES}"):
            make_durable(paths, STORED_MODE)
        self._publish(DERIVATIVES, paths.items())

    @contextmanager
    def views_folder(self) -> Iterator[Path]:
        """A fresh folder of this file system for workers to write derivatives into.

        What is left in it at the end is removed.
        """
        folder = self._incoming(DERIVATIVES) / uuid4().hex
        with storage_errors(f"cannot write below {self.root / DERIVATIVES}"):
            make_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # the next start sweeps what stays

    def ensure_room(self, needed_bytes: int) -> None:
        """Refuse work that the disk has no room for.

        Raises:
            StorageError: ``STORAGE-FULL``, with the sizes in its message; ``STORAGE`` when
                the disk does not answer at all.
        """
        room_bytes = self.room_bytes()
        if room_bytes < needed_bytes:
            free = room_bytes + self.reserve_bytes
            raise StorageError(
                f"{needed_bytes} bytes needed, {free} free, {self.reserve_bytes} kept in reserve",
                code="STORAGE-FULL",
                values={"needed_bytes": needed_bytes, "free_bytes": free},
            )

    def room_bytes(self) -> int:
        """How much may still be written; negative when the reserve is touched.

        Raises:
            StorageError: The disk does not answer.
        """
        with storage_errors(f"cannot use {self.root}"):
            make_folder(self.root)
            return shutil.disk_usage(self.root).free - self.reserve_bytes

    def sweep(self) -> tuple[Path, ...]:
        """Remove what a crash left unfinished; names what it removed."""
        incoming = (self._incoming(MASTERS), self._incoming(DERIVATIVES), self.root / PACKAGES)
        removed = [path for folder in incoming for path in sweep_temporaries(folder)]
        for folder in self._incoming(DERIVATIVES).glob("*/"):
            shutil.rmtree(folder)
            removed.append(folder)
        return tuple(removed)

    def _incoming(self, kind: str) -> Path:
        return self.root / kind / "incoming"

    def _addressed(self, kind: str, sha256: str) -> Path:
        return self.root / kind / sha256[:2] / sha256[2:4] / sha256

    def _copy(self, kind: str, source: BinaryIO, size_hint_bytes: int) -> IncomingCopy:
        self.ensure_room(size_hint_bytes)
        incoming = self._incoming(kind)
        with storage_errors(f"cannot write below {self.root / kind}"):
            make_folder(incoming)
            temporary = temporary_beside(incoming / "copy")
            try:
                return IncomingCopy(temporary, copy_fingerprinted(source, temporary))
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    def _publish(self, kind: str, found: Iterable[tuple[Path, str]]) -> None:
        with storage_errors(f"cannot write below {self.root / kind}"):
            publish_many((path, self._addressed(kind, sha256)) for path, sha256 in found)


def _prove(path: Path, sha256: str, size_bytes: int) -> None:
    found = read_back(path).fingerprint
    if (found.sha256, found.size_bytes) != (sha256, size_bytes):
        raise IntegrityError(
            f"{path} reads back as {found.sha256} ({found.size_bytes} bytes), "
            f"but {sha256} ({size_bytes} bytes) was written: "
            "check this disk before anything else is trusted to it",
            code=DIFFERS,
        )
