"""How sharp a page is: the slope of its steepest edges, in parts of their own contrast.

Unlike the variance of a Laplacian, which tells a dense page from a sparse one, the slope says
the same of faint pencil and of black print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.quality.reducing import halved

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float32]

TILE_PX: Final = 256
"""Our own, with those below: measured on real scans blurred by known amounts."""
TILES: Final = 6
MIN_CONTRAST: Final = 30
"""Weaker edges are noise and show-through."""
STRONGEST_PERCENT: Final = 2
MIN_EDGE_PIXELS: Final = 200
_WINDOW_PX: Final = 7
_SOBEL_GAIN: Final = 8
"""What a 3 x 3 Sobel filter makes of a slope of one gray value per pixel."""


def edge_sharpness_permille(full: Gray, ink: Gray) -> int | None:
    """The median slope of the strongest edges, in thousandths of their contrast per pixel.

    Args:
        full: Gray pixels at about 150 dpi.
        ink: A mask of the same page, of any size, that says where to look.

    Returns:
        About 350 to 500 for sharp pages; None when there are too few edges to tell.
    """
    tiles = _tiles(full, ink)
    edges = [_edges(tile) for tile in tiles]
    slopes = np.concatenate([slope for slope, _ in edges])
    if cv2.countNonZero(slopes) < MIN_EDGE_PIXELS:
        return None
    strongest = _strongest(slopes, max(slopes.size * STRONGEST_PERCENT // 100, 1))
    contrasts = np.concatenate([contrast for _, contrast in edges])[strongest]
    return round(float(np.median(slopes[strongest] / contrasts)) * 1000 / _SOBEL_GAIN)


def _strongest(slopes: Floats, most: int) -> npt.NDArray[np.intp]:
    """Where the steepest edges are, flat ground left out.

    Counting finds about where to draw the line, so that few values have to be put in order.
    """
    steps = cv2.convertScaleAbs(slopes, alpha=1 / _SOBEL_GAIN)
    counts = cv2.calcHist([steps], [0], None, [256], [0, 256]).ravel()
    as_steep = np.cumsum(counts[::-1])[::-1]
    step = int(np.flatnonzero(as_steep >= most)[-1])
    found = np.flatnonzero(slopes >= max((step - 0.5) * _SOBEL_GAIN, 1.0))
    if found.size <= most:
        return found
    return found[np.argpartition(slopes[found], -most)[-most:]]


def _tiles(full: Gray, ink: Gray) -> list[Gray]:
    """The tiles of the page that carry most ink."""
    down, across = full.shape[0] // TILE_PX, full.shape[1] // TILE_PX
    if not down or not across:
        return [full]
    shares = cv2.resize(halved(halved(ink)), (across, down), interpolation=cv2.INTER_AREA)
    richest = np.argsort(shares, axis=None, kind="stable")[::-1][:TILES]
    corners = [(one // across * TILE_PX, one % across * TILE_PX) for one in richest.tolist()]
    return [full[top : top + TILE_PX, left : left + TILE_PX] for top, left in corners]


def _edges(tile: Gray) -> tuple[Floats, Gray]:
    """Slope, 0 where there is no edge, and local contrast of every pixel, in one row each."""
    across = cv2.Sobel(tile, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(tile, cv2.CV_32F, 0, 1)
    window = np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)
    contrast = cv2.morphologyEx(tile, cv2.MORPH_GRADIENT, window)
    _, is_edge = cv2.threshold(contrast, MIN_CONTRAST, 255, cv2.THRESH_BINARY)
    slope = cv2.copyTo(cv2.magnitude(across, down), is_edge)
    return np.asarray(slope, np.float32).ravel(), np.asarray(contrast, np.uint8).ravel()
