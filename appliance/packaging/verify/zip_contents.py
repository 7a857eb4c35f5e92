"""One streaming read of a ZIP: structure, members, and the digests of the whole."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import Fingerprint, Fingerprinter
from appliance.domain.findings import Finding
from appliance.domain.policy import COPY_CHUNK_BYTES, TRANSFER_BLOCK_BYTES
from appliance.packaging.verify.contents import (
    MAX_KEPT_BYTES,
    Contents,
    MemberReader,
    algorithms_for,
    is_kept,
)
from appliance.packaging.verify.names import check_names
from appliance.packaging.verify.ranges import RangeReader
from appliance.packaging.verify.zip_directory import (
    Unreadable,
    ZipDirectory,
    ZipEntry,
    read_directory,
    refused,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_DESCRIPTOR: Final = 0x0008
_MAX_32: Final = 0xFFFFFFFF
_ZIP64_EXTRA_BYTES: Final = 20
"""Kind, length and two sizes."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The archive as bytes, for its sidecar.

    Args:
        fingerprint: Of the whole file.
        blocks: XXH3-128 of each block of ``TRANSFER_BLOCK_BYTES``, hexadecimal.
    """

    fingerprint: Fingerprint
    blocks: tuple[str, ...]


def read_zip(path: Path) -> tuple[Contents, WholeFile]:
    """Read a package's ZIP once, front to back.

    Raises:
        OSError: It cannot be read.
    """
    ranges: dict[str, tuple[int, int]] = {}

    def open_member(name: str) -> BinaryIO:
        return io.BufferedReader(RangeReader(path, *ranges[name]))

    contents = Contents(open_member)
    with path.open("rb", buffering=0) as stream:
        tap = _Tap(stream.fileno())
        try:
            directory = read_directory(stream.fileno())
            _read_members(directory, tap, contents, ranges)
        except Unreadable as problem:
            contents.findings.append(problem.finding)
            contents.complete = False
        return contents, tap.rest()


def _read_members(
    directory: ZipDirectory, tap: _Tap, contents: Contents, ranges: dict[str, tuple[int, int]]
) -> None:
    """Read every entry in order; each must begin exactly where the one before it ends."""
    refusals = [finding for entry in directory.entries for finding in refused(entry)]
    contents.findings += refusals
    contents.findings += _name_findings(directory)
    if any(finding.code != "ZIP-EXTRA-FIELD" for finding in contents.findings):
        contents.complete = False
        return
    contents.top = _top_of(directory)
    files = [entry for entry in directory.entries if not entry.is_folder]
    algorithms = algorithms_for(_inside(entry.name) for entry in files)
    for entry in directory.entries:
        _expect_here(entry, tap)
        data_at = _check_local_header(entry, tap)
        reader = _reader(entry, algorithms, contents)
        _stream(entry, tap, reader)
        if reader is not None:
            reader.finish(contents)
            ranges[_inside(entry.name)] = (data_at, entry.size_bytes)
    if tap.position != directory.offset:
        raise unreadable("bytes between the last entry and the directory", "ZIP-EXTRA-BYTES")


def _name_findings(directory: ZipDirectory) -> Iterator[Finding]:
    names = [entry.name for entry in directory.entries]
    twins = (name for name, count in Counter(names).items() if count > 1)
    yield from (Finding("ZIP-DUPLICATE", name) for name in twins)
    yield from (
        finding
        for finding in check_names(dict.fromkeys(name.rstrip("/") for name in names))
        if finding.code == "NAME-UNSAFE"
    )
    yield from (
        Finding("ZIP-EXTRA-FIELD", entry.name)
        for entry in directory.entries
        if entry.has_foreign_extra
    )


def _top_of(directory: ZipDirectory) -> str:
    tops = {entry.name.partition("/")[0] for entry in directory.entries}
    loose = any("/" not in entry.name for entry in directory.entries)
    if len(tops) != 1 or loose:
        raise unreadable(f"{len(tops)} names at its top", "ZIP-TOP-FOLDER")
    return tops.pop()


def _inside(name: str) -> str:
    """The path in the bag, below the archive's one top folder."""
    return name.partition("/")[2]


def _reader(
    entry: ZipEntry, algorithms: tuple[str, ...], contents: Contents
) -> MemberReader | None:
    if entry.is_folder:
        return None
    path = _inside(entry.name)
    keep = is_kept(path)
    if keep and entry.size_bytes > MAX_KEPT_BYTES:
        contents.findings.append(Finding("XML-TOO-LARGE", path, {"size_bytes": entry.size_bytes}))
        keep = False
    return MemberReader(path, algorithms, keep=keep)


