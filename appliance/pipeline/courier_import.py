"""The courier's way back: receipts on a disk are checked like those of the wire, and prove.

When a package was read there counts as the age of its proof, never the day on which the disk
came back. Doing it again proves nothing twice.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import backups, courier_proofs, deposits, events
from appliance.catalogue.deposits import StoredReceipt
from appliance.catalogue.events import EventDraft
from appliance.disk.durable import storage_errors
from appliance.domain.custody import EventType
from appliance.domain.errors import RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Receipt, Sidecar
from appliance.domain.states import DepositState
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.courier_backups import prove_backup
from appliance.pipeline.courier_returns import Imported, TripBack, record_return
from appliance.pipeline.same_bytes import write_same
from appliance.sync.disk import box_signers, opened_disk
from appliance.sync.disk_folder import courier_refusal
from appliance.sync.disk_receipts import check_order, receipt, receipt_names
from appliance.sync.papers import NO_RECEIPT, ReceiptHead, check_receipt
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.backup import BackupStage
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.disk import CourierDisk
    from appliance.sync.papers import PinnedStore, SignedReceipt

_PROVABLE: Final = frozenset({DepositState.WAITING, DepositState.REFUSED, DepositState.PROVED})
_MAX_REFUSALS: Final = 20
"""Our own: refused receipts that are told one by one."""
_LOG = logging.getLogger(__name__)


def refuse_other_place(disk: CourierDisk, store_id: str) -> None:
    """Make sure that a disk is for a store.

    Raises:
        RuleError: ``COURIER-OTHER-PLACE``.
    """
    if disk.marker.store_id != store_id:
        raise courier_refusal(
            "COURIER-OTHER-PLACE", disk.place, store=disk.marker.store_id, wanted=store_id
        )


@dataclass(frozen=True, slots=True)
class CourierImport:
    """Takes in what disks bring back from one destination.

    Args:
        catalogue: Where deposits wait.
        store: Where packages and receipts lie.
        destination: Its name.
        pinned: Its store, and the key that signs its receipts.
        box_id: This box.
        key: This box's; it signed the disk, or one of the earlier keys did.
        has_no_line: Whether disks are the only way there.
        backup_stage: The catalogue's backups, which disks take along; None where none are made.
        earlier_keys: What this box signed with before it was recovered.
    """

    catalogue: Catalogue
    store: Store
    destination: str
    pinned: PinnedStore
    box_id: str
    key: MachineKey
    has_no_line: bool = False
    backup_stage: BackupStage | None = None
    earlier_keys: tuple[PublicKey, ...] = ()

    def import_disk(self, mount: Path, agent: str) -> Imported:
        """Take in the receipts on a disk.

        Args:
            mount: The top of the disk, mounted.
            agent: Who asks for it.

        Raises:
            RuleError: The disk is refused; a code of ``domain.rules.courier``.
            StorageError: The disk cannot be read, or this box's cannot be written.
        """
        signers = box_signers(self.box_id, self.key.public, self.earlier_keys)
        with storage_errors(f"the disk {mount}"), opened_disk(mount, signers) as disk:
            refuse_other_place(disk, self.pinned.store_id)
            imported = self.take_receipts(disk, agent)
        if imported.is_empty:
            imported.findings.append(Finding("COURIER-NO-RECEIPTS", str(mount)))
        return imported

    def take_receipts(self, disk: CourierDisk, agent: str) -> Imported:
        """Take in what an open disk of this destination brings.

        Raises:
            RuleError: ``COURIER-DISK-UNSAFE`` or ``COURIER-MANIFEST-BAD``.
            OSError: The disk cannot be read, or this box's cannot be written.
        """
        imported, before = Imported(), NO_RECEIPT
        for _, shard, name in receipt_names(disk):
            try:
                signed = receipt(disk, shard, name)
                self._take(signed, before, disk, imported)
                before = ReceiptHead.of(signed)
            except (FileNotFoundError, ValueError) as problem:
                _refuse(imported, name, str(problem))
            except RemoteError as problem:
                _refuse(imported, name, f"{problem.code}: {problem}")
        report = disk.report(self.pinned.public_key)
        if report is not None or not imported.is_empty:
            back = TripBack(self.destination, disk.marker.disk_id, report, agent)
            record_return(self.catalogue, back, imported)
        return imported

    def _take(
        self, signed: SignedReceipt, before: ReceiptHead, disk: CourierDisk, imported: Imported
    ) -> None:
        """Check one receipt and count it.

        Raises:
            RemoteError: ``RECEIPT-INVALID``, ``FAR-STORE-FOREIGN``, ``RECEIPT-ROLLED-BACK``.
        """
        objid = signed.receipt.objid
        with self.catalogue.read() as session:
            found = courier_proofs.package_and_deposit(session, objid, self.destination)
            backup = backups.by_objid(session, objid) if found is None else None
            place = deposits.destination(session, self.destination)
        sealed = found[0] if found is not None else backup
        if sealed is None:
            raise refusal("RECEIPT-INVALID", f"this box has no {objid}")
        check_receipt(signed, Sidecar.from_bytes(sealed.sidecar), self.pinned, NO_RECEIPT)
        check_order(signed, before, ReceiptHead(place.receipt_counter, place.receipt_sha256))
        if found is not None:
            self._count(signed, *found, disk, imported)
        elif backup is not None:
            imported.known += not prove_backup(self.catalogue, backup, self.destination, signed)

    def _count(
        self,
        signed: SignedReceipt,
        package: PackageRow,
        deposit: DepositRow,
        disk: CourierDisk,
        imported: Imported,
    ) -> None:
        """Receipt on this box's disk first, then one transaction."""
        state = DepositState(deposit.state)
        if state not in _PROVABLE or signed.receipt.counter <= _counter_of(deposit):
            imported.known += 1
            return
        stored = self._keep(signed, Sidecar.from_bytes(package.sidecar))
        is_renewal = state is DepositState.PROVED
        with self.catalogue.write() as writing:
            proved_at = min(max(signed.receipt.read_at, package.sealed_at), writing.now)
            if is_renewal:
                is_new = courier_proofs.renew(writing, deposit, stored, proved_at)
            else:
                courier_proofs.prove(writing, deposit, stored, proved_at)
                is_new = True
            if is_new:
                draft = _proof(signed, self.destination, disk.marker.disk_id, is_renewal=is_renewal)
                events.record(writing, draft)
        imported.proved += is_new and not is_renewal
        imported.renewed += is_new and is_renewal
        imported.known += not is_new

    def _keep(self, signed: SignedReceipt, sidecar: Sidecar) -> StoredReceipt:
        path = self.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
        name = f"{path.stem}.{self.destination}.{signed.receipt.counter}.receipt.json"
        data = signed.receipt.to_bytes()
        write_same(path.with_name(name), data)
        write_same(path.with_name(f"{name}.sig"), signed.signature.encode("ascii"))
        return StoredReceipt(data, signed.signature, signed.receipt.counter, signed.digest())


