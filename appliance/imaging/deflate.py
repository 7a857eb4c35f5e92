"""Check the Deflate strips of a TIFF against the sums they carry.

libtiff stops reading a strip when its rows are full, before the sum at the strip's end, so
damage that still unpacks to the right length would pass for a sound picture.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.problems import malformed
from appliance.imaging.tiff import segments
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameHeader
    from appliance.imaging.tiff import Directory
    from appliance.imaging.windows import ByteWindow

_WHITE_IS_ZERO: Final = 0
_HORIZONTAL: Final = 2
"""Tag 317: each sample is stored as the difference to its left neighbour."""
_SUM_BYTES: Final = 4


def check_deflate_sums(window: ByteWindow, directory: Directory) -> None:
    """Unpack every strip or tile of a frame to its end, keeping nothing.

    Raises:
        BadStructure: A strip does not unpack, has no end, or its sum (Adler-32) is wrong.
    """
    for offset, length in segments(window, directory):
        _check_strip(window.part(offset, length))


def summed_bands(
    bands: Iterator[Pixels], window: ByteWindow, frame: FrameHeader, directory: Directory
) -> Iterator[Pixels]:
    """The decoded rows of a plain frame, passed on while the sums of its strips are taken.

    Packing the rows' own bytes again is not needed: the sum is of what is packed, and costs a
    tenth of unpacking a second time.

    Raises:
        BadStructure: A strip's sum (Adler-32) is wrong.
    """
    sums = _StripSums(window, frame, directory)
    for band in bands:
        sums.add(band)
        yield band


class _StripSums:
    """Takes the sums of strips as their rows come by."""

    def __init__(self, window: ByteWindow, frame: FrameHeader, directory: Directory) -> None:
        self._strips = [window.part(*place) for place in segments(window, directory)]
        self._strip_rows = min(
            directory.number(Tag.ROWS_PER_STRIP, frame.height_px), frame.height_px
        )
        self._height = frame.height_px
        self._is_inverted = directory.number(Tag.PHOTOMETRIC) == _WHITE_IS_ZERO
        self._has_predictor = directory.number(Tag.PREDICTOR, 1) == _HORIZONTAL
        self._row = 0
        self._sum = zlib.adler32(b"")

    def add(self, band: Pixels) -> None:
        rows = self._stored(band)
        while rows.shape[0]:
            strip_end = min((self._row // self._strip_rows + 1) * self._strip_rows, self._height)
            taken, rows = np.split(rows, [strip_end - self._row])
            self._sum = zlib.adler32(taken.data, self._sum)
            self._row += taken.shape[0]
            if self._row == strip_end:
                self._close(self._strips[(strip_end - 1) // self._strip_rows])

    def _close(self, strip: ByteWindow) -> None:
        stated = strip.read_up_to(strip.size_bytes - _SUM_BYTES, _SUM_BYTES)
        if int.from_bytes(stated, "big") != self._sum:
            _check_strip(strip)  # padded: its sum is not at its end, or is of more than the rows
        self._sum = zlib.adler32(b"")

    def _stored(self, band: Pixels) -> Pixels:
        """The bytes as they were before packing, one row each."""
        samples = band.shape[2]
        rows = band.reshape(band.shape[0], -1)
        if self._is_inverted:
            rows = ~rows
        if not self._has_predictor:
            return np.ascontiguousarray(rows)
        differences = rows.copy()
        np.subtract(rows[:, samples:], rows[:, :-samples], out=differences[:, samples:])
        return differences


def _check_strip(strip: ByteWindow) -> None:
    unpacker, position = zlib.decompressobj(), 0
    try:
        while not unpacker.eof and position < strip.size_bytes:
            packed = strip.read_up_to(position, COPY_CHUNK_BYTES)
            position += len(packed)
            while packed and not unpacker.eof:
                unpacker.decompress(packed, COPY_CHUNK_BYTES)
                packed = unpacker.unconsumed_tail
    except zlib.error as problem:
        raise malformed(*_BROKEN) from problem
    if not unpacker.eof:
        raise malformed(*_BROKEN)


_BROKEN: Final = ("một dải ảnh nén không đúng tổng kiểm tra", "a packed strip is not sound")
