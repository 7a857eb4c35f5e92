"""How sharp a page is: the slope of its steepest edges, in parts of their own contrast.

Unlike the variance of a Laplacian, which tells a dense page from a sparse one, the slope says
the same of faint pencil and of black print.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

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
    found = [_edges(tile) for tile in _tiles(full, ink)]
    if not found:
        return None
    slopes = np.concatenate([slope for slope, _ in found])
    contrasts = np.concatenate([contrast for _, contrast in found])
    if slopes.size < MIN_EDGE_PIXELS:
        return None
    most = max(len(found) * TILE_PX * TILE_PX * STRONGEST_PERCENT // 100, 1)
    if slopes.size > most:
        strongest = np.argpartition(slopes, -most)[-most:]
        slopes, contrasts = slopes[strongest], contrasts[strongest]
    return round(float(np.median(slopes / contrasts)) * 1000)


def _tiles(full: Gray, ink: Gray) -> list[Gray]:
    """The tiles of the page that carry most ink."""
    down, across = full.shape[0] // TILE_PX, full.shape[1] // TILE_PX
    if not down or not across:
        return [full]
    shares = cv2.resize(ink, (across, down), interpolation=cv2.INTER_AREA)
    richest = np.argsort(shares, axis=None, kind="stable")[::-1][:TILES]
    corners = [(one // across * TILE_PX, one % across * TILE_PX) for one in richest.tolist()]
    return [full[top : top + TILE_PX, left : left + TILE_PX] for top, left in corners]


def _edges(tile: Gray) -> tuple[Floats, Floats]:
    """Slope (gray values per pixel) and local contrast of every pixel at an edge."""
    across = cv2.Sobel(tile, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(tile, cv2.CV_32F, 0, 1)
    slope = np.asarray(cv2.magnitude(across, down), np.float32) / np.float32(_SOBEL_GAIN)
    window = np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)
    contrast = np.asarray(cv2.morphologyEx(tile, cv2.MORPH_GRADIENT, window), np.uint8)
    is_edge = contrast > MIN_CONTRAST
    return slope[is_edge], contrast[is_edge].astype(np.float32)
