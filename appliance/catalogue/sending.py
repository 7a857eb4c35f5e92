"""What is sent next to a destination, how far it is, and how fast the place takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, func, or_, select, update

from appliance.catalogue import leases
from appliance.catalogue.deposits import WAITING, transit, transit_all
from appliance.catalogue.sending_tables import SendingPaceRow
from appliance.catalogue.tables import CounterRow, DepositRow
from appliance.domain.clock import later
from appliance.domain.pace import NO_LIMIT, Hours
from appliance.domain.sending import Pace, lease_seconds, pause_seconds
from appliance.domain.states import DepositEvent, DepositState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import DestinationRow
    from appliance.domain.pace import Bandwidth

_NEVER: Final = "~"
"""Later than any moment; as a value of a function it keeps the planner to the queue's order,
where else it would sort all that is due."""

STOPPED: Final = (DepositState.REFUSED, DepositState.DAMAGED)
"""States that only a person ends, by a retry."""


def take_next(
    writing: Writing, name: str, owner: str, *, below_bytes: int | None = None
) -> DepositRow | None:
    """Let the package that comes next for a destination be sent; None when none is due.

    The order is that of ``domain.sending``. What a dead process was sending waits again before.

    Args:
        writing: A write transaction.
        name: The destination.
        owner: Who sends it.
        below_bytes: Only packages smaller than this; None = of any size.
    """
    _free_the_dead(writing, name)
    due = (
        col(DepositRow.destination) == name,
        col(DepositRow.state) == WAITING,
        col(DepositRow.owner).is_(None),
        func.coalesce(DepositRow.next_attempt, _NEVER) <= writing.now,
        *(() if below_bytes is None else (col(DepositRow.size_bytes) < below_bytes,)),
    )
    first = select(DepositRow).where(*due)
    first = first.order_by(col(DepositRow.send_rank), col(DepositRow.id)).limit(1)
    deposit = writing.session.exec(first).first()
    if deposit is not None:
        until = later(writing.now, lease_seconds(deposit.size_bytes))
        held = {"owner": owner, "lease_until": until, "tries": deposit.tries + 1}
        transit(writing, deposit, DepositEvent.START, **held)
    return deposit


def reset_sending(writing: Writing, name: str) -> int:
    """Deposits that a dead sender held wait again, those of an earlier service; how many.

    Only under the lock of the part that sends. What another process sends is left alone.
    """
    owner = col(DepositRow.owner)
    is_dead = or_(
        owner.is_(None),
        owner.startswith("sync:"),
        col(DepositRow.lease_until) < writing.now,
    )
    which = (col(DepositRow.destination) == name, is_dead)
    freed = leases.done(writing.now)
    return transit_all(writing, DepositState.SENDING, DepositEvent.INTERRUPT, which, **freed)


def wake_deposits(writing: Writing, name: str) -> None:
    """Let what pauses before its next try for a destination be tried at once."""
    waiting = (
        col(DepositRow.destination) == name,
        col(DepositRow.state) == WAITING,
        col(DepositRow.owner).is_(None),
        col(DepositRow.next_attempt) > writing.now,
    )
    writing.session.execute(
        update(DepositRow).where(*waiting).values(next_attempt=writing.now, tries=0)
    )


def retry_stopped(
    writing: Writing, name: str, *, cause: str | None = None, deposit_id: int | None = None
) -> int:
    """Let deposits of a destination that wait for a person be tried again; how many.

    Args:
        writing: A write transaction.
        name: The destination.
        cause: Only those with this rule code; None = whatever the code.
        deposit_id: Only this one; None = all.
    """
    which = [col(DepositRow.destination) == name]
    if cause is not None:
        which.append(func.json_extract(DepositRow.reason, "$.code") == cause)
    if deposit_id is not None:
        which.append(col(DepositRow.id) == deposit_id)
    again = leases.done(writing.now)
    return sum(transit_all(writing, state, DepositEvent.RETRY, which, **again) for state in STOPPED)


def _free_the_dead(writing: Writing, name: str) -> None:
    is_dead = or_(col(DepositRow.owner).is_(None), col(DepositRow.lease_until) < writing.now)
    which = (col(DepositRow.destination) == name, is_dead)
    freed = leases.done(writing.now)
    transit_all(writing, DepositState.SENDING, DepositEvent.INTERRUPT, which, **freed)


def pauses(writing: Writing, deposit: DepositRow) -> dict[str, object]:
    """Column values of a deposit that is to be tried again after a pause of its own."""
    seconds = pause_seconds(deposit.tries, f"{deposit.destination}:{deposit.package_id}")
    return {**leases.RELEASED, "next_attempt": later(writing.now, seconds)}


def note_progress(writing: Writing, deposit: DepositRow, done_bytes: int) -> None:
    """What the destination has confirmed of a package; who sends it is alive."""
    until = later(writing.now, lease_seconds(deposit.size_bytes))
    mine = (col(DepositRow.id) == deposit.id, col(DepositRow.owner) == deposit.owner)
    statement = update(DepositRow).where(*mine)
    writing.session.execute(statement.values(sent_bytes=done_bytes, lease_until=until))


def note_pace(writing: Writing, name: str, hours: Hours, sent_bytes: int, seconds: float) -> None:
    """Remember one more stretch of sending to a destination."""
    pace = paces(writing.session, name).get(hours, Pace()).after(sent_bytes, seconds)
    figures = {
        "sent_bytes": round(pace.sent_bytes),
        "milliseconds": round(pace.seconds * 1000),
        "measured_at": writing.now,
    }
    statement = upsert(SendingPaceRow).values(destination=name, hours=str(hours), **figures)
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["destination", "hours"], set_=figures)
    )


def paces(session: Session, name: str) -> Mapping[Hours, Pace]:
    """The moving figures of a destination, by kind of hours."""
    rows = session.exec(select(SendingPaceRow).where(SendingPaceRow.destination == name))
    return {Hours(row.hours): Pace(row.sent_bytes, row.milliseconds / 1000) for row in rows}


def smallest_waiting(session: Session, name: str) -> int | None:
    """Size in bytes of the smallest package that waits for a destination; None when none does."""
    waiting = (col(DepositRow.destination) == name, col(DepositRow.state) == WAITING)
    return session.exec(select(func.min(DepositRow.size_bytes)).where(*waiting)).one()


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a destination has everything, as far as can be told now.

    Args:
        queue_bytes: What is still to be sent to it.
        bytes_per_second: How fast it usually takes them, now; 0 = not measured yet.
        finish_at: When all of it is there; None = nobody knows, for want of a measure or a line.
    """

    queue_bytes: int
    bytes_per_second: float
    finish_at: dt.datetime | None


