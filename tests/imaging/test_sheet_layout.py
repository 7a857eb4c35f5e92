"""A cover sheet is known by its print when every code on it is spoiled; a page never is."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from appliance.imaging.marks import UNREADABLE, find_mark
from appliance.imaging.sheet_layout import is_laid_out_as_sheet
from appliance.reports.cover_sheets import cover_sheets_pdf
from tests.reports.making import LONG_CODE, blank, draw_flags, needs_poppler, printed, sheet
from tools.quality_damages import read_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from appliance.samples.values import SampleFonds

    Gray = npt.NDArray[np.uint8]

DPI = 150
DOTS_A_MM = DPI / 25.4
SYMBOLS_MM = ((134, 16, 60, 60), (16, 221, 60, 60), (22, 20, 62, 22), (126, 255, 62, 22))
TURNS_DEGREES = (0.0, 1.3, -2.7, 4.4, -5.6)


@pytest.fixture(scope="module")
def sheets() -> list[Gray]:
    """Printed sheets: short and long codes, titles of a line and of many, a rescan sheet."""
    crowded = replace(sheet(LONG_CODE), title="Hồ sơ về đập Đồng Cam " * 45)
    made = [sheet(), sheet("HS-01"), sheet(LONG_CODE), crowded, sheet(number=17)]
    with tempfile.TemporaryDirectory() as folder:
        return [np.asarray(page) for page in printed(cover_sheets_pdf(made), Path(folder), DPI)]


def places_px() -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of the two codes and the two bars."""
    boxes = [[round(side * DOTS_A_MM) for side in box] for box in SYMBOLS_MM]
    return [(left, top, width, height) for left, top, width, height in boxes]


def scribbled(page: Gray, seed: int) -> Gray:
    """A ballpoint pen went over every code."""
    random, marked = np.random.default_rng(seed), page.copy()
    for left, top, width, height in places_px():
        points = np.stack((left + random.random(60) * width, top + random.random(60) * height), 1)
        cv2.polylines(marked, [points.astype(np.int32)], False, 40, round(1.2 * DOTS_A_MM))  # noqa: FBT003 - OpenCV takes it by place only
    return marked


def blotted(page: Gray, _seed: int) -> Gray:
    """Ink ran over the middle of every code."""
    marked = page.copy()
    for left, top, width, height in places_px():
        middle = (left + width // 2, top + height // 2)
        cv2.ellipse(marked, middle, (width * 2 // 5, height // 2 + 10), 0, 0, 360, 10, -1)
    return marked


def out_of_focus(page: Gray, _seed: int) -> Gray:
    """The lid of the scanner stood open."""
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 2.2 * DOTS_A_MM), np.uint8)


def torn(page: Gray, seed: int) -> Gray:
    """One corner is gone, and the other codes were written on."""
    marked = scribbled(page, seed)
    wide, deep = round(70 * DOTS_A_MM), round(75 * DOTS_A_MM)
    width = marked.shape[1]
    corner = np.array([(width, 0), (width - wide, 0), (width, deep)], np.int32)
    cv2.fillPoly(marked, [corner], 30)
    return marked


def askew(page: Gray, degrees: float) -> Gray:
    """The sheet went in crooked and a few millimetres off."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[0, 2] += round(4 * DOTS_A_MM)
    turn[1, 2] -= round(3 * DOTS_A_MM)
    return np.asarray(cv2.warpAffine(page, turn, (width, height), borderValue=255), np.uint8)


@needs_poppler
@pytest.mark.parametrize("spoil", [scribbled, blotted, out_of_focus, torn])
@pytest.mark.parametrize("degrees", TURNS_DEGREES)
def test_a_spoiled_sheet_is_known_by_its_print(
    sheets: list[Gray],
    spoil: Callable[[Gray, int], Gray],
    degrees: float,
) -> None:
    """naps2#440: no code needs to read for a sheet to stop its batch."""
    for seed, page in enumerate(sheets):
        seen = askew(spoil(page, seed), degrees)
        assert is_laid_out_as_sheet(seen, DPI)
        assert find_mark(seen, DPI) is not None


@needs_poppler
def test_any_way_up_and_at_any_resolution(sheets: list[Gray]) -> None:
    """A sheet that lay on its side, or was scanned at 300 dpi, is known as well."""
    page = out_of_focus(sheets[0], 0)
    large = np.asarray(cv2.resize(page, None, fx=2, fy=2), np.uint8)
    for quarters in range(4):
        assert find_mark(np.rot90(page, quarters), DPI) == UNREADABLE
    assert find_mark(large, 2 * DPI) == UNREADABLE


@needs_poppler
def test_what_lacks_its_blocks_is_a_page(sheets: list[Gray]) -> None:
    """Frame and text alone are what certificates have too: labels over every code hide a sheet."""
    page = sheets[0].copy()
    for left, top, width, height in places_px():
        page[top - 5 : top + height + 5, left - 5 : left + width + 5] = 250
    assert find_mark(page, DPI) is None


def test_flag_bars_alone_are_no_layout() -> None:
    """Two dark corners of four are not enough."""
    page = blank(DPI)
    draw_flags(page, DPI)
    assert not is_laid_out_as_sheet(np.asarray(page), DPI)


def framed(page: Gray) -> Gray:
    """A page as large as A4 with a heavy frame where sheets have theirs."""
    made = np.asarray(cv2.resize(page, (1240, 1754), interpolation=cv2.INTER_AREA), np.uint8)
    cv2.rectangle(made, (41, 41), (1199, 1713), 0, 7)
    return made


def test_no_sample_page_is_laid_out_so(sample: SampleFonds) -> None:
    """Typescript, print, stamps and stains, framed or not, are pages."""
    pages = list(read_pages(sample.folder))
    assert len(pages) >= 40
    for page in pages:
        assert not is_laid_out_as_sheet(page.gray, page.dpi), page.name
        assert not is_laid_out_as_sheet(framed(page.gray), DPI), page.name


def test_no_real_scan_is_laid_out_so(corpus: Path) -> None:
    """Text, music, plates and forms of real archives, framed or not, are pages."""
    pages = list(read_pages(corpus / "scans"))
    assert len(pages) >= 20
    for page in pages:
        assert not is_laid_out_as_sheet(page.gray, page.dpi), page.name
        assert not is_laid_out_as_sheet(framed(page.gray), DPI), page.name
