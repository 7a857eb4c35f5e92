"""Is a dropped PDF written to its end? Told from its tail and its table of objects alone.

No object is parsed: the watchers ask this of files that strangers may still be writing. What
the pages hold is read in a worker process (``pdf_drop``). Source: ISO 32000-1, 7.5.4 (the table),
7.5.5 (the tail) and annex F (files arranged for the web).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.pdf_drop_problems import damaged, unfinished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.imaging.windows import ByteWindow

MAGIC: Final = b"%PDF-"
TAIL_BYTES: Final = 4096
"""Our own: where the end mark is looked for; readers look at the last 1024 bytes or more."""
MAX_LOOKS: Final = 4096
"""Our own: objects whose place is looked at; a scan has some four objects a page."""
MAX_SECTIONS: Final = 10_000
"""Our own: sections of one table; a file written at once has one."""

_HEAD_BYTES: Final = 1024
_LOOK_BYTES: Final = 32
_ENTRY_BYTES: Final = 20
_ENTRIES_AT_ONCE: Final = 1024
_BLANK: Final = b"\0\t\n\f\r "
_END: Final = re.compile(rb"startxref[\0\t\n\f\r ]+(\d{1,19})[\0\t\n\f\r ]+%%EOF")
_STATED_LENGTH: Final = re.compile(rb"/L[\0\t\n\f\r ]+(\d{1,19})")
_OBJECT: Final = re.compile(rb"[\0\t\n\f\r ]*\d{1,10}[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+obj")
_SECTION: Final = re.compile(rb"[\0\t\n\f\r ]*(\d{1,10})[\0\t\n\f\r ]+(\d{1,10})[\0\t\n\f\r ]+")
_ENTRY: Final = re.compile(rb"(\d{10}) \d{5} n")


@dataclass(frozen=True, slots=True)
class PdfTail:
    """Where a PDF ends.

    Args:
        table_offset: Where its newest table of objects starts.
        trailing_bytes: Bytes after the end mark, other than blanks.
    """

    table_offset: int
    trailing_bytes: int


def read_pdf_tail(window: ByteWindow) -> PdfTail:
    """The end of a PDF, with every object of its newest table inside the file.

    Raises:
        BadStructure: The file is not whole.
    """
    _refuse_short(window)
    start = max(window.size_bytes - TAIL_BYTES, 0)
    tail = window.read_up_to(start, TAIL_BYTES)
    ends = list(_END.finditer(tail))
    if not ends:
        if tail.rstrip(_BLANK).endswith(b"%%EOF"):
            raise damaged("phần cuối tệp PDF sai", "the tail of the PDF is wrong")
        raise unfinished("dấu kết thúc tệp PDF", "the end mark of the PDF")
    table_offset = int(ends[-1][1])
    _check_table(window, table_offset)
    after = len(tail) - ends[-1].end()
    is_blank = not tail[ends[-1].end() :].strip(_BLANK)
    return PdfTail(table_offset, 0 if is_blank else after)


def _refuse_short(window: ByteWindow) -> None:
    """A file arranged for the web states its length at its head, and its first end mark early."""
    head = window.read_up_to(0, _HEAD_BYTES)
    stated = _STATED_LENGTH.search(head) if b"/Linearized" in head else None
    if stated is not None and int(stated[1]) > window.size_bytes:
        raise unfinished("phần cuối tệp PDF", "the end of the PDF")


def _check_table(window: ByteWindow, offset: int) -> None:
    look = window.read_up_to(offset, _LOOK_BYTES) if 0 < offset < window.size_bytes else b""
    if not look.strip(b"\0"):
        raise unfinished("bảng đối tượng PDF", "the table of PDF objects")
    if look.lstrip(_BLANK).startswith(b"xref"):
        _check_places(window, offset + look.index(b"xref") + len(b"xref"))
    elif _OBJECT.match(look) is None:
        raise damaged("bảng đối tượng PDF sai chỗ", "the table of PDF objects is misplaced")


def _check_places(window: ByteWindow, position: int) -> None:
    """Objects lie inside the file, and the first of them are written: no zeros stand there."""
    for look, place in enumerate(_places(window, position)):
        if place >= window.size_bytes:
            raise unfinished("một số đối tượng PDF", "an object of the PDF")
        is_written = look >= MAX_LOOKS or window.read_up_to(place, _LOOK_BYTES).strip(b"\0")
        if place and not is_written:
            raise unfinished("một số đối tượng PDF", "an object of the PDF")


def _places(window: ByteWindow, position: int) -> Iterator[int]:
    """Offsets of the objects in use, section by section up to the trailer."""
    for _ in range(MAX_SECTIONS):
        look = window.read_up_to(position, 2 * _LOOK_BYTES)
        if look.lstrip(_BLANK).startswith(b"trailer"):
            return
        section = _SECTION.match(look)
        if section is None:
            raise damaged("bảng đối tượng PDF sai", "the table of PDF objects is wrong")
        position += section.end()
        length = int(section[2]) * _ENTRY_BYTES
        if position + length > window.size_bytes:
            raise unfinished("bảng đối tượng PDF", "the table of PDF objects")
        yield from _entries(window, position, length)
        position += length
    raise damaged("bảng đối tượng PDF quá dài", "the table of PDF objects is too long")


def _entries(window: ByteWindow, position: int, length: int) -> Iterator[int]:
    step = _ENTRIES_AT_ONCE * _ENTRY_BYTES
    for start in range(position, position + length, step):
        rows = window.read(start, min(step, position + length - start))
        for row in range(0, len(rows), _ENTRY_BYTES):
            entry = _ENTRY.match(rows, row)
            if entry is not None:
                yield int(entry[1])
