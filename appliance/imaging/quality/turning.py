"""Whether a page stands on its head: letters carry more ink above their bodies than below.

In Latin writing, and the more so in Vietnamese with its marks, strokes rise above the small
letters oftener than they hang below them. So in each line of writing the ink just above the
dense middle is held against the ink just below it.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.quality.canvas import ink_depth

if TYPE_CHECKING:
    import numpy.typing as npt

    from appliance.imaging.quality.canvas import Canvas

    Floats = npt.NDArray[np.floating]
    Places = npt.NDArray[np.intp]

MIN_LINES: Final = 20
"""Our own, with those below: pieces of lines, of a third of the page's width each."""
MIN_LEAN_PERCENT: Final = 15
"""So much more ink on one side than on the other, in parts of both together."""
MIN_VOTES_PERCENT: Final = 40
"""So many more lines lean that way than the other, in parts of all: a few heavy lines, or
capitals with nothing above or below, do not decide."""
BODY_ROWS: Final = (5, 30)
"""The dense middle of a line of writing is so many rows high at 150 dpi: 0.8 to 5 mm."""
_COLUMNS: Final = 3
_SLAB_PX: Final = 208
"""So much of each third is looked at: half of it tells as well as all of it."""
_LEAST_OF_PEAK: Final = 0.1
_HEAVIEST_ROWS: Final = 50
"""One row of so many may be a rule or an edge, much darker than any line of writing."""
_BETWEEN_ROWS: Final = (3, 1)
"""Columns are shifted by whole rows; a row and its neighbours, 1 : 2 : 1, hide that."""
_AROUND: Final = (31, 1)
_AROUND_SIGMA: Final = 6.0


def is_upside_down(canvas: Canvas, skew_degrees: float) -> bool | None:
    """Whether the lines stand on their heads; None when they do not tell.

    Args:
        canvas: The page.
        skew_degrees: How far its lines fall to the right.
    """
    width = canvas.pictures.full.shape[1] // _COLUMNS
    slabs = [_slab(canvas, number * width, width, skew_degrees) for number in range(_COLUMNS)]
    profiles = np.asarray(cv2.GaussianBlur(np.stack(slabs), _BETWEEN_ROWS, 0), np.float32)
    above, below = _line_edges(profiles)
    if above.size < MIN_LINES:
        return None
    ink_above, ink_below = float(above.sum()), float(below.sum())
    lean = 100 * (ink_above - ink_below) / max(ink_above + ink_below, 1.0)
    votes = 100 * float(np.sign(above - below).mean())
    if lean >= MIN_LEAN_PERCENT and votes >= MIN_VOTES_PERCENT:
        return False
    return True if lean <= -MIN_LEAN_PERCENT and votes <= -MIN_VOTES_PERCENT else None


def _slab(canvas: Canvas, left: int, width: int, skew_degrees: float) -> Floats:
    """The ink of each row in the middle of a third of the page, its lines made level."""
    columns = min(width, _SLAB_PX)
    first = left + (width - columns) // 2
    depth = ink_depth(canvas, first, first + columns)
    fall = float(np.tan(np.radians(skew_degrees)))
    shifts = np.rint(fall * (np.arange(columns) - columns / 2)).astype(int)
    ends = [*(np.flatnonzero(np.diff(shifts)) + 1).tolist(), columns]
    reach = int(np.abs(shifts).max())
    rows = depth.shape[0]
    profile = np.zeros(rows + 2 * reach, np.float32)
    for start, end in itertools.pairwise([0, *ends]):  # columns that are shifted alike
        ink = cv2.reduce(depth[:, start:end], 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F)
        begin = reach - int(shifts[start])
        profile[begin : begin + rows] += ink[:, 0]
    return profile[reach : reach + rows]


def _line_edges(profiles: Floats) -> Floats:
    """The ink just above, and just below, the dense middle of each line of writing: 2 x lines.

    Args:
        profiles: The ink of each row: slabs x rows.
    """
    rows = profiles.shape[1]
    around = np.asarray(cv2.GaussianBlur(profiles, _AROUND, _AROUND_SIGMA))
    heaviest = rows // _HEAVIEST_ROWS + 1
    peaks = np.partition(profiles, -heaviest, axis=1)[:, -heaviest, np.newaxis]
    is_dense = profiles > np.maximum(around, peaks * _LEAST_OF_PEAK)
    firsts, ends = _runs(is_dense)
    heights, starts = ends - firsts, firsts % (rows + 1)
    reaches = np.maximum(heights * 2 // 3, 3)
    is_line = (heights >= BODY_ROWS[0]) & (heights <= BODY_ROWS[1])
    is_line &= (starts >= reaches) & (starts + heights + reaches <= rows)
    firsts, ends, reaches = firsts[is_line], ends[is_line], reaches[is_line]
    ink = np.cumsum(np.pad(profiles, ((0, 0), (1, 0))), dtype=np.float64)
    return np.stack((ink[firsts] - ink[firsts - reaches], ink[ends + reaches] - ink[ends]))


def _runs(is_dense: npt.NDArray[np.bool_]) -> tuple[Places, Places]:
    """First rows, and the rows after the last, of what is dense: all slabs, one row apart."""
    apart = np.pad(is_dense, ((0, 0), (1, 1)))
    steps = np.diff(apart.astype(np.int8), axis=1)
    return np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
