"""The quick ways of the measures give what the plain ways give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from appliance.imaging.headers import Mode
from appliance.imaging.quality import canvas, cutting
from appliance.imaging.quality.measuring import measure_page
from appliance.imaging.quality.reducing import halved, reduced
from appliance.imaging.quality.sharpness import edge_sharpness_permille
from appliance.imaging.quality.skew import skew_degrees

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]


def dots(share: float, shape: tuple[int, int] = (300, 200)) -> Gray:
    """A mask with so many of its pixels set."""
    random = np.random.default_rng(round(1000 * share))
    return np.where(random.random(shape) < share, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 1.0])
def test_specks_are_the_pieces_of_one_or_two_pixels(share: float) -> None:
    """Counting neighbours wipes out just what counting pieces would, at the sides as well."""
    ink = dots(share)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    is_piece = stats[:, cv2.CC_STAT_AREA] >= canvas.SPECK_PX
    is_piece[0] = False
    plain = np.where(is_piece[labels], 255, 0)
    assert np.array_equal(canvas._without_specks(ink), plain)


def test_pieces_are_as_many_however_wide_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers of 16 bits are only quicker."""
    ink = dots(0.2)
    ink_px = cv2.countNonZero(ink)
    narrow = canvas._count_pieces(ink, ink_px)
    monkeypatch.setattr(canvas, "_MAX_NARROW_LABELS", 0)
    assert canvas._count_pieces(ink, ink_px) == narrow > 1000


def test_more_pieces_than_16_bits_number_are_counted() -> None:
    """A page of dust by the hundred thousand is measured, not miscounted."""
    grid = np.zeros((1200, 1800), np.uint8)
    grid[::4, ::4] = grid[::4, 1::4] = grid[1::4, ::4] = 255
    assert canvas._count_pieces(grid, cv2.countNonZero(grid)) == 300 * 450


@pytest.mark.parametrize("share", [0.0, 0.02, 0.2, 0.5])
def test_pieces_at_the_sides_are_those_that_numbering_all_finds(share: float) -> None:
    """Wiping out the pieces that touch a side gives the boxes that the plain way gives."""
    ink = dots(share)
    height, width = ink.shape
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:, :4].tolist()
    plain = [
        (left, top, wide, high)
        for left, top, wide, high in stats
        if min(left, top) <= 1 or left + wide >= width - 1 or top + high >= height - 1
    ]
    assert sorted(map(tuple, cutting._boxes_at_sides(ink).T.tolist())) == sorted(plain)


@pytest.mark.parametrize("shape", [(877, 620), (160, 240), (2480, 1754), (64, 3000)])
@pytest.mark.parametrize("degrees", [-5.25, 0.0, 1.8])
def test_level_lines_of_any_page_are_found(shape: tuple[int, int], degrees: float) -> None:
    """The middle of a page larger than A3 tells as well as a scrap of it."""
    height, width = shape
    rows = np.arange(height)[:, np.newaxis] - np.tan(np.radians(degrees)) * np.arange(width)
    lines = np.where(rows % 16 < 5, 255, 0).astype(np.uint8)
    assert skew_degrees(lines) == pytest.approx(degrees, abs=0.25)


@pytest.mark.parametrize("shape", [(401, 301), (400, 300), (4, 4), (5, 1)])
def test_pictures_are_halved_exactly(shape: tuple[int, int]) -> None:
    """Each pixel is the mean of four; an odd row or column is left out."""
    gray = dots(0.5, shape)
    height, width = shape[0] // 2, max(shape[1] // 2, 1)
    made = halved(gray)
    assert made.shape == (height, width)
    four = gray[:2, :2].astype(np.float64)
    assert float(made[0, 0]) == pytest.approx(four.mean(), abs=1)


def test_measuring_starts_from_150_dpi_whatever_was_scanned() -> None:
    """A view at 600 dpi is brought to the same sizes as one at 150."""
    pictures = reduced(np.full((2400, 1600), 200, np.uint8), 600)
    assert pictures.full.shape == (600, 400)
    assert pictures.quarter.shape == (75, 50)


@pytest.mark.parametrize("dpi", [75, 120, 150, 170, 200, 300, 600])
def test_a_half_that_is_there_already_changes_nothing(dpi: int) -> None:
    """Whatever the resolution, it is used only where it is what would be made."""
    gray = np.random.default_rng(dpi).integers(0, 256, (801, 603)).astype(np.uint8)
    made, given = reduced(gray, dpi), reduced(gray, dpi, halved(gray))
    for name in ("full", "small", "half", "quarter"):
        assert np.array_equal(getattr(made, name), getattr(given, name))


def test_the_steepest_edges_are_found_by_counting_first() -> None:
    """The sharpness of noise is what putting every slope in order gives."""
    gray = np.random.default_rng(2).integers(0, 256, (300, 300)).astype(np.uint8)
    tile = gray[:256, :256]
    across, down = cv2.Sobel(tile, cv2.CV_64F, 1, 0), cv2.Sobel(tile, cv2.CV_64F, 0, 1)
    slope = np.hypot(across, down)[::2] / 8
    window = np.ones((7, 7), np.uint8)
    contrast = np.asarray(cv2.morphologyEx(tile, cv2.MORPH_GRADIENT, window), np.float64)[::2]
    most = slope.size * 2 // 100
    strongest = np.argsort(slope, axis=None)[-most:]
    wanted = 1000 * float(np.median(slope.ravel()[strongest] / contrast.ravel()[strongest]))
    assert edge_sharpness_permille(gray, np.full((150, 150), 255, np.uint8)) == pytest.approx(
        wanted, abs=1
    )


def test_a_black_rule_does_not_hide_which_way_is_up() -> None:
    """One row much darker than the lines of writing does not make them look empty."""
    page = np.full((1754, 1240), 225, np.uint8)
    for line in range(34):
        top = 150 + 44 * line
        page[top : top + 14, 150:1090:3] = 40  # the bodies of letters
        page[top - 7 : top, 150:1090:24] = 40  # what rises above them
    assert measure_page(page, 150, mode=Mode.GRAY).is_upside_down is False
    page[1720:1724, 20:1220] = 0
    assert measure_page(page, 150, mode=Mode.GRAY).is_upside_down is False
