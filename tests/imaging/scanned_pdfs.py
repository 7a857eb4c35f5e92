"""PDF files as scanners write them, made with a PDF library and real image streams."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageChops

from appliance.imaging.tiff import read_directories, segments
from appliance.imaging.windows import held_window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_SPACES = {"1": "/DeviceGray", "L": "/DeviceGray", "RGB": "/DeviceRGB", "CMYK": "/DeviceCMYK"}


@dataclass
class Picture:
    """One image stream and its dictionary."""

    data: bytes
    size_px: tuple[int, int]
    entries: dict[str, Any] = field(default_factory=dict)


def jpeg(image: Image.Image, **options: Any) -> Picture:  # noqa: ANN401 - Pillow's own options
    """A DCT stream."""
    return _picture(image, _saved(image, "JPEG", **options), "/DCTDecode", 8)


def jp2(image: Image.Image) -> Picture:
    """A JPX stream without a stated colour space."""
    return Picture(_saved(image, "JPEG2000"), image.size, {"/Filter": Name("/JPXDecode")})


def fax(image: Image.Image, compression: str = "group4", *, is_black_one: bool = False) -> Picture:
    """A CCITT stream, taken out of a TIFF of one strip, whose ink is in the black runs."""
    stream = _strip(ImageChops.invert(image), compression)
    picture = _picture(image, stream, "/CCITTFaxDecode", 1)
    picture.entries["/DecodeParms"] = Dictionary(
        K=-1 if compression == "group4" else 0,
        Columns=image.width,
        Rows=image.height,
        BlackIs1=is_black_one,
    )
    return picture


def lzw(image: Image.Image) -> Picture:
    """Plain rows under LZW, which TIFF and PDF write alike."""
    return _picture(image, _strip(image, "tiff_lzw"), "/LZWDecode", 8)


def run_length(image: Image.Image) -> Picture:
    """Rows as runs of bytes, as TIFF's PackBits has them, and the mark of their end."""
    return _picture(image, _strip(image, "packbits") + b"\x80", "/RunLengthDecode", 8)


def flate(image: Image.Image) -> Picture:
    """Plain rows under Deflate."""
    return _picture(image, zlib.compress(image.tobytes()), "/FlateDecode", 8)


def palette(image: Image.Image) -> Picture:
    """Places in a table of colours, under Deflate."""
    picture = Picture(zlib.compress(image.tobytes()), image.size)
    table = bytes(image.getpalette() or ())
    space = Array([Name("/Indexed"), Name("/DeviceRGB"), len(table) // 3 - 1, String(table)])
    picture.entries |= {
        "/ColorSpace": space, "/BitsPerComponent": 8, "/Filter": Name("/FlateDecode"),
    }  # fmt: skip
    return picture


def flate_with_predictor(image: Image.Image) -> Picture:
    """Rows under Deflate with PNG predictors (each row differs from the one above)."""
    bands = len(image.getbands())
    rows = np.asarray(image, np.uint8).reshape(image.height, -1)
    above = np.vstack([np.zeros_like(rows[:1]), rows[:-1]])
    coded = np.hstack([np.full((image.height, 1), 2, np.uint8), rows - above])
    picture = _picture(image, zlib.compress(coded.tobytes()), "/FlateDecode", 8)
    picture.entries["/DecodeParms"] = Dictionary(
        Predictor=15, Colors=bands, BitsPerComponent=8, Columns=image.width
    )
    return picture


def plain(image: Image.Image) -> Picture:
    """Rows without any filter."""
    return _picture(image, image.tobytes(), "", 8)


def write_pdf(
    path: Path,
    pictures: Sequence[Picture],
    *,
    dpi: float = 150,
    content: str | None = None,
    rotate: int = 0,
    edit: Callable[[pikepdf.Pdf], object] | None = None,
    **saving: Any,  # noqa: ANN401 - the library's own options
) -> Path:
    """Write a PDF with one picture a page.

    Args:
        path: Where.
        pictures: One a page.
        dpi: What the placement makes of the pixels.
        content: Operators in place of the plain ones; ``{width}`` and ``{height}`` are filled in.
        rotate: ``/Rotate`` of every page.
        edit: Changes the document before it is saved.
        saving: Options of the library's writer.
    """
    with pikepdf.new() as pdf:
        for picture in pictures:
            _add_page(pdf, picture, dpi, content or "q {width} 0 0 {height} 0 0 cm /Im0 Do Q")
            if rotate:
                pdf.pages[-1].obj["/Rotate"] = rotate
        if edit is not None:
            edit(pdf)
        pdf.save(path, static_id=True, **{"compress_streams": False, **saving})
    return path


def _add_page(pdf: pikepdf.Pdf, picture: Picture, dpi: float, content: str) -> None:
    width, height = (side * 72 / dpi for side in picture.size_px)
    image = pdf.make_stream(picture.data, picture.entries)
    image["/Type"], image["/Subtype"] = Name("/XObject"), Name("/Image")
    image["/Width"], image["/Height"] = picture.size_px
    operators = content.replace("{width}", f"{width:.4f}").replace("{height}", f"{height:.4f}")
    page = Dictionary(
        Type=Name("/Page"),
        MediaBox=Array([0, 0, round(width, 4), round(height, 4)]),
        Resources=Dictionary(XObject=Dictionary({"/Im0": image})),
        Contents=pdf.make_stream(operators.encode("ascii")),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def _picture(image: Image.Image, data: bytes, filter_name: str, bits: int) -> Picture:
    entries: dict[str, Any] = {
        "/ColorSpace": Name(_SPACES[image.mode]),
        "/BitsPerComponent": bits,
    }
    if filter_name:
        entries["/Filter"] = Name(filter_name)
    return Picture(data, image.size, entries)


def _strip(image: Image.Image, compression: str) -> bytes:
    """The one strip of a TIFF."""
    tiff = _saved(image, "TIFF", compression=compression, tiffinfo={278: image.height})
    window = held_window(tiff)
    ((offset, length),) = segments(window, read_directories(window)[0])
    return tiff[offset : offset + length]


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
