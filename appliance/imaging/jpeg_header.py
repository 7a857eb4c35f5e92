"""JPEG markers: header facts, and whether the scan data runs to its end mark.

Source of markers: ITU-T T.81 annex B; JFIF 1.02; Adobe TN 5116 (APP14); CIPA DC-008 (EXIF).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.headers import (
    CENTIMETRES_PER_INCH,
    FrameHeader,
    ImageHeader,
    Kind,
    Mode,
    StatedDpi,
)
from appliance.imaging.problems import BadStructure, cut, malformed
from appliance.imaging.tiff import read_directories
from appliance.imaging.tiff_header import stated_dpi
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from appliance.imaging.windows import ByteWindow

MAX_MARKERS: Final = 100_000
"""Our own: markers of one file; a progressive A0 with thumbnails has some hundreds."""
FIRST_LOOK_BYTES: Final = 4096
"""Our own: how far the end of a scan is first looked for."""

_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
_FRAME_STARTS: Final = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = {0x01, _SOI, *range(0xD0, 0xD8)}
_ENDS_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What follows an 0xFF tells: a stuffed zero, a restart mark or a fill byte does not end it."""
_MODES: Final = {1: Mode.GRAY, 3: Mode.COLOUR, 4: Mode.CMYK}
_CODINGS: Final = {0xC0: "jpeg", 0xC1: "jpeg", 0xC2: "progressive-jpeg"}


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """What the markers say.

    Args:
        header: The one frame.
        end: Offset just after the end mark.
        is_adobe: Whether an Adobe mark is there; its CMYK values are stored inverted.
        profile_spans: The colour profile's pieces in order; empty when there is none, or when
            pieces are missing.
    """

    header: FrameHeader
    end: int
    is_adobe: bool
    profile_spans: tuple[tuple[int, int], ...] = ()


def read_jpeg_header(window: ByteWindow) -> ImageHeader:
    """The one frame, with the scan followed to its end mark.

    Raises:
        BadStructure: The file is not whole.
    """
    facts = read_jpeg_facts(window)
    return ImageHeader(Kind.JPEG, (facts.header,), window.size_bytes - facts.end)


def read_jpeg_facts(window: ByteWindow) -> JpegFacts:
    """Walk every marker from the first to the end mark.

    Raises:
        BadStructure: A marker is missing, leaves the file or contradicts T.81.
    """
    walk = _Walk(window)
    position = 2
    for _ in range(MAX_MARKERS):
        marker, position = _marker(window, position)
        if marker == _EOI:
            return walk.facts(position)
        if marker in _STANDALONE:
            continue
        length = int.from_bytes(window.read(position, 2), "big")
        if length < 2 or position + length > window.size_bytes:  # noqa: PLR2004 - counts itself
            raise cut("dữ liệu ở cuối", "data at the end")
        walk.take(marker, window.part(position + 2, length - 2))
        position += length
        if marker == _SOS:
            position = _scan_end(window, position)
    raise malformed("tệp JPEG có quá nhiều đoạn", "the JPEG has too many segments")


