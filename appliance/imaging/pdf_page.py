"""The content of one page: where its image streams lie, and the invisible words over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final

from appliance.imaging.pdf_font import ASCENT, GLYPH_WIDTH, encode_text
from appliance.imaging.text_lines import text_lines
from appliance.imaging.text_turns import turned_word, words_by_turn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.imaging.ocr import Word
    from appliance.imaging.page_derivative import PageDerivative, Span

POINTS_PER_INCH: Final = 72
MIN_PAGE_POINTS: Final = 3
"""ISO 19005-2 6.1.13: no side of a page is shorter."""
MAX_PAGE_POINTS: Final = 14_400
"""The same clause: nor longer."""
UNDERLAP_INCHES: Final = 1 / 36
"""Our own: a pixel of a screen that shows a page at half its size; so far one of several images
reaches under those beside it."""
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
_LAID_BACK: Final = {
    90: (0, 1, -1, 0, 1, 0),
    180: (-1, 0, 0, -1, 1, 1),
    270: (0, -1, 1, 0, 0, 1),
}
"""By the turn that a page needs to be read: the matrix (ISO 32000-1 8.3.3) that takes a page so
turned back to how it lies; its last two numbers in widths and heights of the page as it lies."""


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
    """The content stream: one image after the other, then the words, painted by nothing.

    Several images are laid twice, first a little longer, under each other: viewers that smooth the
    edges of images (cairo) would else show the paper between two that meet.
    """
    places = tuple((part.top_px, part.top_px + part.height_px) for part in page.parts)
    reach = ceil(page.dpi_y * UNDERLAP_INCHES)
    lines = [*_images(page_points(page), page.orientation, places, reach)]
    for degrees, own in words_by_turn(words, page.text_turn_degrees).items():
        lines += _text_layer(page, own, degrees)
    return "\n".join(lines).encode("ascii")


@lru_cache(maxsize=16)  # the pages of one scanner are mostly alike
def _images(
    size: tuple[float, float], orientation: int, places: tuple[Span, ...], reach: int
) -> tuple[str, ...]:
    """The operators that lay images upright on a page.

    Args:
        size: Of the page, upright, in points.
        orientation: 1 to 8.
        places: Of each image, the rows of the stored picture above it, and those to its end. A
            derivative may have fewer rows than the master.
        reach: By how many rows each lies under its neighbours.
    """
    rows = places[-1][1]
    under = tuple((max(top - reach, 0), min(end + reach, rows)) for top, end in places)
    return tuple(
        f"q {_matrix(size, orientation, top / rows, end / rows)} cm /Im{index} Do Q"
        for several in ((places,) if len(places) == 1 else (under, places))
        for index, (top, end) in enumerate(several)
    )


def _matrix(size: tuple[float, float], orientation: int, top: float, bottom: float) -> str:
    """The matrix that lays an image upright; top and bottom are shares of the whole picture."""
    width, height = size
    xx, xy, x0, yx, yy, y0 = _UPRIGHT[orientation]
    share = bottom - top
    numbers = (
        width * xx,
        -height * yx,
        -width * xy * share,
        height * yy * share,
        width * (xy * bottom + x0),
        height * (1 - yy * bottom - y0),
    )
    return " ".join(map(_number, numbers))


def _text_layer(page: PageDerivative, words: Sequence[Word], degrees: int) -> list[str]:
    """Words whose lines need one turn, written as on the page turned so, then laid back."""
    is_turned = page.orientation >= 5  # noqa: PLR2004 - 5 to 8 exchange the axes
    points = page_points(page)
    pixels = (page.height_px, page.width_px) if is_turned else (page.width_px, page.height_px)
    if degrees == 0:
        return ["BT", "3 Tr", *_text_operators(words, points, pixels), "ET"]
    *factors, right, up = _LAID_BACK[degrees]
    matrix = " ".join(map(_number, (*factors, right * points[0], up * points[1])))
    as_read = [turned_word(word, degrees, pixels) for word in words]
    if degrees % 180:
        points, pixels = points[::-1], pixels[::-1]
    operators = _text_operators(as_read, points, pixels)
    return [f"q {matrix} cm", "BT", "3 Tr", *operators, "ET", "Q"]


def _text_operators(
    words: Sequence[Word], points: tuple[float, float], pixels: tuple[int, int]
) -> list[str]:
    """Words of a line share a font size and a base line, so that readers keep them together.

    On a crooked page the base line sinks from word to word as the writing does.

    Args:
        words: Upright, in pixels.
        points: Width and height of the page.
        pixels: The same, in those of the words.
    """
    operators = []
    (width, height), (across_px, down_px) = points, pixels
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
