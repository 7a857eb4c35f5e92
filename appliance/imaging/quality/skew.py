"""How crooked the lines of a page lie: the shear that makes its rows differ most.

The page is cut into upright strips that are shifted against each other; where lines of writing
come to lie level, the sums of the rows rise and fall steepest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Strips = npt.NDArray[np.float32]

MOST_DEGREES: Final = 8.0
"""Our own: pages lie no more crooked than this on a glass."""
MIN_PEAK: Final = 4.0
"""Our own: lines stand out when the best shear is so many times better than the median one;
text reaches 7 and more, photographs and drawings stay below 3 (``docs/quality.md``)."""
_STRIP_PX: Final = 8
_COARSE_STRIPS: Final = 3
"""So many strips make one for the first look."""
_COARSE_DEGREES: Final = 0.5
_FINE_REACH: Final = np.linspace(-0.2, 0.2, 5)
"""Degrees around the top of the coarse scores."""
_BLUR_PX: Final = 1.5
"""Hides that a shift by whole pixels stays sharp and any other does not."""
_LAG_ROWS: Final = 2


def skew_degrees(ink: npt.NDArray[np.uint8]) -> float | None:
    """How far lines fall to the right, in degrees; None when no lines stand out.

    Args:
        ink: A mask at 75 dpi, 255 where there is ink.
    """
    strips = _strips(ink)
    coarse = np.arange(-MOST_DEGREES, MOST_DEGREES + _COARSE_DEGREES, _COARSE_DEGREES)
    scores = _scores(_widened(strips), coarse, _COARSE_STRIPS * _STRIP_PX)
    best = int(scores.argmax())
    is_clear = scores[best] >= MIN_PEAK * float(np.median(scores)) > 0
    if not is_clear or best in {0, len(coarse) - 1}:
        return None
    fine = _summit(coarse, scores) + _FINE_REACH
    return _summit(fine, _scores(strips, fine, _STRIP_PX))


def _strips(ink: npt.NDArray[np.uint8]) -> Strips:
    """Means of ink over upright strips: height x number of strips."""
    height, width = ink.shape
    count = max(width // _STRIP_PX, 1)
    whole = ink[:, : count * _STRIP_PX]
    strips = cv2.resize(whole, (count, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(strips, (1, 9), _BLUR_PX), np.float32)


def _widened(strips: Strips) -> Strips:
    """Strips ``_COARSE_STRIPS`` times as wide."""
    height, width = strips.shape
    count = max(width // _COARSE_STRIPS, 1)
    whole = strips[:, : count * _COARSE_STRIPS]
    wide = cv2.resize(whole, (count, height), interpolation=cv2.INTER_AREA)
    return np.asarray(wide, np.float32)


def _scores(strips: Strips, degrees: Floats, strip_px: int) -> Floats:
    """How steeply the sums of the rows rise and fall, for each shear."""
    middle = strips.shape[1] / 2
    scores = []
    for slope in np.tan(np.radians(degrees)) * strip_px:
        shear = np.array([[1, 0, 0], [slope, 1, -slope * middle]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        level = cv2.warpAffine(strips, shear, strips.shape[::-1], flags=flags)
        rows = np.asarray(cv2.reduce(level, 1, cv2.REDUCE_SUM), np.float64)[:, 0]
        steps = rows[_LAG_ROWS:] - rows[:-_LAG_ROWS]
        scores.append(float(steps @ steps))
    return np.array(scores)


def _summit(degrees: Floats, scores: Floats) -> float:
    """Where a parabola through the best score and its neighbours has its top."""
    best = int(scores.argmax())
    if best in {0, len(scores) - 1}:
        return float(degrees[best])
    before, top, after = (float(score) for score in scores[best - 1 : best + 2])
    bend = before - 2 * top + after
    offset = (before - after) / (2 * bend) if bend < 0 else 0.0
    return float(degrees[best]) + offset * float(degrees[1] - degrees[0])
