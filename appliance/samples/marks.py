"""What hands leave on a page: signatures, notes in the margin, round stamps, page numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from appliance.samples.fonts import Face, load_font
from appliance.samples.inking import FULL, Ink

if TYPE_CHECKING:
    from appliance.samples.inking import InkSheet

STAMP_DIAMETER_MM: Final = 36.0
"""The size of a province's round seal."""

_STAR_POINTS: Final = 5
_STAR_INNER: Final = 0.382


def sign(sheet: InkSheet, at_mm: tuple[float, float], random: np.random.Generator) -> None:
    """Draw a signature, about 40 mm wide, that starts at a point: loops that flatten out."""
    run = np.linspace(0, 1, 220)
    loops = 2 * np.pi * random.uniform(4.5, 7.0) * run
    height = random.uniform(6.0, 9.0) * (1 - 0.85 * run) * (0.6 + 0.4 * np.sin(3 * loops / 7))
    x = at_mm[0] + 36 * run + random.uniform(1.5, 4.0) * np.cos(loops)
    y = at_mm[1] - 6 * run - height * np.sin(loops + random.uniform(0, 6))
    sheet.stroke(_points(x, y), 0.5, ink=Ink.BLUE, strength=235)
    back = np.linspace(0, 1, 30)
    tail_x = at_mm[0] + 38 - 40 * back
    tail_y = at_mm[1] + 4 + 3 * np.sin(4 * back) - 3 * back
    sheet.stroke(_points(tail_x, tail_y), 0.4, ink=Ink.BLUE, strength=210)


def scribble(sheet: InkSheet, at_mm: tuple[float, float], random: np.random.Generator) -> None:
    """Draw two lines of quick handwriting that nobody can read, rising to the right."""
    for line in range(2):
        left = at_mm[0] + 4 * line
        for letters in random.integers(2, 7, int(random.integers(4, 6))).tolist():
            x, y = _scribbled_word(letters, random)
            rise = 0.06 * (left - at_mm[0])
            sheet.stroke(_points(left + x, at_mm[1] + 6 * line - rise + y), 0.35, ink=Ink.BLUE)
            left += 1.7 * letters + 2.4


def _scribbled_word(letters: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A word's strokes in millimetres from its start: small loops, now and then a tall one."""
    steps = np.arange(letters * 14)
    turn = 2 * np.pi * steps / 14
    tall = random.random(letters) < 0.25  # noqa: PLR2004 - about as often as in writing
    reach = np.where(tall, 2.3, random.uniform(0.5, 1.0, letters))
    height = np.interp(steps / 14, np.arange(letters) + 0.5, reach)
    x = 1.7 * steps / 14 + 0.75 * np.sin(turn)
    y = -height * (1 - np.cos(turn)) / 2 + random.normal(0, 0.05, len(steps))
    return x, y


def number_sheet(sheet: InkSheet, number: int) -> None:
    """Write a sheet number in the upper right corner, as archivists do with a pencil."""
    place = (sheet.size.width_mm - 16, 11)
    sheet.write(str(number), place, Face.SANS, 13, ink=Ink.BLACK, strength=95)


def stamp(
    sheet: InkSheet, centre_mm: tuple[float, float], around: str, random: np.random.Generator
) -> None:
    """Press a round red seal: two rings, the text around, a star in the middle."""
    dots = 2 * sheet.size.pixels(STAMP_DIAMETER_MM)
    seal = Image.new("L", (dots, dots), 0)
    _draw_rings(seal)
    _draw_star(seal)
    _write_around(seal, around, sheet.size.dpi)
    seal = seal.resize((dots // 2, dots // 2), Image.Resampling.LANCZOS)
    seal = seal.rotate(float(random.uniform(-25, 25)), Image.Resampling.BILINEAR)
    pressed = _uneven_pressure(seal.size, random)
    left = sheet.size.pixels(centre_mm[0]) - seal.width // 2
    top = sheet.size.pixels(centre_mm[1]) - seal.height // 2
    red = sheet.layer(Ink.RED)
    red.paste(ImageChops.multiply(seal, pressed), (left, top))


def _draw_rings(seal: Image.Image) -> None:
    draw = ImageDraw.Draw(seal)
    dots = seal.width
    for inset, width in ((0.01, 0.022), (0.05, 0.008), (0.24, 0.008)):
        edge = round(inset * dots)
        draw.ellipse(
            (edge, edge, dots - edge, dots - edge), outline=FULL, width=round(width * dots)
        )


def _draw_star(seal: Image.Image) -> None:
    centre = seal.width / 2
    outer = 0.15 * seal.width
    points = []
    for corner in range(2 * _STAR_POINTS):
        radius = outer if corner % 2 == 0 else outer * _STAR_INNER
        angle = math.pi * corner / _STAR_POINTS
        points.append((centre + radius * math.sin(angle), centre - radius * math.cos(angle)))
    ImageDraw.Draw(seal).polygon(points, outline=FULL, width=max(2, seal.width // 90))


def _write_around(seal: Image.Image, text: str, dpi: int) -> None:
    """Set letters between the outer and the inner ring, clockwise from the lower left."""
    font = load_font(Face.SERIF_BOLD, 18, dpi)  # the seal is drawn at twice its size
    centre, radius = seal.width / 2, 0.355 * seal.width
    letter_box = round(font.size * 1.7)
    for index, letter in enumerate(text):
        turn = math.radians(-140 + 280 * index / max(len(text) - 1, 1))
        tile = Image.new("L", (letter_box, letter_box), 0)
        ImageDraw.Draw(tile).text(
            (letter_box / 2, letter_box / 2), letter, fill=FULL, font=font, anchor="mm"
        )
        tile = tile.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
        left = round(centre + radius * math.sin(turn) - letter_box / 2)
        top = round(centre - radius * math.cos(turn) - letter_box / 2)
        seal.paste(FULL, (left, top), mask=tile)


def _uneven_pressure(size: tuple[int, int], random: np.random.Generator) -> Image.Image:
    coarse = random.integers(120, FULL + 1, (6, 6), dtype=np.uint8)
    grain = Image.fromarray(random.integers(150, FULL + 1, (size[1], size[0]), dtype=np.uint8))
    smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(smooth, grain)


def _points(x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
    return list(zip(x.tolist(), y.tolist(), strict=True))
