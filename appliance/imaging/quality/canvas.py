"""A page prepared for measuring: its gray views, its border, its paper and its ink.

A share of dark pixels says nothing: an old endpaper or a scanner's black border is dark and
empty. So ink is what is clearly darker than the paper around it, inside the border, and more
than a speck.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]
    Mask = npt.NDArray[np.uint8]

FULL_DPI: Final = 150
"""Our own, with those below: measured on real scans, blank and faint ones among them
(``docs/quality.md``)."""
SMALL_DPI: Final = 75
PAPER_BLOCK_PX: Final = 4
"""The paper's brightness is taken from blocks of this side at the small resolution."""
PAPER_REACH_BLOCKS: Final = 5
"""The paper under a pixel is as bright as the brightest block of so many around it."""
INK_BELOW_PERCENT: Final = 70
"""Ink is darker than this share of the paper around it."""
SOLID_BELOW_PERCENT: Final = 45
"""Inside a large dark area the paper around is dark too: below this share of the whole page's
paper it is ink all the same."""
SPECK_PX: Final = 3
"""Fewer connected pixels than this are dust."""
MARGIN_PERCENT: Final = 3
"""So much of each side is left out of the count of ink: shadows of the paper's edge lie there."""
BORDER_BELOW: Final = 96
"""A border is darker than this gray."""
BORDER_RUN_PERCENT: Final = 20
"""A thick dark piece is a border when it lies along so much of one side of the picture, or at
two sides along ``CORNER_RUN_PERCENT`` of each ..."""
CORNER_RUN_PERCENT: Final = 3
BORDER_DEPTH_PERCENT: Final = 30
"""... and is no deeper than this share of the shorter side, on the average; else it is a
picture that runs off the page."""
MOST_BORDER_PERCENT: Final = 60
"""What would be nearly all border is a dark page, not an empty one."""
_MIN_SIDE_PX: Final = 16
THICK_PX: Final = 3
"""At half of the small resolution: 2 mm; nothing thinner is a border."""
_MOST_DEPTH: Final = np.uint8(80)
"""Black print and faint pencil count alike from here on."""
_RESIZE_SLACK: Final = 1.2

cv2.setNumThreads(1)  # one worker process for each core: threads below it only wait for each other


@dataclass(frozen=True, slots=True)
class Canvas:
    """One page at the two measuring resolutions.

    Args:
        full: Gray pixels at about 150 dpi.
        small: Gray pixels at half of that.
        border: 255 where the small picture is a scanner's border.
        ink: 255 where the small picture carries ink; specks and the border are left out.
        paper: The brightness of the paper under each block of the small picture.
        pieces: A row for each connected piece of ink: left, top, width, height, pixels.
        ink_permille: Thousandths of the page inside border and margin that carry ink.
        ink_components: Connected pieces of ink there.
        border_permille: Thousandths of the picture that are border.
    """

    full: Gray
    small: Gray
    border: Mask
    ink: Mask
    paper: Gray
    pieces: npt.NDArray[np.int32]
    ink_permille: int
    ink_components: int
    border_permille: int


def prepare(view: Gray, view_dpi: int) -> Canvas | None:
    """The page ready for measuring, or None when it is too small to be measured.

    Args:
        view: 8-bit gray (height x width) or RGB pixels.
        view_dpi: Their resolution.
    """
    full = _at_dpi(_gray(view), view_dpi, FULL_DPI)
    small = _at_dpi(full, min(view_dpi, FULL_DPI), SMALL_DPI)
    if min(small.shape) < _MIN_SIDE_PX * PAPER_BLOCK_PX:
        return None
    border = _border(small)
    paper = _paper(small)
    ink = _ink(small, paper, border)
    pieces = _pieces(ink)
    rows, columns = _inside(border)
    inner = ink[rows, columns]
    return Canvas(
        full,
        small,
        border,
        ink,
        paper,
        pieces,
        ink_permille=cv2.countNonZero(inner) * 1000 // max(inner.size, 1),
        ink_components=_count_inside(pieces, rows, columns),
        border_permille=cv2.countNonZero(border) * 1000 // border.size,
    )


def ink_depth(canvas: Canvas) -> Gray:
    """How much darker than ink must be each pixel of the full picture is; 0 where there is none."""
    limit = _ink_limit(canvas.paper, canvas.full)
    depth = np.minimum(np.asarray(cv2.subtract(limit, canvas.full), np.uint8), _MOST_DEPTH)
    if canvas.border_permille:
        size = canvas.full.shape[::-1]
        depth[cv2.resize(canvas.border, size, interpolation=cv2.INTER_NEAREST) > 0] = 0
    return depth


def _gray(view: Gray) -> Gray:
    if view.ndim == 2:  # noqa: PLR2004 - rows and columns only
        return view
    return np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), np.uint8)


