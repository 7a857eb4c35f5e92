"""Prints a target sheet into pixels, without a printer: the layout drawn at any resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from appliance.domain.targets import LAYOUT, MARK_BITS, MARK_CELLS
from appliance.imaging.symbols import qr_modules

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

FINER = 2
"""Drawn so many times finer, then averaged, as a sensor averages."""


def printed_target(dpi: int, payload: str = "") -> Pixels:
    """An RGB picture of a perfect scan of a perfect print.

    Args:
        dpi: Its resolution.
        payload: The text of its QR code; empty for none.
    """
    scale = dpi * FINER / 25.4
    size = (round(LAYOUT.height_mm * scale), round(LAYOUT.width_mm * scale), 3)
    sheet = np.full(size, 255, np.uint8)
    for corner, bits in zip(LAYOUT.marks, MARK_BITS, strict=True):
        _fill(sheet, (*corner, LAYOUT.mark_mm), (0, 0, 0), scale)
        cell = LAYOUT.mark_mm / MARK_CELLS
        for place in np.flatnonzero([bits >> (15 - n) & 1 for n in range(16)]).tolist():
            row, column = divmod(place, 4)
            x, y = corner[0] + (1 + column) * cell, corner[1] + (1 + row) * cell
            _fill(sheet, (x, y, cell), (255, 255, 255), scale)
    for patch in LAYOUT.patches:
        place_mm = (patch.left_mm, patch.top_mm, LAYOUT.patch_mm)
        _fill(sheet, place_mm, (patch.red, patch.green, patch.blue), scale)
    _draw_square(sheet, scale)
    if payload:
        _draw_code(sheet, payload, scale)
    made = cv2.resize(sheet, (size[1] // FINER, size[0] // FINER), interpolation=cv2.INTER_AREA)
    return np.asarray(made, np.uint8)


def _fill(
    sheet: Pixels,
    square_mm: tuple[float, float, float],
    colour: tuple[int, int, int],
    scale: float,
) -> None:
    left, top, side = square_mm
    rows = slice(round(top * scale), round((top + side) * scale))
    sheet[rows, round(left * scale) : round((left + side) * scale)] = colour


def _draw_square(sheet: Pixels, scale: float) -> None:
    box = (LAYOUT.square_centre, (LAYOUT.square_mm, LAYOUT.square_mm), LAYOUT.square_degrees)
    corners = np.asarray(cv2.boxPoints(box)) * scale - 0.5
    ink = [LAYOUT.square_gray] * 3
    points = np.round(corners * 256).astype(np.int32)
    cv2.fillPoly(sheet, [points], ink, lineType=cv2.LINE_AA, shift=8)


def _draw_code(sheet: Pixels, payload: str, scale: float) -> None:
    modules = qr_modules(payload)
    side = LAYOUT.code_mm / modules.shape[0]
    for row, column in zip(*modules.nonzero(), strict=True):
        x, y = LAYOUT.code_corner[0] + column * side, LAYOUT.code_corner[1] + row * side
        _fill(sheet, (x, y, side), (0, 0, 0), scale)
