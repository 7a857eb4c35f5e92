"""What a drill looks at and what it saw, as plain values that need no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DrillSubject:
    """What is looked at, and what it should look like.

    Args:
        package: The ZIP that was brought back.
        place: Where from, for people.
        pdf_name: Of the first PDF in ``rep1``.
        pdf_view: The picture kept of its first page; None where none is kept.
        master_sha256: Of one master.
        master_name: How people call it.
        frame: Of this master, 1-based.
        width_px: As recorded of this frame.
        height_px: As recorded of this frame.
        master_view: The picture kept of this frame; None where none is kept.
    """

    package: Path
    place: str
    pdf_name: str
    pdf_view: Path | None
    master_sha256: str
    master_name: str
    frame: int
    width_px: int
    height_px: int
    master_view: Path | None


@dataclass(frozen=True, slots=True)
class DrillLook:
    """What was seen.

    Args:
        findings: Whatever is not as it should be.
        pdf_difference: Of the drawn page, in hundredths of 1/255; None when not compared.
        master_difference: Of the master, the same.
    """

    findings: tuple[Finding, ...]
    pdf_difference: int | None
    master_difference: int | None


def unreadable(name: str, place: str, problem: str) -> Finding:
    """What could not be opened, for people; the decoder's own words stay English."""
    values = {
        "name": name,
        "problem": f"bộ giải mã báo “{problem}”",
        "problem_en": f"the decoder says “{problem}”",
    }
    return Finding("DRILL-UNREADABLE", place, {**values})
