"""The values of the questions about pages: each with the pictures that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import file_unit_details
from appliance.pipeline import review

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow, PageRow
    from appliance.domain.findings import Finding

QUESTIONS_PER_SCREEN: Final = 50
"""Our own: an answered question makes room for the next one."""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question.

    Args:
        file_unit: The hồ sơ it is about.
        finding: The question itself.
        master_id: With ``frame``, the page that the answer is about.
        frame: Of the dropped file, 1-based.
        page: That page; None when its file was inspected anew meanwhile.
        other: The page that it looks like, its earlier scan, or the page before the gap; None
            without one, and as above.
    """

    file_unit: FileUnitRow
    finding: Finding
    master_id: int
    frame: int
    page: PageRow | None
    other: PageRow | None

    @property
    def may_drop(self) -> bool:
        """Whether leaving the page out is an answer: it looks like another one."""
        return "other" in self.finding.values

    @property
    def number(self) -> int:
        """Of the page in its hồ sơ, 1-based."""
        return _page_number(self.finding)

    @property
    def is_gap(self) -> bool:
        """Whether it asks for what is missing before the page."""
        return "missing" in self.finding.values

    @property
    def is_rescan(self) -> bool:
        """Whether the page is held against its own earlier scan."""
        return "other_master_id" in self.finding.values and not self.may_drop

    @property
    def other_code(self) -> str:
        """The hồ sơ of the page that it looks like; empty when that is its own."""
        return str(self.finding.values.get("other_code", ""))

    @property
    def other_number(self) -> int:
        """Of the page beside it: one like it, its own before, or that before a gap; 0 for none."""
        if self.is_rescan:
            return self.number
        return int(str(self.finding.values.get("other", self.number - 1 if self.is_gap else 0)))

    @property
    def missing_number(self) -> int | None:
        """The number to scan where one alone is missing; None for several, and for sheets."""
        missing = str(self.finding.values.get("missing", ""))
        return int(missing) if missing.isdecimal() else None


def read_questions(session: Session) -> tuple[QuestionView, ...]:
    """The open questions, by hồ sơ."""
    asked = [
        (unit, finding)
        for unit in review.units_with_questions(session)
        for finding in review.open_questions(unit)
    ][:QUESTIONS_PER_SCREEN]
    keys = [key for _unit, finding in asked for key in _frames(finding)]
    pages = file_unit_details.pages_of_masters(session, {master_id for master_id, _frame in keys})
    before_gaps = _pages_before_gaps(session, asked)
    return tuple(_question(unit, finding, pages, before_gaps) for unit, finding in asked)


def _page_number(finding: Finding) -> int:
    return int(str(finding.values["page"]))


def _pages_before_gaps(
    session: Session, asked: Sequence[tuple[FileUnitRow, Finding]]
) -> Mapping[tuple[int, int], PageRow]:
    """By the row id of the hồ sơ and the number of the page."""
    gaps = [
        (unit.id or 0, _page_number(finding) - 1)
        for unit, finding in asked
        if "missing" in finding.values
    ]
    return file_unit_details.pages_numbered(
        session, {unit_id for unit_id, _number in gaps}, {number for _unit_id, number in gaps}
    )


def _frames(finding: Finding) -> list[tuple[int, int]]:
    """Master and frame of the page it is about, and of the one it is held against, if any."""
    master_id, frame, _code = review.key_of(finding)
    other = finding.values.get("other_master_id")
    if other is None:
        return [(master_id, frame)]
    return [(master_id, frame), (int(str(other)), int(str(finding.values["other_frame"])))]


def _question(
    unit: FileUnitRow,
    finding: Finding,
    pages: Mapping[int, Sequence[PageRow]],
    before_gaps: Mapping[tuple[int, int], PageRow],
) -> QuestionView:
    found = [
        next((page for page in pages.get(master_id, ()) if page.frame == frame), None)
        for master_id, frame in _frames(finding)
    ]
    master_id, frame, _code = review.key_of(finding)
    before = before_gaps.get((unit.id or 0, _page_number(finding) - 1))
    return QuestionView(
        file_unit=unit,
        finding=finding,
        master_id=master_id,
        frame=frame,
        page=found[0],
        other=found[1] if len(found) > 1 else before,
    )
