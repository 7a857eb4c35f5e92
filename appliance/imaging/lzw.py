"""Rows of plain LZW frames, by libtiff itself, a few strips at a time.

A decoder of whole images copies each row between buffers of its own. So strips go to libtiff as
the only content of a small TIFF that is made around them: it sees nothing of the directory that
came with them, and their rows arrive where they are shrunk. libtiff refuses a strip whose codes
make no sense or end before its rows do.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import imagecodecs
import numpy as np

from appliance.imaging.bands import MAX_FACTOR
from appliance.imaging.problems import refusal
from appliance.imaging.tiff import segments
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameHeader, FrameSource
    from appliance.imaging.tiff import Directory
    from appliance.imaging.windows import ByteWindow

MAX_STRIP_BYTES: Final = 16 * 1024 * 1024
"""Our own: unpacked; larger ones would take a streamed A0 beyond its 150 MiB (measured), and
libvips reads them."""
_GROUP_BYTES: Final = 4 * 1024 * 1024
"""Our own: unpacked, of the strips of one call; measured from 0.5 to 8 MiB, this took least."""
_LZW: Final = 5
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SHORT, _LONG = 3, 4
_HEAD: Final = struct.Struct("<2sHI")
_ENTRY: Final = struct.Struct("<HHII")
_MOST_PACKED: Final = 2
"""Times the rows' bytes: each takes a code of 12 bits at most, and clear codes a little more."""
_SPARE_BYTES: Final = 4096


def has_small_strips(frame: FrameHeader, directory: Directory) -> bool:
    """Whether no strip of a plain frame unpacks to more than ``MAX_STRIP_BYTES``."""
    return _strip_rows(frame, directory) * _row_bytes(frame) <= MAX_STRIP_BYTES


def lzw_bands(window: ByteWindow, source: FrameSource, directory: Directory) -> Iterator[Pixels]:
    """All rows of a plain LZW frame, as they are shown; a band is valid until the next is asked.

    Raises:
        BadStructure: A strip is cut, or libtiff refuses its codes.
    """
    frame = source.frame
    strip_rows = _strip_rows(frame, directory)
    group = max(_GROUP_BYTES // (strip_rows * _row_bytes(frame)), 1)
    room = np.empty((MAX_FACTOR + group * strip_rows, frame.width_px, frame.samples), np.uint8)
    places = segments(window, directory)
    is_inverted = directory.number(Tag.PHOTOMETRIC) == _WHITE_IS_ZERO
    waiting = 0
    for first in range(0, len(places), group):
        rows = min(group * strip_rows, frame.height_px - first * strip_rows)
        strips = _packed(window, source, places[first : first + group], strip_rows)
        _unpack(strips, room[waiting : waiting + rows], source, directory)
        waiting += rows
        ready = waiting - waiting % MAX_FACTOR if first + group < len(places) else waiting
        if ready:
            yield ~room[:ready] if is_inverted else room[:ready]
            room[: waiting - ready] = room[ready:waiting]
        waiting -= ready


def _strip_rows(frame: FrameHeader, directory: Directory) -> int:
    return min(directory.number(Tag.ROWS_PER_STRIP, frame.height_px), frame.height_px)


def _row_bytes(frame: FrameHeader) -> int:
    return frame.width_px * frame.samples


def _packed(
    window: ByteWindow, source: FrameSource, places: Sequence[tuple[int, int]], strip_rows: int
) -> list[bytes | memoryview]:
    """The strips as they lie in the file; not copied if that can be, and never without bounds."""
    most_bytes = _MOST_PACKED * strip_rows * _row_bytes(source.frame) + _SPARE_BYTES
    if source.data is None:
        return [window.read_up_to(start, min(length, most_bytes)) for start, length in places]
    data = memoryview(source.data)
    return [data[start : start + min(length, most_bytes)] for start, length in places]


def _unpack(
    strips: Sequence[bytes | memoryview], into: Pixels, source: FrameSource, directory: Directory
) -> None:
    head = _directory(
        [len(strip) for strip in strips],
        into.shape,
        _strip_rows(source.frame, directory),
        directory.number(Tag.PREDICTOR, 1),
    )
    try:
        imagecodecs.tiff_decode(b"".join([head, *strips]), out=into)
    except imagecodecs.TiffError as problem:
        raise refusal(problem, source.path) from problem


def _directory(
    strip_bytes: Sequence[int], shape: tuple[int, ...], strip_rows: int, predictor: int
) -> bytes:
    """The beginning of a TIFF whose strips follow at once, one after the other."""
    rows, width, samples = shape
    count, photometric = len(strip_bytes), _RGB if samples > 1 else _BLACK_IS_ZERO
    tables = _HEAD.size + 2 + 10 * _ENTRY.size + 4
    bits = struct.pack(f"<{samples}H", *[8] * samples)
    start = tables + len(bits) + 8 * count
    offsets = start + np.cumsum([0, *strip_bytes[:-1]])
    inline = count == 1  # a single number stands in its entry instead of a table
    entries = (
        (Tag.WIDTH, _LONG, 1, width),
        (Tag.HEIGHT, _LONG, 1, rows),
        (Tag.BITS, _SHORT, samples, tables if samples > 1 else 8),
        (Tag.COMPRESSION, _SHORT, 1, _LZW),
        (Tag.PHOTOMETRIC, _SHORT, 1, photometric),
        (Tag.STRIP_OFFSETS, _LONG, count, start if inline else tables + len(bits)),
        (Tag.SAMPLES, _SHORT, 1, samples),
        (Tag.ROWS_PER_STRIP, _LONG, 1, strip_rows),
        (Tag.STRIP_COUNTS, _LONG, count, strip_bytes[0] if inline else start - 4 * count),
        (Tag.PREDICTOR, _SHORT, 1, predictor),
    )
    return b"".join(
        (
            _HEAD.pack(b"II", 42, _HEAD.size),
            struct.pack("<H", len(entries)),
            *(_ENTRY.pack(*entry) for entry in entries),
            bytes(4),
            bits,
            offsets.astype("<u4").tobytes(),
            np.asarray(strip_bytes, "<u4").tobytes(),
        )
    )