def _at_dpi(gray: Gray, dpi: int, wanted_dpi: int) -> Gray:
    """The same picture no finer than wanted; a little finer is left as it is."""
    if dpi <= wanted_dpi * _RESIZE_SLACK:
        return gray
    height, width = gray.shape
    size = (max(width * wanted_dpi // dpi, 1), max(height * wanted_dpi // dpi, 1))
    # Below a half the mean of an area costs ten times more than a line between neighbours.
    way = cv2.INTER_AREA if dpi >= 2 * wanted_dpi else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(gray, size, interpolation=way), np.uint8)


def _border(small: Gray) -> Mask:
    """Thick dark pieces along the sides; thin strokes that touch a side are writing."""
    height, width = small.shape
    half = cv2.resize(small, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    _, dark = cv2.threshold(half, BORDER_BELOW - 1, 255, cv2.THRESH_BINARY_INV)
    reach = THICK_PX  # beyond a side as at the side: a thin border there is thick enough
    wide = cv2.copyMakeBorder(dark, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    wide = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((THICK_PX, THICK_PX), np.uint8))
    thick = np.asarray(wide[reach:-reach, reach:-reach], np.uint8)
    if not any(edge.any() for edge in (thick[0], thick[-1], thick[:, 0], thick[:, -1])):
        return np.zeros_like(small)
    border = _along_sides(np.ascontiguousarray(thick))
    return np.asarray(
        cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )


def _along_sides(thick: Mask) -> Mask:
    """The pieces that lie along the sides and are not deep."""
    height, width = thick.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thick, connectivity=8)
    edges = (labels[:, 0], labels[:, -1], labels[0], labels[-1])
    touching = np.stack([np.bincount(edge, minlength=count) for edge in edges])
    runs = touching * 100 // np.array([[height], [height], [width], [width]])
    is_border = runs.max(axis=0) >= BORDER_RUN_PERCENT
    is_border |= (runs >= CORNER_RUN_PERCENT).sum(axis=0) > 1
    depth = stats[:, cv2.CC_STAT_AREA] / np.maximum(touching.sum(axis=0), 1)
    is_border &= depth * 100 <= min(height, width) * BORDER_DEPTH_PERCENT
    is_border[0] = False  # what is not dark
    border = np.take(is_border.astype(np.uint8) * np.uint8(255), np.asarray(labels))
    is_page = cv2.countNonZero(border) * 100 > border.size * MOST_BORDER_PERCENT
    return np.zeros_like(thick) if is_page else np.asarray(border, np.uint8)


def _paper(small: Gray) -> Gray:
    """The brightness of the paper, block by block; what is as dark as a border is no paper."""
    height, width = small.shape
    size = (width // PAPER_BLOCK_PX, height // PAPER_BLOCK_PX)
    blocks = cv2.resize(small, size, interpolation=cv2.INTER_AREA)
    around = np.ones((PAPER_REACH_BLOCKS, PAPER_REACH_BLOCKS), np.uint8)
    return np.maximum(np.asarray(cv2.dilate(blocks, around), np.uint8), np.uint8(BORDER_BELOW))


def _ink(small: Gray, paper: Gray, border: Mask) -> Mask:
    """What is clearly darker than the paper around it and no part of the border."""
    ink = np.asarray(cv2.compare(small, _ink_limit(paper, small), cv2.CMP_LT), np.uint8)
    if border.any():
        ink[cv2.dilate(border, np.ones((2 * THICK_PX, 2 * THICK_PX), np.uint8)) > 0] = 0
    return ink


def _ink_limit(paper: Gray, gray: Gray) -> Gray:
    """The gray below which there is ink, for each pixel of a picture of the page."""
    local = (paper.astype(np.uint16) * INK_BELOW_PERCENT // 100).astype(np.uint8)
    solid = int(np.median(paper)) * SOLID_BELOW_PERCENT // 100
    return np.asarray(cv2.resize(np.maximum(local, solid), gray.shape[::-1]), np.uint8)


def _pieces(ink: Mask) -> npt.NDArray[np.int32]:
    """The connected pieces of ink; specks are wiped out of the mask."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    is_kept = stats[:, cv2.CC_STAT_AREA] >= SPECK_PX
    is_kept[0] = False  # what is not ink
    np.copyto(ink, np.take(is_kept.astype(np.uint8) * np.uint8(255), np.asarray(labels)))
    return np.asarray(stats[is_kept], np.int32)


def _inside(border: Mask) -> tuple[slice, slice]:
    """Rows and columns inside the border, less a margin."""
    light = border == 0
    return _light_range(light.mean(axis=1)), _light_range(light.mean(axis=0))


def _light_range(light_shares: npt.NDArray[np.float64]) -> slice:
    light = np.flatnonzero(light_shares >= light_shares.max() / 2)
    first, last = int(light[0]), int(light[-1]) + 1
    margin = (last - first) * MARGIN_PERCENT // 100
    return slice(first + margin, last - margin)


def _count_inside(pieces: npt.NDArray[np.int32], rows: slice, columns: slice) -> int:
    """Pieces whose middle lies inside."""
    across = pieces[:, cv2.CC_STAT_LEFT] + pieces[:, cv2.CC_STAT_WIDTH] // 2
    down = pieces[:, cv2.CC_STAT_TOP] + pieces[:, cv2.CC_STAT_HEIGHT] // 2
    is_inside = (across >= columns.start) & (across < columns.stop)
    is_inside &= (down >= rows.start) & (down < rows.stop)
    return int(is_inside.sum())
