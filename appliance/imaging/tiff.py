"""TIFF directories (classic and BigTIFF, both byte orders), read with bounds and no decoding.

Source of tag numbers and layouts: TIFF 6.0 (Adobe, 1992) and the BigTIFF layout of libtiff 4.
"""

from __future__ import annotations

import math
import operator
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.imaging.problems import cut, malformed
from appliance.imaging.tiff_tags import Tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.imaging.windows import ByteWindow

MAX_DIRECTORIES: Final = 10_000
"""Our own: more frames in one file is an attack or a loop."""
MAX_SEGMENTS: Final = 1_000_000
"""Our own: strips or tiles of one frame; an A0 at 600 dpi with one row a strip has 28 000."""
MAX_ENTRIES: Final = 4096
"""Our own: tags of one directory; scanners write some dozens."""
MAX_ALL_ENTRIES: Final = 200_000
"""Our own: tags of all directories, which may lie over each other; 10 000 frames: 160 000."""
MAX_FACT_VALUES: Final = 1024
"""Our own: values kept of one tag, other than the strip tables."""

_CLASSIC, _BIG, _CLASSIC_ENTRY, _BIG_ENTRY = 42, 43, 12, 20
_TYPE_FORMATS: Final = {
    1: "B", 2: "c", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h",
    9: "i", 10: "ii", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
_TABLES: Final = {Tag.STRIP_OFFSETS, Tag.STRIP_COUNTS, Tag.TILE_OFFSETS, Tag.TILE_COUNTS}
_PRESENCE: Final = {Tag.ICC, Tag.COLOUR_MAP, Tag.JPEG_TABLES}
_FACTS: Final = {value for name, value in vars(Tag).items() if name.isupper()} - _TABLES - _PRESENCE


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the values of a tag lie."""

    type_format: str
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory: the facts it states and where its segments lie.

    Args:
        order: ``<`` or ``>``.
        offset: Where it begins in the file.
        facts: Values by tag; rationals are floats.
        tables: Where the strip and tile tables, colour profile and JPEG tables lie, not read yet.
    """

    order: str
    offset: int = 0
    facts: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    tables: Mapping[int, _Table] = field(default_factory=dict)

    def number(self, tag: int, default: int = 0) -> int:
        """The first value of a tag as a whole number."""
        values = self.facts.get(tag)
        return int(values[0]) if values else default

    def has(self, tag: int) -> bool:
        """Whether the tag is there."""
        return tag in self.facts or tag in self.tables

    def place(self, tag: int) -> tuple[int, int]:
        """Offset and length of the value of ``Tag.ICC`` or ``Tag.JPEG_TABLES``; 0 without it."""
        table = self.tables.get(tag, _Table("B", 0, 0))
        return table.offset, table.count * struct.calcsize(self.order + table.type_format)

    def is_page(self) -> bool:
        """Whether the frame is a page: neither a reduced view (bit 0) nor a mask (bit 2)."""
        return not self.number(Tag.SUBFILE) & 0b101


def is_tiff(head: bytes) -> bool:
    """Whether the first four bytes are those of a TIFF."""
    return head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}


def read_directories(window: ByteWindow) -> tuple[Directory, ...]:
    """Every directory of the chain, in order.

    Raises:
        BadStructure: The chain leaves the file, loops, is endless or empty.
    """
    order, is_big, offset = _header(window)
    seen: set[int] = set()
    directories, room = [], MAX_ALL_ENTRIES
    while offset:
        if offset in seen or len(seen) >= MAX_DIRECTORIES:
            raise malformed("danh mục trang TIFF lặp vòng", "the chain of TIFF pages loops")
        seen.add(offset)
        directory, offset, entries = _directory(window, order, offset, room, is_big=is_big)
        directories.append(directory)
        room -= entries
    if not directories:
        raise cut("danh mục trang TIFF", "the list of TIFF pages")
    return tuple(directories)


