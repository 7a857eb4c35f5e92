"""What the pages of a complete hồ sơ say together: order, gaps, twins, paper.

Nothing here drops a page: twins and gaps are questions that a person answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding
from appliance.domain.naming import PAGES_PER_SHEET
from appliance.domain.page_hash import page_hash_distance
from appliance.domain.policy import ALIKE_PERMILLE, ALIKE_REACH_PAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One page as these rules see it.

    Args:
        master_id: Of the dropped file it is in.
        frame: Of that file, 1-based.
        number: Position in the hồ sơ, 1-based.
        file_number: Of the dropped file, 1-based.
        sha256: Of the dropped file.
        page_hash: Perceptual, hexadecimal; empty for a blank page.
        paper_size: ISO 216 name; empty when none fits.
        is_duplex: Whether its scanner takes both sides of each sheet.
        counts_sheets: Whether its number is made of a sheet and a page, as names by HD 169/2010
            are; the page then begins anew with each document, or runs on.
    """

    master_id: int
    frame: int
    number: int
    file_number: int
    sha256: str
    page_hash: str
    paper_size: str
    is_duplex: bool
    counts_sheets: bool = False


@dataclass(frozen=True, slots=True)
class UnitSeen:
    """What the register says of the hồ sơ.

    Args:
        file_code: Its code.
        sheets: Sheets of paper; 0 when not known.
        paper_sizes: Expected; empty when the register does not say.
        left_out: Numbers whose file a person left out.
    """

    file_code: str
    sheets: int
    paper_sizes: tuple[str, ...] = ()
    left_out: frozenset[int] = frozenset()


def page_findings(unit: UnitSeen, pages: Sequence[PageSeen]) -> tuple[Finding, ...]:
    """Every finding over the pages of a complete hồ sơ, in their order.

    Args:
        unit: The hồ sơ.
        pages: All its live pages, by their numbers.
    """
    return (
        *_number_gaps(unit, pages),
        *_twins(unit, pages),
        *_sides(unit, pages),
        *_sizes(unit, pages),
    )


def _anchored(code: str, unit: UnitSeen, page: PageSeen, **values: str | int) -> Finding:
    """A finding that names the master and frame it asks about."""
    place: dict[str, JsonValue] = {
        "master_id": page.master_id,
        "frame": page.frame,
        "file_code": unit.file_code,
        "page": page.number,
    }
    return Finding(code, unit.file_code, {**place, **values})


def _number_gaps(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Numbers that no file has; where the first file begins is the scanner's own affair."""
    for before, page in pairwise(pages):
        missing = [number for number in _skipped(before, page) if number not in unit.left_out]
        if missing:
            first, last = (_spoken(number, page) for number in (missing[0], missing[-1]))
            named = f"{first}" if first == last else f"{first}-{last}"
            yield _anchored(
                "PAGES-NUMBER-GAP",
                unit,
                page,
                missing=named,
                number=_spoken(page.file_number, page),
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


def _twins(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Equal bytes anywhere, alike pictures among neighbours; blank pages are alike by nature."""
    first: dict[tuple[str, int], PageSeen] = {}
    for index, page in enumerate(pages):
        if not page.page_hash:
            continue
        twin = first.setdefault((page.sha256, page.frame), page)
        if twin is not page:
            yield _twin("PAGES-SAME-BYTES", unit, page, twin)
            continue
        alike = _alike(page, pages[max(index - ALIKE_REACH_PAGES, 0) : index])
        if alike is not None:
            yield _twin("PAGES-ALIKE", unit, page, alike)


def _twin(code: str, unit: UnitSeen, page: PageSeen, other: PageSeen) -> Finding:
    named = {"other": other.number, "other_master_id": other.master_id}
    return _anchored(code, unit, page, **named, other_frame=other.frame)


def _alike(page: PageSeen, neighbours: Sequence[PageSeen]) -> PageSeen | None:
    near = (
        other
        for other in neighbours
        if other.page_hash and page_hash_distance(page.page_hash, other.page_hash) <= ALIKE_PERMILLE
    )
    return next(near, None)


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


def _sizes(unit: UnitSeen, pages: Sequence[PageSeen]) -> Iterator[Finding]:
    """Paper that the register does not know of this hồ sơ."""
    if not unit.paper_sizes:
        return
    expected = ", ".join(unit.paper_sizes)
    for page in pages:
        if page.paper_size and page.paper_size not in unit.paper_sizes:
            yield _anchored(
                "PAGE-SIZE-UNEXPECTED", unit, page, size=page.paper_size, expected=expected
            )
