"""Batches: what one scanner dropped in one go, until its cover sheets say what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlmodel import col, func, select, update

from appliance.catalogue import leases
from appliance.catalogue.intake_tables import AnswerRow, BatchRow
from appliance.catalogue.masters import findings_of, findings_text
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.batches import BatchFile
from appliance.domain.clock import later
from appliance.domain.errors import IllegalTransition
from appliance.domain.rules import rule_of
from appliance.domain.states import (
    BATCH_INITIAL,
    BATCH_TABLE,
    BatchEvent,
    BatchState,
    MasterState,
    advance,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

ANSWER_CODE: Final = "BATCH-SHEET"
"""Under this code it is recorded what a person said that a sheet says."""

_WAITING: Final = (str(MasterState.BATCHED), str(MasterState.PARKED))
"""States of the files that are still to be split."""


def newest_open(session: Session, scanner: str, place: str) -> BatchRow | None:
    """The open batch of a place that was opened last, or None."""
    statement = (
        select(BatchRow)
        .where(BatchRow.scanner == scanner, BatchRow.place == place)
        .where(BatchRow.state == str(BatchState.OPEN))
        .order_by(col(BatchRow.id).desc())
    )
    return session.exec(statement).first()


def open_batch(writing: Writing, scanner: str, place: str) -> BatchRow:
    """Begin a batch; it comes back with its id."""
    row = BatchRow(
        scanner=scanner,
        place=place,
        state=str(BATCH_INITIAL),
        opened_at=writing.now,
        last_arrival_at=writing.now,
    )
    writing.session.add(row)
    writing.session.flush()
    return row


def touch(writing: Writing, batch: BatchRow, quiet_seconds: float) -> None:
    """A file came: the batch is split when it has been quiet for so long."""
    due = later(writing.now, quiet_seconds)
    update_batch(writing, batch, {"last_arrival_at": writing.now, "next_attempt": due})


def named(session: Session, batch_id: int, name: str) -> MasterRow | None:
    """The latest file of a batch with this name, or None."""
    statement = (
        select(MasterRow)
        .where(MasterRow.batch_id == batch_id, MasterRow.name == name)
        .order_by(col(MasterRow.id).desc())
    )
    return session.exec(statement).first()


def masters_of(session: Session, batch_id: int) -> Sequence[MasterRow]:
    """The files of a batch that are still to be split: decoded, or broken."""
    statement = (
        select(MasterRow)
        .where(MasterRow.batch_id == batch_id, col(MasterRow.state).in_(_WAITING))
        .order_by(col(MasterRow.id))
    )
    return session.exec(statement).all()


def files_of(session: Session, batch_id: int) -> tuple[BatchFile, ...]:
    """The files of a batch that are still to be split, with what their frames say."""
    marks = _marks_of(session, batch_id)
    said = _said_of(session, batch_id)
    return tuple(
        BatchFile(
            master_id=row.id or 0,
            name=row.name,
            sha256=row.sha256,
            marks=tuple(marks.get(row.id or 0, ())),
            is_parked=row.state == MasterState.PARKED,
            said=said.get(row.id or 0),
        )
        for row in masters_of(session, batch_id)
    )


def _marks_of(session: Session, batch_id: int) -> dict[int, list[str | None]]:
    statement = (
        select(PageRow.master_id, PageRow.sheet_mark)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.batch_id == batch_id)
        .order_by(col(PageRow.master_id), col(PageRow.frame))
    )
    found: dict[int, list[str | None]] = {}
    for master_id, mark in session.exec(statement):
        found.setdefault(master_id, []).append(mark)
    return found


def _said_of(session: Session, batch_id: int) -> dict[int, str]:
    statement = (
        select(AnswerRow.master_id, AnswerRow.answer)
        .join(MasterRow, col(MasterRow.id) == col(AnswerRow.master_id))
        .where(MasterRow.batch_id == batch_id, AnswerRow.code == ANSWER_CODE)
    )
    return dict(session.exec(statement).all())


def is_uninspected(session: Session, batch_id: int) -> bool:
    """Whether a file of the batch still waits for inspection."""
    statement = (
        select(func.count())
        .select_from(MasterRow)
        .where(MasterRow.batch_id == batch_id, MasterRow.state == str(MasterState.ACCEPTED))
    )
    return session.exec(statement).one() > 0


def parked_at(session: Session, scanner: str, place: str) -> Sequence[BatchRow]:
    """The parked batches of a place, oldest first."""
    statement = (
        select(BatchRow)
        .where(BatchRow.scanner == scanner, BatchRow.place == place)
        .where(BatchRow.state == str(BatchState.PARKED))
        .order_by(col(BatchRow.id))
    )
    return session.exec(statement).all()


def by_id(session: Session, batch_id: int) -> BatchRow | None:
    """One batch."""
    return session.get(BatchRow, batch_id)


def parked_ids(session: Session, batch_ids: Iterable[int] | None = None) -> Sequence[int]:
    """The ids of parked batches, oldest first.

    Args:
        session: A transaction.
        batch_ids: Of which ones; None means of every one.
    """
    statement = select(col(BatchRow.id)).where(BatchRow.state == str(BatchState.PARKED))
    if batch_ids is not None:
        statement = statement.where(col(BatchRow.id).in_(tuple(batch_ids)))
    return [one for one in session.exec(statement.order_by(col(BatchRow.id))) if one is not None]


def settle(
    writing: Writing, batch: BatchRow, event: BatchEvent, findings: Iterable[Finding] = ()
) -> None:
    """Split or park a batch; a parked one is opened again for it first.

    What is parked for a cause that may pass is tried again with growing pauses.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    found = tuple(findings)
    state = BatchState(batch.state)
    if state is BatchState.PARKED:
        state = advance(BATCH_TABLE, state, BatchEvent.RETRY)
    state = advance(BATCH_TABLE, state, event)
    may_pass = any(rule_of(finding).retries for finding in found)
    lease = leases.retry_later(writing.now, batch.tries) if may_pass else leases.waits()
    update_batch(writing, batch, {**lease, "state": str(state), "findings": findings_text(found)})


def update_batch(writing: Writing, batch: BatchRow, values: dict[str, Any]) -> None:
    """Set columns of a batch that is still as it was read.

    Raises:
        IllegalTransition: Its state changed meanwhile.
    """
    same = (col(BatchRow.id) == batch.id, col(BatchRow.state) == batch.state)
    result: Any = writing.session.execute(update(BatchRow).where(*same).values(values))
    if result.rowcount != 1:
        raise IllegalTransition(f"batch {batch.id} is no longer {batch.state!r}")


def findings_on(batch: BatchRow) -> tuple[Finding, ...]:
    """Why a batch is parked."""
    return findings_of(batch.findings)


def move_pages(writing: Writing, master_id: int, file_unit_id: int) -> None:
    """Give the pages of a master to the hồ sơ that it was assigned to."""
    statement = update(PageRow).where(col(PageRow.master_id) == master_id)
    writing.session.execute(statement.values(file_unit_id=file_unit_id))
