"""Rows of plain TIFF frames, straight from their strips.

Plain means 8-bit gray or RGB, its samples side by side, in strips. Uncompressed ones need no
decoder at all.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.bands import band_rows
from appliance.imaging.headers import Mode
from appliance.imaging.problems import cut
from appliance.imaging.tiff import Directory, segments
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from appliance.imaging.bands import Pixels
    from appliance.imaging.headers import FrameHeader, FrameSource
    from appliance.imaging.reading import Proof
    from appliance.imaging.windows import ByteWindow

    _Strip: TypeAlias = tuple[int, int]  # where its rows begin, and how many bytes they are

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

    The proof of the source is carried on with the rows where it can be; it is not settled.

    Raises:
        BadStructure: A strip is too short.
    """
    frame = source.frame
    band_bytes = band_rows(frame.width_px * frame.samples) * frame.width_px * frame.samples
    strips = _strips(window, frame, directory)
    is_inverted = directory.number(Tag.PHOTOMETRIC) == _WHITE_IS_ZERO
    pieces: Iterator[bytes | memoryview]
    if source.data is None or not _are_adjacent(strips):
        pieces = _joined(_copied(window, strips), band_bytes)
    else:
        pieces = _held(strips, source.data, band_bytes, source.proof)
    for rows in pieces:
        band = np.frombuffer(rows, np.uint8).reshape(-1, frame.width_px, frame.samples)
        yield ~band if is_inverted else band


def _strips(window: ByteWindow, frame: FrameHeader, directory: Directory) -> list[_Strip]:
    """Where the rows of each strip lie; the last strip may hold fewer.

    Raises:
        BadStructure: A strip is too short.
    """
    row_bytes = frame.width_px * frame.samples
    rows = min(directory.number(Tag.ROWS_PER_STRIP, frame.height_px), frame.height_px)
    tops = range(0, frame.height_px, rows)
    strips = []
    for (start, length), top in zip(segments(window, directory), tops, strict=True):
        wanted_bytes = min(rows, frame.height_px - top) * row_bytes
        if length < wanted_bytes:
            raise cut("một phần dữ liệu điểm ảnh", "a part of the pixel data")
        strips.append((start, wanted_bytes))
    return strips


def _are_adjacent(strips: Sequence[_Strip]) -> bool:
    """Whether the rows follow each other without a gap, as if they were one strip."""
    return all(start + size == following for (start, size), (following, _) in pairwise(strips))


def _held(
    strips: Sequence[_Strip], data: bytes | memoryview, band_bytes: int, proof: Proof | None
) -> Iterator[memoryview]:
    """The bytes of adjacent strips in bands of one size, but for the last; nothing is copied."""
    (start, _), (last, last_bytes) = strips[0], strips[-1]
    end = last + last_bytes
    for offset in range(start, end, band_bytes):
        band_end = min(offset + band_bytes, end)
        if proof is not None:
            proof.pass_by(band_end)
        yield memoryview(data)[offset:band_end]


def _copied(window: ByteWindow, strips: Sequence[_Strip]) -> Iterator[bytes]:
    for start, size_bytes in strips:
        for position in range(0, size_bytes, COPY_CHUNK_BYTES):
            yield window.read(start + position, min(COPY_CHUNK_BYTES, size_bytes - position))


def _joined(pieces: Iterator[bytes], band_bytes: int) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= band_bytes:
            yield bytes(memoryview(waiting)[:band_bytes])
            del waiting[:band_bytes]
    if waiting:
        yield bytes(waiting)
