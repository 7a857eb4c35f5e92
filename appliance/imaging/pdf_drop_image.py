"""The image of a page, taken out of a PDF with its stream unchanged.

JPEG and JPEG 2000 streams are files of their own; fax, Deflate, LZW and plain streams get the
head of a TIFF or PNG, so that the same strict decoders read them as any other master. Source:
ISO 32000-1, 7.4 (filters) and 8.9.5 (images).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from appliance.domain.policy import COPY_CHUNK_BYTES, MAX_FRAME_PIXELS, MAX_HELD_BYTES
from appliance.imaging.pdf_drop_colours import Colours, colours_of, is_stated, is_stencil
from appliance.imaging.pdf_drop_jbig2 import decode_jbig2
from appliance.imaging.pdf_drop_problems import coding, damaged, not_scan
from appliance.imaging.pdf_drop_wrapping import (
    CMYK,
    MIN_IS_BLACK,
    MIN_IS_WHITE,
    PALETTE,
    PNG_GRAY,
    PNG_PALETTE,
    PNG_RGB,
    RGB,
    TIFF_DEFLATE,
    TIFF_G3,
    TIFF_G4,
    TIFF_HUFFMAN,
    TIFF_LZW,
    TIFF_PACKBITS,
    TIFF_RAW,
    Raster,
    as_png,
    as_tiff,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FILTERS: Final = 3
"""Our own: a stream that is packed more often is an attack."""

_NO_PARAMETERS: Final[Mapping[str, Any]] = {}
_PNG_PREDICTOR: Final = 10
_TIFF_PREDICTOR: Final = 2
_DEFAULT_COLUMNS: Final = 1728
"""ISO 32000-1, table 11."""
_PHOTOMETRICS: Final = {1: MIN_IS_BLACK, 3: RGB, 4: CMYK}
_DEPTHS: Final = {1, 2, 4, 8, 16}
_EIGHT_BITS: Final = 8
_CMYK_CHANNELS: Final = 4


@dataclass(frozen=True, slots=True)
class TakenImage:
    """An image as a file of its own.

    Args:
        data: Every byte of it.
        coding: The PDF's name for how it was packed, such as ``DCTDecode``.
        size_px: Width and height as the PDF states them.
        is_inverted: Whether a JPEG's samples count the other way round; TIFF heads say it.
    """

    data: bytes
    coding: str
    size_px: tuple[int, int]
    is_inverted: bool = False


def take_image(image: pikepdf.Stream) -> TakenImage:
    """Take an image out of its PDF.

    Raises:
        BadStructure: It is masked, too large, damaged, or coded in an unknown way.
    """
    size_px = _size_of(image)
    if any(key in image for key in ("/SMask", "/Mask")):
        raise not_scan("ảnh có lớp mặt nạ", "the image has a mask")
    data, name, parameters = _unwrapped(image)
    if name == "/DCTDecode":
        return TakenImage(data, "DCTDecode", size_px, _is_inverted_ink(image))
    if name == "/JPXDecode":
        return TakenImage(data, "JPXDecode", size_px)
    return TakenImage(_as_file(image, data, name, parameters, size_px), name[1:], size_px)


def _is_inverted_ink(image: pikepdf.Stream) -> bool:
    """CMYK of some programs counts ink the other way round; nothing else may."""
    if not is_stated(image):
        return False
    colours = colours_of(image, _EIGHT_BITS)
    if colours.palette or (colours.is_inverted and colours.channels != _CMYK_CHANNELS):
        raise coding("màu đảo ngược", "inverted colours")
    return colours.is_inverted


def _size_of(image: pikepdf.Stream) -> tuple[int, int]:
    width, height = int(image.get("/Width", 0)), int(image.get("/Height", 0))
    if width < 1 or height < 1:
        raise damaged("ảnh không nêu kích thước", "the image states no size")
    return width, height


def _unwrapped(image: pikepdf.Stream) -> tuple[bytes, str, Mapping[str, Any]]:
    """The stream as its last filter takes it, that filter's name and its parameters."""
    stated, given = image.get("/Filter"), image.get("/DecodeParms")
    names = [str(one) for one in stated] if isinstance(stated, pikepdf.Array) else [str(stated)]
    listed: list[Any] = list(given) if isinstance(given, pikepdf.Array) else [given]
    if stated is None or not names:
        names, listed = ["/None"], [None]
    if len(names) > MAX_FILTERS:
        raise damaged("ảnh bị nén quá nhiều lần", "the image is packed too often")
    data = image.read_raw_bytes()
    for name in names[:-1]:
        data = _inflated(data) if name == "/FlateDecode" else _unknown(name)
    listed += [None] * (len(names) - len(listed))
    parameters = listed[len(names) - 1]
    has_parameters = isinstance(parameters, pikepdf.Dictionary)
    return data, names[-1], parameters if has_parameters else _NO_PARAMETERS