def read_directory(window: ByteWindow, offset: int) -> Directory:
    """One directory of a chain that was read before: a file may have thousands.

    Args:
        window: The file.
        offset: Of the directory, as ``read_directories`` told it.

    Raises:
        BadStructure: It leaves the file.
    """
    order, is_big, _first = _header(window)
    directory, *_chain = _directory(window, order, offset, MAX_ENTRIES, is_big=is_big)
    return directory


def segments(window: ByteWindow, directory: Directory) -> list[tuple[int, int]]:
    """Offset and length of every strip or tile, checked to lie in the file.

    Raises:
        BadStructure: The tables are missing, too short, empty or point outside.
    """
    if directory.number(Tag.COMPRESSION, 1) == 6 and not _has_tables(directory):  # noqa: PLR2004 - old-style JPEG
        return _old_jpeg_segment(window, directory)
    expected = expected_segments(directory)
    offsets, counts = _segment_tables(window, directory, expected)
    if len(offsets) < expected or len(counts) < expected:
        raise cut("một số dải ảnh", "a strip of the image")
    if min(counts) == 0 or max(map(operator.add, offsets, counts)) > window.size_bytes:
        raise cut("một số dải ảnh", "a strip of the image")
    return list(zip(offsets, counts, strict=True))


def expected_segments(directory: Directory) -> int:
    """How many strips or tiles the frame's size calls for.

    Raises:
        BadStructure: The size is missing or absurd.
    """
    width, height = directory.number(Tag.WIDTH), directory.number(Tag.HEIGHT)
    if width < 1 or height < 1:
        raise malformed("trang TIFF không có kích thước", "a TIFF page states no size")
    if directory.has(Tag.TILE_OFFSETS):
        across = _ceil(width, directory.number(Tag.TILE_WIDTH))
        count = across * _ceil(height, directory.number(Tag.TILE_LENGTH))
    else:
        count = _ceil(height, min(directory.number(Tag.ROWS_PER_STRIP, height), height))
    planes = directory.number(Tag.SAMPLES, 1) if directory.number(Tag.PLANAR, 1) == 2 else 1  # noqa: PLR2004 - separate planes
    if not 1 <= count * planes <= MAX_SEGMENTS:
        raise malformed("trang TIFF có quá nhiều dải ảnh", "a TIFF page has too many strips")
    return count * planes