class _Walk:
    """Collects facts while the markers pass."""

    def __init__(self, window: ByteWindow) -> None:
        self._window = window
        self._frame: FrameHeader | None = None
        self._dpi = StatedDpi()
        self._orientation = 1
        self._has_icc = False
        self._has_exif = False
        self._is_adobe = False
        self._has_scan = False
        self._profile: dict[int, tuple[int, int]] = {}
        self._profile_pieces = 0

    def take(self, marker: int, body: ByteWindow) -> None:
        if marker in _FRAME_STARTS:
            self._frame = self._frame or _frame(marker, body)
        elif marker == _SOS:
            self._has_scan = True
        elif marker == _APP0 and not self._dpi.source:
            self._dpi = _jfif_dpi(body.read_up_to(0, 12))
        elif marker == _APP1:
            self._take_exif(body)
        elif marker == _APP2:
            self._take_profile(body)
        elif marker == _APP14:
            self._is_adobe = self._is_adobe or body.read_up_to(0, 5) == b"Adobe"

    def _take_profile(self, body: ByteWindow) -> None:
        """ICC.1 annex B.4: each piece says which it is and how many there are."""
        head = body.read_up_to(0, 14)
        if head[:11] != b"ICC_PROFILE":
            return
        self._has_icc = True
        if len(head) == 14:  # noqa: PLR2004 - the mark, a zero, the number, the count
            self._profile_pieces = head[13]
            self._profile.setdefault(head[12], (body.start + 14, body.size_bytes - 14))

    def _profile_spans(self) -> tuple[tuple[int, int], ...]:
        is_whole = sorted(self._profile) == list(range(1, self._profile_pieces + 1))
        return tuple(self._profile[one] for one in sorted(self._profile)) if is_whole else ()

    def _take_exif(self, body: ByteWindow) -> None:
        if self._has_exif or body.read_up_to(0, 6) != b"Exif\0\0":
            return
        self._has_exif = True  # CIPA DC-008 knows one; a thousand crafted ones would cost minutes
        try:
            directory = read_directories(body.part(6, body.size_bytes - 6))[0]
        except BadStructure:
            return  # broken camera facts beside good pixels: the pixels count
        orientation = directory.number(Tag.ORIENTATION, 1)
        self._orientation = orientation if 1 <= orientation <= 8 else 1  # noqa: PLR2004 - tag 274 knows 1 to 8
        if not self._dpi.source:
            self._dpi = stated_dpi(directory, "exif")

    def facts(self, end: int) -> JpegFacts:
        if self._frame is None or not self._has_scan:
            raise malformed("tệp JPEG không có dữ liệu ảnh", "the JPEG holds no picture")
        frame = replace(
            self._frame, dpi=self._dpi, orientation=self._orientation, has_icc=self._has_icc
        )
        return JpegFacts(frame, end, self._is_adobe, self._profile_spans())


def _marker(window: ByteWindow, position: int) -> tuple[int, int]:
    """The next marker and the offset after it; fill bytes (T.81 B.1.1.2) are skipped."""
    head = window.read_up_to(position, 64)
    if len(head) < 2:  # noqa: PLR2004 - a marker has two bytes
        raise cut("dấu kết thúc ảnh JPEG", "the end mark of the JPEG")
    if head[0] != 0xFF:  # noqa: PLR2004 - every marker starts so
        raise malformed("cấu trúc JPEG bị hỏng", "the structure of the JPEG is broken")
    code = head.lstrip(b"\xff")
    if not code:
        raise malformed("cấu trúc JPEG bị hỏng", "the structure of the JPEG is broken")
    return code[0], position + len(head) - len(code) + 1


def _scan_end(window: ByteWindow, position: int) -> int:
    """Offset of the first marker after entropy-coded data that is no restart mark."""
    length = FIRST_LOOK_BYTES  # many short scans must not cost a long read each
    while position < window.size_bytes:
        chunk = window.read_up_to(position, length)
        found = _ENDS_SCAN.search(chunk)
        if found is not None:
            return position + found.start()
        position += max(len(chunk) - 1, 1)  # a marker may lie across two chunks
        length = min(length * 4, COPY_CHUNK_BYTES)
    raise cut("dấu kết thúc ảnh JPEG", "the end mark of the JPEG")


def _frame(marker: int, body: ByteWindow) -> FrameHeader:
    bits, height, width, samples = struct.unpack(">BHHB", body.read(0, 6))
    if not width or not height:
        raise malformed("ảnh JPEG không có kích thước", "the JPEG states no size")
    return FrameHeader(
        frame=1,
        directory=0,
        width_px=width,
        height_px=height,
        mode=_MODES.get(samples, Mode.OTHER),
        bits_per_sample=bits,
        samples=samples,
        compression=_CODINGS.get(marker, f"jpeg-{marker:x}"),
        dpi=StatedDpi(),
    )


def _jfif_dpi(body: bytes) -> StatedDpi:
    if body[:5] != b"JFIF\0" or len(body) < 12:  # noqa: PLR2004 - up to the densities
        return StatedDpi()
    unit, across, down = struct.unpack(">BHH", body[7:12])
    if unit not in {1, 2} or not across or not down:
        return StatedDpi()
    factor = 1.0 if unit == 1 else CENTIMETRES_PER_INCH
    return StatedDpi(across * factor, down * factor, "jfif")