def _inflated(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    unpacked = unpacker.decompress(data, MAX_HELD_BYTES)
    if not unpacker.eof:
        raise damaged("dữ liệu ảnh nén bị hỏng", "the packed image is damaged")
    return unpacked


def _unknown(name: str) -> bytes:
    raise coding(f"cách nén {name}", f"the filter {name}")


def _as_file(
    image: pikepdf.Stream,
    data: bytes,
    name: str,
    parameters: Mapping[str, Any],
    size_px: tuple[int, int],
) -> bytes:
    bits = 1 if is_stencil(image) else int(image.get("/BitsPerComponent", 1))
    if bits not in _DEPTHS:
        raise damaged("số bit màu sai", "the number of bits is wrong")
    colours = colours_of(image, bits)
    if name in {"/CCITTFaxDecode", "/JBIG2Decode"}:
        return _bilevel(data, name, parameters, colours, size_px)
    raster = _raster(colours, bits, size_px)
    predictor = int(parameters.get("/Predictor", 1))
    if predictor != 1:
        _check_predictor(parameters, raster)
    if name == "/FlateDecode":
        return _deflated(data[: _deflate_end(data, raster)], raster, colours, predictor)
    if name == "/LZWDecode" and predictor < _PNG_PREDICTOR and parameters.get("/EarlyChange", 1):
        return as_tiff(data, raster, TIFF_LZW, predictor=predictor)
    if name == "/RunLengthDecode":
        return as_tiff(data, raster, TIFF_PACKBITS)
    if name == "/None":
        return as_tiff(_exactly(data, raster), raster, TIFF_RAW)
    return _unknown(name)


def _raster(colours: Colours, bits: int, size_px: tuple[int, int]) -> Raster:
    photometric = PALETTE if colours.palette else _PHOTOMETRICS[colours.channels]
    if colours.is_inverted and photometric != MIN_IS_BLACK:
        raise coding("màu đảo ngược", "inverted colours")
    if colours.is_inverted:
        photometric = MIN_IS_WHITE
    if colours.palette and bits > _EIGHT_BITS:
        raise damaged("bảng màu sai", "a palette is wrong")
    return Raster(*size_px, bits, colours.channels, photometric, colours.palette, colours.profile)


def _bilevel(
    data: bytes,
    name: str,
    parameters: Mapping[str, Any],
    colours: Colours,
    size_px: tuple[int, int],
) -> bytes:
    if colours.channels != 1:
        raise damaged("ảnh hai màu có nhiều kênh", "a two-tone image has several channels")
    is_inverted = colours.is_inverted ^ _is_white_first(colours.palette)
    if name == "/JBIG2Decode":
        if size_px[0] * size_px[1] > MAX_FRAME_PIXELS:
            raise damaged("ảnh quá lớn", "the image is too large")
        raster = Raster(*size_px, 1, 1, MIN_IS_BLACK if is_inverted else MIN_IS_WHITE)
        held = parameters.get("/JBIG2Globals")
        packed = held.read_bytes() if isinstance(held, pikepdf.Stream) else b""
        return as_tiff(_exactly(decode_jbig2(data, packed, size_px), raster), raster, TIFF_RAW)
    if int(parameters.get("/Columns", _DEFAULT_COLUMNS)) != size_px[0]:
        raise damaged("kích thước ảnh fax sai", "the size of the fax image is wrong")
    is_inverted ^= bool(parameters.get("/BlackIs1", False))
    raster = Raster(*size_px, 1, 1, MIN_IS_BLACK if is_inverted else MIN_IS_WHITE)
    scheme, is_aligned = int(parameters.get("/K", 0)), bool(parameters.get("/EncodedByteAlign"))
    if is_aligned:
        if scheme != 0 or parameters.get("/EndOfLine"):
            raise coding("ảnh fax căn theo byte", "a byte-aligned fax")
        return as_tiff(data, raster, TIFF_HUFFMAN)
    if scheme < 0:
        return as_tiff(data, raster, TIFF_G4)
    return as_tiff(data, raster, TIFF_G3, fax_options=1 if scheme else 0)


def _is_white_first(palette: bytes) -> bool:
    """Whether a palette of two turns the values round."""
    if palette in {b"", b"\0\0\0\xff\xff\xff"}:
        return False
    if palette == b"\xff\xff\xff\0\0\0":
        return True
    raise coding("ảnh hai màu không phải đen trắng", "a two-tone image that is not black and white")


def _check_predictor(parameters: Mapping[str, Any], raster: Raster) -> None:
    stated = (
        int(parameters.get("/Columns", 1)),
        int(parameters.get("/Colors", 1)),
        int(parameters.get("/BitsPerComponent", _EIGHT_BITS)),
    )
    if stated != (raster.width_px, raster.samples, raster.bits):
        raise damaged("tham số nén không khớp ảnh", "the predictor does not fit the image")


def _deflated(data: bytes, raster: Raster, colours: Colours, predictor: int) -> bytes:
    if predictor < _PNG_PREDICTOR:
        if predictor not in {1, _TIFF_PREDICTOR}:
            raise damaged("tham số nén sai", "the predictor is wrong")
        return as_tiff(data, raster, TIFF_DEFLATE, predictor=predictor)
    if colours.palette:
        return as_png(data, raster, PNG_PALETTE)
    if colours.is_inverted or raster.samples not in {1, 3}:
        raise coding("PNG với màu đảo hoặc CMYK", "PNG rows of inverted or CMYK samples")
    if raster.samples == 3 and raster.bits < _EIGHT_BITS:  # noqa: PLR2004 - RGB
        raise coding("RGB dưới 8 bit", "RGB of less than 8 bits")
    return as_png(data, raster, PNG_GRAY if raster.samples == 1 else PNG_RGB)


def _deflate_end(data: bytes, raster: Raster) -> int:
    """Where the packed data ends: line ends before the next mark are no part of it.

    Nothing is unpacked of a picture that is too large anyway, nor more than the picture has.
    """
    if raster.width_px * raster.height_px > MAX_FRAME_PIXELS:
        return len(data)
    unpacker, packed = zlib.decompressobj(), data
    room = (raster.row_bytes + 1) * raster.height_px + COPY_CHUNK_BYTES
    while packed and not unpacker.eof and room > 0:
        room -= len(unpacker.decompress(packed, COPY_CHUNK_BYTES))
        packed = unpacker.unconsumed_tail
    if not unpacker.eof:
        raise damaged("dữ liệu ảnh nén bị hỏng", "the packed image is damaged")
    return len(data) - len(unpacker.unused_data)


def _exactly(data: bytes, raster: Raster) -> bytes:
    wanted = raster.row_bytes * raster.height_px
    if len(data) < wanted:
        raise damaged("thiếu dữ liệu điểm ảnh", "pixel data is missing")
    return data[:wanted]
