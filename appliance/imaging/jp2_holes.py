"""Holes in JPEG 2000 data: runs of zeros that no coder writes (ISO/IEC 15444-1 annexes A to C).

The data of a tile is headers of packets and what the arithmetic coder made. Every symbol that is
the more probable one adds to the coder's bits, so its bytes are hardly ever zero: the longest run
in real and made pictures was 8. A packet without content is one byte of zeros; more of them than
the tile has packets cannot follow each other. Decoders do not notice such a hole: OpenJPEG makes
a picture of it in its strict mode too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.windows import ByteWindow

_START: Final = b"\xff\x4f"
_SIZE: Final = b"\xff\x51"
_CODING: Final = b"\xff\x52"
_CODING_OF_ONE: Final = b"\xff\x53"
_TILE_PART: Final = b"\xff\x90"
_DATA: Final = b"\xff\x93"
_END: Final = b"\xff\xd9"
_TILE_PART_BYTES: Final = 12
_UNSUMMED_STYLES: Final = 0x41
"""Code-block styles whose bits are not all the arithmetic coder's: bypass, and high throughput."""
_OWN_PRECINCTS: Final = 0x01
_WIDEST_PRECINCT: Final = 0xFF
"""Two exponents of 15: what precincts measure where nothing is said of them."""

_ZEROS_OF_A_CODER: Final = 16
"""Our own: twice the longest run seen; by chance one in 2^128."""
_MAX_MARKERS: Final = 100_000
"""Our own: a tile has at most 255 parts, a page scan one tile or a few hundred."""
_PIECE_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Coding:
    """How every tile is coded.

    Args:
        canvas_px: Where the picture ends on its canvas, to the right and below.
        tile_px: Width and height of the largest tile.
        components: Colours.
        layers: Of quality.
        precincts: Exponents of width and height of a precinct, for each resolution.
    """

    canvas_px: tuple[int, int]
    tile_px: tuple[int, int]
    components: int
    layers: int
    precincts: tuple[tuple[int, int], ...]

    def most_packets(self) -> int:
        """Packets that a tile has at most (B.6, B.9)."""
        highest = len(self.precincts) - 1
        places = 0
        for number, exponents in enumerate(self.precincts):
            sides = zip(self.canvas_px, self.tile_px, exponents, strict=True)
            across, down = (_most_precincts(*one, highest - number) for one in sides)
            places += across * down
        return places * self.layers * self.components


def _most_precincts(canvas_px: int, tile_px: int, exponent: int, halvings: int) -> int:
    """Precincts along one side of a tile; it may begin and end within one."""
    return 1 if canvas_px <= 1 << exponent else (tile_px >> exponent + halvings) + 2


def has_hole(window: ByteWindow) -> bool:
    """Whether zeros stand where no coder writes them.

    Where tiles are coded in ways of their own, or not by the arithmetic coder alone, nothing is
    known and nothing said. Zeros at the very end of a tile may be padding.

    Args:
        window: On a code stream, from its start mark to its end mark.
    """
    sizes = coding = None
    for marker, offset, length in _segments(window):
        if marker == _CODING_OF_ONE or (marker == _CODING and coding is not None):
            return False
        if marker == _SIZE:
            sizes = window.read_up_to(offset, length)
        elif marker == _CODING:
            coding = window.read_up_to(offset, length)
        elif marker == _DATA:
            known = _coding(sizes, coding)
            if known is None:
                return False
            if _has_zeros(window.part(offset, length), known.most_packets() + _ZEROS_OF_A_CODER):
                return True
    return False


def _segments(window: ByteWindow) -> Iterator[tuple[bytes, int, int]]:
    """Marker, offset and length of each segment's content, and of the data of each tile part."""
    position, tile_end = len(_START), 0
    for _ in range(_MAX_MARKERS):
        head = window.read_up_to(position, _TILE_PART_BYTES)
        marker, length = head[:2], int.from_bytes(head[2:4], "big")
        if marker == _DATA:
            yield marker, position + 2, max(tile_end - position - 2, 0)
            position = max(tile_end, position + 2)
            continue
        if len(head) < 4 or marker == _END or length < 2:  # noqa: PLR2004 - marker and its length
            return
        if marker == _TILE_PART and len(head) == _TILE_PART_BYTES:
            part_bytes = int.from_bytes(head[6:10], "big")
            tile_end = position + part_bytes if part_bytes else window.size_bytes - len(_END)
        yield marker, position + 4, length - 2
        position += 2 + length


def _coding(sizes: bytes | None, coding: bytes | None) -> _Coding | None:
    """What the main header says; None where that is not known or not the arithmetic coder's."""
    if sizes is None or coding is None or len(sizes) < 36 or len(coding) < 10:  # noqa: PLR2004 - SIZ and COD without components and precincts
        return None
    _, right, lower, left, upper, tile_width, tile_height = struct.unpack(">H6I", sizes[:26])
    (components,) = struct.unpack(">H", sizes[34:36])
    style, _, layers, _, levels, _, _, block_style, _ = struct.unpack(">BBHBBBBBB", coding[:10])
    precincts = coding[10 : 11 + levels]
    if not style & _OWN_PRECINCTS:
        precincts = bytes([_WIDEST_PRECINCT]) * (levels + 1)
    if block_style & _UNSUMMED_STYLES or len(precincts) <= levels:
        return None
    tile_px = min(tile_width, right - left), min(tile_height, lower - upper)
    if min(tile_px) < 1:
        return None
    exponents = tuple((one & 0x0F, one >> 4) for one in precincts)
    return _Coding((right, lower), tile_px, components, layers, exponents)


def _has_zeros(window: ByteWindow, count: int) -> bool:
    """Whether so many zeros follow each other, and anything else follows them."""
    if count >= window.size_bytes:  # a header may claim any number of packets
        return False
    zeros, before, is_open = bytes(count), b"", False
    for offset in range(0, window.size_bytes, _PIECE_BYTES):
        piece = before + window.read_up_to(offset, _PIECE_BYTES)
        if is_open and piece.strip(b"\0"):
            return True
        place = piece.find(zeros)
        if place >= 0 and piece[place:].lstrip(b"\0"):
            return True
        is_open = is_open or place >= 0
        before = piece[1 - count :]
    return False
