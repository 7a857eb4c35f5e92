"""The view that text is read from: upright, of one resolution, pale ink made dark."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.imaging.text_view import TextView, full_contrast


def _page(ink: int, paper: int) -> np.ndarray:
    pixels = np.full((800, 600), paper, np.uint8)
    pixels[300:310, 100:500] = ink
    return pixels


def test_pale_ink_becomes_black_and_its_paper_white() -> None:
    """What lies between ink and paper takes all grays; a black border is no ink."""
    pixels = _page(150, 220)
    pixels[305, 200:300] = 185
    pixels[:, :40] = 0
    spread = full_contrast(pixels)
    assert (spread[302, 200], spread[600, 300]) == (0, 255)
    assert 100 < spread[305, 250] < 150
    assert spread[600, 10] == 0


@pytest.mark.parametrize(("ink", "paper"), [(40, 220), (0, 255), (215, 220), (128, 128)])
def test_good_and_empty_pages_stay_as_they_are(ink: int, paper: int) -> None:
    """Enough contrast is left alone, and so is a sensor's noise on an empty page."""
    pixels = _page(ink, paper)
    assert np.array_equal(full_contrast(pixels), pixels)


def test_the_graymap_holds_every_pixel() -> None:
    """Width before height, then the rows from the top."""
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert TextView(pixels, 200).graymap == b"P5 3 2 255\n" + bytes(range(6))
