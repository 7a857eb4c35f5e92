"""Spoiled cover sheets and scraps of pictures: never read as another sheet, and never a crash."""

from __future__ import annotations

from typing import Final

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from appliance.imaging.marks import find_mark, has_own_code
from tests.fuzz.making import EXAMPLES, fuzzing
from tests.reports.making import drawn_sheet

DPI: Final = 100
PAYLOAD: Final = "AA1:H:H11.BTH.1957.01"
Patch = tuple[int, int, int, int, int]
"""Top, left, height and width in pixels, and what stands there: a gray, or -1 for the negative."""

_PATCHES: Final = st.lists(
    st.tuples(
        st.integers(0, 1168),
        st.integers(0, 826),
        st.integers(1, 500),
        st.integers(1, 500),
        st.integers(-1, 255),
    ),
    max_size=8,
)


def spoiled(sheet: np.ndarray, patches: list[Patch]) -> np.ndarray:
    """A sheet with something over parts of it."""
    made = sheet.copy()
    for top, left, height, width, gray in patches:
        part = made[top : top + height, left : left + width]
        part[:] = 255 - part if gray < 0 else gray
    return made


def test_a_spoiled_sheet_is_never_read_as_another() -> None:
    """Whatever covers it, it says what it said, or that it cannot be read, or nothing."""
    sheet = np.asarray(drawn_sheet(PAYLOAD, DPI))

    @fuzzing(EXAMPLES // 6)
    @given(_PATCHES, st.integers(0, 3), st.integers(21, 1169))
    def reads(patches: list[Patch], turns: int, rows: int) -> None:
        view = np.ascontiguousarray(np.rot90(spoiled(sheet, patches)[:rows], turns))
        found = find_mark(view, DPI)
        assert found is None or found.payload in {"", PAYLOAD}
        assert found is None or found.is_readable == bool(found.payload)

    reads()


def test_scraps_of_pictures_are_no_sheets() -> None:
    """Pictures of any few pixels, at any resolution that a page may claim."""
    sizes = st.tuples(st.integers(1, 80), st.integers(1, 80))

    @fuzzing(EXAMPLES // 3)
    @given(arrays.arrays(np.uint8, sizes), st.integers(1, 1200))
    def looks(view: np.ndarray, dpi: int) -> None:
        found = find_mark(view, dpi)
        assert found is None or not found.payload
        assert not has_own_code(view)

    looks()
