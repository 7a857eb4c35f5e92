"""The formats that scanners in archives write, and how the samples write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_ROWS_PER_STRIP: Final = 278
"""The TIFF tag of this name."""

_STRIP_ROWS: Final = 128
_BITONAL_THRESHOLD: Final = 158
_BLACK_OR_WHITE: Final = tuple(255 if gray > _BITONAL_THRESHOLD else 0 for gray in range(256))
_PALETTE_COLOURS: Final = 64


@dataclass(frozen=True, slots=True)
class ScanFormat:
    """One way to write a page.

    Args:
        extension: Of the written name, without the dot.
        convert: From the image of the page to what is stored.
        options: For Pillow's writer; ``rows`` is the height of a TIFF strip, 0 for one strip.
        in_colour: Whether ``convert`` takes colour; gray is enough for the others.
    """

    extension: str
    convert: Callable[[Image.Image], Image.Image]
    options: dict[str, Any]
    in_colour: bool = False


def _same(image: Image.Image) -> Image.Image:
    return image


def _bitonal(image: Image.Image) -> Image.Image:
    return image.point(_BLACK_OR_WHITE, "1")


def _palette(image: Image.Image) -> Image.Image:
    return image.quantize(_PALETTE_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


JPEG: Final = ScanFormat("jpg", _same, {"format": "JPEG", "quality": 84}, in_colour=True)
GRAY_JPEG: Final = ScanFormat("jpg", _same, {"format": "JPEG", "quality": 82})
G4_ONE_STRIP: Final = ScanFormat("tif", _bitonal, {"compression": "group4", "rows": 0})
G4_STRIPS: Final = ScanFormat("tif", _bitonal, {"compression": "group4", "rows": _STRIP_ROWS})
LZW_COLOUR: Final = ScanFormat(
    "tif", _same, {"compression": "tiff_lzw", "rows": _STRIP_ROWS}, in_colour=True
)
RAW_GRAY: Final = ScanFormat("tif", _same, {"compression": "raw", "rows": _STRIP_ROWS})
GRAY_PNG: Final = ScanFormat("png", _same, {"format": "PNG", "compress_level": 3})
PALETTE_PNG: Final = ScanFormat(
    "png", _palette, {"format": "PNG", "compress_level": 3}, in_colour=True
)


def write_scan(path: Path, pages: Sequence[Image.Image], form: ScanFormat, dpi: int) -> None:
    """Write pages into one scan; more than one only in TIFF.

    Args:
        path: Where; an older one is replaced.
        pages: Images, RGB or 8-bit gray as ``form.in_colour`` asks.
        form: How.
        dpi: Written into the scan.
    """
    options = dict(form.options)
    stored = [form.convert(page) for page in pages]
    if "rows" in options:
        rows = options.pop("rows") or stored[0].height
        options |= {"format": "TIFF", "tiffinfo": {_ROWS_PER_STRIP: rows}}
    if len(stored) > 1:
        options |= {"save_all": True, "append_images": stored[1:]}
    stored[0].save(path, dpi=(dpi, dpi), **options)
