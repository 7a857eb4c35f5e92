"""Loads the typefaces of the sample pages."""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import ImageFont

from appliance.imaging.fonts import FONT_ROOTS, Face, find_font

__all__ = ["FONT_ROOTS", "Face", "find_font", "load_font"]

POINTS_PER_INCH: Final = 72


@cache
def load_font(face: Face, size_points: float, dpi: int) -> ImageFont.FreeTypeFont:
    """A typeface at a size for pages of this resolution.

    Raises:
        ConfigError: The typeface is not installed.
    """
    size_pixels = max(4, round(size_points * dpi / POINTS_PER_INCH))
    path = find_font(face)
    return ImageFont.truetype(str(path), size_pixels, layout_engine=ImageFont.Layout.BASIC)
