"""Deposit: sealed packages go to one destination, and come back as verified receipts.

A line that is down is a state, not an error. A deposit is proved only by a receipt whose
signature, digest and order were checked; the receipt is on disk before the row says so. One
package is sent at a time, in the order of ``domain.sending``; nothing but the catalogue knows
what is still to be sent, so that a line may be down for weeks.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from appliance.catalogue import deposits, halts, sending
from appliance.domain.errors import IntegrityError, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.pace import NO_LIMIT
from appliance.domain.receipts import Sidecar
from appliance.pipeline.deposit_outcomes import Outcomes
from appliance.pipeline.halting import has_own_store, may_send
from appliance.pipeline.place_contact import HELD_CODES, PlaceContact, finding_of
from appliance.pipeline.sending_watch import SendingWatch
from appliance.sync.papers import ReceiptHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.disk.store import Store
    from appliance.domain.pace import Bandwidth
    from appliance.sync.remote import Remote

PLACE_CODES: Final = frozenset(
    {
        "LINE-DOWN",
        "LINE-CUT",
        "LINE-REFUSED-BY-HOST",
        "HOST-KEY-CHANGED",
        "HOST-KEY-UNKNOWN",
        "AUTH-REFUSED",
        "ACCOUNT-LOCKED",
        "TWO-BOXES",
        "FAR-SENDER-UNKNOWN",
        "FAR-RECEIVER-MISSING",
        "FAR-RECEIVER-SILENT",
        "FAR-RECEIVER-NOISY",
        "FAR-TOO-OLD",
        "FAR-TOO-NEW",
        "FAR-STORE-MISSING",
        "FAR-STORE-FOREIGN",
        "FAR-STORAGE",
        "FAR-NO-LOCKS",
        "FAR-NAMES-ENDLESS",
        "FAR-PERMISSION",
        "FAR-READ-ONLY",
        "RECEIPT-INVALID",
        "RECEIPT-ROLLED-BACK",
    }
)
"""Causes that lie with the place and hold for every package: nothing is refused for them."""

CONNECTING_CODES: Final = PLACE_CODES - HELD_CODES - {"LINE-CUT"}
"""Causes that show before any package is looked at: the one at hand keeps its turn. Any other may
be brought about by a single package, such as a bad sector below it or a key that signed it alone:
then another one has the next turn, or it would hold up the queue for ever."""

PASSING_CODES: Final = frozenset({"LINE-DOWN", "LINE-CUT"})
"""Causes that lie with the line alone and may be over in a moment. To ask soon again after any
other, such as a key that is refused, would only get this box's address shut out."""

NO_ROOM: Final = "FAR-DISK-FULL"
SOURCE_CODES: Final = frozenset({"SOURCE-DAMAGED", "SOURCE-MISSING"})
FAR_DAMAGE_CODES: Final = frozenset({"FAR-COPY-DAMAGED", "FAR-COPY-MISSING"})

_LOG: Final = logging.getLogger(__name__)


class _End(Enum):
    """What the end of one deposit means for those after it."""

    NEXT = auto()
    SMALLER = auto()
    """There was no room for it; a smaller one may still fit."""
    STOP = auto()
    """The place, or this box's store, is the trouble."""


def never() -> bool:
    """What is not to be stopped."""
    return False


