"""Sets letters on pages as a typist of the time would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.paper import MILLIMETRES_PER_INCH
from appliance.samples.fonts import Face, load_font
from appliance.samples.inking import InkSheet, PageSize, struck_pitch_pixels
from appliance.samples.marks import sign, stamp

if TYPE_CHECKING:
    import numpy as np

    from appliance.samples.letters import Letter, Table

LEFT_MM: Final = 30.0
RIGHT_MM: Final = 18.0
TOP_MM: Final = 22.0
BOTTOM_MM: Final = 24.0
_CLOSING_MM: Final = 62.0
"""The room that copies, signature and seal need together."""

_INDENT_MM: Final = 12.0
_POINTS_TO_MM: Final = MILLIMETRES_PER_INCH / 72


@dataclass(frozen=True, slots=True)
class Look:
    """How letters of one office look.

    Args:
        face: The typeface of the text.
        size_points: Its size.
        leading: Distance of lines as a multiple of the size.
        is_struck: Whether a typewriter strikes it letter by letter.
    """

    face: Face
    size_points: float
    leading: float = 1.5
    is_struck: bool = False

    @property
    def line_mm(self) -> float:
        """From one base line to the next."""
        return self.size_points * self.leading * _POINTS_TO_MM


def typeset(
    letter: Letter, look: Look, size: PageSize, random: np.random.Generator
) -> list[InkSheet]:
    """Set a letter on as many pages as it takes.

    Args:
        letter: What to set.
        look: With which machine.
        size: Of every page.
        random: For the unevenness of type, signature and seal.
    """
    setter = _Typesetter(look, size, random)
    setter.heading(letter)
    for index, line in enumerate(letter.title):
        setter.centred(line, bold=index == 0)
    if letter.addressee:
        setter.skip(0.5)
        setter.centred(f"Kính gửi: {letter.addressee}", bold=False)
    setter.skip(0.6)
    for paragraph in letter.body:
        setter.paragraph(paragraph)
    if letter.table is not None:
        setter.table(letter.table)
    setter.closing(letter)
    return setter.sheets


class _Typesetter:
    """Holds the pages so far and the base line of the next line."""

    def __init__(self, look: Look, size: PageSize, random: np.random.Generator) -> None:
        self._look = look
        self._size = size
        self._random = random
        self._text_mm = size.width_mm - LEFT_MM - RIGHT_MM
        self.sheets = [InkSheet(size)]
        self._y_mm = TOP_MM

    def skip(self, lines: float) -> None:
        self._y_mm += lines * self._look.line_mm

    def heading(self, letter: Letter) -> None:
        left_centre, right_centre = LEFT_MM + 0.2 * self._text_mm, LEFT_MM + 0.71 * self._text_mm
        left = (*letter.head.left, "", letter.number_line)
        right = (*letter.head.right, "", letter.date_line)
        for centre, lines in ((left_centre, left), (right_centre, right)):
            for index, line in enumerate(lines):
                y_mm = TOP_MM + index * 0.85 * self._look.line_mm
                bold = index in {0, len(lines) - 3}
                self._centre_at(line, centre, y_mm, bold=bold, size_points=self._heading_points)
        self._y_mm = TOP_MM + (max(len(left), len(right)) + 1) * 0.85 * self._look.line_mm

    @property
    def _heading_points(self) -> float:
        return self._look.size_points - 2.6

    def centred(self, text: str, *, bold: bool) -> None:
        size_points = self._look.size_points + (1.5 if bold else 0)
        for line in self._wrapped(text, self._text_mm, size_points):
            centre = LEFT_MM + self._text_mm / 2
            self._centre_at(line, centre, self._y_mm, bold=bold, size_points=size_points)
            self.skip(1)

    def paragraph(self, text: str) -> None:
        for index, line in enumerate(self._wrapped(text, self._text_mm, indent_mm=_INDENT_MM)):
            self._ensure_room(self._look.line_mm)
            left = LEFT_MM + (_INDENT_MM if index == 0 else 0)
            self._line(line, left, self._y_mm)
            self.skip(1)
        self.skip(0.25)

    def table(self, table: Table) -> None:
        row_mm = 1.15 * self._look.line_mm
        self._ensure_room(row_mm * 4)
        for number, row in enumerate((table.heads, *table.rows)):
            self._ensure_room(row_mm)
            self._table_row(row, table.widths, row_mm, bold=number == 0)
            self._y_mm += row_mm
        self.skip(0.6)

    def closing(self, letter: Letter) -> None:
        self._ensure_room(_CLOSING_MM)
        top, line_mm = self._y_mm + 4, 0.85 * self._look.line_mm
        self._line("Nơi nhận:", LEFT_MM, top, self._heading_points)
        for index, receiver in enumerate(letter.receivers, start=1):
            self._line(f"- {receiver}", LEFT_MM, top + index * line_mm, self._heading_points)
        centre = LEFT_MM + 0.73 * self._text_mm
        for index, line in enumerate(letter.head.signing):
            self._centre_at(line, centre, top + index * line_mm, bold=True)
        below = top + len(letter.head.signing) * line_mm
        sign(self.sheets[-1], (centre - 18, below + 14), self._random)
        stamp(self.sheets[-1], (centre - 18, below + 12), letter.head.seal, self._random)
        self._centre_at(letter.signer, centre, below + 30, bold=True)

    def _table_row(
        self, texts: tuple[str, ...], widths: tuple[float, ...], row_mm: float, *, bold: bool
    ) -> None:
        top, sheet = self._y_mm - 0.7 * row_mm, self.sheets[-1]
        edges = [LEFT_MM + self._text_mm * sum(widths[:index]) for index in range(len(widths) + 1)]
        for y_mm in (top, top + row_mm):
            sheet.stroke(((edges[0], y_mm), (edges[-1], y_mm)), 0.25)
        for x_mm in edges:
            sheet.stroke(((x_mm, top), (x_mm, top + row_mm)), 0.25)
        for text, left in zip(texts, edges, strict=False):  # one edge more than texts
            self._line(text, left + 1.5, self._y_mm - 0.4, self._heading_points, bold=bold)

    def _ensure_room(self, needed_mm: float) -> None:
        if self._y_mm + needed_mm <= self._size.height_mm - BOTTOM_MM + self._look.line_mm:
            return
        self.sheets.append(InkSheet(self._size))
        number = f"- {len(self.sheets)} -"
        self._centre_at(number, self._size.width_mm / 2, TOP_MM - 6, bold=False)
        self._y_mm = TOP_MM + 4

    def _wrapped(
        self,
        text: str,
        width_mm: float,
        size_points: float | None = None,
        indent_mm: float = 0.0,
    ) -> list[str]:
        points = size_points or self._look.size_points
        lines: list[str] = []
        line = ""
        for word in text.split():
            longer = f"{line} {word}" if line else word
            room = width_mm - (indent_mm if not lines else 0)
            if line and self._width_mm(longer, points) > room:
                lines.append(line)
                longer = word
            line = longer
        return [*lines, line]

    def _centre_at(
        self,
        text: str,
        centre_mm: float,
        y_mm: float,
        *,
        bold: bool,
        size_points: float | None = None,
    ) -> None:
        points = size_points or self._look.size_points
        left_mm = centre_mm - self._width_mm(text, points, bold=bold) / 2
        self._line(text, left_mm, y_mm, points, bold=bold)

    def _line(
        self,
        text: str,
        x_mm: float,
        y_mm: float,
        size_points: float | None = None,
        *,
        bold: bool = False,
    ) -> None:
        points, sheet = size_points or self._look.size_points, self.sheets[-1]
        if self._look.is_struck:
            sheet.strike(text, (x_mm, y_mm), points, self._random, twice=bold)
        else:
            face = self._look.face.bold if bold else self._look.face
            sheet.write(text, (x_mm, y_mm), face, points)

    def _width_mm(self, text: str, size_points: float, *, bold: bool = False) -> float:
        dpi = self._size.dpi
        if self._look.is_struck:
            pixels = len(text) * struck_pitch_pixels(size_points, dpi)
        else:
            face = self._look.face.bold if bold else self._look.face
            pixels = load_font(face, size_points, dpi).getlength(text)
        return pixels * MILLIMETRES_PER_INCH / dpi
