"""Rows of plain TIFF frames, straight from their strips.

Plain means 8-bit gray or RGB, its samples side by side, in strips. Uncompressed ones need no
decoder; everything else goes through libvips.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.bands import band_rows
from appliance.imaging.headers import Mode
from appliance.imaging.problems import cut
from appliance.imaging.tiff import Directory, Tag, segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameHeader, FrameSource
    from appliance.imaging.windows import ByteWindow

    _Strip: TypeAlias = tuple[ByteWindow, int]  # where it lies, and the bytes of its rows

_PLAIN_MODES: Final = {Mode.GRAY: 1, Mode.COLOUR: 3}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_HORIZONTAL: Final = 2


def is_plain(frame: FrameHeader, directory: Directory) -> bool:
    """Whether the bytes in the strips are, once unpacked, the pixels themselves."""
    return (
        _PLAIN_MODES.get(frame.mode) == frame.samples
        and directory.number(Tag.PHOTOMETRIC, -1) in {_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB}
        and set(directory.facts.get(Tag.BITS, ())) == {8}
        and set(directory.facts.get(Tag.SAMPLE_FORMAT, (1,))) == {1}
        and directory.number(Tag.PREDICTOR, 1) in {1, _HORIZONTAL}
        and directory.number(Tag.PLANAR, 1) == 1
        and directory.number(Tag.FILL_ORDER, 1) == 1
        and not frame.has_alpha
        and not directory.has(Tag.TILE_OFFSETS)
    )


def raw_bands(window: ByteWindow, source: FrameSource, directory: Directory) -> Iterator[Pixels]:
    """All rows of a plain, uncompressed frame, as they are shown.

    Raises:
        BadStructure: A strip is too short.
    """
    frame = source.frame
    row_bytes = frame.width_px * frame.samples
    places = zip(segments(window, directory), _strip_rows(frame, directory), strict=True)
    strips = [(window.part(*place), rows * row_bytes) for place, rows in places]
    is_inverted = directory.number(Tag.PHOTOMETRIC) == _WHITE_IS_ZERO
    for rows in _row_bytes(strips, source.data, band_rows(row_bytes) * row_bytes):
        band = np.frombuffer(rows, np.uint8).reshape(-1, frame.width_px, frame.samples)
        yield ~band if is_inverted else band


def _strip_rows(frame: FrameHeader, directory: Directory) -> Iterator[int]:
    """How many rows each strip holds; the last may hold fewer."""
    rows = min(directory.number(Tag.ROWS_PER_STRIP, frame.height_px), frame.height_px)
    return (min(rows, frame.height_px - top) for top in range(0, frame.height_px, rows))


def _row_bytes(
    strips: Sequence[_Strip], data: bytes | memoryview | None, band_bytes: int
) -> Iterator[bytes | memoryview]:
    """The bytes of all rows in bands of one size, but for the last; not copied if that can be."""
    if any(strip.size_bytes < wanted_bytes for strip, wanted_bytes in strips):
        raise cut("một phần dữ liệu điểm ảnh", "a part of the pixel data")
    if data is None or not _are_adjacent(strips):
        yield from _joined(_copied(strips), band_bytes)
        return
    start = strips[0][0].start
    end = start + sum(wanted_bytes for _, wanted_bytes in strips)
    for offset in range(start, end, band_bytes):
        yield memoryview(data)[offset : min(offset + band_bytes, end)]


def _are_adjacent(strips: Sequence[_Strip]) -> bool:
    """Whether the rows follow each other without a gap, as if they were one strip."""
    return all(
        one.start + wanted_bytes == following.start
        for (one, wanted_bytes), (following, _) in pairwise(strips)
    )


def _copied(strips: Sequence[_Strip]) -> Iterator[bytes]:
    for strip, wanted_bytes in strips:
        for position in range(0, wanted_bytes, COPY_CHUNK_BYTES):
            yield strip.read(position, min(COPY_CHUNK_BYTES, wanted_bytes - position))


def _joined(pieces: Iterator[bytes], band_bytes: int) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= band_bytes:
            yield bytes(memoryview(waiting)[:band_bytes])
            del waiting[:band_bytes]
    if waiting:
        yield bytes(waiting)
