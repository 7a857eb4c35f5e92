"""The values of the screens of one page, and of every scan of one number of a hồ sơ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import file_unit_details, file_units
from appliance.catalogue.masters import findings_of
from appliance.imaging.ocr import TextOutcome
from appliance.imaging.quality.values import PageQuality
from appliance.pipeline.arrivals import number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
    from appliance.domain.findings import Finding
    from appliance.domain.scanners import ScannerProfiles

_HALF_TURN_DEGREES: Final = 180


@dataclass(frozen=True, slots=True)
class ScanView:
    """One scan of a number: the dropped file, why it is where it is, and its frames."""

    master: MasterRow
    findings: tuple[Finding, ...]
    pages: tuple[PageRow, ...]


@dataclass(frozen=True, slots=True)
class NumberView:
    """Everything that was scanned for one number of a hồ sơ.

    Args:
        file_unit: The hồ sơ.
        number: Of the files, 1-based.
        scans: Its scans, the newest first.
    """

    file_unit: FileUnitRow
    number: int
    scans: tuple[ScanView, ...]


@dataclass(frozen=True, slots=True)
class PageScreen:
    """Everything on the screen of one page.

    Args:
        row: Its record.
        master: The file that it is a frame of.
        findings: What was found of the page.
        quality: What was measured of it; None when nothing was, or by another release.
        text_outcome: A value of ``ocr.TextOutcome``; None until the page is derived.
        text_turn_degrees: How far it was turned, clockwise, until its text could be read; None
            while nothing was read, or nothing says how.
        scans: With its hồ sơ, the scans of the same number; None while it belongs to none.
        previous_id: The page before it in the hồ sơ; None at the first.
        next_id: The page after it; None at the last.
    """

    row: PageRow
    master: MasterRow
    findings: tuple[Finding, ...]
    quality: PageQuality | None
    text_outcome: str | None
    text_turn_degrees: int | None
    scans: NumberView | None
    previous_id: int | None
    next_id: int | None

    @property
    def is_upside_down(self) -> bool | None:
        """By the reading of its text, else by its lines; None when neither tells."""
        if self.text_turn_degrees == _HALF_TURN_DEGREES:
            return True
        return self.quality.is_upside_down if self.quality is not None else None

    @property
    def earlier(self) -> tuple[ScanView, ...]:
        """The other scans of the same number."""
        scans = self.scans.scans if self.scans is not None else ()
        return tuple(scan for scan in scans if scan.master.id != self.master.id)


def read_page(session: Session, page_id: int, profiles: ScannerProfiles) -> PageScreen | None:
    """Read the screen of a page; None when there is no such page.

    Args:
        session: A read transaction.
        page_id: Of its row.
        profiles: They say how the scanners number their files.
    """
    found = file_unit_details.page_with_id(session, page_id)
    if found is None:
        return None
    row, master = found
    derivation = json.loads(row.derivation) if row.derivation else {}
    previous_id, next_id = file_unit_details.neighbours(session, row, master)
    return PageScreen(
        row=row,
        master=master,
        findings=findings_of(row.findings),
        quality=_quality(row.quality),
        text_outcome=derivation.get("text_outcome"),
        text_turn_degrees=_text_turn_degrees(derivation),
        scans=_scans_beside(session, master, profiles),
        previous_id=previous_id,
        next_id=next_id,
    )


def _scans_beside(
    session: Session, master: MasterRow, profiles: ScannerProfiles
) -> NumberView | None:
    number = number_of(master, profiles.of(master.scanner))
    if master.file_unit_id is None or number is None:
        return None
    return read_number(session, file_units.by_id(session, master.file_unit_id), number, profiles)


def read_number(
    session: Session, unit: FileUnitRow, number: int, profiles: ScannerProfiles
) -> NumberView:
    """Read every scan of one number of a hồ sơ.

    Args:
        session: A read transaction.
        unit: The hồ sơ.
        number: Of the files, 1-based.
        profiles: They say how the scanners number their files.
    """
    candidates = file_unit_details.masters_that_may_have(session, unit.id or 0, number)
    masters = [row for row in candidates if number_of(row, profiles.of(row.scanner)) == number]
    pages = file_unit_details.pages_of_masters(session, [row.id or 0 for row in masters])
    scans = (
        ScanView(row, findings_of(row.findings), tuple(pages.get(row.id or 0, ())))
        for row in masters
    )
    return NumberView(unit, number, tuple(scans))


def _text_turn_degrees(derivation: Mapping[str, Any]) -> int | None:
    """What was read as it lay counts when its text was kept, what was turned in any case."""
    degrees = derivation.get("text_turn_degrees")  # no record of an earlier release has it
    is_kept = derivation.get("text_outcome") == TextOutcome.FOUND
    return degrees if degrees or is_kept else None


def _quality(text: str | None) -> PageQuality | None:
    if text is None:
        return None
    try:
        return PageQuality.from_json(json.loads(text))
    except ValueError:
        return None