def _expect_here(entry: ZipEntry, tap: _Tap) -> None:
    if entry.offset > tap.position:
        code = "ZIP-EXTRA-BYTES"
        raise unreadable(f"unlisted bytes from {tap.position} to {entry.offset}", code, entry.name)
    if entry.offset < tap.position:
        raise unreadable("it overlaps the entry before it", "ZIP-OVERLAP", entry.name)


def _check_local_header(entry: ZipEntry, tap: _Tap) -> int:
    """Hold the local header against the directory; returns where the bytes begin."""
    fields = _LOCAL.unpack(tap.exactly(_LOCAL.size, entry.name))
    name = tap.exactly(fields[9], entry.name)
    extra = tap.exactly(fields[10], entry.name)
    sizes = fields[6:9]
    told = (entry.crc, entry.size_bytes, entry.size_bytes)
    if fields[7] == _MAX_32 and extra[:2] == b"\1\0" and len(extra) >= _ZIP64_EXTRA_BYTES:
        sizes = (fields[6], *struct.unpack_from("<2Q", extra, 4))
    agrees = (
        fields[0] == b"PK\3\4"
        and name == entry.raw_name
        and (fields[2], fields[3]) == (entry.flags, entry.method)
        and (fields[4], fields[5]) == entry.time_and_date
        and (sizes == told or (entry.flags & _DESCRIPTOR and sizes == (0, 0, 0)))
    )
    if not agrees:
        raise unreadable("local header and directory differ", "ZIP-HEADERS", entry.name)
    return tap.position


def _stream(entry: ZipEntry, tap: _Tap, reader: MemberReader | None) -> None:
    crc = 0
    for chunk in tap.chunks(entry.size_bytes, entry.name):
        crc = zlib.crc32(chunk, crc)
        if reader is not None:
            reader.update(chunk)
    if entry.flags & _DESCRIPTOR:
        _check_descriptor(entry, tap)
    if crc != entry.crc:
        raise unreadable("the bytes do not have the CRC on record", "ZIP-CRC", entry.name)


def _check_descriptor(entry: ZipEntry, tap: _Tap) -> None:
    """The descriptor behind the bytes, in its 32- or 64-bit form, with or without signature."""
    lead = tap.peek(4)
    signature = b"PK\7\x08" if lead == b"PK\7\x08" else b""
    numbers = (entry.crc, entry.size_bytes, entry.size_bytes)
    forms = [signature + struct.pack("<I2Q", *numbers)]
    if entry.size_bytes <= _MAX_32:
        forms.append(signature + struct.pack("<3I", *numbers))
    for form in forms:
        if tap.peek(len(form)) == form:
            tap.exactly(len(form), entry.name)
            return
    raise unreadable("the data descriptor differs", "ZIP-HEADERS", entry.name)


class _Tap:
    """Reads forward only, and measures all that passes.

    Args:
        descriptor: The open archive.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._whole = Fingerprinter()
        self._block = xxhash.xxh3_128()
        self._blocks: list[str] = []
        self._buffer = memoryview(bytearray(COPY_CHUNK_BYTES))
        self.position = 0

    def peek(self, size: int) -> bytes:
        """Up to so many bytes ahead, without moving."""
        return os.pread(self._descriptor, size, self.position)

    def exactly(self, size: int, where: str) -> bytes:
        """The next so many bytes.

        Raises:
            Unreadable: The archive ends before.
        """
        data = self.peek(size)
        if len(data) != size:
            raise unreadable("the archive ends inside it", where=where)
        self._pass(memoryview(data))
        return data

    def chunks(self, size: int, where: str) -> Iterator[memoryview]:
        """The next so many bytes in pieces; each is valid until the next.

        Raises:
            Unreadable: The archive ends before.
        """
        while size:
            window = self._buffer[: min(size, len(self._buffer))]
            count = os.preadv(self._descriptor, [window], self.position)
            if not count:
                raise unreadable("the archive ends inside it", where=where)
            self._pass(window[:count])
            yield window[:count]
            size -= count

    def rest(self) -> WholeFile:
        """Read what is left and return the measures of the whole file."""
        while count := os.preadv(self._descriptor, [self._buffer], self.position):
            self._pass(self._buffer[:count])
        if self.position % TRANSFER_BLOCK_BYTES:
            self._blocks.append(self._block.hexdigest())
        return WholeFile(self._whole.result(), tuple(self._blocks))

    def _pass(self, data: memoryview) -> None:
        self._whole.update(data)
        while data:
            room = TRANSFER_BLOCK_BYTES - self.position % TRANSFER_BLOCK_BYTES
            piece, data = data[:room], data[room:]
            self._block.update(piece)
            self.position += len(piece)
            if self.position % TRANSFER_BLOCK_BYTES == 0:
                self._blocks.append(self._block.hexdigest())
                self._block = xxhash.xxh3_128()
