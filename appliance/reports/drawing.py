"""Drawing on the PDFs of printed papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from fpdf import FPDF


def draw_modules(
    document: FPDF, modules: np.ndarray, corner: tuple[float, float], size: tuple[float, float]
) -> None:
    """Dark modules of a symbol as filled rectangles, neighbours of a row in one.

    Args:
        document: At its page.
        modules: Rows and columns, True = dark.
        corner: Left and top, mm.
        size: Width and height, mm.
    """
    rows, columns = modules.shape
    high, wide = size[1] / rows, size[0] / columns
    for row in range(rows):
        column = 0
        while column < columns:
            start = column
            while column < columns and modules[row, column]:
                column += 1
            if column > start:
                x, y = corner[0] + start * wide, corner[1] + row * high
                document.rect(x, y, (column - start) * wide, high, style="F")
            column += 1
