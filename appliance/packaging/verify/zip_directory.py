"""The central directory of a ZIP, read with suspicion (APPNOTE 6.3.10)."""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.own_form import is_own_header

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DIRECTORY_BYTES: Final = 16 * 1024 * 1024
"""Our own: a directory above this size (some 100,000 entries) is refused unread."""

_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")
_END64_LEAD_BYTES: Final = 12
"""Signature and size of the ZIP64 record, which its size leaves out."""
_MAX_32: Final = 0xFFFFFFFF
_MAX_16: Final = 0xFFFF
_MAX_COMMENT_BYTES: Final = 0xFFFF
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_MAX_VERSION: Final = 63
"""The newest in APPNOTE 6.3.10 §4.4.3.2; stock programs unpack nothing that asks for more."""
_UTF8: Final = 0x0800
_UNIX: Final = 3


class Unreadable(Exception):  # noqa: N818 - what is wrong is in its finding, not an error of ours
    """The structure ends the check: nothing behind it can be trusted.

    Args:
        finding: What is wrong.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def unreadable(problem: str, code: str = "ZIP-UNREADABLE", where: str = "") -> Unreadable:
    """An ``Unreadable`` with its finding."""
    return Unreadable(Finding(code, where, {"problem": problem}))


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry as the central directory tells it.

    Args:
        name: Decoded path, as written.
        raw_name: Its bytes.
        needed_version: To unpack it, ten times the number that APPNOTE has.
        flags: General purpose flags.
        crc: CRC-32 of its bytes.
        size_bytes: Uncompressed.
        stored_bytes: As stored.
        method: 0 is uncompressed.
        time_and_date: Of the last change, in DOS form; the local header repeats it.
        offset: Of its local header.
        unix_mode: File type and permissions; 0 when not made on Unix.
        has_foreign_extra: Whether it carries extra fields other than ZIP64, or a comment.
        has_own_form: Whether its header is as the writers of this format write it.
    """

    name: str
    raw_name: bytes
    needed_version: int
    flags: int
    crc: int
    size_bytes: int
    stored_bytes: int
    method: int
    time_and_date: tuple[int, int]
    offset: int
    unix_mode: int
    has_foreign_extra: bool
    has_own_form: bool

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class ZipDirectory:
    """Every entry, by offset, and where the directory begins.

    Args:
        entries: In the order in which they lie in the archive.
        offset: Where the central directory begins.
    """

    entries: tuple[ZipEntry, ...]
    offset: int


def read_directory(descriptor: int) -> ZipDirectory:
    """Read the central directory of an open archive.

    Raises:
        Unreadable: It is no ZIP, or its end does not fit.
    """
    size = os.fstat(descriptor).st_size
    end_at = size - _END.size
    end = os.pread(descriptor, _END.size, max(end_at, 0))
    if not end.startswith(b"PK\5\6") or len(end) < _END.size:
        raise _without_end(descriptor, size)
    _, disk, start_disk, here, count, length, offset, comment = _END.unpack(end)
    if disk or start_disk or here != count or comment:
        raise unreadable("split over several disks, or its end record contradicts itself")
    directory_end = end_at
    record = _end64(descriptor, end_at)
    if record is not None:
        _expect_same((count, length, offset), record[1:])
        directory_end, count, length, offset = record
    if offset + length != directory_end or length > MAX_DIRECTORY_BYTES:
        raise unreadable("the directory does not lie where its end record says", "ZIP-EXTRA-BYTES")
    entries = tuple(_entries(os.pread(descriptor, length, offset)))
    if len(entries) != count:
        raise unreadable(f"{len(entries)} entries, but {count} announced")
    return ZipDirectory(tuple(sorted(entries, key=lambda one: one.offset)), offset)


def refused(entry: ZipEntry) -> Iterator[Finding]:
    """What makes an entry unfit to be read at all."""
    if entry.flags & _ENCRYPTED:
        yield Finding("ZIP-ENCRYPTED", entry.name)
    if entry.method != 0 or entry.size_bytes != entry.stored_bytes:
        yield Finding("ZIP-COMPRESSED", entry.name)
    if entry.needed_version > _MAX_VERSION:
        problem = f"it asks for version {entry.needed_version / 10} of ZIP"
        yield Finding("ZIP-HEADERS", entry.name, {"problem": problem})
    kind = stat.S_IFMT(entry.unix_mode)
    if kind not in {0, stat.S_IFDIR if entry.is_folder else stat.S_IFREG}:
        yield Finding("ENTRY-LINK", entry.name)
    if entry.is_folder and entry.size_bytes:
        yield Finding("ZIP-HEADERS", entry.name, {"problem": "a folder with bytes"})


