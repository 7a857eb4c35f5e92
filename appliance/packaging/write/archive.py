"""One uncompressed, deterministic ZIP, written front to back without ever seeking.

Every header field is fixed or follows from the entry's name and bytes. Digests come from the
bytes as they leave, so CRC and sizes stand in data descriptors behind each entry (APPNOTE 6.3.10
§4.3.9); ZIP64 forms are used only where a number needs them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from zlib_ng import zlib_ng

if TYPE_CHECKING:
    from typing import Protocol

    from appliance.disk.uncached import Source

    class Sink(Protocol):
        """Where the archive goes: ``UncachedFile``, for one."""

        def write(self, data: bytes | memoryview) -> None:
            """Take all of these bytes."""
            ...

        def take(self, source: Source, limit_bytes: int) -> memoryview:
            """Take what a source gives next, at most so many bytes, and show it."""
            ...


_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_END64: Final = struct.Struct("<4sQ2H2I4Q")
_LOCATOR: Final = struct.Struct("<4sIQI")

_FLAGS: Final = 0x0008
"""Sizes follow in a data descriptor; names are ASCII, so no other flag is needed."""
_STORED: Final = 0
_TIME: Final = 0
_DATE: Final = 0x21
"""1980-01-01 00:00, the first moment a ZIP can name; the real times stand in the metadata."""
_VERSION: Final = 20
_VERSION64: Final = 45
_MADE_BY_UNIX: Final = 3 << 8
_REGULAR_0644: Final = 0o100644 << 16
_MAX_32: Final = 0xFFFFFFFF
_MAX_16: Final = 0xFFFF


class ArchiveWriter:
    """Writes entries one after the other; ``finish`` writes the central directory.

    Memory: that directory, some hundred bytes an entry.

    Args:
        sink: Takes the bytes in order.
        zip64_from_bytes: Sizes and offsets from here on use ZIP64 forms.
    """

    def __init__(self, sink: Sink, *, zip64_from_bytes: int = _MAX_32) -> None:
        self._sink = sink
        self._zip64_from = zip64_from_bytes
        self._position = 0
        self._directory = bytearray()
        self._count = 0

    def add(self, name: str, size_bytes: int, source: Source) -> None:
        """Write one entry.

        Args:
            name: ASCII path with ``/``.
            size_bytes: What the source will give.
            source: Its bytes; read to their end.

        Raises:
            ValueError: The source gives fewer or more.
        """
        offset, raw_name = self._position, name.encode("ascii")
        is_zip64 = size_bytes >= self._zip64_from
        extra = struct.pack("<2H2Q", 1, 16, 0, 0) if is_zip64 else b""
        version = _VERSION64 if is_zip64 else _VERSION
        size_field = _MAX_32 if is_zip64 else 0
        self._emit(
            _LOCAL.pack(
                b"PK\3\4", version, _FLAGS, _STORED, _TIME, _DATE,
                0, size_field, size_field, len(raw_name), len(extra),
            )
        )  # fmt: skip
        self._emit(raw_name + extra)
        crc = self._copy(source, size_bytes)
        sizes = struct.pack("<2Q" if is_zip64 else "<2I", size_bytes, size_bytes)
        self._emit(b"PK\7\x08" + struct.pack("<I", crc) + sizes)
        self._directory += self._central(raw_name, crc, size_bytes, offset)
        self._count += 1

    def finish(self) -> None:
        """Write the central directory and the end records."""
        start = self._position
        self._emit(memoryview(self._directory))
        length, count = len(self._directory), self._count
        if start >= self._zip64_from or count >= _MAX_16:
            self._emit_end64(start, length, count)
        self._emit(
            _END.pack(
                b"PK\5\6", 0, 0, min(count, _MAX_16), min(count, _MAX_16),
                min(length, _MAX_32), _MAX_32 if start >= self._zip64_from else start, 0,
            )
        )  # fmt: skip

    def _copy(self, source: Source, size_bytes: int) -> int:
        left_bytes, crc = size_bytes, 0
        while left_bytes and (piece := self._sink.take(source, left_bytes)):
            crc = zlib_ng.crc32(piece, crc)
            left_bytes -= len(piece)
        if left_bytes or source.readinto(memoryview(bytearray(1))):
            came = f"{size_bytes - left_bytes}" if left_bytes else "more"
            raise ValueError(f"{came} bytes came, {size_bytes} were announced")
        self._position += size_bytes
        return crc

    def _emit(self, data: bytes | memoryview) -> None:
        self._sink.write(data)
        self._position += len(data)

    def _central(self, name: bytes, crc: int, size_bytes: int, offset: int) -> bytes:
        is_long, is_far = size_bytes >= self._zip64_from, offset >= self._zip64_from
        numbers = [size_bytes] * 2 * is_long + [offset] * is_far
        extra = (
            struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
        )
        version = _VERSION64 if numbers else _VERSION
        size_field = _MAX_32 if is_long else size_bytes
        header = _CENTRAL.pack(
            b"PK\1\2", _MADE_BY_UNIX | version, version, _FLAGS, _STORED, _TIME, _DATE,
            crc, size_field, size_field, len(name), len(extra), 0, 0, 0,
            _REGULAR_0644, _MAX_32 if is_far else offset,
        )  # fmt: skip
        return header + name + extra

    def _emit_end64(self, start: int, length: int, count: int) -> None:
        record_at = self._position
        self._emit(
            _END64.pack(
                b"PK\6\6", _END64.size - 12, _MADE_BY_UNIX | _VERSION64, _VERSION64,
                0, 0, count, count, length, start,
            )
        )  # fmt: skip
        self._emit(_LOCATOR.pack(b"PK\6\7", 0, record_at, 1))
