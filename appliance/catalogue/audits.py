"""Slices of audit work, and which copy is looked at next: one indexed question each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import literal_column
from sqlmodel import col, func, select, update

from appliance.catalogue.audit_tables import AuditSliceRow, DamageRow, PackageCheckRow
from appliance.catalogue.deposits import finding_column
from appliance.catalogue.events import EventDraft, record
from appliance.catalogue.tables import DepositRow, PackageRow
from appliance.domain.audits import CheckState, SliceKind, SliceOutcome
from appliance.domain.custody import EventType, Outcome
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnClause, ColumnElement
    from sqlalchemy.orm import Mapped
    from sqlmodel import Session
    from sqlmodel.sql.expression import SelectOfScalar

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

R = TypeVar("R", DepositRow, PackageCheckRow)

_NEVER: Final[ColumnClause[str]] = literal_column("''")
"""As the indexes write it: a bound value would not be recognised as theirs."""


def last_slice(session: Session, place: str, kind: SliceKind | None = None) -> AuditSliceRow | None:
    """The newest slice at a place, of one kind or of any."""
    newest = select(AuditSliceRow).where(AuditSliceRow.place == place)
    if kind is not None:
        newest = newest.where(AuditSliceRow.kind == str(kind))
    return session.exec(newest.order_by(col(AuditSliceRow.id).desc()).limit(1)).first()


def slice_by_id(session: Session, slice_id: int) -> AuditSliceRow:
    """One slice that is known to exist."""
    return session.get_one(AuditSliceRow, slice_id)


def slices_of(session: Session, place: str, limit: int) -> tuple[AuditSliceRow, ...]:
    """The newest slices at a place, the newest first."""
    newest = select(AuditSliceRow).where(AuditSliceRow.place == place)
    return tuple(session.exec(newest.order_by(col(AuditSliceRow.id).desc()).limit(limit)))


def begin_slice(writing: Writing, place: str, kind: SliceKind, budget_seconds: int) -> int:
    """Begin a slice; one of the same kind that was cut and never ended is closed.

    Returns:
        Its id.
    """
    left = (
        col(AuditSliceRow.place) == place,
        col(AuditSliceRow.kind) == str(kind),
        col(AuditSliceRow.ended_at).is_(None),
    )
    closed = update(AuditSliceRow).where(*left)
    writing.session.execute(closed.values(ended_at=writing.now, outcome=str(SliceOutcome.REPLACED)))
    row = AuditSliceRow(
        place=place, kind=str(kind), started_at=writing.now, budget_seconds=budget_seconds
    )
    writing.session.add(row)
    writing.session.flush()
    return row.id or 0


def spent_seconds(session: Session, place: str, kind: SliceKind, since: str) -> int:
    """How long slices of one kind have worked at a place that began after a moment."""
    spent = select(func.sum(col(AuditSliceRow.spent_milliseconds))).where(
        AuditSliceRow.place == place,
        AuditSliceRow.kind == str(kind),
        col(AuditSliceRow.started_at) > since,
    )
    return (session.exec(spent).one() or 0) // 1000


def newest_damage_at(session: Session, place: str) -> str:
    """When damage that is not mended was last found at a place; empty when there is none."""
    newest = select(func.max(col(DamageRow.found_at))).where(
        DamageRow.place == place, col(DamageRow.ended_at).is_(None)
    )
    return session.exec(newest).one() or ""


def count(writing: Writing, slice_id: int, **more: int) -> None:
    """Add to the columns of a slice, such as ``proved=1, read_bytes=…, spent_milliseconds=…``."""
    values = {name: getattr(AuditSliceRow, name) + amount for name, amount in more.items()}
    writing.session.execute(
        update(AuditSliceRow).where(col(AuditSliceRow.id) == slice_id).values(values)
    )


def note_obstacle(writing: Writing, slice_id: int, finding: Finding | None) -> None:
    """What keeps a slice from going on just now; None when nothing does."""
    statement = update(AuditSliceRow).where(col(AuditSliceRow.id) == slice_id)
    writing.session.execute(statement.values(finding=finding_column(finding)))


def end_slice(writing: Writing, slice_id: int, outcome: SliceOutcome, agent: str) -> None:
    """End a slice that is open; what it proved becomes one custody event.

    Single proofs are no events of their own: the receipts and check times say them, and a year
    of them would be larger than all else that is recorded. What was found damaged is.
    """
    ended = (col(AuditSliceRow.id) == slice_id, col(AuditSliceRow.ended_at).is_(None))
    statement = update(AuditSliceRow).where(*ended)
    changed: Any = writing.session.execute(
        statement.values(ended_at=writing.now, outcome=str(outcome))
    )
    if not changed.rowcount:
        return
    row = writing.session.get_one(AuditSliceRow, slice_id, populate_existing=True)
    if not row.proved + row.scrubbed + row.damaged:
        return
    detail = {
        "slice": slice_id,
        "proved": row.proved,
        "scrubbed": row.scrubbed,
        "damaged": row.damaged,
        "repaired": row.repaired,
        "read_bytes": row.read_bytes,
    }
    result = Outcome.FAILURE if row.damaged else Outcome.SUCCESS
    draft = EventDraft(EventType.FIXITY_CHECK, "destination", row.place, agent, result, {**detail})
    record(writing, draft)


# which copy is next: at a destination


def far_to_repair(session: Session, place: str, passed: Collection[int]) -> DepositRow | None:
    """A copy at a destination that is not as it was sealed."""
    bad = (
        col(DepositRow.destination) == place,
        col(DepositRow.state) == str(DepositState.FAR_DAMAGED),
        *_without(col(DepositRow.id), passed),
    )
    return _first(session, select(DepositRow).where(*bad).order_by(col(DepositRow.send_rank)))


def far_to_prove(
    session: Session, place: str, before: str, not_yet: str, passed: Collection[int]
) -> DepositRow | None:
    """The copy at a destination with the oldest proof, when that is due.

    Args:
        session: The catalogue.
        place: The destination.
        before: Older proofs are due (``clock.to_text``).
        not_yet: Later ones are of a clock that was wrong: the first of all to be renewed.
        passed: Ids of deposits that are not wanted.
    """
    proved = _proved_at(place, passed)
    column = col(DepositRow.proved_at)
    future = select(DepositRow).where(*proved, column > not_yet).order_by(column)
    due = select(DepositRow).where(*proved, column < before).order_by(column)
    return _first(session, future) or _first(session, due)


def far_to_scrub(
    session: Session, place: str, before: str, passed: Collection[int]
) -> DepositRow | None:
    """The copy at a destination that nobody has looked at for longest, when that is due."""
    looked = func.max(DepositRow.proved_at, func.coalesce(DepositRow.scrubbed_at, _NEVER))
    due = select(DepositRow).where(*_proved_at(place, passed), looked < before)
    return _first(session, due.order_by(looked))


def _proved_at(place: str, passed: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(DepositRow.destination) == place,
        col(DepositRow.state) == str(DepositState.PROVED),
        *_without(col(DepositRow.id), passed),
    )


def deposit_of(session: Session, place: str, package_id: int) -> DepositRow | None:
    """The deposit of a package at a destination, whatever its state."""
    same = (DepositRow.destination == place, DepositRow.package_id == package_id)
    return session.exec(select(DepositRow).where(*same)).first()


def is_sending(session: Session, place: str, now: str) -> bool:
    """Whether packages are sent to a destination, or could be."""
    there = col(DepositRow.destination) == place
    sending = select(DepositRow.id).where(there, DepositRow.state == str(DepositState.SENDING))
    due = select(DepositRow.id).where(
        there,
        DepositRow.state == str(DepositState.WAITING),
        col(DepositRow.owner).is_(None),
        col(DepositRow.next_attempt) <= now,
    )
    return any(session.exec(one.limit(1)).first() is not None for one in (sending, due))


# which copy is next: on this box


def own_to_repair(session: Session, passed: Collection[int]) -> PackageCheckRow | None:
    """A copy of this box that is not as it was sealed."""
    is_bad = col(PackageCheckRow.state) != str(CheckState.GOOD)
    statement = select(PackageCheckRow).where(is_bad)
    unpassed = statement.where(*_without(col(PackageCheckRow.package_id), passed))
    order = (col(PackageCheckRow.state), col(PackageCheckRow.package_id))
    return _first(session, unpassed.order_by(*order))


def own_to_prove(
    session: Session, before: str, not_yet: str, passed: Collection[int]
) -> PackageCheckRow | None:
    """The copy of this box with the oldest proof, when that is due; as of ``far_to_prove``."""
    good, column = _good(passed), col(PackageCheckRow.proved_at)
    future = select(PackageCheckRow).where(*good, column > not_yet).order_by(column)
    due = select(PackageCheckRow).where(*good, column < before).order_by(column)
    return _first(session, future) or _first(session, due)


def own_to_scrub(session: Session, before: str, passed: Collection[int]) -> PackageCheckRow | None:
    """The copy of this box that nobody has looked at for longest, when that is due."""
    looked = func.max(PackageCheckRow.proved_at, func.coalesce(PackageCheckRow.scrubbed_at, _NEVER))
    due = select(PackageCheckRow).where(*_good(passed), looked < before)
    return _first(session, due.order_by(looked))


def _good(passed: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    good = col(PackageCheckRow.state) == str(CheckState.GOOD)
    return good, *_without(col(PackageCheckRow.package_id), passed)


def _without(number: Mapped[Any], passed: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """All but some rows; nothing at all is said of none, which would cost a step."""
    return (number.not_in(passed),) if passed else ()


def own_copy(session: Session, package_id: int) -> PackageCheckRow:
    """What is known of this box's copy of a package."""
    return session.get_one(PackageCheckRow, package_id, populate_existing=True)


def package(session: Session, package_id: int) -> PackageRow:
    """One package that is known to exist."""
    return session.get_one(PackageRow, package_id)


def _first(session: Session, statement: SelectOfScalar[R]) -> R | None:
    return session.exec(statement.limit(1)).first()
