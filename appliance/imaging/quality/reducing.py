"""One set of smaller pictures of a page, each made of the one before, for all measures.

Halving exactly is ten times faster than any other way to a smaller picture; so a row or a column
too many is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Gray = npt.NDArray[np.uint8]

FULL_DPI: Final = 150
"""Our own, with the next: measured on real scans, blank and faint ones among them
(``docs/quality.md``)."""
SMALL_DPI: Final = 75
_RESIZE_SLACK: Final = 1.2

cv2.setNumThreads(1)  # one worker process for each core: threads below it only wait for each other


@dataclass(frozen=True, slots=True)
class Reduced:
    """One page at four sizes.

    Args:
        full: Gray pixels at about 150 dpi.
        small: Gray pixels at half of that.
        half: At half of ``small``.
        quarter: At a quarter of ``small``.
    """

    full: Gray
    small: Gray
    half: Gray
    quarter: Gray


def reduced(view: Gray, view_dpi: int, half_view: Gray | None = None) -> Reduced:
    """The smaller pictures of a page.

    Args:
        view: 8-bit gray (height x width) or RGB pixels, four or more each way.
        view_dpi: Their resolution.
        half_view: What ``halved`` makes of a gray view, where it is there already.
    """
    full = at_dpi(_gray(view), view_dpi, FULL_DPI)
    if half_view is not None and full is view and view_dpi >= FULL_DPI:
        small = half_view
    else:
        small = at_dpi(full, min(view_dpi, FULL_DPI), SMALL_DPI)
    half = halved(small)
    return Reduced(full, small, half, halved(half))


def halved(pixels: Gray) -> Gray:
    """The means of two by two gray or RGB pixels; a last odd row or column is left out."""
    height, width = (max(side // 2, 1) for side in pixels.shape[:2])
    even = pixels[: 2 * height, : 2 * width]
    return np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def at_dpi(gray: Gray, dpi: int, wanted_dpi: int) -> Gray:
    """The same picture no finer than wanted; a little finer is left as it is."""
    while dpi >= 2 * wanted_dpi:
        gray, dpi = halved(gray), dpi // 2
    if dpi <= wanted_dpi * _RESIZE_SLACK:
        return gray
    height, width = gray.shape
    size = (max(width * wanted_dpi // dpi, 1), max(height * wanted_dpi // dpi, 1))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _gray(view: Gray) -> Gray:
    if view.ndim == 2:  # noqa: PLR2004 - rows and columns only
        return view
    return np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), np.uint8)
