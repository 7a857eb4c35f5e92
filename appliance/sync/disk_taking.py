"""Taking a carried disk in, at its destination: the same checks as on the wire.

Each package stands alone: what cannot be taken is told by its code, and the next one is tried.
Doing it again takes only what was not taken before; a disk that is pulled out loses nothing.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import storage_errors
from appliance.domain.clock import to_text
from appliance.domain.courier_papers import TakenOutcome, TakenReport
from appliance.domain.errors import RemoteError, RuleError
from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing import sshsig
from appliance.sync.arrival import Arrival
from appliance.sync.disk import opened_disk
from appliance.sync.disk_folder import courier_refusal
from appliance.sync.disk_packages import carried_blocks, signed_sidecar
from appliance.sync.disk_receipts import put_receipt, receipt, receipt_names, remove_receipt
from appliance.sync.farstore import FarStore
from appliance.sync.papers import PackageName
from appliance.sync.refusal import refusal, told_to_the_sender
from appliance.sync.stored import audit_stored, quarantine_stored, stored_sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from appliance.domain.clock import Clock
    from appliance.domain.courier_papers import CarriedPackage, Manifest, NamedPackage
    from appliance.signing.keys import MachineKey
    from appliance.sync.disk import CourierDisk
    from appliance.sync.papers import SignedReceipt, SignedSidecar

    Watch = Callable[[int, int, TakenOutcome], None]

_CLAIM_SECONDS: Final = 8.0
"""As a session on the wire waits for another one that has the same package."""

STORE_LOST_CODES: Final = frozenset({"FAR-STORE-MISSING", "FAR-STORE-FOREIGN"})
"""The store itself is gone: nothing more is tried."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one taking-in brought.

    Args:
        report: As it lies on the disk, signed.
        already: Packages whose receipt lay on the disk before.
    """

    report: TakenReport
    already: int

    @property
    def refusals(self) -> Mapping[str, int]:
        """How many packages were not taken, by rule code."""
        return Counter(one.code for one in self.report.outcomes if one.code)


def watch_nothing(done: int, total: int, outcome: TakenOutcome) -> None:
    """A watcher that nobody looks at."""
    del done, total, outcome


def take_in(root: Path, mount: Path, clock: Clock, watch: Watch = watch_nothing) -> Taken:
    """Take a disk in and write the receipts on it.

    Args:
        root: The store.
        mount: The top of the disk.
        clock: Dates receipts and the report.
        watch: Told after each package: how many of how many are done, and what came of it.

    Raises:
        RuleError: The disk is refused as a whole; a code of ``domain.rules.courier``.
        RemoteError: ``FAR-STORE-MISSING`` or ``FAR-STORE-FOREIGN``: the store is not there.
        ConfigError: The store is not provisioned as it must be.
        StorageError: The disk, not the store, cannot be read or written.
    """
    store = FarStore.open(root)
    senders = store.senders()
    with storage_errors(f"the disk {mount}"), opened_disk(mount, senders) as disk:
        if disk.marker.store_id != store.store_id:
            raise courier_refusal(
                "COURIER-OTHER-PLACE", str(mount), store=disk.marker.store_id, wanted=store.store_id
            )
        manifest, _ = disk.manifest(senders)
        return _Taking(store, _key_of(store), disk, manifest, clock, watch).run()


def _key_of(store: FarStore) -> MachineKey:
    if store.signing_key is None:
        raise refusal("FAR-READ-ONLY", "the store was opened for reading alone")
    return store.signing_key


@dataclass(slots=True)
class _Taking:
    """One taking-in.

    Args:
        store: Where packages go.
        key: The store's; it signs the report.
        disk: What is taken in.
        manifest: What the disk holds, checked.
        clock: Dates receipts and the report.
        watch: Told after each package.
    """

    store: FarStore
    key: MachineKey
    disk: CourierDisk
    manifest: Manifest
    clock: Clock
    watch: Watch
    outcomes: list[TakenOutcome] = field(default_factory=list)

    def run(self) -> Taken:
        manifest = self.manifest
        receipted = self._receipted()
        steps = [(one.objid, partial(self._take, one)) for one in manifest.packages]
        steps += [(one.objid, partial(self._read_again, one)) for one in manifest.audits]
        for objid, step in steps:
            code = "" if objid in receipted else self._tried(step)
            outcome = TakenOutcome(objid, code)
            self.outcomes.append(outcome)
            self.watch(len(self.outcomes), len(steps), outcome)
        report = TakenReport(
            manifest.disk_id,
            manifest.store_id,
            manifest.trip,
            to_text(self.clock.now()),
            tuple(self.outcomes),
        )
        self.disk.put_report(report, self.key)
        return Taken(report, len(receipted))

    def _tried(self, step: Callable[[], SignedReceipt]) -> str:
        """Do one step and write its receipt; the code of what was wrong, or nothing."""
        try:
            put_receipt(self.disk, step())
        except RuleError as problem:
            return problem.code
        except RemoteError as problem:
            if problem.code in STORE_LOST_CODES:
                raise
            return problem.code
        return ""

    def _receipted(self) -> set[str]:
        """What this store gave a receipt for since the disk was prepared: it is not read again."""
        prepared_at, found = self.manifest.prepared_at, set()
        for _, shard, name in receipt_names(self.disk):
            try:
                signed = receipt(self.disk, shard, name)
                data = signed.receipt.to_bytes()
                key = sshsig.verify(signed.signature, data, RECEIPT_NAMESPACE)
            except FileNotFoundError:
                remove_receipt(self.disk, shard, name)  # cut short: the next has another number
                continue
            except (ValueError, sshsig.SignatureError):
                continue  # told when the disk is back; here another one is written
            if key == self.key.public and signed.receipt.read_at >= prepared_at:
                found.add(signed.receipt.objid)
        return found

    def _take(self, package: CarriedPackage) -> SignedReceipt:
        signed = signed_sidecar(self.disk, package.objid)
        sidecar = signed.sidecar
        told = (package.size_bytes, package.sha256, self.manifest.box_id)
        if (sidecar.size_bytes, sidecar.sha256, sidecar.box_id) != told:
            raise courier_refusal(
                "COURIER-PACKAGE-DAMAGED",
                package.objid,
                problem="khác với bảng kê",
                problem_en="it is not the one of the manifest",
            )
        try:
            return self._arrive(signed)
        except RemoteError as problem:
            if problem.code != "FAR-COPY-DAMAGED":
                raise
        with _at_the_store():
            quarantine_stored(self.store, sidecar, self.clock, _CLAIM_SECONDS)
        return self._arrive(signed)

    def _arrive(self, signed: SignedSidecar) -> SignedReceipt:
        with _at_the_store():
            self.store.check_marker()
            arrival = Arrival(self.store, signed, _CLAIM_SECONDS)
        try:
            if not arrival.is_stored:
                self._put_blocks(arrival, signed)
            with _at_the_store():
                return arrival.commit(self.clock)
        finally:
            arrival.release()

    def _put_blocks(self, arrival: Arrival, signed: SignedSidecar) -> None:
        for index, block in enumerate(carried_blocks(self.disk, signed.sidecar)):
            try:
                with _at_the_store():
                    arrival.put(index, memoryview(block))
            except RemoteError as problem:
                if problem.code != "BLOCK-DAMAGED":
                    raise
                raise courier_refusal(
                    "COURIER-PACKAGE-DAMAGED",
                    signed.sidecar.objid,
                    problem=f"khối {index} sai",
                    problem_en=f"block {index} is not the one announced",
                ) from problem

    def _read_again(self, named: NamedPackage) -> SignedReceipt:
        """A fresh receipt of a package that the box deposited before; of nobody else's."""
        with _at_the_store():
            self.store.check_marker()
            try:
                name = PackageName(named.fonds_code, named.file_code, named.objid)
                stored = stored_sidecar(self.store, name)
            except FileNotFoundError as problem:
                raise refusal("FAR-COPY-MISSING", named.objid) from problem
            except ValueError as problem:
                raise refusal("FAR-COPY-DAMAGED", f"{named.objid}: {problem}") from problem
            if stored.box_id != self.manifest.box_id:
                raise refusal("FAR-REFUSED", f"{named.objid} is of the box {stored.box_id}")
            return audit_stored(self.store, name, self.clock)


@contextmanager
def _at_the_store() -> Iterator[None]:
    """Turn what the store's disk refuses into codes; what the carried one refuses passes by."""
    with told_to_the_sender(), storage_errors("the store's disk refused"):
        yield
