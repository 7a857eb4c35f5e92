"""How much ink a page carries, measured against its own paper.

A share of dark pixels says nothing: an old endpaper or a scanner's black border is dark and
empty. So ink is what is clearly darker than the paper around it, inside the border, and more
than a speck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]
    Mask = npt.NDArray[np.bool_]

MEASURE_DPI: Final = 75
"""Our own, with those below: measured on real scans, blank and faint ones among them."""
PAPER_BLOCK_PX: Final = 4
"""The paper's brightness is taken from blocks of this side at the measuring resolution."""
INK_BELOW_PERCENT: Final = 70
"""Ink is darker than this share of the paper around it."""
SOLID_BELOW_PERCENT: Final = 45
"""Inside a large dark area the paper around is dark too: below this share of the whole page's
paper it is ink all the same."""
BORDER_DARK_PERCENT: Final = 60
"""An outer row or column darker than half in this share is a scanner's border."""
MARGIN_PERCENT: Final = 3
_DARK: Final = 96
_MIN_NEIGHBOURS: Final = 2
_GRAY_WEIGHTS: Final = (77, 150, 29)
"""ITU-R BT.601 luma, in 256ths."""


def ink_permille(view: Gray, view_dpi: int) -> int:
    """Thousandths of the page inside its border that carry ink.

    Args:
        view: 8-bit gray or RGB pixels.
        view_dpi: Their resolution.
    """
    page = _inside_border(_reduced(to_gray(view), max(view_dpi // MEASURE_DPI, 1)))
    if min(page.shape) < 4 * PAPER_BLOCK_PX:
        return 1000  # too small to measure: never called blank
    paper = _paper(page)
    percent = page.astype(np.uint16) * 100
    ink = percent < paper.astype(np.uint16) * INK_BELOW_PERCENT
    ink |= percent < int(np.median(paper)) * SOLID_BELOW_PERCENT
    return int(_without_specks(ink).sum()) * 1000 // ink.size


def to_gray(view: Gray) -> Gray:
    """8-bit gray of 8-bit gray or RGB pixels."""
    if view.ndim == 2:  # noqa: PLR2004 - rows and columns only
        return view
    red, green, blue = _GRAY_WEIGHTS
    total = view[:, :, 0] * np.uint16(red)
    total += view[:, :, 1] * np.uint16(green)
    total += view[:, :, 2] * np.uint16(blue)
    return (total >> 8).astype(np.uint8)


def _blocks(gray: Gray, side: int) -> npt.NDArray[np.uint8]:
    """The pixels as block-row, row, block-column, column; a rest at the edges is left out."""
    rows, columns = gray.shape[0] // side, gray.shape[1] // side
    return gray[: rows * side, : columns * side].reshape(rows, side, columns, side)


def _reduced(gray: Gray, side: int) -> Gray:
    if side == 1:
        return gray
    means: npt.NDArray[np.float32] = _blocks(gray, side).mean(axis=(1, 3), dtype=np.float32)
    return means.astype(np.uint8)


def _inside_border(gray: Gray) -> Gray:
    dark = gray < _DARK
    rows = _light_range(dark.mean(axis=1))
    if rows.start == rows.stop:
        return gray[:0]  # dark from edge to edge: nothing to measure
    columns = _light_range(dark[rows].mean(axis=0))
    return gray[rows, columns]


def _light_range(dark_shares: npt.NDArray[np.float64]) -> slice:
    """From the first to the last line that is no border, less a margin on both ends."""
    light = np.flatnonzero(dark_shares * 100 <= BORDER_DARK_PERCENT)
    if light.size == 0:
        return slice(0, 0)
    first, last = int(light[0]), int(light[-1]) + 1
    margin = (last - first) * MARGIN_PERCENT // 100
    return slice(first + margin, last - margin)


def _paper(gray: Gray) -> Gray:
    """The brightness of the paper under each pixel: the brightest block of the 5 x 5 around."""
    blocks = _blocks(gray, PAPER_BLOCK_PX).max(axis=(1, 3))
    for axis in (0, 1):
        blocks = _widest(blocks, axis)
    full = np.repeat(np.repeat(blocks, PAPER_BLOCK_PX, axis=0), PAPER_BLOCK_PX, axis=1)
    missing = [(0, gray.shape[axis] - full.shape[axis]) for axis in (0, 1)]
    return np.pad(full, missing, mode="edge")


def _widest(blocks: Gray, axis: int) -> Gray:
    padding = [(2, 2) if one == axis else (0, 0) for one in (0, 1)]
    padded = np.pad(blocks, padding, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 5, axis=axis)
    return np.asarray(windows.max(axis=-1))


def _without_specks(ink: Mask) -> Mask:
    """Drop ink pixels with fewer than two ink neighbours: dust, not strokes."""
    around = np.pad(ink, 1).astype(np.uint8)
    rows, columns = ink.shape
    neighbours = sum(
        around[1 + down : 1 + down + rows, 1 + across : 1 + across + columns]
        for down in (-1, 0, 1)
        for across in (-1, 0, 1)
        if (down, across) != (0, 0)
    )
    return ink & (neighbours >= _MIN_NEIGHBOURS)
