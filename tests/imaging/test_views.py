"""Pictures for the screen: taken apart and made smaller as JPEG keeps them, whatever their size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.imaging.views import fitted, picture_of, to_gray, write_picture

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]


def smooth(height: int, width: int) -> Pixels:
    """A picture of slow changes in all three colours, which JPEG keeps well."""
    down, across = np.mgrid[0:height, 0:width] / max(height, width, 200)
    parts = (40 + 180 * down, 220 - 150 * across, 60 + 90 * (down + across))
    return np.stack(parts, axis=2).astype(np.uint8)


def written(view: Pixels, side_px: int, folder: Path) -> Pixels:
    """What a viewer shows of a view that was fitted and written."""
    made = write_picture(fitted(picture_of(view), side_px), folder / "picture.jpg")
    assert made.size_bytes == made.path.stat().st_size
    with Image.open(made.path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 7), (9, 1), (2, 3), (16, 16), (17, 16), (16, 17), (63, 65), (200, 141)]
)
def test_a_picture_shows_what_was_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    """Even or odd, in colour and in gray, each pixel has its own colour again."""
    view = smooth(*size)
    assert np.abs(written(view, 400, tmp_path).astype(int) - view).max() <= 12
    gray = to_gray(view)
    assert np.abs(written(gray, 400, tmp_path).astype(int) - gray).max() <= 6


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1754, 1240), (400, 282)),
        ((1240, 1754), (282, 400)),
        ((801, 799), (400, 399)),
        ((800, 3), (400, 1)),
        ((1, 2000), (1, 400)),
        ((399, 400), (399, 400)),
    ],
)
def test_a_thumbnail_is_the_whole_page(
    tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    """Its longer side is as asked, and it looks like the page seen from farther away."""
    view = smooth(*size)
    shown = written(view, 400, tmp_path)
    assert shown.shape[:2] == wanted
    far = cv2.resize(view, wanted[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - far).mean() <= 4
    assert written(to_gray(view), 400, tmp_path).shape == wanted


def test_edges_of_colour_stay_where_they_are(tmp_path: Path) -> None:
    """Colour is kept at half the size and is not shifted by it: red ends where white begins."""
    view = np.full((400, 300, 3), 255, np.uint8)
    view[100:300, 50:150] = (200, 20, 20)
    shown = written(view, 400, tmp_path).astype(int)
    redness = shown[:, :, 0] - shown[:, :, 1]
    assert redness[104:296, 54:146].min() > 150
    assert redness[:96].max() < 20
    assert redness[:, 154:].max() < 20


def test_half_of_a_picture_is_as_bright() -> None:
    """What measures and searches look at comes to the same from colour as from gray."""
    view = smooth(301, 203)
    of_colour, of_gray = picture_of(view), picture_of(to_gray(view))
    assert of_colour.half_luma.shape == of_gray.half_luma.shape == (150, 101)
    assert np.abs(of_colour.half_luma.astype(int) - of_gray.half_luma).max() <= 1
    assert np.array_equal(of_colour.luma, of_gray.luma)
