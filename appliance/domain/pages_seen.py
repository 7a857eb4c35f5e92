"""What is known of the pages of a hồ sơ when they are held against each other and the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The first page of a file in another hồ sơ.

    Args:
        file_code: Of that hồ sơ.
        master_id: Of the file.
        number: Position in that hồ sơ, 1-based.
    """

    file_code: str
    master_id: int
    number: int


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
        shorter_px: Of its sides, in pixels; None when not known.
        elsewhere: Where another hồ sơ has the very bytes of its file, which came there before.
        inked_master_id: The earlier scan whose place a blank page took, when that one has ink.
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
    shorter_px: int | None = None
    elsewhere: Elsewhere | None = None
    inked_master_id: int | None = None


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


def about_page(code: str, unit: UnitSeen, page: PageSeen, **values: str | int) -> Finding:
    """A finding that names the master and frame it asks about."""
    place: dict[str, JsonValue] = {
        "master_id": page.master_id,
        "frame": page.frame,
        "file_code": unit.file_code,
        "page": page.number,
    }
    return Finding(code, unit.file_code, {**place, **values})
