"""Putting packages on a carried disk, the first of the queue first, as many as it has room for."""

from __future__ import annotations

import errno
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import backups, couriers, deposits
from appliance.domain.courier_papers import MAX_PACKAGES, CarriedPackage
from appliance.domain.errors import IntegrityError, RemoteError
from appliance.domain.receipts import Sidecar
from appliance.pipeline.source_damage import note_source_damage
from appliance.sync.disk_folder import courier_refusal
from appliance.sync.disk_packages import (
    is_whole,
    put_package,
    remove_package,
    room_bytes,
    stored_objids,
)
from appliance.sync.papers import SignedSidecar
from appliance.sync.source import sealed_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.catalogue.backup_tables import BackupRow
    from appliance.pipeline.courier_import import CourierImport
    from appliance.sync.disk import CourierDisk

SPARE_BYTES: Final = 16 * 1024 * 1024
"""Our own: room left on a disk for the manifest, the report and what folders take."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Filling:
    """One filling of a disk.

    Args:
        courier: Catalogue, store and destination.
        disk: Open, without a manifest.
        part_bytes: The largest file on it.
        limit_bytes: At most so many bytes of packages; None = as many as there is room.
        keys: Row ids of the packages on the disk.
        packages: The same as the manifest names them, each read back.
    """

    courier: CourierImport
    disk: CourierDisk
    part_bytes: int
    limit_bytes: int | None
    keys: list[int] = field(default_factory=list)
    packages: list[CarriedPackage] = field(default_factory=list)
    _size_bytes: int = field(default=0, init=False)

    def fill(
        self,
        owed_backups: Sequence[BackupRow],
        wanted: Sequence[tuple[int, str, int]],
        progress: Callable[[int, int], None],
    ) -> None:
        """Put on the disk what it lacks, and read back what it has.

        Args:
            owed_backups: Backups of the catalogue; they go first.
            wanted: Row id, OBJID and size in bytes of what is owed, in the order of the queue.
            progress: Called with the bytes of packages that are on the disk and the sum wanted.

        Raises:
            RuleError: ``COURIER-WRITE-DAMAGED`` or ``COURIER-DISK-UNSAFE``.
            RemoteError: ``SOURCE-MISSING``: the box's own package cannot be read.
            OSError: A disk refused.
        """
        backup_ids = {row.objid for row in owed_backups}
        present = self._make_room({objid for _, objid, _ in wanted} | backup_ids)
        for row in owed_backups:
            self._put_backup(row, is_present=row.objid in present)
        total_bytes = sum(size for *_, size in wanted)
        if self.limit_bytes is not None:
            total_bytes = min(total_bytes, self.limit_bytes)
        for key, objid, size_bytes in wanted:
            if len(self.packages) == MAX_PACKAGES:
                break
            if self.limit_bytes is None or self._size_bytes + size_bytes <= self.limit_bytes:
                self._put_package(key, is_present=objid in present)
                progress(self._size_bytes, total_bytes)

    def _make_room(self, owed: set[str]) -> set[str]:
        """Remove what the destination proved, and backups that are no longer the newest.

        Returns:
            The OBJIDs of what is left.
        """
        present = stored_objids(self.disk)
        with self.courier.catalogue.read() as session:
            useless = couriers.are_proved(session, self.courier.destination, present - owed)
            useless |= {objid for objid in present - owed if backups.by_objid(session, objid)}
        for objid in useless:
            remove_package(self.disk, objid)
        return present - useless

    def _put_backup(self, row: BackupRow, *, is_present: bool) -> None:
        """Put a backup on the disk; one that cannot be read is made again, and goes next time."""
        stage = self.courier.backup_stage
        if stage is None:
            return
        signed = SignedSidecar(Sidecar.from_bytes(row.sidecar), row.sidecar_signature)
        try:
            if self._put(signed, stage.package_path(row.objid), is_present=is_present):
                self._add(signed.sidecar)
        except (IntegrityError, RemoteError) as problem:
            _LOG.warning("the backup %s is not carried: %s", row.objid, problem)

    def _put_package(self, key: int, *, is_present: bool) -> None:
        """Put a package on the disk; one that is damaged here goes nowhere (I6)."""
        with self.courier.catalogue.read() as session:
            package = deposits.package_by_id(session, key)
        signed = SignedSidecar(Sidecar.from_bytes(package.sidecar), package.sidecar_signature)
        sidecar, is_there = signed.sidecar, False
        path = self.courier.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
        with note_source_damage(self.courier.catalogue, package, self.courier.destination):
            is_there = self._put(signed, path, is_present=is_present)
        if is_there:
            self.keys.append(key)
            self._add(sidecar)

    def _put(self, signed: SignedSidecar, path: Path, *, is_present: bool) -> bool:
        """Have one sealed ZIP on the disk, read back; False when there is no room for it.

        Raises:
            IntegrityError: ``SOURCE-DAMAGED``.
            RemoteError: ``SOURCE-MISSING``.
            RuleError: ``COURIER-WRITE-DAMAGED``: the disk gives back other bytes.
        """
        if is_present:
            if is_whole(self.disk, signed):
                return True
            remove_package(self.disk, signed.sidecar.objid)
        if not self._has_room(signed.sidecar):
            return False
        try:
            put_package(self.disk, signed, sealed_blocks(path, signed.sidecar), self.part_bytes)
        except OSError as problem:
            if problem.errno not in _FULL:
                raise
            remove_package(self.disk, signed.sidecar.objid)  # parts may have their names already
            return False
        if not is_whole(self.disk, signed):
            remove_package(self.disk, signed.sidecar.objid)
            raise courier_refusal("COURIER-WRITE-DAMAGED", signed.sidecar.name)
        _LOG.info("%s is on the disk %s", signed.sidecar.objid, self.disk.marker.disk_id)
        return True

    def _has_room(self, sidecar: Sidecar) -> bool:
        """Whether the disk can take a package; where it does not tell, writing will show."""
        free_bytes = self.disk.folder.free_bytes()
        needed_bytes = room_bytes(sidecar, self.disk.folder.cluster_bytes())
        return free_bytes is None or needed_bytes <= free_bytes - SPARE_BYTES

    def _add(self, sidecar: Sidecar) -> None:
        self.packages.append(CarriedPackage(sidecar.objid, sidecar.size_bytes, sidecar.sha256))
        self._size_bytes += sidecar.size_bytes
