"""Every carried disk of a box: whichever destination it goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import couriers
from appliance.disk.durable import storage_errors
from appliance.domain.errors import ConfigError, RuleError
from appliance.pipeline.courier import CourierStage, ignore_progress
from appliance.pipeline.courier_import import CourierImport
from appliance.sync.disk import box_signers, opened_disk
from appliance.sync.disk_folder import courier_refusal

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store
    from appliance.domain.courier_papers import DiskMarker
    from appliance.pipeline.backup import BackupStage
    from appliance.pipeline.courier import Prepared, Progress
    from appliance.pipeline.courier_returns import Imported
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.papers import PinnedStore


@dataclass(frozen=True, slots=True)
class CarriedPlace:
    """A destination that disks can be carried to.

    Args:
        destination: Its name.
        pinned: Its store, and the key that signs its receipts.
        has_no_line: Whether disks are the only way there.
    """

    destination: str
    pinned: PinnedStore
    has_no_line: bool = False


@dataclass(frozen=True, slots=True)
class Couriers:
    """The courier of each destination that has one.

    Args:
        catalogue: Where deposits wait.
        store: Where packages and receipts lie.
        box_id: This box.
        key: This box's; it signs the disks.
        places: Where disks can be carried to.
        late_days: How long a disk may be away.
        mounts: Where disks are mounted, as the page offers them.
        backup_stage: The catalogue's backups, which disks take along; None where none are made.
        earlier_keys: What this box signed with before it was recovered.
    """

    catalogue: Catalogue
    store: Store
    box_id: str
    key: MachineKey
    places: tuple[CarriedPlace, ...]
    late_days: int
    mounts: tuple[Path, ...] = ()
    backup_stage: BackupStage | None = None
    earlier_keys: tuple[PublicKey, ...] = ()

    def prepare(
        self,
        destination: str,
        mount: Path,
        agent: str,
        size_limit_bytes: int | None = None,
        progress: Progress = ignore_progress,
    ) -> Prepared:
        """Fill a disk for a destination; as of ``CourierStage.prepare``.

        Raises:
            ConfigError: ``NO-DESTINATION``: disks are not carried to a place of this name.
        """
        for place in self.places:
            if place.destination == destination:
                stage = CourierStage(self._importing(place), self.late_days)
                return stage.prepare(mount, agent, size_limit_bytes, progress)
        known = ", ".join(place.destination for place in self.places) or "none"
        raise ConfigError(
            f"no disk is carried to {destination!r}: known are {known}", code="NO-DESTINATION"
        )

    def import_disk(self, mount: Path, agent: str) -> Imported:
        """Take in the receipts on a disk, whichever destination it was carried to.

        Raises:
            RuleError: The disk is refused; a code of ``domain.rules.courier``.
            StorageError: The disk cannot be read, or this box's cannot be written.
        """
        store_id = self._marker(mount).store_id
        for place in self.places:
            if place.pinned.store_id == store_id:
                return self._importing(place).import_disk(mount, agent)
        wanted = ", ".join(place.pinned.store_id for place in self.places)
        raise courier_refusal("COURIER-OTHER-PLACE", str(mount), store=store_id, wanted=wanted)

    def newest_trip(self, session: Session, mount: Path) -> CourierTripRow | None:
        """The newest filling of the disk that is mounted there; None when it has none of ours.

        Raises:
            RuleError: The disk is no disk of this box; a code of ``domain.rules.courier``.
            StorageError: The disk cannot be read.
        """
        try:
            disk_id = self._marker(mount).disk_id
        except RuleError as problem:
            if problem.code == "COURIER-DISK-EMPTY":
                return None
            raise
        return couriers.newest(session, disk_id)

    def _marker(self, mount: Path) -> DiskMarker:
        signers = box_signers(self.box_id, self.key.public, self.earlier_keys)
        with storage_errors(f"the disk {mount}"), opened_disk(mount, signers) as disk:
            return disk.marker

    def _importing(self, place: CarriedPlace) -> CourierImport:
        return CourierImport(
            self.catalogue,
            self.store,
            place.destination,
            place.pinned,
            self.box_id,
            self.key,
            place.has_no_line,
            self.backup_stage,
            self.earlier_keys,
        )
