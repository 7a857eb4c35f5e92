"""PNG chunks: header facts, and whether the chain runs to IEND (ISO/IEC 15948)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.headers import (
    METRES_PER_INCH,
    FrameHeader,
    ImageHeader,
    Kind,
    Mode,
    StatedDpi,
)
from appliance.imaging.problems import cut, malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.windows import ByteWindow

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS: Final = 200_000
"""Our own: a 1 GB scan in pieces of 8 kB has 131 072."""
MAX_PALETTE_BYTES: Final = 768
_MAX_NAME_BYTES: Final = 79

_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MODES: Final = {0: Mode.GRAY, 2: Mode.COLOUR, 3: Mode.PALETTE, 4: Mode.GRAY, 6: Mode.COLOUR}
_ALPHA_TYPES: Final = {4, 6}
_CHUNK_FRAME_BYTES: Final = 12
"""Length, type and CRC around each chunk's data."""


@dataclass(frozen=True, slots=True)
class PngFacts:
    """What the chunks say.

    Args:
        header: The one frame.
        end: Offset just after IEND.
        data_spans: Offset and length of each IDAT chunk's data.
        palette: The PLTE bytes, three a colour.
        is_interlaced: Adam7.
        profile_span: Of the iCCP chunk's zlib stream, if there is one.
    """

    header: FrameHeader
    end: int
    data_spans: tuple[tuple[int, int], ...]
    palette: bytes
    is_interlaced: bool
    profile_span: tuple[int, int] | None = None


def read_png_header(window: ByteWindow) -> ImageHeader:
    """The one frame, with the chain of chunks followed to IEND.

    Raises:
        BadStructure: The file is not whole.
    """
    facts = read_png_facts(window)
    return ImageHeader(Kind.PNG, (facts.header,), window.size_bytes - facts.end)


def read_png_facts(window: ByteWindow) -> PngFacts:
    """Walk every chunk.

    Raises:
        BadStructure: The chain leaves the file, has no IEND, or no picture.
    """
    chunks: dict[bytes, tuple[int, int]] = {}
    spans = []
    end = 0
    for name, offset, length in _chunks(window):
        if name == b"IDAT":
            spans.append((offset, length))
        else:
            chunks.setdefault(name, (offset, length))
        end = offset + length + 4
    if b"IHDR" not in chunks or not spans:
        raise malformed("tệp PNG không có dữ liệu ảnh", "the PNG holds no picture")
    ihdr = struct.unpack(">IIBBBBB", window.read(chunks[b"IHDR"][0], 13))
    palette_offset, palette_length = chunks.get(b"PLTE", (0, 0))
    return PngFacts(
        header=_frame(window, ihdr, chunks),
        end=end,
        data_spans=tuple(spans),
        palette=window.read(palette_offset, min(palette_length, MAX_PALETTE_BYTES)),
        is_interlaced=ihdr[6] != 0,
        profile_span=_profile_span(window, chunks.get(b"iCCP")),
    )


def _profile_span(window: ByteWindow, place: tuple[int, int] | None) -> tuple[int, int] | None:
    """ISO/IEC 15948 11.3.3.3: a name, a zero, the method, then the packed profile."""
    if place is None:
        return None
    offset, length = place
    name_bytes = window.read_up_to(offset, min(length, _MAX_NAME_BYTES + 1)).find(b"\0")
    start = name_bytes + 2
    return (offset + start, length - start) if name_bytes >= 0 and start < length else None


def _chunks(window: ByteWindow) -> Iterator[tuple[bytes, int, int]]:
    """Name, data offset and data length of every chunk up to IEND."""
    position = len(SIGNATURE)
    for _ in range(MAX_CHUNKS):
        head = window.read(position, 8)
        length, name = struct.unpack(">I4s", head)
        if position + _CHUNK_FRAME_BYTES + length > window.size_bytes:
            raise cut("phần cuối tệp PNG", "the end of the PNG")
        yield name, position + 8, length
        if name == b"IEND":
            return
        position += _CHUNK_FRAME_BYTES + length
    raise malformed("tệp PNG có quá nhiều đoạn", "the PNG has too many chunks")


def _frame(
    window: ByteWindow, ihdr: tuple[int, ...], chunks: dict[bytes, tuple[int, int]]
) -> FrameHeader:
    width, height, bits, colour_type = ihdr[:4]
    if not width or not height or colour_type not in _MODES:
        raise malformed("phần đầu tệp PNG không hợp lệ", "the head of the PNG is not valid")
    mode = _MODES[colour_type]
    if mode is Mode.GRAY and bits == 1:
        mode = Mode.BITONAL
    return FrameHeader(
        frame=1,
        directory=0,
        width_px=width,
        height_px=height,
        mode=mode,
        bits_per_sample=bits,
        samples=_SAMPLES[colour_type],
        compression="deflate",
        dpi=_dpi(window, chunks.get(b"pHYs")),
        has_icc=b"iCCP" in chunks,
        has_alpha=colour_type in _ALPHA_TYPES or b"tRNS" in chunks,
    )


def _dpi(window: ByteWindow, place: tuple[int, int] | None) -> StatedDpi:
    if place is None or place[1] != 9:  # noqa: PLR2004 - the length of pHYs
        return StatedDpi()
    across, down, unit = struct.unpack(">IIB", window.read(place[0], 9))
    if unit != 1 or not across or not down:
        return StatedDpi()
    return StatedDpi(across * METRES_PER_INCH, down * METRES_PER_INCH, "png")
