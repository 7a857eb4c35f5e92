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

    Floats = npt.NDArray[np.float32]

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
_STRIP_PX: Final = 8
_LEAST_OF_PEAK: Final = 0.1
_AROUND: Final = (1, 31)
_AROUND_SIGMA: Final = 6.0


def is_upside_down(canvas: Canvas, skew_degrees: float) -> bool | None:
    """Whether the lines stand on their heads; None when they do not tell.

    Args:
        canvas: The page.
        skew_degrees: How far its lines fall to the right.
    """
    columns = np.array_split(_levelled(canvas, skew_degrees), _COLUMNS, axis=1)
    lines = [edge for rows in columns for edge in _line_edges(rows.sum(axis=1))]
    if len(lines) < MIN_LINES:
        return None
    above, below = (sum(inks) for inks in zip(*lines, strict=True))
    lean = 100 * (above - below) / max(above + below, 1.0)
    votes = 100 * sum((over > under) - (over < under) for over, under in lines) / len(lines)
    if lean >= MIN_LEAN_PERCENT and votes >= MIN_VOTES_PERCENT:
        return False
    return True if lean <= -MIN_LEAN_PERCENT and votes <= -MIN_VOTES_PERCENT else None


def _levelled(canvas: Canvas, skew_degrees: float) -> Floats:
    """The ink of the page in upright strips, shifted until its lines lie level."""
    depth = ink_depth(canvas)
    height, width = depth.shape
    count = max(width // _STRIP_PX, 1)
    size = (count, height)
    strips = cv2.resize(depth[:, : count * _STRIP_PX], size, interpolation=cv2.INTER_AREA)
    fall = float(np.tan(np.radians(skew_degrees))) * _STRIP_PX
    shear = np.array([[1, 0, 0], [fall, 1, -fall * count / 2]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    level = cv2.warpAffine(strips.astype(np.float32), shear, size, flags=flags)
    return np.asarray(level, np.float32)


def _line_edges(profile: Floats) -> list[tuple[float, float]]:
    """The ink just above and just below the dense middle of each line of writing."""
    around = np.asarray(cv2.GaussianBlur(profile.reshape(-1, 1), _AROUND, _AROUND_SIGMA))[:, 0]
    is_dense = profile > np.maximum(around, profile.max() * _LEAST_OF_PEAK)
    steps = np.diff(np.concatenate(([0], is_dense.astype(np.int8), [0])))
    firsts, ends = np.flatnonzero(steps > 0).tolist(), np.flatnonzero(steps < 0).tolist()
    edges = []
    for first, end in zip(firsts, ends, strict=True):
        reach = max((end - first) * 2 // 3, 3)
        is_line = BODY_ROWS[0] <= end - first <= BODY_ROWS[1]
        if is_line and first >= reach and end + reach <= profile.size:
            over, under = profile[first - reach : first], profile[end : end + reach]
            edges.append((float(over.sum()), float(under.sum())))
    return edges
