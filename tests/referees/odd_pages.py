"""Page images of every odd kind that a scanner may drop: the bytes of small real files."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any, Final

from pikepdf import Name
from PIL import Image, ImageCms, ImageDraw

from tests.imaging import scanned_pdfs

if TYPE_CHECKING:
    from pathlib import Path

A4_AT_100_DPI: Final = (827, 1169)
A0_AT_100_DPI: Final = (3311, 4681)
_SMALL_PX: Final = (414, 585)
_DPI: Final = 100
_ORIENTATION: Final = 274
_FILL_ORDER: Final = 266
_ROWS_PER_STRIP: Final = 278
_JBIG2_PAGE: Final = 48
_JBIG2_REGION: Final = 38

SINGLE_PAGES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "rotated.jpg": ("RGB", {"turn": 6}),
    "mirrored.jpg": ("RGB", {"turn": 5}),
    "progressive.jpg": ("L", {"progressive": True}),
    "cmyk.jpg": ("CMYK", {}),
    "profile.jpg": ("RGB", {"profiled": True}),
    "colour.jp2": ("RGB", {}),
    "grey.jp2": ("L", {}),
    "palette.png": ("P", {}),
    "alpha.png": ("RGBA", {}),
    "bitonal.png": ("1", {}),
    "strips.tif": ("1", {"compression": "group4", "tiffinfo": {_ROWS_PER_STRIP: 100}}),
    "reversed.tif": ("1", {"compression": "group4", "tiffinfo": {_FILL_ORDER: 2}}),
    "turned.tif": ("1", {"compression": "group4", "tiffinfo": {_ORIENTATION: 6}}),
    "raw.tif": ("RGB", {}),
    "palette.tif": ("P", {"compression": "tiff_lzw"}),
    "packbits.tif": ("1", {"compression": "packbits"}),
    "jpeg.tif": ("RGB", {"compression": "jpeg"}),
    "cmyk.tif": ("CMYK", {"compression": "tiff_lzw"}),
}
"""Pillow's mode and options by the name that says what is odd."""


def drawn(seed: int, size_px: tuple[int, int] = A4_AT_100_DPI, mode: str = "RGB") -> Image.Image:
    """A page with lines and blocks of ink; another seed gives a page unlike the others."""
    width, height = size_px
    image = Image.new("RGB", size_px, (238, 234, 224))
    pen = ImageDraw.Draw(image)
    left, cell = width // 10, width // 5
    for top in range(height // 14, height * 13 // 14, height // 40):
        right = width * 9 // 10 - (top * (seed + 7)) % (width // 3)
        pen.line((left, top, right, top), fill=(20, 20, 60), width=max(2, height // 260))
    blocks = seed * 2_654_435_761 % 2**32
    for block in (one for one in range(32) if blocks >> one & 1):
        x, y = left + block % 4 * cell, height // 9 + block // 4 * height // 10
        pen.rectangle((x, y, x + cell * 3 // 4, y + height // 14), fill=(40, 30, 90))
    if mode == "1":
        return image.convert("L").point(lambda value: 255 * (value > 128)).convert("1")
    return image.quantize(16) if mode == "P" else image.convert(mode)


def single_page(name: str, seed: int) -> bytes:
    """The bytes of one of ``SINGLE_PAGES``."""
    mode, options = SINGLE_PAGES[name]
    saving = {key: value for key, value in options.items() if key not in {"turn", "profiled"}}
    if "turn" in options:
        exif = Image.Exif()
        exif[_ORIENTATION] = options["turn"]
        saving["exif"] = exif
    if "profiled" in options:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        saving["icc_profile"] = profile.tobytes()
    return saved(drawn(seed, mode=mode), name.rpartition(".")[2], **saving)


def saved(image: Image.Image, suffix: str, **saving: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    """An image as a file of a form, with its resolution."""
    forms = {"jpg": "JPEG", "tif": "TIFF", "png": "PNG", "jp2": "JPEG2000"}
    target = io.BytesIO()
    image.save(target, forms[suffix], dpi=(_DPI, _DPI), **saving)
    return target.getvalue()


def small_page(seed: int) -> bytes:
    """A page of few bytes, for a hồ sơ of very many."""
    return saved(drawn(seed, _SMALL_PX, "L"), "jpg", quality=30)


def many_frames(first_seed: int, count: int) -> bytes:
    """A TIFF of several bitonal pages."""
    first, *rest = (drawn(first_seed + index, mode="1") for index in range(count))
    return saved(first, "tif", compression="group4", save_all=True, append_images=rest)


def wide_page(seed: int) -> bytes:
    """A map of A0."""
    return saved(drawn(seed, A0_AT_100_DPI, "1"), "tif", compression="group4")


def scanned_pdf(folder: Path, first_seed: int) -> bytes:
    """A PDF of three scanned pages: JBIG2, JPEG, Group 4."""
    pictures = [
        _jbig2(drawn(first_seed, mode="1")),
        scanned_pdfs.jpeg(drawn(first_seed + 1)),
        scanned_pdfs.fax(drawn(first_seed + 2, mode="1")),
    ]
    return scanned_pdfs.write_pdf(folder / "scan.pdf", pictures, dpi=_DPI).read_bytes()


def _jbig2(image: Image.Image) -> scanned_pdfs.Picture:
    """A page of JBIG2 as PDF embeds it (ITU-T T.88): one generic region, coded as in T.6."""
    coded = scanned_pdfs.fax(image).data
    width, height = image.size
    page = struct.pack(">4IBH", width, height, 0, 0, 0, 0)
    region = struct.pack(">4IBB", width, height, 0, 0, 0, 1) + coded
    data = _segment(0, _JBIG2_PAGE, page) + _segment(1, _JBIG2_REGION, region)
    picture = scanned_pdfs.Picture(data, image.size)
    picture.entries = {
        "/ColorSpace": Name.DeviceGray,
        "/BitsPerComponent": 1,
        "/Filter": Name.JBIG2Decode,
    }
    return picture


def _segment(number: int, kind: int, data: bytes) -> bytes:
    return struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
