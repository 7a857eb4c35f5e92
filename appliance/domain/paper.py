"""Paper sizes and what they count for."""

from __future__ import annotations

import math
from typing import Final

MILLIMETRES_PER_INCH: Final = 25.4

SCANNED_AREA_PERCENT: Final = 121
"""Our own: a scanner's bed or its cut is larger than the paper, by a tenth each way."""

ISO_SIZES_MM: Final = {
    "A4": (210, 297),
    "A3": (297, 420),
    "A5": (148, 210),
    "A2": (420, 594),
    "A1": (594, 841),
    "A0": (841, 1189),
    "A6": (105, 148),
}
"""Name to short and long side in millimetres; ISO 216, most likely first."""

A4_EQUIVALENTS: Final = {"A6": 1, "A5": 1, "A4": 1, "A3": 2, "A2": 4, "A1": 8, "A0": 16}
"""A4 pages that a page of a size counts for when work is reckoned; contractors' practice:
what is smaller than A5 counts as A5, what is larger than A0 as A0."""

OVERSIZE_PERCENT: Final = 110
"""Contractors' practice: an area above 110 % of a size's counts as the next size."""


def a4_equivalent(width_mm: float, height_mm: float) -> int:
    """A4 pages that a page counts for, by its area.

    Args:
        width_mm: One side in millimetres.
        height_mm: The other.
    """
    sizes = sorted(A4_EQUIVALENTS, key=lambda name: math.prod(ISO_SIZES_MM[name]))
    for name in sizes:
        if width_mm * height_mm * 100 <= math.prod(ISO_SIZES_MM[name]) * OVERSIZE_PERCENT:
            return A4_EQUIVALENTS[name]
    return A4_EQUIVALENTS[sizes[-1]]


def largest_frame_pixels(max_paper: str, max_dpi: int) -> int:
    """Pixels of the largest page that a scanner makes, with an edge of background around it.

    Args:
        max_paper: An ISO 216 name.
        max_dpi: Dots per inch.
    """
    width_mm, height_mm = ISO_SIZES_MM[max_paper]
    square_inches = width_mm * height_mm / MILLIMETRES_PER_INCH**2
    return int(square_inches * max_dpi * max_dpi * SCANNED_AREA_PERCENT / 100)
