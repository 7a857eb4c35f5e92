"""Labels of pages: sheet and page only where the sheet is certain."""

from __future__ import annotations

import pytest

from appliance.domain.page_labels import page_label


@pytest.mark.parametrize(
    ("pages", "sheets", "expected"),
    [
        (4, 2, ["tờ 1, trang 1", "tờ 1, trang 2", "tờ 2, trang 3", "tờ 2, trang 4"]),
        (3, 3, ["1", "2", "3"]),
        (3, 2, ["1", "2", "3"]),
        (2, 0, ["1", "2"]),
    ],
    ids=["both sides", "one side", "some backs", "unknown"],
)
def test_a_label_says_the_sheet_where_it_is_certain(
    pages: int, sheets: int, expected: list[str]
) -> None:
    """A guess would send a reader to the wrong sheet, so there is none."""
    assert [page_label(page, pages, sheets) for page in range(1, pages + 1)] == expected
