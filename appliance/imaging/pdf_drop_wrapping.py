"""Heads of TIFF and PNG around the image streams of a PDF, for the ordinary decoders.

The streams stay as they are; nothing is decoded here. Source of layouts: TIFF 6.0; PNG
(ISO/IEC 15948).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging import png_header

if TYPE_CHECKING:
    from collections.abc import Iterable

TIFF_RAW: Final = 1
TIFF_HUFFMAN: Final = 2
TIFF_G3: Final = 3
TIFF_G4: Final = 4
TIFF_LZW: Final = 5
TIFF_DEFLATE: Final = 8
TIFF_PACKBITS: Final = 32773

MIN_IS_WHITE, MIN_IS_BLACK, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
PNG_GRAY, PNG_RGB, PNG_PALETTE = 0, 2, 3

_SHORT, _LONG, _BYTES = 3, 4, 7
_HEADER_BYTES: Final = 8
_ENTRY_BYTES: Final = 12
_INLINE_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Raster:
    """How the samples of a stream lie.

    Args:
        width_px: Of a row.
        height_px: Rows.
        bits: Of a sample.
        samples: Of a pixel.
        photometric: TIFF's word for what the samples mean.
        palette: RGB triples, one byte a value; empty when there is none.
        profile: The ICC profile; empty when there is none.
    """

    width_px: int
    height_px: int
    bits: int
    samples: int
    photometric: int
    palette: bytes = b""
    profile: bytes = b""

    @property
    def row_bytes(self) -> int:
        """Length of an uncompressed row; rows start at whole bytes."""
        return -(-self.width_px * self.bits * self.samples // 8)


def as_tiff(
    stream: bytes, raster: Raster, compression: int, *, predictor: int = 1, fax_options: int = 0
) -> bytes:
    """The stream as the one strip of a TIFF, big-endian as samples of a PDF are.

    Args:
        stream: The coded samples.
        raster: How they lie.
        compression: Tag 259.
        predictor: Tag 317.
        fax_options: Tag 292, of group 3.
    """
    fields = [
        (256, _LONG, _longs(raster.width_px)),
        (257, _LONG, _longs(raster.height_px)),
        (258, _SHORT, _shorts([raster.bits] * raster.samples)),
        (259, _SHORT, _shorts([compression])),
        (262, _SHORT, _shorts([raster.photometric])),
        (273, _LONG, _longs(_HEADER_BYTES)),
        (277, _SHORT, _shorts([raster.samples])),
        (278, _LONG, _longs(raster.height_px)),
        (279, _LONG, _longs(len(stream))),
        (284, _SHORT, _shorts([1])),
    ]
    if compression == TIFF_G3:
        fields.append((292, _LONG, _longs(fax_options)))
    if predictor != 1:
        fields.append((317, _SHORT, _shorts([predictor])))
    if raster.photometric == PALETTE:
        fields.append((320, _SHORT, _colour_map(raster)))
    if raster.profile:
        fields.append((34675, _BYTES, raster.profile))
    padding = b"\0" * (len(stream) % 2)
    directory = _directory(fields, _HEADER_BYTES + len(stream) + len(padding))
    start = struct.pack(">2sHI", b"MM", 42, _HEADER_BYTES + len(stream) + len(padding))
    return b"".join((start, stream, padding, directory))


def as_png(stream: bytes, raster: Raster, colour_type: int) -> bytes:
    """A Deflate stream whose rows carry PNG predictors, as the data of a PNG."""
    head = struct.pack(
        ">IIBBBBB", raster.width_px, raster.height_px, raster.bits, colour_type, 0, 0, 0
    )
    chunks = [_chunk(b"IHDR", head)]
    if raster.profile:
        chunks.append(_chunk(b"iCCP", b"profile\0\0" + zlib.compress(raster.profile)))
    if colour_type == PNG_PALETTE:
        chunks.append(_chunk(b"PLTE", raster.palette[: 3 << raster.bits]))
    chunks += [_chunk(b"IDAT", stream), _chunk(b"IEND", b"")]
    return png_header.SIGNATURE + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _directory(fields: list[tuple[int, int, bytes]], offset: int) -> bytes:
    """A directory at an even offset, with the values that do not fit into it right after it."""
    values_at = offset + 2 + len(fields) * _ENTRY_BYTES + 4
    entries, values = [struct.pack(">H", len(fields))], bytearray()
    for tag, type_number, raw in fields:
        count = len(raw) // {_SHORT: 2, _LONG: 4, _BYTES: 1}[type_number]
        head = struct.pack(">HHI", tag, type_number, count)
        if len(raw) <= _INLINE_BYTES:
            entries.append(head + raw.ljust(_INLINE_BYTES, b"\0"))
            continue
        entries.append(head + struct.pack(">I", values_at + len(values)))
        values += raw + b"\0" * (len(raw) % 2)
    return b"".join((*entries, b"\0\0\0\0", values))


def _colour_map(raster: Raster) -> bytes:
    """All reds, then greens, then blues, in 16 bits; missing colours are black."""
    length = 1 << raster.bits
    triples = raster.palette[: 3 * length].ljust(3 * length, b"\0")
    return _shorts(level * 257 for band in range(3) for level in triples[band::3])


def _shorts(numbers: Iterable[int]) -> bytes:
    return b"".join(struct.pack(">H", number) for number in numbers)


def _longs(number: int) -> bytes:
    return struct.pack(">I", number)
