"""The courier's way out: a disk is filled with what a destination lacks.

Nothing counts by being on a disk: deposits go on waiting until a receipt comes back. A filling
that was interrupted goes on with what is on the disk, each package read again first; the
manifest, without which no destination takes the disk in, is written last.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from appliance.catalogue import couriers, events, halts
from appliance.catalogue.events import EventDraft
from appliance.disk.durable import storage_errors
from appliance.domain.clock import later, to_text
from appliance.domain.courier import TripEvent
from appliance.domain.courier_papers import (
    MAX_AUDITS,
    CarriedPackage,
    DiskMarker,
    Manifest,
    NamedPackage,
)
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError, StorageError
from appliance.pipeline.courier_backups import backups_owed
from appliance.pipeline.courier_filling import Filling
from appliance.pipeline.courier_import import CourierImport, refuse_other_place
from appliance.pipeline.own_store import is_own_store
from appliance.sync.disk import prepared_disk
from appliance.sync.disk_folder import DiskFolder, courier_refusal
from appliance.sync.disk_packages import PART_BYTES
from appliance.sync.disk_receipts import remove_receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.catalogue.backup_tables import BackupRow
    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.courier_returns import Imported
    from appliance.sync.disk import CourierDisk

    Progress = Callable[[int, int], None]

AUDIT_AFTER_DAYS: Final = 60
"""Our own: a proof of that age is asked to be renewed, before it counts as old at 90 days."""

_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Ready:
    """A disk that may leave.

    Args:
        manifest: As it lies on the disk.
        carried: Row ids of the packages on it.
        audited: Row ids of those to be read again at the destination.
    """

    manifest: Manifest
    carried: Sequence[int]
    audited: Sequence[int]


def ignore_progress(done_bytes: int, total_bytes: int) -> None:
    """A progress callback that nobody watches."""
    del done_bytes, total_bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a filling brought.

    Args:
        trip_id: Its row; 0 when nothing is owed and nothing was written.
        disk_id: The disk.
        package_count: Packages on it, all read back.
        size_bytes: Of them together.
        left_count: Packages that are owed and had no room.
        imported: What its receipts brought before it was filled; None when it had none.
    """

    trip_id: int
    disk_id: str
    package_count: int
    size_bytes: int
    left_count: int
    imported: Imported | None = None


