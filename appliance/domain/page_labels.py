"""How readers number the pages of a hồ sơ: by sheet and page where both are known for certain.

Archivists cite by sheet (tờ), PDF readers count pages (trang); TT 05/2025 registers how many there
are of both.
"""

from __future__ import annotations

from typing import Final

SIDES: Final = 2


def page_label(page: int, page_count: int, sheet_count: int) -> str:
    """The label of a page.

    Args:
        page: Its number in the hồ sơ, 1-based.
        page_count: Pages of the hồ sơ.
        sheet_count: Sheets of the hồ sơ as registered; 0 when unknown.

    Returns:
        Sheet and page when both sides of every sheet were scanned, so that the sheet of each page
        is certain; the plain number when each sheet has one page, or when nobody can tell.
    """
    if page_count != SIDES * sheet_count:
        return str(page)
    return f"tờ {(page + 1) // SIDES}, trang {page}"