def _without_end(descriptor: int, size: int) -> Unreadable:
    """Why the last bytes are no end record: something behind it, a cut, or no ZIP at all."""
    tail = os.pread(descriptor, _END.size + _MAX_COMMENT_BYTES, max(size - _MAX_COMMENT_BYTES, 0))
    if b"PK\5\6" in tail:
        return unreadable("bytes behind the end of the archive", "ZIP-EXTRA-BYTES")
    if os.pread(descriptor, 4, 0) == b"PK\3\4":
        return unreadable("the archive has no end: it was cut off")
    return unreadable("not a ZIP archive")


def _end64(descriptor: int, end_at: int) -> tuple[int, int, int, int] | None:
    """Where the ZIP64 record begins, and the count, length and offset it gives; None if none."""
    locator = os.pread(descriptor, _LOCATOR.size, max(end_at - _LOCATOR.size, 0))
    if not locator.startswith(b"PK\6\7"):
        return None
    _, disk, record_at, disks = _LOCATOR.unpack(locator)
    if record_at + _END64.size + _LOCATOR.size != end_at:
        raise unreadable("the ZIP64 end record does not lie where it should", "ZIP-EXTRA-BYTES")
    record = os.pread(descriptor, _END64.size, record_at)
    if not record.startswith(b"PK\6\6"):
        raise unreadable("no ZIP64 end record where the locator says")
    fields = _END64.unpack(record)
    told = (disk, disks, *fields[4:7], fields[1])
    if told != (0, 1, 0, 0, fields[7], _END64.size - _END64_LEAD_BYTES):
        raise unreadable("split over several disks, or its ZIP64 records contradict each other")
    return record_at, fields[7], fields[8], fields[9]


def _expect_same(narrow: tuple[int, int, int], wide: tuple[int, int, int]) -> None:
    """Both end records say the same, or the narrow one that it has no room (APPNOTE 4.4.1.4).

    Else one reader would list other entries than the next.
    """
    for told, limit, true in zip(narrow, (_MAX_16, _MAX_32, _MAX_32), wide, strict=True):
        if told not in {limit, true}:
            raise unreadable("its two end records contradict each other", "ZIP-HEADERS")


def _entries(directory: bytes) -> Iterator[ZipEntry]:
    position = 0
    while position < len(directory):
        head = directory[position : position + _CENTRAL.size]
        if len(head) < _CENTRAL.size or not head.startswith(b"PK\1\2"):
            raise unreadable("the directory holds something that is no entry")
        fields = _CENTRAL.unpack(head)
        name_at = position + _CENTRAL.size
        extra_at = name_at + fields[10]
        comment_at = extra_at + fields[11]
        position = comment_at + fields[12]
        raw_name, extra = directory[name_at:extra_at], directory[extra_at:comment_at]
        yield _entry(fields, raw_name, extra)


def _entry(fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> ZipEntry:
    flags, method, crc = fields[3], fields[4], fields[7]
    wide, is_foreign = _extra_fields(extra)
    numbers = iter(wide)
    size, stored, offset = (
        next(numbers, _MAX_32) if value == _MAX_32 else value
        for value in (fields[9], fields[8], fields[16])
    )
    return ZipEntry(
        name=_decoded(raw_name, flags),
        raw_name=raw_name,
        needed_version=fields[2] & 0xFF,
        flags=flags,
        crc=crc,
        size_bytes=size,
        stored_bytes=stored,
        method=method,
        time_and_date=(fields[5], fields[6]),
        offset=offset,
        unix_mode=fields[15] >> 16 if fields[1] >> 8 == _UNIX else 0,
        has_foreign_extra=is_foreign or bool(fields[12]),
        has_own_form=is_own_header(
            (*fields[1:4], *fields[5:7], *fields[13:16]), is_zip64=bool(wide)
        ),
    )


def _extra_fields(extra: bytes) -> tuple[tuple[int, ...], bool]:
    """The 64-bit numbers of a ZIP64 field, and whether there is any other field."""
    numbers: tuple[int, ...] = ()
    is_foreign, position = False, 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, position)
        body = extra[position + 4 : position + 4 + length]
        if kind == 1 and not numbers and len(body) == length:
            numbers = struct.unpack(f"<{length // 8}Q", body[: length - length % 8])
        else:
            is_foreign = True
        position += 4 + length
    return numbers, is_foreign or position != len(extra)


def _decoded(raw_name: bytes, flags: int) -> str:
    try:
        return raw_name.decode("utf-8" if flags & _UTF8 else "ascii")
    except UnicodeDecodeError:
        raise unreadable("a name that is no UTF-8", "NAME-UNSAFE", repr(raw_name)) from None