@dataclass(frozen=True, slots=True)
class CourierStage:
    """Fills disks for one destination.

    Args:
        importing: Takes in the receipts that a disk brings back; it knows catalogue, store,
            destination and keys.
        late_days: How long a disk may be away before its packages go with another.
        part_bytes: The largest file on a disk.
    """

    importing: CourierImport
    late_days: int
    part_bytes: int = PART_BYTES

    def prepare(
        self,
        mount: Path,
        agent: str,
        size_limit_bytes: int | None = None,
        progress: Progress = ignore_progress,
    ) -> Prepared:
        """Fill a disk; when this returns, everything on it was read back from it.

        Receipts that lie on it are taken in first; what they prove makes room.

        Args:
            mount: The top of the disk, mounted.
            agent: Who asks for it.
            size_limit_bytes: At most so many bytes of packages; None = as many as there is room.
            progress: Called with the bytes of packages that are on the disk and the sum wanted.

        Raises:
            RuleError: The disk is refused; a code of ``domain.rules.courier``.
            StorageError: The disk cannot be read or written.
        """
        with storage_errors(f"the disk {mount}"):
            self._refuse_while_halted()
            self._refuse_own_disk(mount)
            own = (self.importing.key, self.importing.earlier_keys)
            with prepared_disk(mount, self._new_marker(), *own) as disk:
                refuse_other_place(disk, self.importing.pinned.store_id)
                imported = self.importing.take_receipts(disk, agent)
                prepared = self._prepare(disk, agent, size_limit_bytes, progress)
        return replace(prepared, imported=imported) if imported.trip_id else prepared

    def _prepare(
        self, disk: CourierDisk, agent: str, size_limit_bytes: int | None, progress: Progress
    ) -> Prepared:
        wanted, audits, owed_backups = self._owed(disk), self._audits(), self._backups()
        if not wanted and not audits and not owed_backups:
            return Prepared(0, disk.marker.disk_id, 0, 0, 0)
        trip = self._begin(disk, agent)
        disk.withdraw_manifest()
        remove_receipts(disk)
        filling = Filling(self.importing, disk, self.part_bytes, size_limit_bytes)
        filling.fill(owed_backups, wanted, progress)
        self._refuse_while_halted()  # damage that was met meanwhile counts too
        if not filling.packages and not audits:
            raise courier_refusal("COURIER-DISK-FULL", disk.place)
        manifest = self._manifest(disk, trip, tuple(filling.packages), audits)
        disk.put_manifest(manifest, self.importing.key)
        self._record(trip, Ready(manifest, filling.keys, [key for key, *_ in audits]), agent)
        size_bytes = sum(one.size_bytes for one in filling.packages)
        left_count = len(wanted) - len(filling.keys)
        return Prepared(
            manifest.trip, disk.marker.disk_id, len(filling.keys), size_bytes, left_count
        )

    def _refuse_while_halted(self) -> None:
        """What stops the sending over lines stops the filling of disks too (invariant I6)."""
        importing = self.importing
        with importing.catalogue.read() as session:
            reasons = tuple(finding for finding, _ in halts.halts(session))
        if reasons:
            raise RuleError("all sending is stopped until a person has looked", reasons)
        if not is_own_store(importing.catalogue, importing.store):
            raise StorageError(
                f"the store {importing.store.root} is not this box's own: mount its disk"
            )

    def _refuse_own_disk(self, mount: Path) -> None:
        """An empty mount point would fill the box's own disk, and carry nothing anywhere."""
        with DiskFolder.open(mount) as top:
            own = self.importing.store.root
            if own.exists() and top.device == own.stat().st_dev:
                raise courier_refusal("COURIER-NOT-MOUNTED", str(mount))

    def _new_marker(self) -> DiskMarker:
        importing = self.importing
        now = to_text(importing.catalogue.clock.now())
        return DiskMarker(uuid4().hex, importing.box_id, importing.pinned.store_id, now)

    def _owed(self, disk: CourierDisk) -> Sequence[tuple[int, str, int]]:
        now = to_text(self.importing.catalogue.clock.now())
        fresh_since = later(now, -self.late_days * _DAY_SECONDS)
        with self.importing.catalogue.read() as session:
            return couriers.owed(
                session,
                self.importing.destination,
                disk.marker.disk_id,
                fresh_since=fresh_since,
            )

    def _audits(self) -> Sequence[tuple[int, str, str, str]]:
        """What is to be read again there; where there is a line, that is asked over the line."""
        if not self.importing.has_no_line:
            return ()
        now = to_text(self.importing.catalogue.clock.now())
        before = later(now, -AUDIT_AFTER_DAYS * _DAY_SECONDS)
        with self.importing.catalogue.read() as session:
            return couriers.oldest_proofs(
                session, self.importing.destination, before=before, limit=MAX_AUDITS
            )

    def _backups(self) -> Sequence[BackupRow]:
        """What is lacking of the catalogue's backups; one is made first when it is due."""
        stage = self.importing.backup_stage
        if stage is None or not self.importing.has_no_line:
            return ()
        stage.run_once("courier")
        return backups_owed(stage, self.importing.destination)

    def _begin(self, disk: CourierDisk, agent: str) -> CourierTripRow:
        with self.importing.catalogue.write() as writing:
            return couriers.begin(
                writing,
                disk_id=disk.marker.disk_id,
                destination=self.importing.destination,
                mount=disk.place,
                agent=agent,
            )

    def _manifest(
        self,
        disk: CourierDisk,
        trip: CourierTripRow,
        packages: tuple[CarriedPackage, ...],
        audits: Sequence[tuple[int, str, str, str]],
    ) -> Manifest:
        marker = disk.marker
        return Manifest(
            marker.disk_id,
            marker.box_id,
            marker.store_id,
            trip.id or 0,
            to_text(self.importing.catalogue.clock.now()),
            packages,
            tuple(NamedPackage(*name) for _, *name in audits),
        )

    def _record(self, trip: CourierTripRow, ready: Ready, agent: str) -> None:
        """The disk is ready, durably; now the catalogue says so."""
        manifest = ready.manifest
        facts: dict[str, JsonValue] = {
            "package_count": len(ready.carried),
            "size_bytes": sum(one.size_bytes for one in manifest.packages),
            "manifest_sha256": hashlib.sha256(manifest.to_bytes()).hexdigest(),
        }
        with self.importing.catalogue.write() as writing:
            couriers.put_packages(writing, manifest.trip, ready.carried, ready.audited)
            couriers.transit(
                writing, trip, TripEvent.PREPARE, prepared_at=manifest.prepared_at, **facts
            )
            detail = {"destination": trip.destination, "trip": manifest.trip, **facts}
            draft = EventDraft(
                EventType.EXPORTING, "courier_disk", manifest.disk_id, agent, detail=detail
            )
            events.record(writing, draft)
