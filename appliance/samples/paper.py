"""Old paper under a scanner's lamp: tint, stains, folds, holes, show-through, skew and noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from appliance.samples.inking import FULL, Ink

if TYPE_CHECKING:
    from appliance.samples.inking import InkSheet, PageSize

COARSE: Final = 8
"""Paper is shaded at an eighth of the scan's resolution, then enlarged: smooth and quick."""

_INK_COLOURS: Final = {
    Ink.BLACK: (42, 38, 46),
    Ink.BLUE: (38, 58, 140),
    Ink.RED: (188, 40, 44),
}
_STAIN_TINT: Final = np.array([0.16, 0.30, 0.52], dtype=np.float32)
"""How much of red, green and blue a stain takes away at its darkest."""

_BED_COLOUR: Final = (58, 57, 60)
_BED_GRAY: Final = 58
_LAMP_NOISE: Final = 12


@dataclass(frozen=True, slots=True)
class PaperStyle:
    """How a page's paper looks.

    Args:
        tint: Its colour, red, green and blue, 0-255.
        unevenness: How blotchy it is, 0 to about 0.1.
        stains: How many stains of water or tea it has.
        folds: Where it was folded across, as parts of its height.
        upright_folds: Where it was folded along, as parts of its width.
        punched: Whether it has two holes at the left edge.
        faded: How much of the ink is gone, 0 to about 0.5.
        show_through: How much of the other side is seen, 0 to about 0.2.
        most_skew_degrees: How crooked it may lie on the glass, to either side.
    """

    tint: tuple[int, int, int]
    unevenness: float = 0.03
    stains: int = 0
    folds: tuple[float, ...] = ()
    upright_folds: tuple[float, ...] = ()
    punched: bool = False
    faded: float = 0.1
    show_through: float = 0.0
    most_skew_degrees: float = 1.0


def scan_page(
    front: InkSheet,
    back: InkSheet | None,
    style: PaperStyle,
    random: np.random.Generator,
    *,
    in_colour: bool = True,
) -> Image.Image:
    """The image that a scanner makes of a page.

    Args:
        front: What is on it.
        back: What is on its other side, if anything.
        style: Its paper.
        random: The source of everything accidental.
        in_colour: Whether it scans in colour.

    Returns:
        An image of the page's size in pixels, RGB or 8-bit gray.
    """
    image = _blank_paper(front.size, style, random)
    if back is not None and style.show_through:
        _let_through(image, back, style)
    _lay_ink(image, front, style, random)
    _fold(image, front.size, style)
    if style.punched:
        _punch(image, front.size)
    if not in_colour:
        image = image.convert("L")
    bed = _BED_COLOUR if in_colour else _BED_GRAY
    skew = float(random.uniform(-style.most_skew_degrees, style.most_skew_degrees))
    image = image.rotate(skew, Image.Resampling.BILINEAR, fillcolor=bed)
    return _add_noise(image, random)


def _blank_paper(size: PageSize, style: PaperStyle, random: np.random.Generator) -> Image.Image:
    width, height = size.size_pixels
    rows, columns = height // COARSE, width // COARSE
    light = 1 + style.unevenness * _blotches((rows, columns), random) - _worn_edges(rows, columns)
    shade = light[:, :, None] * np.array(style.tint, dtype=np.float32)
    for _ in range(style.stains):
        shade *= 1 - _stain((rows, columns), random)[:, :, None] * _STAIN_TINT
    small = Image.fromarray(np.clip(shade, 0, FULL).astype(np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def _blotches(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """Smooth noise of two sizes, about -1 to 1."""
    total = np.zeros(shape, dtype=np.float32)
    for cells, weight in ((5, 0.6), (24, 0.4)):
        grid = random.uniform(-1, 1, (round(cells * 1.4), cells)).astype(np.float32)
        smooth = Image.fromarray(grid).resize(shape[::-1], Image.Resampling.BICUBIC)
        total += weight * np.asarray(smooth)
    return total


def _worn_edges(rows: int, columns: int) -> np.ndarray:
    """How much darker the paper is toward its edges, where hands and light reached it."""
    across = np.minimum(np.arange(columns), np.arange(columns)[::-1]) / columns
    down = np.minimum(np.arange(rows), np.arange(rows)[::-1]) / rows
    near = np.minimum(across[None, :], down[:, None])
    return np.asarray(0.10 * np.exp(-near * 26), dtype=np.float32)


def _stain(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """A blot with a darker rim, 0 to 1; its outline wanders."""
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    dy, dx = y - random.uniform(0, rows), x - random.uniform(0, columns)
    angle = np.arctan2(dy, dx)
    radius = random.uniform(0.07, 0.22) * columns
    for order in (2, 3, 5):
        radius = radius * (1 + 0.12 * np.sin(order * angle + random.uniform(0, 6)))
    reach = np.hypot(dx, dy) / radius
    inside = np.where(reach < 1, 0.22, 0.0)
    rim = 0.5 * np.exp(-(((reach - 1) / 0.035) ** 2))
    return np.asarray(random.uniform(0.4, 1.0) * (inside + rim), dtype=np.float32)


def _let_through(image: Image.Image, back: InkSheet, style: PaperStyle) -> None:
    seen = ImageOps.mirror(back.layer(Ink.BLACK)).filter(ImageFilter.BoxBlur(2))
    faint = seen.point([round(value * style.show_through) for value in range(FULL + 1)])
    image.paste(_INK_COLOURS[Ink.BLACK], (0, 0), mask=faint)


def _lay_ink(
    image: Image.Image, sheet: InkSheet, style: PaperStyle, random: np.random.Generator
) -> None:
    least = round(FULL * (1 - style.faded))
    coarse = random.integers(max(0, least - 40), least + 1, (40, 28), dtype=np.uint8)
    worn = Image.fromarray(coarse).resize(image.size, Image.Resampling.BICUBIC)
    for ink, layer in sheet.layers.items():
        inked = layer.getbbox()
        if inked is not None:
            soft = layer.crop(inked).filter(ImageFilter.BoxBlur(0.3 * sheet.size.dpi / 200))
            mask = ImageChops.multiply(soft, worn.crop(inked))
            image.paste(_INK_COLOURS[ink], inked, mask=mask)


def _fold(image: Image.Image, size: PageSize, style: PaperStyle) -> None:
    """Each fold is a thin dark line with a light one beside it."""
    draw = ImageDraw.Draw(image, "RGBA")
    width, height = size.size_pixels
    line = max(1, size.pixels(0.25))
    for shift, colour in ((0, (70, 55, 40, 70)), (line, (255, 255, 250, 60))):
        for y in (round(part * height) + shift for part in style.folds):
            draw.line((0, y, width, y), colour, line)
        for x in (round(part * width) + shift for part in style.upright_folds):
            draw.line((x, 0, x, height), colour, line)


def _punch(image: Image.Image, size: PageSize) -> None:
    draw = ImageDraw.Draw(image)
    radius = size.pixels(3)
    for height_part in (0.5 - 40 / size.height_mm, 0.5 + 40 / size.height_mm):
        x, y = size.pixels(11), round(height_part * image.height)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=_BED_COLOUR)


def _add_noise(image: Image.Image, random: np.random.Generator) -> Image.Image:
    grain = random.integers(0, _LAMP_NOISE, (image.height, image.width), dtype=np.uint8)
    noise = Image.fromarray(grain)
    if image.mode == "RGB":
        noise = Image.merge("RGB", (noise, noise, noise))
    return ImageChops.add(image, noise, 1, -_LAMP_NOISE // 2)
