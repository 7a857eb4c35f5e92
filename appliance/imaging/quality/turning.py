"""Whether a page stands on its head: letters carry more ink above their bodies than below.

In Latin writing, and the more so in Vietnamese with its marks, strokes rise above the small
letters oftener than they hang below them. So in each line of writing the ink just above the
dense middle is held against the ink just below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.quality.canvas import ink_depth

if TYPE_CHECKING:
    import numpy.typing as npt

    from appliance.imaging.quality.canvas import Canvas

    Floats = npt.NDArray[np.floating]

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
_STRIP_PX: Final = 8
_LEAST_OF_PEAK: Final = 0.1
_HEAVIEST_ROWS: Final = 50
"""One row of so many may be a rule or an edge, much darker than any line of writing."""
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
    above, below = np.concatenate([_line_edges(profile) for profile in slabs], axis=1)
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
    strips = max(min(width, _SLAB_PX) // _STRIP_PX, 1)
    first = left + (width - strips * _STRIP_PX) // 2
    depth = ink_depth(canvas, first, first + strips * _STRIP_PX)
    size = (strips, depth.shape[0])
    sums = cv2.resize(depth, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    fall = float(np.tan(np.radians(skew_degrees))) * _STRIP_PX
    shear = np.array([[1, 0, 0], [fall, 1, -fall * strips / 2]], np.float64)
    level = cv2.warpAffine(sums, shear, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(cv2.reduce(level, 1, cv2.REDUCE_SUM), np.float32)[:, 0]


def _line_edges(profile: Floats) -> Floats:
    """The ink just above, and just below, the dense middle of each line of writing."""
    around = np.asarray(cv2.GaussianBlur(profile.reshape(1, -1), _AROUND, _AROUND_SIGMA))[0]
    heaviest = profile.size // _HEAVIEST_ROWS + 1
    peak = np.partition(profile, -heaviest)[-heaviest]
    is_dense = profile > np.maximum(around, peak * _LEAST_OF_PEAK)
    steps = np.diff(np.concatenate(([0], is_dense.astype(np.int8), [0])))
    firsts, ends = np.flatnonzero(steps > 0), np.flatnonzero(steps < 0)
    rows = ends - firsts
    reaches = np.maximum(rows * 2 // 3, 3)
    is_line = (rows >= BODY_ROWS[0]) & (rows <= BODY_ROWS[1])
    is_line &= (firsts >= reaches) & (ends + reaches <= profile.size)
    firsts, ends, reaches = firsts[is_line], ends[is_line], reaches[is_line]
    ink = np.concatenate(([0.0], np.cumsum(profile, dtype=np.float64)))
    return np.stack((ink[firsts] - ink[firsts - reaches], ink[ends + reaches] - ink[ends]))
