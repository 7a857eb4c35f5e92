"""Readings of target sheets: what each said about its scanner, and which are still to be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, func, select

from appliance.catalogue.intake_tables import TargetReadingRow
from appliance.catalogue.masters import findings_of, findings_text
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.canonical import canonical_json
from appliance.domain.states import MasterState
from appliance.domain.targets import TargetFigures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

_NO_FIGURES: Final = "null"


class UnreadTarget(NamedTuple):
    """A target sheet that was recognised and not measured yet."""

    master: MasterRow
    frame: int
    mark: str


def unread(session: Session, prefix: str, limit: int) -> Sequence[UnreadTarget]:
    """The oldest target sheets without a reading, one frame of each master.

    Args:
        session: The catalogue.
        prefix: How the marks of target sheets begin.
        limit: At most so many.
    """
    statement = (
        select(MasterRow, func.min(PageRow.frame), PageRow.sheet_mark)
        .join(PageRow, col(PageRow.master_id) == col(MasterRow.id))
        .where(MasterRow.state == str(MasterState.SHEET))
        .where(col(PageRow.sheet_mark).startswith(prefix, autoescape=True))
        .where(col(MasterRow.id).not_in(select(TargetReadingRow.master_id)))
        .group_by(col(MasterRow.id))
        .order_by(col(MasterRow.id))
        .limit(limit)
    )
    return [UnreadTarget(*found) for found in session.exec(statement)]


def put(
    writing: Writing,
    master: MasterRow,
    target_id: str,
    figures: TargetFigures | None,
    findings: Sequence[Finding],
) -> None:
    """Record what a target sheet said; a reading that is there already stays."""
    text = _NO_FIGURES if figures is None else canonical_json(figures.to_json()).decode("utf-8")
    statement = upsert(TargetReadingRow).values(
        master_id=master.id,
        scanner=master.scanner,
        target_id=target_id,
        read_at=writing.now,
        figures=text,
        findings=findings_text(findings),
    )
    writing.session.execute(statement.on_conflict_do_nothing())


def baseline(session: Session, scanner: str, target_id: str) -> TargetFigures | None:
    """The first reading of a sheet on a scanner that nothing was wrong with, or None."""
    statement = (
        select(TargetReadingRow)
        .where(TargetReadingRow.scanner == scanner, TargetReadingRow.target_id == target_id)
        .where(TargetReadingRow.findings == findings_text(()))
        .order_by(col(TargetReadingRow.id))
        .limit(1)
    )
    row = session.exec(statement).first()
    return figures_of(row) if row is not None else None


def latest(session: Session) -> Sequence[TargetReadingRow]:
    """The newest reading of each sheet on each scanner."""
    newest = select(func.max(TargetReadingRow.id)).group_by(
        col(TargetReadingRow.scanner), col(TargetReadingRow.target_id)
    )
    statement = select(TargetReadingRow).where(col(TargetReadingRow.id).in_(newest))
    return session.exec(statement.order_by(col(TargetReadingRow.id))).all()


def figures_of(row: TargetReadingRow) -> TargetFigures | None:
    """The figures of a reading; None when the sheet could not be measured."""
    value = json.loads(row.figures)
    return None if value is None else TargetFigures.from_json(value)


def standing(session: Session) -> tuple[Finding, ...]:
    """What the newest readings find wrong."""
    return tuple(finding for row in latest(session) for finding in findings_of(row.findings))
