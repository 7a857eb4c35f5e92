"""Where the bytes of a ZIP's entries lie, proved by local headers and descriptors.

The entries of the directory, taken in the order in which they lie, must cover the archive from
its first byte to the directory: no gap, no overlap. Only headers are read here, never content.
"""

from __future__ import annotations

import os
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from appliance.packaging.verify.own_form import is_own_version
from appliance.packaging.verify.ranges import Extent
from appliance.packaging.verify.zip_directory import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.packaging.verify.zip_directory import ZipDirectory, ZipEntry

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_DESCRIPTOR: Final = 0x0008
_DESCRIPTOR_SIGNATURE: Final = b"PK\7\x08"
_LONGEST_DESCRIPTOR_BYTES: Final = 24
"""Signature, CRC and two sizes of eight bytes."""
_MAX_32: Final = 0xFFFFFFFF
_ZIP64_EXTRA_BYTES: Final = 20
"""Kind, length and two sizes."""


def lay_out(
    path: Path, descriptor: int, directory: ZipDirectory
) -> Iterator[tuple[ZipEntry, Extent]]:
    """Each entry with the place of its bytes, in the order in which they lie.

    An entry whose local header is otherwise than the format's is said to be so.

    Args:
        path: The archive.
        descriptor: The same, open.
        directory: Its entries.

    Raises:
        Unreadable: The entries do not cover the archive, or it contradicts itself.
    """
    position = 0
    for entry in directory.entries:
        _expect_here(entry, position)
        data_at, has_foreign_extra, has_own_form = _data_offset(entry, descriptor)
        data_end = data_at + entry.size_bytes
        if data_end > directory.offset:
            raise unreadable("the archive ends inside it", where=entry.name)
        position = data_end + _descriptor_bytes(entry, descriptor, data_end)
        if has_foreign_extra or not has_own_form:
            has_foreign_extra |= entry.has_foreign_extra
            entry = replace(  # noqa: PLW2901 - the same entry, with what its header tells
                entry, has_foreign_extra=has_foreign_extra, has_own_form=False
            )
        yield entry, Extent(path, data_at, entry.size_bytes, entry.crc)
    if position != directory.offset:
        raise unreadable("bytes between the last entry and the directory", "ZIP-EXTRA-BYTES")


def _expect_here(entry: ZipEntry, position: int) -> None:
    if entry.offset > position:
        problem = f"unlisted bytes from {position} to {entry.offset}"
        raise unreadable(problem, "ZIP-EXTRA-BYTES", entry.name)
    if entry.offset < position:
        raise unreadable("it overlaps the entry before it", "ZIP-OVERLAP", entry.name)


def _data_offset(entry: ZipEntry, descriptor: int) -> tuple[int, bool, bool]:
    """Hold the local header against the directory.

    Returns:
        Where the bytes begin, whether the header has extra fields other than ZIP64, and whether
        it is as the format has it.
    """
    name_bytes = len(entry.raw_name)
    header = os.pread(descriptor, _LOCAL.size + name_bytes + _ZIP64_EXTRA_BYTES, entry.offset)
    if len(header) < _LOCAL.size:
        raise unreadable("the archive ends inside it", where=entry.name)
    fields = _LOCAL.unpack_from(header)
    name = header[_LOCAL.size :][:name_bytes]
    extra = header[_LOCAL.size + name_bytes :][: fields[10]]
    agrees = (
        fields[0] == b"PK\3\4"
        and (fields[9], name) == (name_bytes, entry.raw_name)
        and (fields[2], fields[3]) == (entry.flags, entry.method)
        and (fields[4], fields[5]) == entry.time_and_date
        and _sizes_agree(entry, fields, extra)
    )
    if not agrees:
        raise unreadable("local header and directory differ", "ZIP-HEADERS", entry.name)
    is_foreign = fields[10] not in {0, _ZIP64_EXTRA_BYTES} or extra[:2] not in {b"", b"\1\0"}
    is_own = is_own_version(fields[1], is_zip64=bool(extra))
    return entry.offset + _LOCAL.size + name_bytes + int(fields[10]), is_foreign, is_own


def _sizes_agree(entry: ZipEntry, fields: tuple[int, ...], extra: bytes) -> bool:
    """CRC and both sizes, from the ZIP64 field where it has them; all zero with a descriptor."""
    sizes = tuple(fields[6:9])
    if sizes[1] == _MAX_32 and extra[:2] == b"\1\0" and len(extra) >= _ZIP64_EXTRA_BYTES:
        sizes = (sizes[0], *struct.unpack_from("<2Q", extra, 4))
    told = (entry.crc, entry.size_bytes, entry.size_bytes)
    return sizes == told or bool(entry.flags & _DESCRIPTOR and sizes == (0, 0, 0))


def _descriptor_bytes(entry: ZipEntry, descriptor: int, position: int) -> int:
    """Length of the descriptor behind the bytes: 32- or 64-bit form, with or without signature."""
    if not entry.flags & _DESCRIPTOR:
        return 0
    found = os.pread(descriptor, _LONGEST_DESCRIPTOR_BYTES, position)
    lead = _DESCRIPTOR_SIGNATURE if found.startswith(_DESCRIPTOR_SIGNATURE) else b""
    numbers = (entry.crc, entry.size_bytes, entry.size_bytes)
    forms = [lead + struct.pack("<I2Q", *numbers)]
    if entry.size_bytes <= _MAX_32:
        forms.append(lead + struct.pack("<3I", *numbers))
    for form in forms:
        if found.startswith(form):
            return len(form)
    raise unreadable("the data descriptor differs", "ZIP-HEADERS", entry.name)
