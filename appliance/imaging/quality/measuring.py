"""All measures of one page, from one small view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2

from appliance.imaging.headers import Mode
from appliance.imaging.quality.canvas import prepare
from appliance.imaging.quality.cutting import cut_sides
from appliance.imaging.quality.likeness import page_hash
from appliance.imaging.quality.sharpness import edge_sharpness_permille
from appliance.imaging.quality.skew import skew_degrees
from appliance.imaging.quality.turning import is_upside_down
from appliance.imaging.quality.values import PageQuality, is_nearly_blank

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from appliance.imaging.quality.canvas import Canvas

    Pixels = npt.NDArray[np.uint8]

BRIGHTEST: Final = 254
"""Our own, with the next: at or beyond these a sensor tells nothing any more."""
DARKEST: Final = 1

UNMEASURED: Final = PageQuality(1000, None, None, None, None, None, 0, (), None, "")
"""Of a picture too small to be a page: never called blank."""


def measure_page(
    view: Pixels, view_dpi: int, *, mode: Mode, half_view: Pixels | None = None
) -> PageQuality:
    """Measure one page as stored; nothing of it is turned or changed.

    Args:
        view: 8-bit gray (height x width) or RGB (height x width x 3) pixels, at about 150 dpi.
        view_dpi: Their resolution.
        mode: What the original holds; some measures do not hold for bitonal pages.
        half_view: As for ``reduced``.
    """
    canvas = prepare(view, view_dpi, half_view)
    if canvas is None:
        return UNMEASURED
    is_blank = is_nearly_blank(canvas.ink_permille, canvas.ink_components)
    skew = None if is_blank else skew_degrees(canvas.ink)
    has_tone = mode is not Mode.BITONAL
    bright, dark = _clipping(canvas) if has_tone else (None, None)
    has_edges = has_tone and not is_blank
    return PageQuality(
        ink_permille=canvas.ink_permille,
        ink_components=canvas.ink_components,
        skew_centidegrees=None if skew is None else round(skew * 100),
        sharpness_permille=edge_sharpness_permille(canvas.pictures.full, canvas.ink)
        if has_edges
        else None,
        bright_clip_permille=bright,
        dark_clip_permille=dark,
        border_permille=canvas.border_permille,
        cut_sides=cut_sides(canvas.ink),
        is_upside_down=None if skew is None else is_upside_down(canvas, skew),
        page_hash="" if is_blank else page_hash(canvas.pictures.quarter),
    )


def _clipping(canvas: Canvas) -> tuple[int, int]:
    """Thousandths of the page, inside its border, at pure white and at pure black."""
    small = canvas.pictures.small
    total = max(small.size - cv2.countNonZero(canvas.border), 1)
    _, bright = cv2.threshold(small, BRIGHTEST - 1, 255, cv2.THRESH_BINARY)
    _, dark = cv2.threshold(small, DARKEST, 255, cv2.THRESH_BINARY_INV)
    inside = (cv2.subtract(one, canvas.border) for one in (bright, dark))
    bright_permille, dark_permille = (cv2.countNonZero(one) * 1000 // total for one in inside)
    return bright_permille, dark_permille
