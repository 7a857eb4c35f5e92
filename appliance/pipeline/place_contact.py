"""What is known of one destination: whether it answers, whether it can take anything, and why not.

Contact is no proof (invariant I4), and a probe that succeeds does not undo what only a deposit
can find out: a place that refuses our signature answers every probe.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import deposits, sending
from appliance.domain.clock import from_text
from appliance.domain.errors import RemoteError
from appliance.domain.findings import Finding
from appliance.domain.rules import RULES, rule_of
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DestinationRow
    from appliance.sync.remote import Contact, Remote

HELD_CODES: Final = frozenset(
    {
        "FAR-SENDER-UNKNOWN",
        "FAR-STORAGE",
        "FAR-NO-LOCKS",
        "FAR-PERMISSION",
        "FAR-READ-ONLY",
        "RECEIPT-INVALID",
        "TWO-BOXES",
    }
)
"""What a deposit found and a probe cannot see."""

HELD_SECONDS: Final = 300
"""Our own: so long nothing is tried after such a cause when it can pass by itself ..."""

HELD_FOR_PERSON_SECONDS: Final = 3600
"""Our own: ... and when it cannot, unless a person says that it has passed."""

SAME_NEWS_SECONDS: Final = 300
"""Our own: the same news of a place is recorded again only after so long."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlaceContact:
    """Asks one destination, and records what came of it.

    Args:
        catalogue: Where it is recorded.
        destination: Its name.
    """

    catalogue: Catalogue
    destination: str

    def probe(self, open_remote: Callable[[], Remote]) -> bool:
        """Ask whether it can be sent to."""
        place = self._place()  # before it is asked: an audit may bring a newer receipt meanwhile
        try:
            with open_remote() as remote:
                contact = remote.probe()
                self._note_answer(contact)
                _check_history(remote, place, contact)
            self._check_room(place, contact)
        except RemoteError as problem:
            self.note_problem(problem)
            return False
        if place.is_line_up == 0 and self._is_held(place):
            return False
        with self.catalogue.write() as writing:
            deposits.note_contact(writing, self.destination, contact.free_bytes)
        if place.is_line_up == 0:
            _LOG.info("%s can be sent to again", self.destination)
        return True

    def _note_answer(self, contact: Contact) -> None:
        notes = [Finding(code, self.destination) for code in contact.notes if code in RULES]
        partial = (contact.partial_count, contact.partial_bytes)
        with self.catalogue.write() as writing:
            deposits.note_answer(writing, self.destination, contact.free_bytes, partial, notes)

    def _is_held(self, place: DestinationRow) -> bool:
        reason = deposits.finding_from(place.reason)
        if reason is None or reason.code not in HELD_CODES:
            return False
        seconds = HELD_SECONDS if rule_of(reason).retries else HELD_FOR_PERSON_SECONDS
        return _seconds_since(place.last_attempt_at, self.catalogue.clock.now()) < seconds

    def _check_room(self, place: DestinationRow, contact: Contact) -> None:
        """After a full disk: wait until there is more room than before, or long enough."""
        reason = deposits.finding_from(place.reason)
        if place.is_line_up != 0 or reason is None or reason.code != "FAR-DISK-FULL":
            return
        with self.catalogue.read() as session:
            smallest = sending.smallest_waiting(session, self.destination) or 0
        waited = _seconds_since(place.last_attempt_at, self.catalogue.clock.now())
        has_more = place.free_bytes is None or contact.free_bytes > place.free_bytes
        if contact.free_bytes < smallest or not (has_more or waited >= HELD_SECONDS):
            raise refusal("FAR-DISK-FULL", f"{contact.free_bytes} bytes are free")

    def note_problem(self, problem: RemoteError) -> None:
        """It cannot be sent to; told to the journal when it is news."""
        reason = finding_of(problem, self.destination)
        place = self._place()
        known = deposits.finding_from(place.reason)
        is_news = place.is_line_up != 0 or known is None or known.code != reason.code
        age = _seconds_since(place.last_attempt_at, self.catalogue.clock.now())
        if is_news or age >= SAME_NEWS_SECONDS:
            with self.catalogue.write() as writing:
                deposits.note_no_contact(writing, self.destination, reason)
        if is_news:
            _LOG.warning("%s: %s: %s", self.destination, problem.code, problem)

    def forget_hold(self) -> None:
        """A person has seen to the cause: the next probe alone decides."""
        with self.catalogue.write() as writing:
            deposits.forget_reason(writing, self.destination)

    def note_full(self, needed_bytes: int) -> None:
        """There is no room for the smallest package that was tried."""
        self.note_problem(refusal("FAR-DISK-FULL", f"no room for {needed_bytes} bytes"))

    def _place(self) -> DestinationRow:
        with self.catalogue.read() as session:
            return deposits.destination(session, self.destination)


def finding_of(problem: RemoteError, destination: str) -> Finding:
    """What a remote refusal means to people: its rule's sentence, with the place in it."""
    finding = Finding(problem.code, destination, {"problem": str(problem)})
    rule_of(finding)  # every code has a sentence: a missing one is a bug, found here
    return finding


def _check_history(remote: Remote, place: DestinationRow, contact: Contact) -> None:
    """Notice a store that was restored from an old backup, however many receipts it gave since.

    The receipt that this box saw last must still be there. That is asked when the place was not
    to be reached before: a store is not restored while it answers.

    Raises:
        RemoteError: ``RECEIPT-ROLLED-BACK``.
    """
    if contact.receipt_counter < place.receipt_counter:
        raise refusal(
            "RECEIPT-ROLLED-BACK",
            f"its newest receipt is {contact.receipt_counter}, this box has seen "
            f"{place.receipt_counter}",
        )
    if place.receipt_counter == 0 or place.is_line_up == 1:
        return
    try:
        newest = next(remote.receipts(after=place.receipt_counter - 1), None)
    except RemoteError as problem:
        if problem.code == "FAR-TOO-OLD":
            return  # it cannot tell; the next receipt must name the one before it all the same
        raise
    if newest is None or newest.digest() != place.receipt_sha256:
        raise refusal(
            "RECEIPT-ROLLED-BACK",
            f"its receipt {place.receipt_counter} is not the one that this box has seen",
        )


def _seconds_since(moment: str | None, now: dt.datetime) -> float:
    """Since a moment in a nullable column; for ever when there was none."""
    return float("inf") if moment is None else (now - from_text(moment)).total_seconds()