def _ceil(length: int, step: int) -> int:
    if step < 1:
        raise malformed("dải ảnh TIFF không có chiều cao", "a TIFF strip states no height")
    return -(-length // step)


def _header(window: ByteWindow) -> tuple[str, bool, int]:
    head = window.read(0, 8)
    order = "<" if head[:2] == b"II" else ">"
    version = struct.unpack(order + "H", head[2:4])[0]
    if version == _CLASSIC:
        return order, False, struct.unpack(order + "I", head[4:8])[0]
    return order, True, struct.unpack(order + "Q", window.read(8, 8))[0]


def _directory(
    window: ByteWindow, order: str, offset: int, room: int, *, is_big: bool
) -> tuple[Directory, int, int]:
    """A directory, the offset of the next one, and how many entries it has."""
    count_format, entry_bytes, next_format = (
        ("Q", _BIG_ENTRY, "Q") if is_big else ("H", _CLASSIC_ENTRY, "I")
    )
    count_bytes, next_bytes = struct.calcsize(count_format), struct.calcsize(next_format)
    count = struct.unpack(order + count_format, window.read(offset, count_bytes))[0]
    if count > min(MAX_ENTRIES, room):
        raise malformed("danh mục trang TIFF quá lớn", "a list of TIFF tags is too long")
    start = offset + count_bytes
    raw = window.read(start, count * entry_bytes)
    next_raw = window.read_up_to(start + len(raw), next_bytes)
    following = struct.unpack(order + next_format, next_raw.rjust(next_bytes, b"\0"))[0]
    if len(next_raw) < next_bytes:
        following = 0  # some writers end the file at the last entry; the chain ends there too
    facts: dict[int, tuple[float, ...]] = {}
    tables: dict[int, _Table] = {}
    for tag, table in _entries(raw, order, start, is_big=is_big):
        if tag in facts or tag in tables:
            continue  # a tag stands once; the first is the one that counts
        if tag in _TABLES:
            tables[tag] = table
        elif tag in _PRESENCE:
            _check_inside(window, order, table)
            facts[tag] = (float(table.count),)
            tables[tag] = table
        elif tag in _FACTS:
            facts[tag] = _values(window, order, table)
    return Directory(order, offset, facts, tables), following, count


def _entries(raw: bytes, order: str, start: int, *, is_big: bool) -> Iterator[tuple[int, _Table]]:
    entry_bytes, layout, inline = (_BIG_ENTRY, "HHQQ", 8) if is_big else (_CLASSIC_ENTRY, "HHII", 4)
    for position in range(0, len(raw), entry_bytes):
        tag, type_number, count, offset = struct.unpack_from(order + layout, raw, position)
        type_format = _TYPE_FORMATS.get(type_number)
        if type_format is None:
            continue  # TIFF 6.0: readers skip fields of a type they do not know
        if struct.calcsize(order + type_format) * count <= inline:
            offset = start + position + entry_bytes - inline
        yield tag, _Table(type_format, count, offset)


def _check_inside(window: ByteWindow, order: str, table: _Table) -> None:
    if table.offset + struct.calcsize(order + table.type_format) * table.count > window.size_bytes:
        raise cut("bảng màu hoặc bảng mã của ảnh", "a colour or coding table")


def _values(window: ByteWindow, order: str, table: _Table) -> tuple[float, ...]:
    if table.type_format == "c":
        return ()
    count = min(table.count, MAX_FACT_VALUES)
    layout = order + table.type_format * count
    numbers = struct.unpack(layout, window.read(table.offset, struct.calcsize(layout)))
    if table.type_format in {"f", "d"}:
        return tuple(number if math.isfinite(number) else 0.0 for number in numbers)
    if len(table.type_format) == 1:
        return numbers
    return tuple(
        top / bottom if bottom else 0.0
        for top, bottom in zip(numbers[::2], numbers[1::2], strict=True)
    )


def _has_tables(directory: Directory) -> bool:
    return directory.has(Tag.STRIP_COUNTS) or directory.has(Tag.TILE_COUNTS)


def _segment_tables(
    window: ByteWindow, directory: Directory, limit: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    is_tiled = directory.has(Tag.TILE_OFFSETS)
    offsets = directory.tables.get(Tag.TILE_OFFSETS if is_tiled else Tag.STRIP_OFFSETS)
    counts = directory.tables.get(Tag.TILE_COUNTS if is_tiled else Tag.STRIP_COUNTS)
    if offsets is None or counts is None:
        raise malformed("trang TIFF không có dải ảnh", "a TIFF page has no strips")
    return (
        _numbers(window, directory.order, offsets, limit),
        _numbers(window, directory.order, counts, limit),
    )


def _numbers(window: ByteWindow, order: str, table: _Table, limit: int) -> tuple[int, ...]:
    if table.type_format not in {"B", "H", "I", "Q"}:
        raise malformed("bảng dải ảnh TIFF không hợp lệ", "a TIFF strip table is not valid")
    layout = f"{order}{min(table.count, limit)}{table.type_format}"
    return struct.unpack(layout, window.read(table.offset, struct.calcsize(layout)))


def _old_jpeg_segment(window: ByteWindow, directory: Directory) -> list[tuple[int, int]]:
    offset = directory.number(Tag.OLD_JPEG_OFFSET)
    length = directory.number(Tag.OLD_JPEG_LENGTH)
    if not offset or not length:
        raise malformed("trang TIFF không có dải ảnh", "a TIFF page has no strips")
    if offset + length > window.size_bytes:
        raise cut("dữ liệu JPEG của trang TIFF", "JPEG data of a TIFF page")
    return [(offset, length)]