@dataclass(frozen=True, slots=True)
class DepositStage:
    """The stage for one destination, with what it needs.

    Args:
        catalogue: Where deposits wait.
        store: Where packages lie.
        destination: Its name.
        open_remote: Makes the port to it; costs nothing until it is used.
        batch: Packages sent over one connection at most.
        bandwidth: Which hours are the office's, for the measured speeds.
        is_stopping: Whether no further package is to be begun.
    """

    catalogue: Catalogue
    store: Store
    destination: str
    open_remote: Callable[[], Remote]
    batch: int
    bandwidth: Bandwidth = NO_LIMIT
    is_stopping: Callable[[], bool] = never

    def probe(self) -> bool:
        """Ask cheaply whether the destination can be sent to; what it said is recorded."""
        return PlaceContact(self.catalogue, self.destination).probe(self.open_remote)

    def run_once(self, owner: str) -> int:
        """Send what is due over one connection, a batch at most; how many were tried.

        Nothing is tried while the place is known to be down, until a probe succeeds, and while
        all sending is stopped.
        """
        if self.is_line_down() or not may_send(self.catalogue, self.store):
            return 0
        deposit = self._take(owner)
        if deposit is None:
            return 0
        with self.open_remote() as remote:
            return self._send_round(remote, deposit, owner)

    def is_line_down(self) -> bool:
        """Whether the last attempt to reach the destination failed."""
        with self.catalogue.read() as session:
            return deposits.destination(session, self.destination).is_line_up == 0

    def is_worth_asking_soon(self) -> bool:
        """Whether the last attempt failed for nothing but the line."""
        with self.catalogue.read() as session:
            place = deposits.destination(session, self.destination)
        reason = deposits.finding_from(place.reason)
        return reason is not None and reason.code in PASSING_CODES

    def is_halted(self) -> bool:
        """Whether all sending is stopped, to every destination."""
        with self.catalogue.read() as session:
            return bool(halts.halts(session))

    def start(self) -> None:
        """Let what a dead instance was sending wait again; only under the part's lock."""
        with self.catalogue.write() as writing:
            sending.reset_sending(writing, self.destination)

    def _take(self, owner: str, below_bytes: int | None = None) -> DepositRow | None:
        with self.catalogue.write() as writing:
            if halts.halts(writing.session):
                return None
            return sending.take_next(writing, self.destination, owner, below_bytes=below_bytes)

    def _send_round(self, remote: Remote, first: DepositRow, owner: str) -> int:
        """Send one after the other, until nothing is due or something stops it."""
        deposit: DepositRow | None = first
        below_bytes: int | None = None
        tried = 0
        while deposit is not None:
            tried += 1
            end = self._send(remote, deposit)
            if end is _End.STOP or tried >= self.batch or self.is_stopping():
                return tried
            if end is _End.SMALLER:
                below_bytes = deposit.size_bytes
            deposit = self._take(owner, below_bytes)
        if below_bytes is not None:
            PlaceContact(self.catalogue, self.destination).note_full(below_bytes)
        return tried

    def _send(self, remote: Remote, deposit: DepositRow) -> _End:
        """One package, whatever comes of it; a bad one costs itself alone (invariant I8)."""
        watch = SendingWatch(self.catalogue, deposit, self.bandwidth)
        try:
            with self.catalogue.read() as session:
                package = deposits.package_by_id(session, deposit.package_id)
            try:
                self._deposit(remote, deposit, package, watch)
            except (IntegrityError, RemoteError) as problem:
                return self._end(deposit, package, problem, watch)
        except Exception as problem:  # noqa: BLE001 - I8: shown, logged whole, tried again
            return self._survive(deposit, problem)
        return _End.NEXT

    def _deposit(
        self, remote: Remote, deposit: DepositRow, package: PackageRow, watch: SendingWatch
    ) -> None:
        sidecar = Sidecar.from_bytes(package.sidecar)
        path = self.store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
        signature, head = package.sidecar_signature, self._head()
        signed = remote.deposit(path, sidecar, signature, head=head, progress=watch)
        self._outcomes.prove(deposit, path, signed, watch)

    def _head(self) -> ReceiptHead:
        with self.catalogue.read() as session:
            place = deposits.destination(session, self.destination)
        return ReceiptHead(place.receipt_counter, place.receipt_sha256)

    @property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self.catalogue, self.destination)

    def _end(
        self,
        deposit: DepositRow,
        package: PackageRow,
        problem: IntegrityError | RemoteError,
        watch: SendingWatch,
    ) -> _End:
        """Record why a deposit was not proved."""
        if problem.code in SOURCE_CODES:
            return self._end_of_source(deposit, package, problem)
        if not isinstance(problem, RemoteError):
            raise problem
        if problem.code in PLACE_CODES:
            return self._end_of_place(deposit, problem, watch)
        if problem.code in FAR_DAMAGE_CODES:
            self._outcomes.find_far_damage(deposit, package, problem)
        elif problem.retryable:
            _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)
            self._outcomes.pause(deposit, finding_of(problem, self.destination), watch)
        else:
            self._outcomes.refuse(deposit, problem)
        return _End.SMALLER if problem.code == NO_ROOM else _End.NEXT

    def _end_of_source(
        self, deposit: DepositRow, package: PackageRow, problem: IntegrityError | RemoteError
    ) -> _End:
        """Our own copy is the trouble; without the whole store nothing is said of the package."""
        if has_own_store(self.catalogue, self.store):
            self._outcomes.stop_damaged(deposit, package, problem)
            return _End.NEXT
        finding = Finding("OWN-STORE-MISSING", str(self.store.root))
        self._outcomes.pause(deposit, finding)
        return _End.STOP

    def _end_of_place(self, deposit: DepositRow, problem: RemoteError, watch: SendingWatch) -> _End:
        is_moving = problem.code == "LINE-CUT" and watch.has_sent
        if problem.code in CONNECTING_CODES or is_moving:
            self._outcomes.wait(deposit, problem, watch)
        elif problem.retryable:
            self._outcomes.pause(deposit, finding_of(problem, self.destination), watch)
        else:
            self._outcomes.refuse(deposit, problem)
        PlaceContact(self.catalogue, self.destination).note_problem(problem)
        return _End.STOP

    def _survive(self, deposit: DepositRow, problem: Exception) -> _End:
        """What nobody foresaw lets this package wait; the others go on."""
        _LOG.error(
            "%s: a deposit failed and will be tried again", self.destination, exc_info=problem
        )
        values = {"stage": "sync", "problem": str(problem)}
        try:
            self._outcomes.pause(deposit, Finding("STAGE-FAILED", self.destination, {**values}))
        except Exception:  # noqa: BLE001 - its lease runs out, and then it is tried again
            _LOG.exception("%s: nor can the deposit be recorded as waiting", self.destination)
        return _End.NEXT
