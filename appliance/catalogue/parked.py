"""What was put aside: by cause, screen by screen, and when each file is judged again.

A parked master whose ``next_attempt`` has come is due; one without it waits until a person asks
or its cause passes. Every statement here goes by an index: ten thousand parked files of one cause
cost what a screen of them costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import col, func, select, update

from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.masters import findings_of
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.states import BatchState, MasterState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

IS_PARKED: Final = col(MasterRow.state) == str(MasterState.PARKED)
"""The condition of the partial indexes over parked masters."""


@dataclass(frozen=True, slots=True)
class ParkedGroup:
    """Parked masters with one cause.

    Args:
        code: The rule code.
        count: How many there are.
        due: How many of them are judged again as soon as the service comes to them.
        example: Why the oldest one is parked; None when it names no reason.
    """

    code: str
    count: int
    due: int
    example: Finding | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Some of the parked masters; what is left out does not choose.

    Args:
        ids: Their row ids.
        cause: Their cause.
    """

    ids: frozenset[int] | None = None
    cause: str | None = None

    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """As conditions of a query."""
        found = [IS_PARKED]
        if self.ids is not None:
            found.append(col(MasterRow.id).in_(self.ids))
        if self.cause is not None:
            found.append(col(MasterRow.cause) == self.cause)
        return tuple(found)


def groups(session: Session, now: str) -> tuple[ParkedGroup, ...]:
    """Parked masters by their cause, the largest group first; ``now`` as ``clock.to_text``."""
    statement = (
        select(MasterRow.cause, func.count(), func.min(MasterRow.id))
        .where(IS_PARKED)
        .group_by(col(MasterRow.cause))
    )
    found = session.exec(statement).all()
    due = _due_by_cause(session, now) if found else {}
    oldest = _findings_by_id(session, [first or 0 for _cause, _count, first in found])
    rows = (
        ParkedGroup(
            cause or "", number, due.get(cause or "", 0), _cause_in(oldest[first or 0], cause)
        )
        for cause, number, first in found
    )
    return tuple(sorted(rows, key=lambda group: (-group.count, group.code)))


def _due_by_cause(session: Session, now: str) -> Mapping[str, int]:
    cause = func.coalesce(MasterRow.cause, "")  # no bare column: the moments are to be gone by
    statement = (
        select(cause, func.count())
        .where(IS_PARKED, col(MasterRow.next_attempt) <= now)
        .group_by(cause)
    )
    return dict(session.exec(statement).all())


def _findings_by_id(session: Session, ids: Collection[int]) -> Mapping[int, tuple[Finding, ...]]:
    rows = session.exec(select(MasterRow.id, MasterRow.findings).where(col(MasterRow.id).in_(ids)))
    return {identity or 0: findings_of(text) for identity, text in rows}


def _cause_in(findings: Sequence[Finding], cause: str | None) -> Finding | None:
    named = [finding for finding in findings if finding.code == cause]
    return next(iter([*named, *findings]), None)


def listed(
    session: Session, wanted: Wanted, *, after_id: int = 0, limit: int
) -> Sequence[MasterRow]:
    """Parked masters, the oldest first; page on with the last id."""
    statement = select(MasterRow).where(*wanted.conditions(), col(MasterRow.id) > after_id)
    return session.exec(statement.order_by(col(MasterRow.id)).limit(limit)).all()


def how_many(session: Session, wanted: Wanted) -> int:
    """How many masters are parked, of those that are wanted."""
    statement = select(func.count()).select_from(MasterRow)
    return session.exec(statement.where(*wanted.conditions())).one()


def first_pages(session: Session, master_ids: Collection[int]) -> Mapping[int, PageRow]:
    """The first frame of each of some masters, where it was decoded."""
    statement = select(PageRow).where(col(PageRow.master_id).in_(master_ids), PageRow.frame == 1)
    return {row.master_id: row for row in session.exec(statement)}


def sheet_pictures(
    session: Session, batch_ids: Collection[int], names: Collection[str]
) -> Mapping[tuple[int, str], PageRow]:
    """The first frame with a picture of some files of batches, by batch and the file's name."""
    statement = (
        select(MasterRow.batch_id, MasterRow.name, PageRow)
        .join(PageRow, col(PageRow.master_id) == col(MasterRow.id))
        .where(col(MasterRow.batch_id).in_(batch_ids), col(MasterRow.name).in_(names))
        .where(col(PageRow.thumbnail_sha256).is_not(None))
        .order_by(col(MasterRow.id).desc(), col(PageRow.frame).desc())
    )
    return {(batch_id or 0, name): page for batch_id, name, page in session.exec(statement)}


def ask(writing: Writing, wanted: Wanted) -> int:
    """Let some parked masters be judged again as soon as the service comes to them.

    Returns:
        How many they are.
    """
    statement = update(MasterRow).where(*wanted.conditions())
    result: Any = writing.session.execute(statement.values(next_attempt=writing.now, tries=0))
    return int(result.rowcount)


def schedule(writing: Writing, causes: Collection[str], at: str) -> int:
    """Give those that wait for a passing cause, and have no moment yet, their first one.

    Args:
        writing: The transaction.
        causes: Rule codes of causes that may pass by themselves.
        at: The moment (``clock.to_text``).
    """
    unset = (IS_PARKED, col(MasterRow.next_attempt).is_(None), col(MasterRow.cause).in_(causes))
    result: Any = writing.session.execute(
        update(MasterRow).where(*unset).values(next_attempt=at, tries=0)
    )
    return int(result.rowcount)


def batches(session: Session, *, limit: int) -> Sequence[BatchRow]:
    """Batches whose sheets a person must look at, the oldest first."""
    statement = select(BatchRow).where(BatchRow.state == str(BatchState.PARKED))
    return session.exec(statement.order_by(col(BatchRow.id)).limit(limit)).all()


def count_batches(session: Session) -> int:
    """How many batches are parked."""
    statement = select(func.count()).select_from(BatchRow)
    return session.exec(statement.where(BatchRow.state == str(BatchState.PARKED))).one()