def estimates(
    session: Session,
    places: Sequence[DestinationRow],
    bandwidths: Mapping[str, Bandwidth],
    now: dt.datetime,
    *,
    is_halted: bool,
) -> dict[str, Estimate]:
    """When everything that waits for each destination is there, at its usual speed.

    A line that is down has no date: nobody knows when it comes back. Neither has a halt.

    Args:
        session: A read transaction.
        places: The destinations.
        bandwidths: How fast each may be sent to, by its name; one that is not named has no bound.
        now: The present moment.
        is_halted: Whether anything stops all sending (``halts.halts``).
    """
    names = [place.name for place in places]
    owed, usual = _queue_bytes(session, names), usual_speeds(session, names)
    found = {}
    for place in places:
        bandwidth, speeds = bandwidths.get(place.name, NO_LIMIT), usual.get(place.name, {})
        here = speeds.get(bandwidth.kind(now)) or next(iter(speeds.values()), 0.0)
        bound = bandwidth.bytes_per_second(now)
        size_bytes = owed.get(place.name, 0)
        is_dated = place.is_line_up == 1 and not is_halted
        found[place.name] = Estimate(
            queue_bytes=size_bytes,
            bytes_per_second=here if bound is None else min(here, float(bound)),
            finish_at=bandwidth.finish(now, size_bytes, speeds) if is_dated else None,
        )
    return found


def usual_speeds(session: Session, names: Sequence[str]) -> Mapping[str, Mapping[Hours, float]]:
    """The measured speeds of destinations in bytes per second, by kind of hours."""
    statement = select(SendingPaceRow).where(col(SendingPaceRow.destination).in_(names))
    found: dict[str, dict[Hours, float]] = {}
    for row in session.exec(statement):
        speed = Pace(row.sent_bytes, row.milliseconds / 1000).bytes_per_second
        found.setdefault(row.destination, {})[Hours(row.hours)] = speed
    return found


def _queue_bytes(session: Session, names: Sequence[str]) -> dict[str, int]:
    """What each destination still lacks, of what waits and of what is being sent."""
    counters = {f"deposit_bytes:{name}:{DepositState.WAITING}": name for name in names}
    kept = session.exec(select(CounterRow).where(col(CounterRow.name).in_(counters)))
    waiting = {counters[row.name]: row.value for row in kept}
    unsent = unsent_bytes(session, names)
    return {name: waiting.get(name, 0) + unsent.get(name, 0) for name in names}


def unsent_bytes(session: Session, names: Sequence[str]) -> Mapping[str, int]:
    """What destinations have not confirmed yet of the packages that are being sent to them."""
    left = func.max(0, col(DepositRow.size_bytes) - col(DepositRow.sent_bytes))
    statement = (
        select(DepositRow.destination, func.sum(left))
        .where(
            col(DepositRow.destination).in_(names),
            col(DepositRow.state) == str(DepositState.SENDING),
        )
        .group_by(col(DepositRow.destination))
    )
    return dict(session.exec(statement).all())
