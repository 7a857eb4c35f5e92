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
        other: The page it is held against; None when the question is about one page.
    """

    file_unit: FileUnitRow
    finding: Finding
    master_id: int
    frame: int
    page: PageRow | None
    other: PageRow | None

    @property
    def may_drop(self) -> bool:
        """Whether leaving the page out is an answer."""
        return self.other is not None


def read_questions(session: Session) -> tuple[QuestionView, ...]:
    """The open questions, by hồ sơ."""
    asked = [
        (unit, finding)
        for unit in review.units_with_questions(session)
        for finding in review.open_questions(unit)
    ][:QUESTIONS_PER_SCREEN]
    keys = [key for _unit, finding in asked for key in _frames(finding)]
    pages = file_unit_details.pages_of_masters(session, {master_id for master_id, _frame in keys})
    return tuple(_question(unit, finding, pages) for unit, finding in asked)


def _frames(finding: Finding) -> list[tuple[int, int]]:
    """Master and frame of the page it is about, and of the one it is held against, if any."""
    master_id, frame, _code = review.key_of(finding)
    other = finding.values.get("other_master_id")
    if other is None:
        return [(master_id, frame)]
    return [(master_id, frame), (int(str(other)), int(str(finding.values["other_frame"])))]


def _question(
    unit: FileUnitRow, finding: Finding, pages: Mapping[int, Sequence[PageRow]]
) -> QuestionView:
    found = [
        next((page for page in pages.get(master_id, ()) if page.frame == frame), None)
        for master_id, frame in _frames(finding)
    ]
    master_id, frame, _code = review.key_of(finding)
    return QuestionView(
        file_unit=unit,
        finding=finding,
        master_id=master_id,
        frame=frame,
        page=found[0],
        other=found[1] if len(found) > 1 else None,
    )
