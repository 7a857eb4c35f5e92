"""JP2 boxes: header facts, and whether the boxes fill the file (ISO/IEC 15444-1 annex I)."""

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

SIGNATURE: Final = b"\0\0\0\x0cjP  \r\n\x87\n"
MAX_BOXES: Final = 10_000
"""Our own: a page scan has about ten."""

_MODES: Final = {1: Mode.GRAY, 2: Mode.GRAY, 3: Mode.COLOUR, 4: Mode.COLOUR}
_MIXED_BITS: Final = 255
_SUPER: Final = {b"jp2h", b"res "}


@dataclass(frozen=True, slots=True)
class Jp2Facts:
    """What the boxes say.

    Args:
        header: The one frame.
        colour_space: Enumerated: 16 is sRGB, 17 gray, 18 sYCC; 0 when a profile tells.
        end: Offset just after the last box.
        has_restricted_profile: Whether a profile of matrix or gray form tells the colours.
    """

    header: FrameHeader
    colour_space: int
    end: int
    has_restricted_profile: bool = False


def read_jp2_header(window: ByteWindow) -> ImageHeader:
    """The one frame, with the boxes followed to their end.

    Raises:
        BadStructure: The file is not whole.
    """
    facts = read_jp2_facts(window)
    return ImageHeader(Kind.JP2, (facts.header,), window.size_bytes - facts.end)


def read_jp2_facts(window: ByteWindow) -> Jp2Facts:
    """Walk the boxes.

    Raises:
        BadStructure: A box leaves the file, or the picture or its end mark is missing.
    """
    boxes: dict[bytes, tuple[int, int]] = {}
    end = 0
    for name, offset, length in _boxes(window, 0, window.size_bytes):
        boxes.setdefault(name, (offset, length))
        end = max(end, offset + length)
    if b"ihdr" not in boxes or b"jp2c" not in boxes:
        raise cut("dữ liệu ảnh JPEG 2000", "the JPEG 2000 picture")
    _check_code_stream(window, *boxes[b"jp2c"])
    colour = window.read_up_to(*boxes.get(b"colr", (0, 0)))[:7]
    is_enumerated = len(colour) == 7 and colour[0] == 1  # noqa: PLR2004 - METH, PREC, APPROX, EnumCS
    return Jp2Facts(
        header=_frame(window, boxes, has_icc=bool(colour) and not is_enumerated),
        colour_space=int.from_bytes(colour[3:7], "big") if is_enumerated else 0,
        end=end,
        has_restricted_profile=colour[:1] == b"\x02",
    )


def _boxes(window: ByteWindow, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, content offset and content length of every box, those inside others too."""
    pending = [(start, end)]
    for _ in range(MAX_BOXES):
        while pending and pending[-1][0] >= pending[-1][1]:
            pending.pop()
        if not pending:
            return
        position, limit = pending.pop()
        name, content, box_end = _box(window, position, limit)
        yield name, content, box_end - content
        pending.append((box_end, limit))
        if name in _SUPER:
            pending.append((content, box_end))
    raise malformed("tệp JPEG 2000 có quá nhiều hộp", "the JPEG 2000 file has too many boxes")


def _box(window: ByteWindow, position: int, limit: int) -> tuple[bytes, int, int]:
    length, name = struct.unpack(">I4s", window.read(position, 8))
    content = position + 8
    if length == 1:
        length = int.from_bytes(window.read(content, 8), "big")
        content += 8
    box_end = limit if length == 0 else position + length
    if box_end > limit:
        raise cut("phần cuối tệp JPEG 2000", "the end of the JPEG 2000 file")
    if box_end < content:
        raise malformed("hộp JPEG 2000 không hợp lệ", "a JPEG 2000 box is not valid")
    return name, content, box_end


def _check_code_stream(window: ByteWindow, offset: int, length: int) -> None:
    if window.read_up_to(offset, 2) != b"\xff\x4f":
        raise malformed("dữ liệu JPEG 2000 bị hỏng", "the JPEG 2000 data is broken")
    if window.read_up_to(offset + length - 2, 2) != b"\xff\xd9":
        raise cut("dấu kết thúc ảnh JPEG 2000", "the end mark of the JPEG 2000 picture")


def _frame(
    window: ByteWindow, boxes: dict[bytes, tuple[int, int]], *, has_icc: bool
) -> FrameHeader:
    height, width, samples, bits = struct.unpack(">IIHB", window.read(boxes[b"ihdr"][0], 11))
    if not width or not height:
        raise malformed("ảnh JPEG 2000 không có kích thước", "the JPEG 2000 states no size")
    return FrameHeader(
        frame=1,
        directory=0,
        width_px=width,
        height_px=height,
        mode=Mode.PALETTE if b"pclr" in boxes else _MODES.get(samples, Mode.OTHER),
        bits_per_sample=0 if bits == _MIXED_BITS else (bits & 0x7F) + 1,
        samples=samples,
        compression="jp2",
        dpi=_dpi(window, boxes.get(b"resc") or boxes.get(b"resd")),
        has_icc=has_icc,
        has_alpha=samples in {2, 4},
    )


def _dpi(window: ByteWindow, place: tuple[int, int] | None) -> StatedDpi:
    if place is None or place[1] < 10:  # noqa: PLR2004 - two fractions and two exponents
        return StatedDpi()
    down_top, down_bottom, across_top, across_bottom, down_power, across_power = struct.unpack(
        ">HHHHbb", window.read(place[0], 10)
    )
    if not all((down_top, down_bottom, across_top, across_bottom)):
        return StatedDpi()
    across = across_top / across_bottom * 10.0**across_power * METRES_PER_INCH
    down = down_top / down_bottom * 10.0**down_power * METRES_PER_INCH
    return StatedDpi(across, down, "jp2")
