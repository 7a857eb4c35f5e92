"""Knows a cover sheet by how it is printed, when none of its codes reads.

A sheet that people wrote on, or that lay out of focus, still has its frame and four dark blocks
in their places (``reports.cover_sheets``). The page is made a picture of a few thousand cells of
ink and held against that layout, at every small angle and shift; where the sheet carries text
nothing is compared. What remains is far from any page: see ``docs/quality.md``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np

from appliance.domain.paper import ISO_SIZES_MM, MILLIMETRES_PER_INCH

if TYPE_CHECKING:
    import numpy.typing as npt

    Cells = npt.NDArray[np.float32]

MIN_LIKENESS: Final = 0.7
"""Our own, measured: pages reach 0.55, sheets with every code spoiled 0.77 and more. Of 1."""

_Box = tuple[float, float, float, float]

_FRAME_MM: Final[_Box] = (7.0, 7.0, 196.0, 283.0)
"""Left, top, width and height on the sheet, as all boxes here."""
_LINE_MM: Final = 1.2
_SYMBOLS_MM: Final[tuple[_Box, ...]] = (
    (134.0, 16.0, 60.0, 60.0),
    (16.0, 221.0, 60.0, 60.0),
    (22.0, 20.0, 62.0, 22.0),
    (126.0, 255.0, 62.0, 22.0),
)
"""Two QR codes and two bars; half of each is ink. Turned by 180° they lie as before."""
_TEXTS_MM: Final[tuple[_Box, ...]] = (
    (18.0, 46.0, 112.0, 34.0),
    (17.0, 80.0, 176.0, 136.0),
    (82.0, 215.0, 112.0, 38.0),
)
"""Heading, facts and instructions: of any length, so not compared."""
_CELL_MM: Final = 3.0
_DOTS_A_MM: Final = 5
"""Of the drawing that the cells are made of."""
_SOFT_CELLS: Final = 0.8
"""Standard deviation; the frame is thinner than a cell."""
_TURNS_DEGREES: Final = range(-6, 7, 2)
_SHIFT_CELLS: Final = 4
_SLACK_MM: Final = 32.0
"""A scan may be so much larger or smaller than the sheet."""
_PAPER_CELLS: Final = 17
"""The paper is as bright as the brightest cell so near."""


class _Layout(NamedTuple):
    """What a page is held against.

    Args:
        mask: 1 where cells are compared: height x width.
        pattern: How far each of them is from their mean; 0 elsewhere.
        spread: The length of the pattern.
    """

    mask: Cells
    pattern: Cells
    spread: float


def is_laid_out_as_sheet(gray_view: npt.NDArray[np.uint8], view_dpi: int) -> bool:
    """Whether a page has the frame and the four blocks of a cover sheet, whatever they say.

    Args:
        gray_view: A page, 8-bit gray, height x width; any way up, on paper about as large as A4.
        view_dpi: Its resolution.
    """
    ink = _ink(gray_view, view_dpi)
    return ink is not None and any(_likeness(ink, t) >= MIN_LIKENESS for t in _TURNS_DEGREES)


def _ink(gray_view: npt.NDArray[np.uint8], view_dpi: int) -> Cells | None:
    """How dark each cell of the page is against its paper, 0 to 1, standing upright.

    None when the page is not nearly as large as a sheet.
    """
    upright = gray_view if gray_view.shape[0] >= gray_view.shape[1] else np.rot90(gray_view)
    size_mm = [side * MILLIMETRES_PER_INCH / view_dpi for side in upright.shape[::-1]]
    if any(abs(a - b) > _SLACK_MM for a, b in zip(size_mm, ISO_SIZES_MM["A4"], strict=True)):
        return None
    size = [round(side / _CELL_MM) for side in size_mm]
    cells = cv2.resize(_reduced(upright, view_dpi), size, interpolation=cv2.INTER_AREA)
    near = (_PAPER_CELLS, _PAPER_CELLS)
    paper = cv2.blur(cv2.dilate(cv2.medianBlur(cells, 3), np.ones(near, np.uint8)), near)
    dark = 1 - cells.astype(np.float32) / np.maximum(paper, 1).astype(np.float32)
    soft = cv2.GaussianBlur(np.clip(dark, 0, 1), (0, 0), _SOFT_CELLS)
    return np.asarray(soft, np.float32)


def _reduced(gray: npt.NDArray[np.uint8], dpi: int) -> npt.NDArray[np.uint8]:
    """Two to four pixels a cell, by a whole factor: ten times as fast as straight to the cells."""
    factor = max(int(_CELL_MM / 2 * dpi / MILLIMETRES_PER_INCH), 1)
    height, width = (side // factor for side in gray.shape)
    whole = np.ascontiguousarray(gray[: height * factor, : width * factor])
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _likeness(ink: Cells, turn_degrees: float) -> float:
    """The best correlation with the layout over all small shifts, 1 at most."""
    layout = _layout()
    turned = _turned(ink, turn_degrees, layout.mask.shape)
    common = np.asarray(cv2.matchTemplate(turned, layout.pattern, cv2.TM_CCORR))
    sums = cv2.matchTemplate(turned, layout.mask, cv2.TM_CCORR)
    squares = cv2.matchTemplate(turned * turned, layout.mask, cv2.TM_CCORR)
    variance = np.maximum(squares - sums * sums / layout.mask.sum(), np.float32(1e-6))
    return float((common / (layout.spread * np.sqrt(variance))).max())


def _turned(ink: Cells, turn_degrees: float, shape: tuple[int, ...]) -> Cells:
    """The cells turned about their middle, in a picture with room for every shift."""
    height, width = ink.shape
    room_high, room_wide = (side + 2 * _SHIFT_CELLS for side in shape)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), turn_degrees, 1)
    turn[:, 2] += ((room_wide - width) / 2, (room_high - height) / 2)
    return np.asarray(cv2.warpAffine(ink, turn, (room_wide, room_high)), np.float32)


@cache
def _layout() -> _Layout:
    wide, high = (round(side * _DOTS_A_MM) for side in ISO_SIZES_MM["A4"])
    drawn, compared = np.zeros((high, wide), np.float32), np.ones((high, wide), np.float32)
    _fill(drawn, _FRAME_MM, 1)
    left, top, width, height = _FRAME_MM
    inside = (left + _LINE_MM, top + _LINE_MM, width - 2 * _LINE_MM, height - 2 * _LINE_MM)
    _fill(drawn, inside, 0)
    for box in _SYMBOLS_MM:
        _fill(drawn, box, 0.5)
    for box in _TEXTS_MM:
        _fill(compared, box, 0)
    size = [round(side / _CELL_MM) for side in ISO_SIZES_MM["A4"]]
    cells, shares = (
        cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (drawn, compared)
    )
    mask = np.asarray(shares > 0.99, np.float32)  # noqa: PLR2004 - the cell holds no text at all
    soft = cv2.GaussianBlur(cells, (0, 0), _SOFT_CELLS)
    pattern = np.asarray((soft - (soft * mask).sum() / mask.sum()) * mask, np.float32)
    return _Layout(mask, pattern, float(np.linalg.norm(pattern)))


def _fill(drawing: Cells, box: _Box, value: float) -> None:
    left, top, width, height = (round(side * _DOTS_A_MM) for side in box)
    drawing[top : top + height, left : left + width] = value
