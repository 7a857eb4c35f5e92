"""Restore drills: which package is drawn, and how each drill ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, func, select

from appliance.catalogue.audit_tables import DrillRow
from appliance.catalogue.events import EventDraft, record
from appliance.catalogue.tables import DepositRow, PackageRow
from appliance.domain.audits import DrillOutcome
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType, Outcome
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class DrillResult:
    """How one drill ended.

    Args:
        destination: Where the package came from.
        package: Which; None when none could be drawn.
        seed: What it was drawn with.
        candidates: Among how many.
        started_at: When it began (``clock.to_text``).
        outcome: How it ended.
        findings: What was wrong.
        facts: What was looked at, for people: file and page names, sizes, differences.
    """

    destination: str
    package: PackageRow | None
    seed: str
    candidates: int
    started_at: str
    outcome: DrillOutcome
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def read_bytes(self) -> int:
        """How much was brought back; 0 when nothing was."""
        return self.package.size_bytes if self.package is not None and self.facts else 0


def how_many(session: Session, destination: str) -> int:
    """How many packages are proved at a destination."""
    statement = select(func.count()).where(*_proved(destination))
    return session.exec(statement).one()


def drawn(session: Session, destination: str, position: int) -> DepositRow | None:
    """The proved package at a position, 0-based, in the order of the packages' ids."""
    statement = select(DepositRow).where(*_proved(destination))
    ordered = statement.order_by(col(DepositRow.package_id))
    return session.exec(ordered.offset(position).limit(1)).first()


def _proved(destination: str) -> tuple[bool, bool]:
    proved = DepositRow.state == str(DepositState.PROVED)
    return DepositRow.destination == destination, proved


def record_drill(writing: Writing, result: DrillResult, agent: str) -> None:
    """Keep how a drill ended, as a row and as a custody event."""
    package = result.package
    findings: list[JsonValue] = [finding.to_json() for finding in result.findings]
    row = DrillRow(
        destination=result.destination,
        package_id=package.id if package is not None else None,
        seed=result.seed,
        candidates=result.candidates,
        started_at=result.started_at,
        ended_at=writing.now,
        outcome=str(result.outcome),
        findings=canonical_json(findings).decode("utf-8"),
        facts=canonical_json(dict(result.facts)).decode("utf-8"),
    )
    writing.session.add(row)
    detail: dict[str, JsonValue] = {
        "restore_drill": str(result.outcome),
        "objid": package.objid if package is not None else None,
        "seed": result.seed,
        "candidates": result.candidates,
        "findings": [finding.code for finding in result.findings],
    }
    is_passed = result.outcome is DrillOutcome.PASSED
    draft = EventDraft(
        EventType.VALIDATION,
        "destination",
        result.destination,
        agent,
        Outcome.SUCCESS if is_passed else Outcome.FAILURE,
        detail,
    )
    record(writing, draft)


def newest(session: Session, destination: str, limit: int) -> tuple[DrillRow, ...]:
    """The newest drills of a destination, the newest first."""
    statement = select(DrillRow).where(DrillRow.destination == destination)
    return tuple(session.exec(statement.order_by(col(DrillRow.id).desc()).limit(limit)))


def last_held(session: Session, destination: str) -> DrillRow | None:
    """The newest drill that was really held: one that was not possible is none."""
    held = (
        DrillRow.destination == destination,
        DrillRow.outcome != str(DrillOutcome.NOT_POSSIBLE),
    )
    statement = select(DrillRow).where(*held).order_by(col(DrillRow.id).desc())
    return session.exec(statement.limit(1)).first()


def last_held_anywhere(session: Session) -> dict[str, DrillRow]:
    """For each destination the newest drill that was really held there."""
    newest_ids = (
        select(func.max(DrillRow.id))
        .where(DrillRow.outcome != str(DrillOutcome.NOT_POSSIBLE))
        .group_by(col(DrillRow.destination))
    )
    rows = session.exec(select(DrillRow).where(col(DrillRow.id).in_(newest_ids)))
    return {row.destination: row for row in rows}


def findings_of_drill(row: DrillRow) -> tuple[Finding, ...]:
    """What was wrong in a drill."""
    return tuple(Finding.from_json(one) for one in json.loads(row.findings))
