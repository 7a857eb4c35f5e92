"""How sharp a page is: the slope of its steepest edges, in parts of their own contrast.

Unlike the variance of a Laplacian, which tells a dense page from a sparse one, the slope says
the same of faint pencil and of black print.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]
    Slopes = npt.NDArray[np.int16]

TILE_PX: Final = 256
"""Our own, with those below: measured on real scans blurred by known amounts."""
TILES: Final = 4
MIN_CONTRAST: Final = 30
"""Weaker edges are noise and show-through."""
STRONGEST_PERCENT: Final = 2
MIN_EDGE_PIXELS: Final = 100
_WINDOW_PX: Final = 7
_SOBEL_GAIN: Final = 8
"""What a 3 x 3 Sobel filter makes of a slope of one gray value per pixel."""
_STEP: Final = 4
"""The steepest a Sobel filter makes of 8-bit pixels is 255 of these."""


def edge_sharpness_permille(full: Gray, ink: Gray) -> int | None:
    """The median slope of the strongest edges, in thousandths of their contrast per pixel.

    Args:
        full: Gray pixels at about 150 dpi.
        ink: A mask of the same page, of any size, that says where to look.

    Returns:
        About 350 to 500 for sharp pages; None when there are too few edges to tell.
    """
    parts = zip(*(_edges(tile) for tile in _tiles(full, ink)), strict=True)
    steps, across, down, contrasts = (np.concatenate(part, axis=None) for part in parts)
    if cv2.countNonZero(steps) < MIN_EDGE_PIXELS:
        return None
    most = max(steps.size * STRONGEST_PERCENT // 100, 1)
    found = _candidates(steps, most)
    slopes = np.hypot(across[found].astype(np.float32), down[found].astype(np.float32))
    if found.size > most:
        strongest = np.argpartition(slopes, -most)[-most:]
        found, slopes = found[strongest], slopes[strongest]
    return round(float(np.median(slopes / contrasts[found])) * 1000 / _SOBEL_GAIN)


def _candidates(steps: Gray, most: int) -> npt.NDArray[np.intp]:
    """Where the steepest edges are, so many at least, flat ground left out.

    A slope is as steep as the steeper of its two parts, and less than half as steep again
    (the root of two). So what counting the steeper parts leaves out is not among the steepest.
    """
    counts = cv2.calcHist([steps], [0], None, [256], [0, 256]).ravel()
    as_steep = np.cumsum(counts[::-1])[::-1]
    step = int(np.flatnonzero(as_steep >= most)[-1])
    return np.flatnonzero(steps >= max(int((step - 0.5) / math.sqrt(2)), 1))


def _tiles(full: Gray, ink: Gray) -> list[Gray]:
    """The tiles of the page that carry most ink."""
    down, across = full.shape[0] // TILE_PX, full.shape[1] // TILE_PX
    if not down or not across:
        return [full]
    rows, columns = (
        [number * pixels // parts for number in range(parts + 1)]
        for pixels, parts in zip(ink.shape, (down, across), strict=True)
    )
    shares = [
        cv2.countNonZero(ink[top:bottom, left:right])
        for top, bottom in itertools.pairwise(rows)
        for left, right in itertools.pairwise(columns)
    ]
    richest = np.argsort(shares, kind="stable")[::-1][:TILES]
    corners = [(one // across * TILE_PX, one % across * TILE_PX) for one in richest.tolist()]
    return [full[top : top + TILE_PX, left : left + TILE_PX] for top, left in corners]


def _edges(tile: Gray) -> tuple[Gray, Slopes, Slopes, Gray]:
    """What every second row of a tile tells of its edges: the rows between them tell the same.

    Returns:
        The steeper part of each slope, in ``_STEP``, 0 where there is no edge; its part across
        and its part down; the local contrast.
    """
    across, down = (np.asarray(part[::2], np.int16) for part in cv2.spatialGradient(tile))
    steps = cv2.max(*(cv2.convertScaleAbs(part, alpha=1 / _STEP) for part in (across, down)))
    window = np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)
    contrast = np.asarray(cv2.morphologyEx(tile, cv2.MORPH_GRADIENT, window)[::2], np.uint8)
    _, is_edge = cv2.threshold(contrast, MIN_CONTRAST, 255, cv2.THRESH_BINARY)
    return np.asarray(cv2.bitwise_and(steps, is_edge), np.uint8), across, down, contrast
