"""A folded A3 plan of canals and fields, drawn with pen and ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.samples.fonts import Face
from appliance.samples.inking import Ink, InkSheet, PageSize

if TYPE_CHECKING:
    from collections.abc import Sequence

_FRAME_MM: Final = 12.0
_CONTOURS: Final = 9
_PLACES: Final = ("Hàm Liêm", "Hàm Chính", "Hàm Thắng", "Ma Lâm", "Hàm Đức", "Hàm Nhơn")
_LEGEND: Final = ("Kênh chính", "Đường ô tô", "Vùng tưới")


def draw_plan(size: PageSize, title: str, seal_line: str, random: np.random.Generator) -> InkSheet:
    """Draw a sketch plan.

    Args:
        size: Of the sheet, on its side.
        title: Set above the frame's lower corner.
        seal_line: Who drew it and when.
        random: For the shape of the land.
    """
    sheet = InkSheet(size)
    _frame(sheet)
    _contours(sheet, random)
    river = _wandering_line(size, 0.55, random)
    sheet.stroke(river, 1.6, ink=Ink.BLUE, strength=200)
    _canals(sheet, river)
    sheet.stroke(_wandering_line(size, 0.3, random), 0.5)
    _irrigated_fields(sheet, river)
    _places(sheet, random)
    _north_arrow(sheet)
    _title_block(sheet, title, seal_line)
    return sheet


def _frame(sheet: InkSheet) -> None:
    width, height = sheet.size.width_mm, sheet.size.height_mm
    for inset, line_mm in ((_FRAME_MM, 0.7), (_FRAME_MM + 2, 0.2)):
        right, bottom = width - inset, height - inset
        corners = ((inset, inset), (right, inset), (right, bottom), (inset, bottom))
        sheet.stroke((*corners, corners[0]), line_mm)


def _contours(sheet: InkSheet, random: np.random.Generator) -> None:
    """Closed wavy lines around two hills."""
    turn = np.linspace(0, 2 * np.pi, 140)
    for centre_x, centre_y in ((95.0, 85.0), (315.0, 95.0)):
        phase = random.uniform(0, 6, 3)
        for ring in range(1, _CONTOURS):
            wave = sum(0.10 * np.sin(order * turn + phase[order - 2]) for order in (2, 3, 4))
            radius = ring * 6.2 * (1 + wave)
            x, y = centre_x + 1.25 * radius * np.cos(turn), centre_y + 0.8 * radius * np.sin(turn)
            inside = (x > _FRAME_MM + 3) & (y > _FRAME_MM + 3)
            sheet.stroke(_points(x[inside], y[inside]), 0.18, strength=150)


def _wandering_line(
    size: PageSize, height_part: float, random: np.random.Generator
) -> list[tuple[float, float]]:
    x = np.linspace(_FRAME_MM + 3, size.width_mm - _FRAME_MM - 3, 160)
    y = np.full_like(x, height_part * size.height_mm)
    for order in (1.3, 2.1, 3.7):
        y += random.uniform(5, 16) / order * np.sin(order * x / 55 + random.uniform(0, 6))
    return _points(x, y)


def _canals(sheet: InkSheet, river: Sequence[tuple[float, float]]) -> None:
    for start in range(20, len(river) - 10, 24):
        x, y = river[start]
        sheet.stroke(((x, y), (x + 9, y + 26), (x + 6, y + 52)), 0.6, ink=Ink.BLUE)
        sheet.write(f"K{start // 20}", (x + 10, y + 20), Face.SANS, 8)


def _irrigated_fields(sheet: InkSheet, river: Sequence[tuple[float, float]]) -> None:
    for start in range(26, len(river) - 30, 48):
        x, y = river[start]
        for step in range(11):
            left, top = x + 3 * step, y + 14
            sheet.stroke(((left, top), (left + 8, top + 26)), 0.2, ink=Ink.RED, strength=170)


def _places(sheet: InkSheet, random: np.random.Generator) -> None:
    for index, place in enumerate(_PLACES):
        x = 60 + 58 * index + float(random.uniform(-8, 8))
        y = 200 + float(random.uniform(-22, 22)) if index % 2 else 60 + float(random.uniform(0, 30))
        dot = np.linspace(0, 2 * np.pi, 16)
        sheet.stroke(_points(x + 1.2 * np.cos(dot), y + 1.2 * np.sin(dot)), 0.5)
        sheet.write(place, (x + 3, y + 1.5), Face.SERIF, 11)


def _north_arrow(sheet: InkSheet) -> None:
    x, y = sheet.size.width_mm - 36, 56.0
    sheet.stroke(((x, y), (x, y - 26), (x - 4, y - 15)), 0.5)
    sheet.stroke(((x, y - 26), (x + 4, y - 15)), 0.5)
    sheet.write("B", (x - 2, y - 29), Face.SERIF_BOLD, 14)


def _title_block(sheet: InkSheet, title: str, seal_line: str) -> None:
    left, top = 24.0, sheet.size.height_mm - 50
    sheet.write(title, (left, top), Face.SERIF_BOLD, 15)
    sheet.write(seal_line, (left, top + 8), Face.SERIF, 11)
    sheet.write("Tỷ lệ 1/25.000", (left, top + 16), Face.SERIF, 11)
    for index, text in enumerate(_LEGEND):
        x, ink = left + 62 * index, (Ink.BLUE, Ink.BLACK, Ink.RED)[index]
        sheet.stroke(((x, top + 24), (x + 14, top + 24)), 0.8, ink=ink)
        sheet.write(text, (x + 17, top + 25.5), Face.SERIF, 10)


def _points(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    return list(zip(x.tolist(), y.tolist(), strict=True))
