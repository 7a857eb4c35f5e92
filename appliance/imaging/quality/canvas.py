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

from appliance.imaging.quality.reducing import reduced
from appliance.imaging.quality.values import has_little_ink

if TYPE_CHECKING:
    import numpy.typing as npt

    from appliance.imaging.quality.reducing import Reduced

    Gray = npt.NDArray[np.uint8]
    Mask = npt.NDArray[np.uint8]

PAPER_REACH_BLOCKS: Final = 5
"""Our own, with those below: measured on real scans, blank and faint ones among them
(``docs/quality.md``). The paper under a pixel is as bright as the brightest block (a pixel of the
quarter picture) of so many around it."""
INK_BELOW_PERCENT: Final = 70
"""Ink is darker than this share of the paper around it."""
SOLID_BELOW_PERCENT: Final = 45
"""Inside a large dark area the paper around is dark too: below this share of the whole page's
paper it is ink all the same."""
SPECK_PX: Final = 3
"""Fewer connected pixels than this are dust."""
_TWO_OF_NINE: Final = 2 * 255 // 9 + 1
"""The mean around a pixel of ink that has one neighbour; with two it is more."""
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
_MIN_SIDE_PX: Final = 64
"""Of the small picture."""
THICK_PX: Final = 3
"""At half of the small resolution: 2 mm; nothing thinner is a border."""
_MOST_DEPTH: Final = 80
"""Black print and faint pencil count alike from here on."""
_MAX_NARROW_LABELS: Final = 65535
"""16 bits number so many pieces, at twice the speed of 32; there are no more than ink pixels."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """One page at the two measuring resolutions.

    Args:
        pictures: Gray pixels, the page from about 150 dpi downwards.
        border: 255 where the small picture is a scanner's border.
        ink: 255 where the small picture carries ink; specks and the border are left out.
        paper: The brightness of the paper under each pixel of the quarter picture.
        ink_limit: The gray below which there is ink, for each pixel of the quarter picture.
        ink_permille: Thousandths of the page inside border and margin that carry ink.
        ink_components: Connected pieces of ink there; None where so much ink needs no count.
        border_permille: Thousandths of the picture that are border.
    """

    pictures: Reduced
    border: Mask
    ink: Mask
    paper: Gray
    ink_limit: Gray
    ink_permille: int
    ink_components: int | None
    border_permille: int


def prepare(view: Gray, view_dpi: int, half_view: Gray | None = None) -> Canvas | None:
    """The page ready for measuring, or None when it is too small to be measured.

    Args:
        view: 8-bit gray (height x width) or RGB pixels.
        view_dpi: Their resolution.
        half_view: As for ``reduced``.
    """
    pictures = reduced(view, view_dpi, half_view)
    small = pictures.small
    if min(small.shape) < _MIN_SIDE_PX:
        return None
    border = _border(pictures)
    border_px = cv2.countNonZero(border)
    paper = _paper(pictures.quarter)
    ink_limit = _ink_limit(paper)
    ink = _ink(small, ink_limit, border if border_px else None)
    inner = ink[_inside(border) if border_px else tuple(map(_within, small.shape))]
    inner_px = cv2.countNonZero(inner)
    ink_permille = inner_px * 1000 // max(inner.size, 1)
    return Canvas(
        pictures,
        border,
        ink,
        paper,
        ink_limit,
        ink_permille=ink_permille,
        ink_components=_count_pieces(inner, inner_px) if has_little_ink(ink_permille) else None,
        border_permille=border_px * 1000 // border.size,
    )


def ink_depth(canvas: Canvas, first: int, last: int) -> Gray:
    """How much darker than ink must be some columns of the full picture are; 0 without ink."""
    part = canvas.pictures.full[:, first:last]
    shares = (first / canvas.pictures.full.shape[1], last / canvas.pictures.full.shape[1])
    limit = cv2.resize(_columns(canvas.ink_limit, *shares), part.shape[::-1])
    _, depth = cv2.threshold(cv2.subtract(limit, part), _MOST_DEPTH, 0, cv2.THRESH_TRUNC)
    border = _columns(canvas.border, *shares)
    if canvas.border_permille and cv2.countNonZero(border):
        wide = cv2.resize(border, part.shape[::-1], interpolation=cv2.INTER_NEAREST)
        depth = cv2.subtract(depth, wide)
    return np.asarray(depth, np.uint8)


def _columns(picture: Gray, first_share: float, last_share: float) -> Gray:
    """Upright part of a picture, one column at least."""
    first = min(int(first_share * picture.shape[1]), picture.shape[1] - 1)
    return picture[:, first : max(round(last_share * picture.shape[1]), first + 1)]


def _border(pictures: Reduced) -> Mask:
    """Thick dark pieces along the sides; thin strokes that touch a side are writing."""
    height, width = pictures.small.shape
    half = pictures.half
    _, dark = cv2.threshold(half, BORDER_BELOW - 1, 255, cv2.THRESH_BINARY_INV)
    reach = THICK_PX  # beyond a side as at the side: a thin border there is thick enough
    wide = cv2.copyMakeBorder(dark, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    wide = cv2.morphologyEx(wide, cv2.MORPH_OPEN, np.ones((THICK_PX, THICK_PX), np.uint8))
    thick = np.asarray(wide[reach:-reach, reach:-reach], np.uint8)
    if not any(edge.any() for edge in (thick[0], thick[-1], thick[:, 0], thick[:, -1])):
        return np.zeros_like(pictures.small)
    border = _along_sides(np.ascontiguousarray(thick))
    return np.asarray(
        cv2.resize(border, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8
    )


def _along_sides(thick: Mask) -> Mask:
    """The pieces that lie along the sides and are not deep."""
    height, width = thick.shape
    label_type = _label_type(cv2.countNonZero(thick))
    count, found = cv2.connectedComponents(thick, connectivity=8, ltype=label_type)
    labels = np.asarray(found)
    edges = (labels[:, 0], labels[:, -1], labels[0], labels[-1])
    touching = np.stack([np.bincount(edge, minlength=count) for edge in edges])
    runs = touching * 100 // np.array([[height], [height], [width], [width]])
    is_border = runs.max(axis=0) >= BORDER_RUN_PERCENT
    is_border |= (runs >= CORNER_RUN_PERCENT).sum(axis=0) > 1
    is_border[0] = False  # what is not dark
    most_px = touching.sum(axis=0) * min(height, width) * BORDER_DEPTH_PERCENT // 100
    border = np.zeros_like(thick)
    for label in np.flatnonzero(is_border).tolist():
        piece = cv2.inRange(labels, label, label)
        if cv2.countNonZero(piece) <= most_px[label]:
            border = np.asarray(cv2.bitwise_or(border, piece), np.uint8)
    is_page = cv2.countNonZero(border) * 100 > border.size * MOST_BORDER_PERCENT
    return np.zeros_like(thick) if is_page else border


def _paper(blocks: Gray) -> Gray:
    """The brightness of the paper, block by block; what is as dark as a border is no paper."""
    around = np.ones((PAPER_REACH_BLOCKS, PAPER_REACH_BLOCKS), np.uint8)
    return np.maximum(np.asarray(cv2.dilate(blocks, around), np.uint8), np.uint8(BORDER_BELOW))


def _ink(small: Gray, ink_limit: Gray, border: Mask | None) -> Mask:
    """What is clearly darker than the paper around it and no part of the border; no specks."""
    ink = cv2.compare(small, cv2.resize(ink_limit, small.shape[::-1]), cv2.CMP_LT)
    if border is not None:
        around = cv2.dilate(border, np.ones((2 * THICK_PX, 2 * THICK_PX), np.uint8))
        ink = cv2.subtract(ink, around)
    return _without_specks(np.asarray(ink, np.uint8))


def _without_specks(ink: Mask) -> Mask:
    """The ink in pieces of three pixels and more: a pixel with two neighbours, or next to one."""
    window = np.ones((SPECK_PX, SPECK_PX), np.uint8)
    counts = cv2.blur(ink, window.shape, borderType=cv2.BORDER_CONSTANT)
    _, joined = cv2.threshold(counts, _TWO_OF_NINE, 255, cv2.THRESH_BINARY)
    kept = cv2.dilate(cv2.bitwise_and(joined, ink), window)
    return np.asarray(cv2.bitwise_and(kept, ink), np.uint8)


def _ink_limit(paper: Gray) -> Gray:
    """The gray below which there is ink, block by block."""
    counts = cv2.calcHist([paper], [0], None, [256], [0, 256]).ravel()
    middle = int(np.searchsorted(np.cumsum(counts), paper.size / 2))
    solid = middle * SOLID_BELOW_PERCENT // 100
    limits = np.maximum(np.arange(256) * INK_BELOW_PERCENT // 100, solid).astype(np.uint8)
    return np.asarray(cv2.LUT(paper, limits), np.uint8)


def _count_pieces(ink: Mask, ink_px: int) -> int:
    """How many connected pieces of ink there are, of so many pixels in all."""
    found = cv2.connectedComponents(ink, connectivity=8, ltype=_label_type(ink_px))
    return int(found[0]) - 1  # the first is what is not ink


def _label_type(ink_px: int) -> int:
    return cv2.CV_16U if ink_px < _MAX_NARROW_LABELS else cv2.CV_32S


def _inside(border: Mask) -> tuple[slice, slice]:
    """Rows and columns inside the border, less a margin."""
    dark_rows = cv2.reduce(border, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    dark_columns = cv2.reduce(border, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
    height, width = border.shape
    return _light_range(255 * width - dark_rows), _light_range(255 * height - dark_columns)


def _light_range(light: npt.NDArray[np.int32]) -> slice:
    wide = np.flatnonzero(light >= light.max() / 2)
    return _within(int(wide[-1]) + 1, int(wide[0]))


def _within(last: int, first: int = 0) -> slice:
    margin = (last - first) * MARGIN_PERCENT // 100
    return slice(first + margin, last - margin)
