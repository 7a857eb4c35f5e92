"""What the pages of a complete hồ sơ say together: order, gaps, twins, paper.

Nothing here drops a page: twins and gaps are questions that a person answers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.domain.naming import PAGES_PER_SHEET
from appliance.domain.page_twins import pages_of_other_units, twin_findings
from appliance.domain.pages_seen import about_page
from appliance.domain.policy import MIN_PAGE_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.domain.canonical import JsonValue
    from appliance.domain.pages_seen import PageSeen, UnitSeen


def page_findings(unit: UnitSeen, pages: Sequence[PageSeen]) -> tuple[Finding, ...]:
    """Every finding over the pages of a complete hồ sơ, in their order.

    Args:
        unit: The hồ sơ.
        pages: All its live pages, by their numbers.
    """
    return (
        *_number_gaps(unit, pages),
        *twin_findings(unit, pages),
        *pages_of_other_units(unit, pages),
        *_blank_rescans(unit, pages),
        *_sides(unit, pages),
        *_specks(unit, pages),
        *_sizes(unit, pages),
    )


def _number_gaps(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Numbers that no file has; where the first file begins is the scanner's own affair."""
    for before, page in pairwise(pages):
        missing = [number for number in _skipped(before, page) if number not in unit.left_out]
        if missing:
            first, last = (_spoken(number, page) for number in (missing[0], missing[-1]))
            named = f"{first}" if first == last else f"{first}-{last}"
            yield about_page(
                "PAGES-NUMBER-GAP",
                unit,
                page,
                missing=named,
                number=_spoken(page.file_number, page),
                about=named,
            )


def _skipped(before: PageSeen, page: PageSeen) -> range:
    """Numbers between two files; a later sheet's page is 1, or runs on from the one before."""
    sheet, position = divmod(page.file_number, PAGES_PER_SHEET)
    earlier_sheet, earlier = divmod(before.file_number, PAGES_PER_SHEET)
    if not page.counts_sheets or sheet == earlier_sheet:
        return range(before.file_number + 1, page.file_number)
    if position in {1, earlier + 1}:
        return range(0)
    first = earlier + 1 if position > earlier else 1
    return range(sheet * PAGES_PER_SHEET + first, page.file_number)


def _spoken(number: int, page: PageSeen) -> int | str:
    """A number as the names have it: 17, or sheet and page ``4.1``."""
    if not page.counts_sheets:
        return number
    return "{}.{}".format(*divmod(number, PAGES_PER_SHEET))


def _blank_rescans(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Blank pages that took the place of pages with ink, as the back of a rescanned sheet does."""
    for page in pages:
        if page.inked_master_id is not None:
            held_against = {"other_master_id": page.inked_master_id, "other_frame": page.frame}
            about = f"{page.inked_master_id}"
            yield about_page("PAGES-RESCAN-BLANK", unit, page, **held_against, about=about)


def _sides(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Pages against sheets, and duplex scans against pairs of sides."""
    count = len(pages)
    values: dict[str, JsonValue] = {
        "file_code": unit.file_code,
        "pages": count,
        "sheets": unit.sheets,
    }
    if unit.sheets and count > 2 * unit.sheets:
        yield Finding("PAGES-MORE-THAN-SIDES", unit.file_code, values)
    if count < unit.sheets:
        yield Finding("PAGES-FEWER-THAN-SHEETS", unit.file_code, values)
    if all(page.is_duplex for page in pages):
        yield from _missing_sides(unit, pages)


def _missing_sides(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """What a scan of both sides lacks; a side that a person left out was scanned."""
    count, left_out = len(pages), unit.left_out - {page.file_number for page in pages}
    scanned = count + len(left_out)
    values: dict[str, JsonValue] = {"file_code": unit.file_code, "pages": count}
    if unit.sheets <= count and scanned < 2 * unit.sheets:
        sides = {"sheets": unit.sheets, "sides": 2 * unit.sheets}
        yield Finding("PAGES-DUPLEX-FEW", unit.file_code, {**values, **sides})
    elif scanned % 2:
        yield Finding("PAGES-DUPLEX-ODD", unit.file_code, values)


def _specks(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Pictures that decode and can be no page of paper, as a scanner that fails may write them."""
    for page in pages:
        if page.shorter_px is not None and page.shorter_px < MIN_PAGE_PIXELS:
            yield about_page("PAGES-TOO-SMALL", unit, page, pixels=page.shorter_px)


def _sizes(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Paper that the register does not know of this hồ sơ."""
    if not unit.paper_sizes:
        return
    expected = ", ".join(unit.paper_sizes)
    for page in pages:
        if page.paper_size and page.paper_size not in unit.paper_sizes:
            yield about_page(
                "PAGE-SIZE-UNEXPECTED", unit, page, size=page.paper_size, expected=expected
            )
