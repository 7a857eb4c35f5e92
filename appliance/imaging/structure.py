"""Is a dropped file structurally whole? Answered without decoding and without reading it whole.

The watchers ask this of files that may still be written; inspection asks it first of every
master. The magic bytes decide the format, never the extension.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.imaging import jp2_header, png_header
from appliance.imaging.headers import ImageHeader, Kind
from appliance.imaging.jp2_header import read_jp2_header
from appliance.imaging.jpeg_header import read_jpeg_header
from appliance.imaging.pdf_drop_tail import MAGIC as PDF_MAGIC
from appliance.imaging.pdf_drop_tail import read_pdf_tail
from appliance.imaging.png_header import read_png_header
from appliance.imaging.problems import BadStructure, Problem, cut, malformed
from appliance.imaging.tiff import is_tiff
from appliance.imaging.tiff_header import read_tiff_header
from appliance.imaging.windows import descriptor_window, first_hole, open_descriptor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from appliance.imaging.windows import ByteWindow

_HEAD_BYTES: Final = 16
_TAIL_BYTES: Final = 4096
"""Our own: so many zeros at its end, or half of it, is a file that was never written there."""
_JPEG_MAGIC: Final = b"\xff\xd8\xff"
_MAGICS: Final = (
    b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", _JPEG_MAGIC, png_header.SIGNATURE, jp2_header.SIGNATURE,
    PDF_MAGIC,
)  # fmt: skip
_OTHERS: Final = {
    b"GIF8": Problem("đây là ảnh GIF", "this is a GIF"),
    b"PK\x03\x04": Problem(
        "đây là tệp nén ZIP hoặc tài liệu Office", "this is a ZIP or Office file"
    ),
    b"BM": Problem("đây là ảnh BMP", "this is a BMP"),
    b"\xffO\xffQ": Problem("đây là dữ liệu JPEG 2000 trần", "this is a bare JPEG 2000 stream"),
}
_NOT_IMAGE: Final = Problem("nội dung không phải là ảnh", "the content is not an image")
_EMPTY: Final = Problem("tệp rỗng", "it is empty")
_HOLE: Final = Problem("tệp còn khoảng trống chưa ghi", "a part of it was never written")
_READERS: Final[Mapping[Kind, Callable[[ByteWindow], ImageHeader]]] = {
    Kind.TIFF: read_tiff_header,
    Kind.JPEG: read_jpeg_header,
    Kind.PNG: read_png_header,
    Kind.JP2: read_jp2_header,
}


class WholenessState(StrEnum):
    """What the structure says."""

    WHOLE = "whole"
    UNFINISHED = "unfinished"
    """More bytes may mend it: still being written, or cut short."""
    NOT_IMAGE = "not_image"
    """Waiting cannot mend it."""


@dataclass(frozen=True, slots=True)
class Wholeness:
    """The answer for one file.

    Args:
        kind: By its magic bytes.
        state: Whole, unfinished or no image.
        problem: Why it is not whole, in Vietnamese; empty when it is.
        problem_en: The same in English.
        frame_count: Page frames; 0 unless whole, and for a PDF, whose pages nobody counts here.
        trailing_bytes: Bytes after the image's own end: tolerated, worth a note.
    """

    kind: Kind
    state: WholenessState
    problem: str = ""
    problem_en: str = ""
    frame_count: int = 0
    trailing_bytes: int = 0


def wholeness(path: Path) -> Wholeness:
    """Judge the structure of a file that may still be written.

    Raises:
        OSError: It cannot be opened or read.
    """
    with open_descriptor(path) as descriptor:
        window = descriptor_window(descriptor)
        kind = Kind.UNKNOWN
        try:
            kind = kind_of(window)
            frame_count, trailing_bytes = _extent(window, kind)
            _refuse_holes(descriptor)
        except BadStructure as bad:
            may_come = bad.is_cut or (kind is not Kind.UNKNOWN and _ends_unwritten(window))
            state = WholenessState.UNFINISHED if may_come else WholenessState.NOT_IMAGE
            return Wholeness(kind, state, bad.problem.vi, bad.problem.en)
    return Wholeness(
        kind, WholenessState.WHOLE, frame_count=frame_count, trailing_bytes=trailing_bytes
    )


def _extent(window: ByteWindow, kind: Kind) -> tuple[int, int]:
    """Frames, and bytes after the end, of a whole file; a stranger's PDF is not parsed here."""
    if kind is Kind.PDF:
        return 0, read_pdf_tail(window).trailing_bytes
    header = _READERS[kind](window)
    return len(header.frames), header.trailing_bytes


def read_header(window: ByteWindow) -> ImageHeader:
    """The header of a structurally whole image; a PDF is opened by ``pdf_drop``.

    Raises:
        BadStructure: It is not whole, no image that this box reads, or a PDF.
    """
    kind = kind_of(window)
    if kind is Kind.PDF:
        raise malformed("đây là tệp PDF", "this is a PDF")
    return _READERS[kind](window)


def _refuse_holes(descriptor: int) -> None:
    """A preallocated file has its full length before its bytes."""
    if first_hole(descriptor) is not None:
        raise BadStructure(_HOLE, is_cut=True)


def _ends_unwritten(window: ByteWindow) -> bool:
    """Whether the end is zeros alone: of a file that has its full length before its bytes."""
    length = min(_TAIL_BYTES, window.size_bytes // 2)
    tail = window.read_up_to(window.size_bytes - length, length)
    return bool(tail) and not any(tail)


def kind_of(window: ByteWindow) -> Kind:
    """The format by magic bytes.

    Raises:
        BadStructure: Empty, too short to tell, or of no format this box reads.
    """
    if window.size_bytes == 0:
        raise BadStructure(_EMPTY, is_cut=True)
    head = window.read_up_to(0, _HEAD_BYTES)
    if is_tiff(head):
        return Kind.TIFF
    if head.startswith(_JPEG_MAGIC):
        return Kind.JPEG
    if head.startswith(png_header.SIGNATURE):
        return Kind.PNG
    if head.startswith(jp2_header.SIGNATURE):
        return Kind.JP2
    if head.startswith(PDF_MAGIC):
        return Kind.PDF
    raise _unknown(head)


def _unknown(head: bytes) -> BadStructure:
    written = head.rstrip(b"\0")  # the rest may still come; of nothing but zeros, all of it
    if any(magic.startswith(written) for magic in _MAGICS):
        return cut("phần đầu ảnh", "the head of the image")
    for magic, problem in _OTHERS.items():
        if head.startswith(magic):
            return BadStructure(problem, is_cut=False)
    return malformed(_NOT_IMAGE.vi, _NOT_IMAGE.en)
