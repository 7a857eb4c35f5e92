"""What becomes of one deposit, each outcome in one transaction with its reason and event."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, box, deposits, events, halts, leases, sending
from appliance.catalogue.deposits import StoredReceipt
from appliance.catalogue.events import EventDraft
from appliance.domain.clock import from_text
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.receipts import Receipt
from appliance.domain.sending import MAX_CLOCK_DIFFERENCE_SECONDS
from appliance.domain.states import DepositEvent
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.halting import note_source_damage
from appliance.pipeline.place_contact import finding_of
from appliance.pipeline.same_bytes import write_same

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.domain.canonical import JsonValue
    from appliance.domain.errors import ApplianceError, RemoteError
    from appliance.pipeline.sending_watch import SendingWatch
    from appliance.sync.papers import SignedReceipt

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Records the outcomes of deposits to one destination.

    Args:
        catalogue: Where.
        destination: Its name.
    """

    catalogue: Catalogue
    destination: str

    def prove(
        self, deposit: DepositRow, path: Path, signed: SignedReceipt, watch: SendingWatch
    ) -> None:
        """The package is there, read back: receipt on disk first, then one transaction."""
        receipt = signed.receipt
        kept = self._receipt_path(path, signed)
        write_same(kept, receipt.to_bytes())
        write_same(kept.with_name(f"{kept.name}.sig"), signed.signature.encode("ascii"))
        stored = StoredReceipt(
            receipt.to_bytes(), signed.signature, receipt.counter, signed.digest()
        )
        with self.catalogue.write() as writing:
            deposits.prove(writing, deposit, stored)
            deposits.note_contact(writing, self.destination, None)
            halts.forget_damage(writing, deposit.package_id)
            watch.settle(writing, is_whole=True)
            self._note_clock(writing, receipt)
            events.record(writing, self._replication(receipt, stored))
        _LOG.info("proved %s at %s", receipt.objid, self.destination)

    def _receipt_path(self, package: Path, signed: SignedReceipt) -> Path:
        """Where a receipt is kept: beside the package, by its counter.

        A store that was restored counts anew: both receipts of one number are kept.
        """
        name = f"{package.stem}.{self.destination}.{signed.receipt.counter}"
        path = package.with_name(f"{name}.receipt.json")
        try:
            is_other = Receipt.from_bytes(path.read_bytes()) != signed.receipt
        except (FileNotFoundError, ValueError):
            return path
        return (
            package.with_name(f"{name}.{signed.digest()[:12]}.receipt.json") if is_other else path
        )

    def _replication(self, receipt: Receipt, stored: StoredReceipt) -> EventDraft:
        detail: dict[str, JsonValue] = {
            "destination": self.destination,
            "store_id": receipt.store_id,
            "receipt_counter": receipt.counter,
            "receipt_sha256": stored.sha256,
            "proof": receipt.proof,
            "attestor": receipt.attestor,
            "cache_possible": receipt.cache_possible,
        }
        return EventDraft(
            EventType.REPLICATION, "package", receipt.objid, SOFTWARE_AGENT, detail=detail
        )

    def _note_clock(self, writing: Writing, receipt: Receipt) -> None:
        """A receipt dated far from now is believed for its order, but somebody's clock is wrong."""
        box.clear_notice(writing, "FAR-CLOCK-DIFFERS", self.destination)
        if _seconds_apart(writing.now, receipt.read_at) > MAX_CLOCK_DIFFERENCE_SECONDS:
            values = {"theirs": receipt.read_at[:20], "ours": writing.now}
            box.put_notice(writing, Finding("FAR-CLOCK-DIFFERS", self.destination, values))

    def wait(self, deposit: DepositRow, problem: RemoteError, watch: SendingWatch) -> None:
        """The place is the trouble: the package keeps its turn, as if it had not been tried."""
        turn = {"next_attempt": deposit.next_attempt, "tries": max(deposit.tries - 1, 0)}
        self._interrupt(
            deposit, finding_of(problem, self.destination), watch, {**leases.RELEASED, **turn}
        )

    def pause(
        self, deposit: DepositRow, finding: Finding, watch: SendingWatch | None = None
    ) -> None:
        """This package is the trouble: others go first for a while, longer each time."""
        with self.catalogue.write() as writing:
            values = sending.pauses(writing, deposit)
        self._interrupt(deposit, finding, watch, values)

    def _interrupt(
        self,
        deposit: DepositRow,
        finding: Finding,
        watch: SendingWatch | None,
        values: dict[str, object],
    ) -> None:
        reason = deposits.finding_column(finding)
        with self.catalogue.write() as writing:
            deposits.transit(writing, deposit, DepositEvent.INTERRUPT, reason=reason, **values)
            if watch is not None:
                watch.settle(writing, is_whole=False)

    def refuse(self, deposit: DepositRow, problem: RemoteError) -> None:
        """The place is there and will not have this package; a person must act."""
        _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)
        reason = deposits.finding_column(finding_of(problem, self.destination))
        with self.catalogue.write() as writing:
            stopped = leases.waits()
            deposits.transit(writing, deposit, DepositEvent.REFUSE, reason=reason, **stopped)

    def find_far_damage(
        self, deposit: DepositRow, package: PackageRow, problem: RemoteError
    ) -> None:
        """The place has this package already, and it is not as it was sealed: audits mend it."""
        _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)
        finding = finding_of(problem, self.destination)
        with self.catalogue.write() as writing:
            audit_records.find_far_damage(writing, deposit, package, finding, SOFTWARE_AGENT)

    def stop_damaged(
        self, deposit: DepositRow, package: PackageRow, problem: ApplianceError
    ) -> None:
        """Damage does not travel (invariant I6): this package stops here and a person is told."""
        finding = Finding(problem.code, package.name, {"problem": str(problem)})
        reason = deposits.finding_column(finding)
        with self.catalogue.write() as writing:
            stopped = leases.waits()
            deposits.transit(writing, deposit, DepositEvent.FIND_DAMAGE, reason=reason, **stopped)
            note_source_damage(writing, package, finding)
        _LOG.error("%s: %s", package.name, problem)


def _seconds_apart(ours: str, theirs: str) -> float:
    """Between two times; what is no time at all is as far away as can be."""
    try:
        return abs((from_text(ours) - from_text(theirs)).total_seconds())
    except ValueError:
        return float("inf")
