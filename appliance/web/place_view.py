"""The values of a destination's screen: contact, proof, queue, causes and receipts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, deposits, halts, overview, place_lists, sending
from appliance.catalogue.proof_times import far_proofs
from appliance.domain.clock import to_text
from appliance.domain.findings import Finding
from appliance.domain.receipts import Attestor, Receipt
from appliance.domain.states import DepositState
from appliance.domain.verdict import judge_place
from appliance.web.list_views import ROWS_PER_SCREEN
from appliance.web.place_names import with_label

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from sqlmodel import Session

    from appliance.catalogue.browse import FindingGroup
    from appliance.catalogue.place_lists import Queued
    from appliance.catalogue.sending import Estimate
    from appliance.catalogue.tables import DepositRow, DestinationRow
    from appliance.domain.pace import Bandwidth
    from appliance.domain.verdict import PlaceFacts, Statement

STOPPED_STATES: Final = (
    DepositState.DAMAGED,
    DepositState.FAR_DAMAGED,
    DepositState.REFUSED,
)
"""What does not go on by itself, the worst first."""

_RANK_KEY: Final = re.compile(r"\d{1,15}\.\d{1,18}", re.ASCII)
_MOMENT_KEY: Final = re.compile(r"[\dTZ:.-]{27}\.\d{1,18}", re.ASCII)
"""Where a screen begins; any other text is the beginning of the list."""

ROLLED_BACK: Final = "RECEIPT-ROLLED-BACK"


@dataclass(frozen=True, slots=True)
class CauseView:
    """Packages that wait for a person for one cause.

    Args:
        state: Their state.
        group: The cause, how many, and an example.
        may_retry: Whether a person may let them be tried again here; audits mend the others.
    """

    state: DepositState
    group: FindingGroup
    may_retry: bool


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One package of the queue.

    Args:
        queued: Its record and hồ sơ.
        reason: Why its last try failed, or why it waits; None when nothing is wrong.
        next_attempt: When it is tried again; None when it is its turn by the order alone.
        finish_at: When it is there at the usual speed; None when nobody knows.
    """

    queued: Queued
    reason: Finding | None
    next_attempt: str | None
    finish_at: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One proof; ``receipt`` is None when what is stored cannot be read."""

    queued: Queued
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class PlaceScreen:
    """Everything on a destination's screen.

    Args:
        at: The moment of the reading (``clock.to_text``).
        row: Its record.
        facts: What its line of the verdict was taken from.
        statement: That line.
        halts: Why nothing is sent anywhere, and since when.
        reason: Why it cannot be sent to; None while it can, or is not known.
        notes: What is odd there, but stops nothing.
        oldest_proof_at: The oldest proof; None when there is none.
        newest_proof_at: The newest proof; None when there is none.
        estimate: When everything is there.
        finish_at: The same as ``clock.to_text``; None when nobody knows.
        bandwidth: How fast it may be sent to.
        causes: What waits for a person.
        state: Whose lines are listed.
        queue: One screen of packages, in the order of the queue; none for proofs.
        receipts: One screen of proofs, the newest first.
        next_key: Where the next screen begins; None at the end.
    """

    at: str
    row: DestinationRow
    facts: PlaceFacts
    statement: Statement
    halts: tuple[tuple[Finding, str], ...]
    reason: Finding | None
    notes: tuple[Finding, ...]
    oldest_proof_at: str | None
    newest_proof_at: str | None
    estimate: Estimate
    finish_at: str | None
    bandwidth: Bandwidth
    causes: tuple[CauseView, ...]
    state: DepositState
    queue: tuple[QueueLine, ...]
    receipts: tuple[ReceiptLine, ...]
    next_key: str | None

    @property
    def total(self) -> int:
        """Packages that are owed to it, whatever their state."""
        return sum(self.facts.deposits.values())

    @property
    def is_self_attested(self) -> bool:
        """Whether this box itself signs for what lies there: nothing there enforces "only add"."""
        return any(
            line.receipt is not None and line.receipt.attestor == Attestor.BOX
            for line in self.receipts
        )

    @property
    def is_rolled_back(self) -> bool:
        """Whether a person may accept that its store was restored."""
        return self.reason is not None and self.reason.code == ROLLED_BACK


def read_place(
    session: Session,
    row: DestinationRow,
    now: dt.datetime,
    bandwidth: Bandwidth,
    wanted: tuple[DepositState, str],
) -> PlaceScreen:
    """Read a destination's screen.

    Args:
        session: A read transaction.
        row: The destination.
        now: The present moment.
        bandwidth: How fast it may be sent to.
        wanted: Whose lines are listed, and the key after which they begin; empty = the first.
    """
    proofs = far_proofs(session, [row.name], now)[row.name]
    stops = halts.halts(session)
    is_halted = bool(stops)
    facts = overview.place_facts(
        session, row, now, oldest_proof_at=proofs.oldest_at, is_halted=is_halted
    )
    bounds = {row.name: bandwidth}
    estimate = sending.estimates(session, [row], bounds, now, is_halted=is_halted)[row.name]
    state, key = wanted
    is_proved = state is DepositState.PROVED
    found = _proofs(session, row.name, key) if is_proved else _queue(session, row.name, state, key)
    shown = found[:ROWS_PER_SCREEN]
    lines = () if is_proved else _queue_lines(session, shown, estimate, bandwidth, now)
    called, is_down = {row.name: row.label}, row.is_line_up == 0
    return PlaceScreen(
        at=to_text(now),
        row=row,
        facts=facts,
        statement=judge_place(facts),
        halts=stops,
        reason=with_label(deposits.finding_from(row.reason), called) if is_down else None,
        notes=tuple(with_label(Finding.from_json(n), called) for n in json.loads(row.notes)),
        oldest_proof_at=proofs.oldest_at,
        newest_proof_at=proofs.newest_at,
        estimate=estimate,
        finish_at=_text(estimate.finish_at),
        bandwidth=bandwidth,
        causes=tuple(_causes(session, facts)),
        state=state,
        queue=tuple(replace(one, reason=with_label(one.reason, called)) for one in lines),
        receipts=tuple(map(_receipt_line, shown)) if is_proved else (),
        next_key=_key_of(shown[-1], is_proved=is_proved) if len(found) > len(shown) else None,
    )


def _text(moment: dt.datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _causes(session: Session, facts: PlaceFacts) -> Iterator[CauseView]:
    for state in STOPPED_STATES:
        if facts.deposits[state]:  # a kept counter: the table is read only when there are any
            for group in browse.deposit_groups(session, facts.name, state):
                example = with_label(group.example, {facts.name: facts.label})
                told = replace(group, example=example)
                yield CauseView(state, told, may_retry=state in sending.STOPPED)


def _queue(session: Session, name: str, state: DepositState, key: str) -> tuple[Queued, ...]:
    rank, _, number = key.partition(".")
    after = (int(rank), int(number)) if _RANK_KEY.fullmatch(key) else (-1, 0)
    limit = ROWS_PER_SCREEN + 1
    rows = place_lists.in_state(session, name, state, after=after, limit=limit)
    if state is DepositState.WAITING and after == (-1, 0):
        sent_now = place_lists.in_state(session, name, DepositState.SENDING, limit=limit)
        rows = (*sent_now, *rows)
    return rows


def _proofs(session: Session, name: str, key: str) -> tuple[Queued, ...]:
    moment, _, number = key.rpartition(".")
    before = (moment, int(number)) if _MOMENT_KEY.fullmatch(key) else None
    return place_lists.proofs(session, name, before=before, limit=ROWS_PER_SCREEN + 1)


def _key_of(last: Queued, *, is_proved: bool) -> str:
    row = last.deposit
    return f"{row.proved_at if is_proved else row.send_rank}.{row.id}"


def _queue_lines(
    session: Session,
    shown: Sequence[Queued],
    estimate: Estimate,
    bandwidth: Bandwidth,
    now: dt.datetime,
) -> Iterable[QueueLine]:
    """The lines, each with the moment at which all before it and itself are there."""
    waiting = [one for one in shown if one.deposit.state == DepositState.WAITING]
    ahead_bytes = 0
    if waiting and estimate.finish_at is not None:
        first = waiting[0].deposit
        ahead_bytes = place_lists.bytes_before(session, first.destination, first)
        ahead_bytes += sending.unsent_bytes(session, [first.destination]).get(first.destination, 0)
    names = {one.deposit.destination for one in shown}
    usual = dict(next(iter(sending.usual_speeds(session, [*names]).values()), {}))
    for one in shown:
        row = one.deposit
        if row.state == DepositState.WAITING:
            ahead_bytes += row.size_bytes
        size_bytes = ahead_bytes if row.state == DepositState.WAITING else _unsent(one)
        is_moving = row.state in {DepositState.WAITING, DepositState.SENDING}
        pause = _pause(row, to_text(now))
        is_known = is_moving and pause is None and estimate.finish_at is not None
        finish = bandwidth.finish(now, size_bytes, usual) if is_known else None
        reason = deposits.finding_from(row.reason)
        yield QueueLine(one, reason, pause, _text(finish))


def _pause(row: DepositRow, now: str) -> str | None:
    """When a package that pauses is tried again; None when it is its turn by the order alone."""
    is_later = row.next_attempt is not None and row.next_attempt > now
    return row.next_attempt if is_later and row.state == DepositState.WAITING else None


def _unsent(one: Queued) -> int:
    return max(0, one.deposit.size_bytes - one.deposit.sent_bytes)


def _receipt_line(one: Queued) -> ReceiptLine:
    try:
        return ReceiptLine(one, Receipt.from_bytes(one.deposit.receipt or b""))
    except ValueError:
        return ReceiptLine(one, None)
