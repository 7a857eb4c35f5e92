"""Deposit: sealed packages go to one destination, and come back as verified receipts.

A line that is down is a state, not an error. A deposit is proved only by a receipt whose
signature, digest and order were checked; the receipt is on disk before the row says so.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import deposits, events, leases
from appliance.catalogue.deposits import StoredReceipt
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.work import deposits_to
from appliance.domain.custody import EventType, Outcome
from appliance.domain.errors import IntegrityError, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.domain.rules import rule_of
from appliance.domain.states import DepositEvent
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.same_bytes import write_same
from appliance.sync.papers import ReceiptHead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Remote

_LEASE_SECONDS: Final = 6 * 3600
PLACE_CODES: Final = frozenset(
    {
        "LINE-DOWN",
        "LINE-CUT",
        "HOST-KEY-CHANGED",
        "HOST-KEY-UNKNOWN",
        "AUTH-REFUSED",
        "FAR-SENDER-UNKNOWN",
        "FAR-RECEIVER-MISSING",
        "PROTOCOL-VERSION",
        "FAR-STORE-MISSING",
        "FAR-STORE-FOREIGN",
        "FAR-STORAGE",
        "FAR-DISK-FULL",
        "RECEIPT-ROLLED-BACK",
    }
)
"""Causes that lie with the place and hold for every package: nothing is refused for them."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DepositStage:
    """The stage for one destination, with what it needs.

    Args:
        catalogue: Where deposits wait.
        store: Where packages lie.
        destination: Its name.
        open_remote: Makes the port to it; costs nothing until it is used.
        batch: Packages sent over one connection.
    """

    catalogue: Catalogue
    store: Store
    destination: str
    open_remote: Callable[[], Remote]
    batch: int

    def probe(self) -> bool:
        """Ask cheaply whether the destination is there; whether it answered as it should."""
        try:
            with self.open_remote() as remote:
                contact = remote.probe()
        except RemoteError as problem:
            self._note_no_contact(problem)
            return False
        with self.catalogue.write() as writing:
            deposits.note_contact(writing, self.destination, contact.free_bytes)
            deposits.wake_deposits(writing, self.destination)
        return True

    def run_once(self, owner: str) -> int:
        """Send a batch of waiting packages; how many there were."""
        with self.catalogue.write() as writing:
            claim = Claim(owner, self.batch, _LEASE_SECONDS)
            taken = leases.take(writing, *deposits_to(self.destination), claim)
            for deposit in taken:
                deposits.transit(writing, deposit, DepositEvent.START)
        if taken:
            with self.open_remote() as remote:
                self._send_all(remote, taken)
        return len(taken)

    def _send_all(self, remote: Remote, taken: Sequence[DepositRow]) -> None:
        """Send one after the other; a cause that lies with the place stops the rest as well."""
        obstacle: RemoteError | None = None
        for deposit in taken:
            if obstacle is not None:
                self._wait(deposit, obstacle)
                continue
            try:
                self._send(remote, deposit)
            except RemoteError as problem:
                obstacle = problem
                self._wait(deposit, problem)
                self._note_no_contact(problem)
            except Exception as problem:  # noqa: BLE001 - I8: shown, logged whole, tried again
                _LOG.exception("%s: a deposit failed and will be tried again", self.destination)
                values = {"stage": "sync", "problem": str(problem)}
                self._interrupt(deposit, Finding("STAGE-FAILED", self.destination, {**values}))

    def is_line_down(self) -> bool:
        """Whether the last attempt to reach the destination failed."""
        with self.catalogue.read() as session:
            return deposits.destination(session, self.destination).is_line_up == 0

    def start(self) -> None:
        """Let what a dead instance was sending wait again; only under the part's lock."""
        with self.catalogue.write() as writing:
            deposits.reset_sending(writing, self.destination)

    def _send(self, remote: Remote, deposit: DepositRow) -> None:
        with self.catalogue.read() as session:
            package = deposits.package_by_id(session, deposit.package_id)
            place = deposits.destination(session, self.destination)
            head = ReceiptHead(place.receipt_counter, place.receipt_sha256)
        sidecar = Sidecar.from_bytes(package.sidecar)
        path = self.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
        try:
            signed = remote.deposit(path, sidecar, package.sidecar_signature, head=head)
        except IntegrityError as problem:
            self._stop_damaged(deposit, package, problem)
        except RemoteError as problem:
            if problem.code in PLACE_CODES:
                raise
            self._refuse(deposit, problem)
        else:
            self._prove(deposit, path, signed)

    def _prove(self, deposit: DepositRow, path: Path, signed: SignedReceipt) -> None:
        """Receipt on disk first, then one transaction."""
        receipt = signed.receipt
        stem = f"{path.stem}.{self.destination}.{receipt.counter}.receipt.json"
        write_same(path.with_name(stem), receipt.to_bytes())
        write_same(path.with_name(f"{stem}.sig"), signed.signature.encode("ascii"))
        stored = StoredReceipt(
            receipt.to_bytes(), signed.signature, receipt.counter, signed.digest()
        )
        with self.catalogue.write() as writing:
            deposits.prove(writing, deposit, stored)
            deposits.note_contact(writing, self.destination, None)
            detail: dict[str, JsonValue] = {
                "destination": self.destination,
                "store_id": receipt.store_id,
                "receipt_counter": receipt.counter,
                "receipt_sha256": stored.sha256,
                "proof": receipt.proof,
                "cache_possible": receipt.cache_possible,
            }
            draft = EventDraft(
                EventType.REPLICATION, "package", receipt.objid, SOFTWARE_AGENT, detail=detail
            )
            events.record(writing, draft)
        _LOG.info("proved %s at %s", receipt.objid, self.destination)

    def _wait(self, deposit: DepositRow, problem: RemoteError) -> None:
        self._interrupt(deposit, finding_of(problem, self.destination))

    def _interrupt(self, deposit: DepositRow, finding: Finding) -> None:
        """Back to waiting, with the reason and a growing pause."""
        reason = deposits.finding_column(finding)
        with self.catalogue.write() as writing:
            later = leases.retry_later(writing.now, deposit.tries)
            deposits.transit(writing, deposit, DepositEvent.INTERRUPT, reason=reason, **later)

    def _refuse(self, deposit: DepositRow, problem: RemoteError) -> None:
        """The place is there, but this package is the trouble."""
        _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)
        if problem.retryable:
            return self._wait(deposit, problem)
        reason = deposits.finding_column(finding_of(problem, self.destination))
        with self.catalogue.write() as writing:
            none_left = leases.waits()
            deposits.transit(writing, deposit, DepositEvent.REFUSE, reason=reason, **none_left)
        return None

    def _stop_damaged(
        self, deposit: DepositRow, package: PackageRow, problem: IntegrityError
    ) -> None:
        """Damage does not travel (invariant I6): this package stops here and a person is told."""
        reason = Finding(problem.code, package.name, {"problem": str(problem)})
        with self.catalogue.write() as writing:
            deposits.transit(
                writing,
                deposit,
                DepositEvent.FIND_DAMAGE,
                reason=deposits.finding_column(reason),
                **leases.waits(),
            )
            draft = EventDraft(
                EventType.FIXITY_CHECK,
                "package",
                package.objid,
                SOFTWARE_AGENT,
                Outcome.FAILURE,
                {"problem": str(problem)},
            )
            events.record(writing, draft)
        _LOG.error("%s: %s", package.name, problem)

    def _note_no_contact(self, problem: RemoteError) -> None:
        with self.catalogue.write() as writing:
            reason = finding_of(problem, self.destination)
            deposits.note_no_contact(writing, self.destination, reason)
        _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)


def finding_of(problem: RemoteError, destination: str) -> Finding:
    """What a remote refusal means to people: its rule's sentence, with the place in it."""
    finding = Finding(problem.code, destination, {"problem": str(problem)})
    rule_of(finding)  # every code has a sentence: a missing one is a bug, found here
    return finding
