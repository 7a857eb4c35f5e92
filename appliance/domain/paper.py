"""Paper sizes and what they count for."""

from __future__ import annotations

from typing import Final

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
