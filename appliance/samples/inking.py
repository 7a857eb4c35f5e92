"""What is on a page apart from the paper: one layer per ink, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from appliance.domain.paper import MILLIMETRES_PER_INCH
from appliance.samples.fonts import Face, load_font

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

FULL: Final = 255
"""A layer's value where the ink is at its strongest; 0 where there is none."""


_PITCH_EMS: Final = 0.62
_LETTERS_OFF: Final = 0.3
"""The part of a typewriter's letters that do not sit on the line."""


class Ink(StrEnum):
    """The inks that old papers carry."""

    BLACK = "black"
    BLUE = "blue"
    RED = "red"


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page's size and resolution.

    Args:
        width_mm: Across.
        height_mm: Down.
        dpi: Dots per inch of its scan.
    """

    width_mm: float
    height_mm: float
    dpi: int

    def pixels(self, length_mm: float) -> int:
        """A length in whole pixels."""
        return round(length_mm * self.dpi / MILLIMETRES_PER_INCH)

    @property
    def size_pixels(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels(self.width_mm), self.pixels(self.height_mm)


def a4(dpi: int) -> PageSize:
    """An upright A4 page."""
    return PageSize(210, 297, dpi)


def a3_landscape(dpi: int) -> PageSize:
    """An A3 page on its side."""
    return PageSize(420, 297, dpi)


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """What is truly written at a place: a reader of text can be held against it.

    Args:
        text: One line, or a part of one that was set by itself.
        left_px: Left end of its base line, from the left edge of the page before it is scanned.
        base_px: Its base line, from the upper edge.
        width_px: From its first to its last letter.
    """

    text: str
    left_px: int
    base_px: int
    width_px: int


@dataclass(slots=True)
class InkSheet:
    """The inks of one page; a layer exists once something is drawn in it.

    Args:
        size: The page.
        layers: One 8-bit image per ink.
        lines: What is written on it.
    """

    size: PageSize
    layers: dict[Ink, Image.Image] = field(default_factory=dict)
    lines: list[WrittenLine] = field(default_factory=list)

    def layer(self, ink: Ink) -> Image.Image:
        """The layer of an ink, empty at first."""
        if ink not in self.layers:
            self.layers[ink] = Image.new("L", self.size.size_pixels, 0)
        return self.layers[ink]

    def write(
        self,
        text: str,
        at_mm: tuple[float, float],
        face: Face,
        size_points: float,
        *,
        ink: Ink = Ink.BLACK,
        strength: int = FULL,
    ) -> None:
        """Set a line of text with the left end of its base line at a point."""
        place = (self.size.pixels(at_mm[0]), self.size.pixels(at_mm[1]))
        font = load_font(face, size_points, self.size.dpi)
        ImageDraw.Draw(self.layer(ink)).text(place, text, fill=strength, font=font, anchor="ls")
        self.lines.append(WrittenLine(text, *place, round(font.getlength(text))))

    def strike(
        self,
        text: str,
        at_mm: tuple[float, float],
        size_points: float,
        random: np.random.Generator,
        *,
        twice: bool = False,
    ) -> None:
        """Strike a line as a typewriter does: every letter as wide, uneven, a little off.

        Args:
            text: The line.
            at_mm: The left end of its base line.
            size_points: Of the type.
            random: For how hard and how straight each letter is struck.
            twice: Whether it is struck again a little to the right, for bold.
        """
        layer, dpi = self.layer(Ink.BLACK), self.size.dpi
        pitch = struck_pitch_pixels(size_points, dpi)
        left, base = at_mm[0] * dpi / MILLIMETRES_PER_INCH, self.size.pixels(at_mm[1])
        drops = random.integers(-1, 2, len(text)) * (random.random(len(text)) < _LETTERS_OFF)
        strengths = random.integers(200, FULL + 1, len(text)).tolist()
        for index, letter in enumerate(text):
            if letter == " ":
                continue
            tile, above = _struck_letter(letter, size_points, dpi)
            for shift in (0, 2) if twice else (0,):
                x = round(left + index * pitch) + shift
                layer.paste(strengths[index], (x, base - above + int(drops[index])), mask=tile)
        self.lines.append(WrittenLine(text, round(left), base, round(len(text) * pitch)))

    def stroke(
        self,
        points_mm: Iterable[tuple[float, float]],
        width_mm: float,
        *,
        ink: Ink = Ink.BLACK,
        strength: int = FULL,
    ) -> None:
        """Draw a line through points."""
        dots_per_mm = self.size.dpi / MILLIMETRES_PER_INCH
        points = [(x * dots_per_mm, y * dots_per_mm) for x, y in points_mm]
        width = max(1, self.size.pixels(width_mm))
        ImageDraw.Draw(self.layer(ink)).line(points, fill=strength, width=width, joint="curve")


def struck_pitch_pixels(size_points: float, dpi: int) -> float:
    """How far the typewriter's carriage moves for each letter."""
    return _PITCH_EMS * load_font(Face.SERIF, size_points, dpi).size


@cache
def _struck_letter(letter: str, size_points: float, dpi: int) -> tuple[Image.Image, int]:
    """A letter as a type bar carries it, and how many of its rows are above the base line.

    No typewriter face with all Vietnamese letters is at hand: those of the serif face are
    squeezed or centred into cells of one width.
    """
    font = load_font(Face.SERIF, size_points, dpi)
    cell = round(struck_pitch_pixels(size_points, dpi))
    above, below = round(1.25 * font.size), round(0.4 * font.size)
    width = max(round(font.getlength(letter)), 1)
    tile = Image.new("L", (width + 2, above + below), 0)
    ImageDraw.Draw(tile).text((1, above), letter, fill=FULL, font=font, anchor="ls")
    if tile.width > cell:
        return tile.resize((cell, tile.height), Image.Resampling.LANCZOS), above
    centred = Image.new("L", (cell, tile.height), 0)
    centred.paste(tile, ((cell - tile.width) // 2, 0))
    return centred, above
