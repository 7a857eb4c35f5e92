"""The values of the page of audits: every place, its slices and drills, and all damage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_overview, audits, drills
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.drills import findings_of_drill
from appliance.catalogue.standing import read_standing
from appliance.domain.audits import BOX_PLACE, DrillOutcome, SliceOutcome
from appliance.domain.clock import to_text
from appliance.domain.coverage import judge_coverage
from appliance.domain.levels import Level
from appliance.web.language import marked
from appliance.web.place_names import with_label

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.audit_tables import AuditSliceRow, DamageRow, DrillRow
    from appliance.domain.coverage import Coverage
    from appliance.domain.findings import Finding
    from appliance.domain.levels import Statement

SLICES_SHOWN: Final = 5
"""Our own: the newest slices of each place."""
DRILLS_SHOWN: Final = 3
"""Our own: the newest restore drills of each destination."""
DAMAGE_SHOWN: Final = 200
"""Our own: what is damaged now stands first, so that none of it is left out before this many."""

OUTCOME_WORDS: Final[Mapping[str, str]] = {
    SliceOutcome.DONE: marked("xong, không còn bản nào đến hạn"),
    SliceOutcome.BUDGET: marked("hết giờ đã định, phần còn lại để lượt sau"),
    SliceOutcome.LINE: marked("không liên lạc được cho đến hết giờ"),
    SliceOutcome.HALTED: marked("đã dừng, cần người xem"),
    SliceOutcome.REPLACED: marked("bị cắt ngang, lượt sau làm tiếp"),
}

DRILL_WORDS: Final[Mapping[str, str]] = {
    DrillOutcome.PASSED: marked("đạt"),
    DrillOutcome.FAILED: marked("không đạt"),
    DrillOutcome.NOT_POSSIBLE: marked("chưa diễn tập được, không tính là đạt"),
}

DRILL_LEVELS: Final[Mapping[str, Level]] = {
    DrillOutcome.PASSED: Level.GOOD,
    DrillOutcome.FAILED: Level.NEEDS_PERSON,
    DrillOutcome.NOT_POSSIBLE: Level.UNKNOWN,
}

KIND_WORDS: Final[Mapping[str, str]] = {
    "package": marked("gói tin"),
    "master": marked("ảnh gốc"),
}


@dataclass(frozen=True, slots=True)
class SliceView:
    """One slice; ``finding`` is what kept it from going on."""

    row: AuditSliceRow
    finding: Finding | None


@dataclass(frozen=True, slots=True)
class DrillView:
    """One restore drill and what was wrong in it."""

    row: DrillRow
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class AuditedPlace:
    """One place on the page.

    Args:
        facts: How well its copies are covered.
        statement: Its judged line.
        slices: Its newest slices.
        drills: Its newest restore drills; none for this box.
    """

    facts: Coverage
    statement: Statement
    slices: tuple[SliceView, ...]
    drills: tuple[DrillView, ...]

    @property
    def is_box(self) -> bool:
        """Whether it is this box."""
        return self.facts.place == BOX_PLACE


@dataclass(frozen=True, slots=True)
class DamageView:
    """One copy that was not as it was sealed.

    Args:
        row: What is recorded.
        finding: What was wrong.
        label: How people call the place; None for this box.
    """

    row: DamageRow
    finding: Finding | None
    label: str | None


@dataclass(frozen=True, slots=True)
class AuditScreen:
    """Everything on the page.

    Args:
        at: The moment of the reading (``clock.to_text``).
        places: This box, then every destination.
        damage: What is damaged, then what was.
    """

    at: str
    places: tuple[AuditedPlace, ...]
    damage: tuple[DamageView, ...]


def read_audits(session: Session, now: dt.datetime) -> AuditScreen:
    """Read and judge everything that the page of audits shows."""
    covered = audit_overview.coverage(session, read_standing(session, now))
    labels = {one.place: one.label for one in covered if one.place != BOX_PLACE}
    return AuditScreen(
        at=to_text(now),
        places=tuple(_place(session, one) for one in covered),
        damage=tuple(
            DamageView(
                row,
                with_label(finding_from(row.finding), labels),
                None if row.place == BOX_PLACE else labels.get(row.place, row.place),
            )
            for row in audit_overview.damage_log(session, DAMAGE_SHOWN)
        ),
    )


def _place(session: Session, facts: Coverage) -> AuditedPlace:
    called = {facts.place: facts.label}
    return AuditedPlace(
        facts=facts,
        statement=judge_coverage(facts),
        slices=tuple(
            SliceView(row, with_label(finding_from(row.finding), called))
            for row in audits.slices_of(session, facts.place, SLICES_SHOWN)
        ),
        drills=tuple(
            DrillView(row, tuple(with_label(f, called) for f in findings_of_drill(row)))
            for row in drills.newest(session, facts.place, DRILLS_SHOWN)
        ),
    )
