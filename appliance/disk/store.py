"""The box's store: masters and derivatives under their digests, packages under their names.

Layout below the root: ``masters/ab/cd/<sha256>``, ``derivatives/ab/cd/<sha256>`` and
``packages/<fonds>/<hồ sơ>/<OBJID>.zip`` with its sidecar beside it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import Fingerprint, copy_fingerprinted, read_back
from appliance.disk.durable import (
    fsync_folder,
    make_folder,
    publish,
    storage_errors,
    sweep_temporaries,
    temporary_beside,
)
from appliance.domain.errors import IntegrityError, StorageError
from appliance.domain.identifiers import object_folder, safe_name

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

MASTERS: Final = "masters"
DERIVATIVES: Final = "derivatives"
PACKAGES: Final = "packages"


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

    def add_master(self, source: BinaryIO, size_hint_bytes: int) -> Fingerprint:
        """Copy a master into the store; it is durable and re-read when this returns.

        Args:
            source: Open at its start.
            size_hint_bytes: What the source claims to hold, for the room check.

        Raises:
            StorageError: No room, or the disk refused; nothing is left behind.
            IntegrityError: What was read back differs from what was written.
        """
        return self._add(MASTERS, source, size_hint_bytes)

    def add_derivative(self, path: Path) -> Fingerprint:
        """Copy a derivative into the store; see ``add_master`` for the errors."""
        with path.open("rb", buffering=0) as source:
            return self._add(DERIVATIVES, source, path.stat().st_size)

    def ensure_room(self, needed_bytes: int) -> None:
        """Refuse work that the disk has no room for.

        Raises:
            StorageError: ``STORAGE-FULL``, with the sizes in its message; ``STORAGE`` when
                the disk does not answer at all.
        """
        with storage_errors(f"cannot use {self.root}"):
            make_folder(self.root)
            free = shutil.disk_usage(self.root).free
        if free - self.reserve_bytes < needed_bytes:
            raise StorageError(
                f"{needed_bytes} bytes needed, {free} free, {self.reserve_bytes} kept in reserve",
                code="STORAGE-FULL",
                values={"needed_bytes": needed_bytes, "free_bytes": free},
            )

    def sweep(self) -> tuple[Path, ...]:
        """Remove what a crash left unfinished; names what it removed."""
        incoming = (self._incoming(MASTERS), self._incoming(DERIVATIVES), self.root / PACKAGES)
        return tuple(path for folder in incoming for path in sweep_temporaries(folder))

    def _incoming(self, kind: str) -> Path:
        """Where copies are written: one folder, so that a sweep need not look at every master."""
        return self.root / kind / "incoming"

    def _addressed(self, kind: str, sha256: str) -> Path:
        return self.root / kind / sha256[:2] / sha256[2:4] / sha256

    def _add(self, kind: str, source: BinaryIO, size_hint_bytes: int) -> Fingerprint:
        self.ensure_room(size_hint_bytes)
        incoming = self._incoming(kind)
        with storage_errors(f"cannot write below {self.root / kind}"):
            make_folder(incoming)
            temporary = temporary_beside(incoming / "copy")
            try:
                written = copy_fingerprinted(source, temporary)
                self._publish_checked(kind, temporary, written)
            finally:
                temporary.unlink(missing_ok=True)
        return written

    def _publish_checked(self, kind: str, temporary: Path, written: Fingerprint) -> None:
        self._check(temporary, written)
        final = self._addressed(kind, written.sha256)
        make_folder(final.parent)
        os.chmod(temporary, 0o440)  # noqa: PTH101 - follows no link: the name is our own
        try:
            publish(temporary, final)
        except FileExistsError:
            self._check(final, written)
            fsync_folder(final.parent)  # whoever published it may have died before doing so

    @staticmethod
    def _check(path: Path, expected: Fingerprint) -> None:
        found = read_back(path).fingerprint
        if found != expected:
            raise IntegrityError(
                f"{path} reads back as {found.sha256} ({found.size_bytes} bytes), "
                f"but {expected.sha256} ({expected.size_bytes} bytes) was written: "
                "check this disk before anything else is trusted to it"
            )