def _counter_of(deposit: DepositRow) -> int:
    """The counter of the receipt that was last recorded; an older one proves nothing new.

    Also where the copy was found damaged since, and the deposit is owed again.
    """
    return Receipt.from_bytes(deposit.receipt).counter if deposit.receipt is not None else 0


def _proof(
    signed: SignedReceipt, destination: str, disk_id: str, *, is_renewal: bool
) -> EventDraft:
    told = signed.receipt
    detail: dict[str, JsonValue] = {
        "destination": destination,
        "store_id": told.store_id,
        "receipt_counter": told.counter,
        "receipt_sha256": signed.digest(),
        "proof": told.proof,
        "cache_possible": told.cache_possible,
        "read_at": told.read_at,
        "courier_disk": disk_id,
    }
    kind = EventType.FIXITY_CHECK if is_renewal else EventType.REPLICATION
    return EventDraft(kind, "package", told.objid, SOFTWARE_AGENT, detail=detail)


def _refuse(imported: Imported, name: str, problem: str) -> None:
    _LOG.warning("the receipt %s is not believed: %s", name, problem)
    if len(imported.findings) < _MAX_REFUSALS:
        values = {"problem": problem[:300]}
        imported.findings.append(Finding("COURIER-RECEIPT-REFUSED", name, {**values}))
