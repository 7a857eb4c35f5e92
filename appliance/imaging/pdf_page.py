"""The content of one page: where its image streams lie, and the invisible words over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.pdf_font import ASCENT, GLYPH_WIDTH, encode_text
from appliance.imaging.text_lines import text_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.imaging.ocr import Word
    from appliance.imaging.page_derivative import ImagePart, PageDerivative

POINTS_PER_INCH: Final = 72
MIN_PAGE_POINTS: Final = 3
"""ISO 19005-2 6.1.13: no side of a page is shorter."""
MAX_PAGE_POINTS: Final = 14_400
"""The same clause: nor longer."""
_UPRIGHT: Final = {
    1: (1, 0, 0, 0, 1, 0),
    2: (-1, 0, 1, 0, 1, 0),
    3: (-1, 0, 1, 0, -1, 1),
    4: (1, 0, 0, 0, -1, 1),
    5: (0, 1, 0, 1, 0, 0),
    6: (0, -1, 1, 1, 0, 0),
    7: (0, -1, 1, -1, 0, 1),
    8: (0, 1, 0, -1, 0, 1),
}
"""By orientation: how stored places (right, down; 0 to 1) become upright ones, as the factors
of right and down and a constant for the new right, then the same for the new down."""


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One page as the writer takes it.

    Args:
        label: What readers show as its number: of the page, or of sheet and side.
        derivative: How it goes into the PDF.
        master_path: The master.
        image_path: The derivative image, when there is one.
        words_path: The words, when there are any.
        bookmarks: Titles of the documents that begin on it.
    """

    label: str
    derivative: PageDerivative
    master_path: Path
    image_path: Path | None = None
    words_path: Path | None = None
    bookmarks: tuple[str, ...] = ()


def page_points(page: PageDerivative) -> tuple[float, float]:
    """Upright width and height in points: the paper's true size, within what PDF allows."""
    sides = (
        page.width_px * POINTS_PER_INCH / page.dpi_x,
        page.height_px * POINTS_PER_INCH / page.dpi_y,
    )
    width, height = (min(max(side, MIN_PAGE_POINTS), MAX_PAGE_POINTS) for side in sides)
    return (height, width) if page.orientation >= 5 else (width, height)  # noqa: PLR2004 - 5 to 8 exchange the axes


def page_content(page: PageDerivative, words: Sequence[Word]) -> bytes:
    """The content stream: one image after the other, then the words, painted by nothing."""
    rows = sum(part.height_px for part in page.parts)
    lines = [
        f"q {_matrix(page, part, rows)} cm /Im{index} Do Q" for index, part in enumerate(page.parts)
    ]
    if words:
        lines += ["BT", "3 Tr", *_text_operators(page, words), "ET"]
    return "\n".join(lines).encode("ascii")


def _matrix(page: PageDerivative, part: ImagePart, rows: int) -> str:
    """The matrix that lays a part of the stored picture upright on the page.

    Args:
        page: The page.
        part: One of its parts.
        rows: Of all its parts together; a derivative may have fewer than the master.
    """
    width, height = page_points(page)
    xx, xy, x0, yx, yy, y0 = _UPRIGHT[page.orientation]
    share = part.height_px / rows
    bottom = (part.top_px + part.height_px) / rows
    numbers = (
        width * xx,
        -height * yx,
        -width * xy * share,
        height * yy * share,
        width * (xy * bottom + x0),
        height * (1 - yy * bottom - y0),
    )
    return " ".join(map(_number, numbers))


def _text_operators(page: PageDerivative, words: Sequence[Word]) -> list[str]:
    """Words of a line share a font size and a base line, so that readers keep them together.

    On a crooked page the base line sinks from word to word as the writing does.
    """
    operators = []
    width, height = page_points(page)
    is_turned = page.orientation >= 5  # noqa: PLR2004 - 5 to 8 exchange the axes
    across_px, down_px = (
        (page.height_px, page.width_px) if is_turned else (page.width_px, page.height_px)
    )
    across, down = width / across_px, height / down_px
    for line in text_lines(words):
        size = max(line.height_px * down, 1.0)
        base = height - line.top_px * down - size * ASCENT / 1000
        operators.append(f"/F0 {_number(size)} Tf")
        operators += [
            _word(word, size, base - line.sunk_px(word) * down, across) for word in line.words
        ]
    return operators


def _word(word: Word, size: float, base: float, across: float) -> str:
    """One word stretched over its box; the blank after it parts it from the next."""
    natural = len(word.text) * size * GLYPH_WIDTH / 1000
    stretch = max(word.width * across / natural * 100, 1.0)
    return (
        f"{_number(stretch)} Tz 1 0 0 1 {_number(word.left * across)} {_number(base)} Tm "
        f"<{encode_text(word.text + ' ')}> Tj"
    )


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
