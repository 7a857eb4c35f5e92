"""How crooked the lines of a page lie: the shear that makes its rows differ most.

The page is cut into upright strips that are shifted against each other; where lines of writing
come to lie level, the sums of the rows rise and fall steepest. A shift only turns the phases of a
strip's waves, so every shear is tried on the few waves that lines of writing are made of; what a
shift moves out at the bottom comes in at the top, where pages are empty.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Waves = npt.NDArray[np.complex64]

MOST_DEGREES: Final = 8.0
"""Our own: pages lie no more crooked than this on a glass."""
MIN_PEAK: Final = 4.0
"""Our own: lines stand out when the best shear is so many times better than the median one;
text reaches 5 and more, photographs and drawings stay below 3 (``docs/quality.md``)."""
_WORD_PX: Final = 8
_STRIP_WORDS: Final = 3
_STRIP_PX: Final = _WORD_PX * _STRIP_WORDS
"""A strip is so many words of 64 bits wide, whose bits are counted eight pixels at once."""
_MOST_ROWS: Final = 1280
_MOST_STRIPS: Final = 52
"""An A3 page; the middle of anything larger tells as well, and keeps the tables small."""
_COARSE_DEGREES: Final = np.linspace(-MOST_DEGREES, MOST_DEGREES, 33)
_FINE_REACH: Final = np.linspace(-0.2, 0.2, 5)
"""Degrees around the top of the coarse scores."""
_BLUR_PX: Final = 1.5
"""Small letters and noise are blurred away: lines are what is looked for."""
_SHORTEST_WAVE_ROWS: Final = 5
"""What is shorter, the blur leaves nothing of."""
_LAG_ROWS: Final = 2
_TAPER_ROWS: Final = 16
"""A dark picture that runs off the page is no line: it fades out at top and bottom."""


def skew_degrees(ink: npt.NDArray[np.uint8]) -> float | None:
    """How far lines fall to the right, in degrees; None when no lines stand out.

    Args:
        ink: A mask at 75 dpi, 255 where there is ink; 64 pixels or more each way.
    """
    sums = _strips(ink)
    rows, strips = sums.shape
    waves = _waves(sums)
    scores = _scores(_coarse_phases(rows, strips), waves)
    best = int(scores.argmax())
    is_clear = scores[best] >= MIN_PEAK * float(np.median(scores)) > 0
    if not is_clear or best in {0, len(scores) - 1}:
        return None
    fine = _summit(_COARSE_DEGREES, scores) + _FINE_REACH
    return _summit(fine, _scores(_phases(rows, strips, fine), waves))


def _waves(sums: npt.NDArray[np.uint8]) -> Waves:
    """The waves down each strip: waves x strips, weighted by what they add to a score."""
    rows = sums.shape[0]
    lines = sums.T.astype(np.float32) * _taper(rows)
    waves = np.fft.rfft(lines, axis=1)[:, 1 : _wave_count(rows) + 1]
    return np.ascontiguousarray((waves * _weights(rows)).T)


def _strips(ink: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The ink of the upright strips in the middle of the page, at most 192: rows x strips."""
    height, width = ink.shape
    rows = _whole_rows(min(height, _MOST_ROWS))
    columns = min(width // _STRIP_PX, _MOST_STRIPS) * _STRIP_PX
    top, left = (height - rows) // 2, (width - columns) // 2
    middle = np.ascontiguousarray(ink[top : top + rows, left : left + columns])
    counts = np.bitwise_count(middle.view(np.uint64))
    first, second, third = (counts[:, word::_STRIP_WORDS] for word in range(_STRIP_WORDS))
    return np.asarray(first + second + third, np.uint8)


def _scores(phases: Waves, waves: Waves) -> Floats:
    """How steeply the sums of the rows rise and fall, for each shear."""
    summed = np.matmul(phases, waves[:, :, np.newaxis])
    return np.asarray((summed.real**2 + summed.imag**2).sum(axis=(0, 2)), np.float64)


@lru_cache(maxsize=4)
def _coarse_phases(rows: int, strips: int) -> Waves:
    """Those of the first look: 1 MB for an A4 page; the next page is most often as high."""
    return _phases(rows, strips, _COARSE_DEGREES)


def _phases(rows: int, strips: int, degrees: Floats) -> Waves:
    """By what each wave of each strip turns at each shear: waves x shears x strips."""
    frequencies = 2 * np.pi * np.arange(1, _wave_count(rows) + 1) / rows
    offsets_px = (np.arange(strips) - strips / 2) * _STRIP_PX
    shifts = np.outer(np.tan(np.radians(degrees)), offsets_px)
    angles = np.multiply.outer(frequencies.astype(np.float32), shifts.astype(np.float32))
    phases = np.empty(angles.shape, np.complex64)
    np.cos(angles, out=phases.real)
    np.sin(angles, out=phases.imag)
    return phases


@lru_cache(maxsize=4)
def _weights(rows: int) -> npt.NDArray[np.float32]:
    """What the blur leaves of each wave, times its difference over the lag."""
    frequencies = 2 * np.pi * np.arange(1, _wave_count(rows) + 1) / rows
    left = np.exp(-((_BLUR_PX * frequencies) ** 2) / 2)
    return np.asarray(left * np.sin(frequencies * _LAG_ROWS / 2), np.float32)


@lru_cache(maxsize=4)
def _taper(rows: int) -> npt.NDArray[np.float32]:
    ramp = (np.arange(_TAPER_ROWS, dtype=np.float32) + 1) / (_TAPER_ROWS + 1)
    return np.concatenate((ramp, np.ones(rows - 2 * _TAPER_ROWS, np.float32), ramp[::-1]))


@lru_cache(maxsize=16)
def _whole_rows(height: int) -> int:
    """The most rows, out of so many, whose waves are quickly found."""
    known = range(height // 2, height + 1)
    return max(rows for rows in known if cv2.getOptimalDFTSize(rows) == rows)


def _wave_count(rows: int) -> int:
    return rows // _SHORTEST_WAVE_ROWS


def _summit(degrees: Floats, scores: Floats) -> float:
    """Where a parabola through the best score and its neighbours has its top."""
    best = int(scores.argmax())
    if best in {0, len(scores) - 1}:
        return float(degrees[best])
    before, top, after = (float(score) for score in scores[best - 1 : best + 2])
    bend = before - 2 * top + after
    offset = (before - after) / (2 * bend) if bend < 0 else 0.0
    return float(degrees[best]) + offset * float(degrees[1] - degrees[0])
