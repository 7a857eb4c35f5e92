"""One read of a master: from the disk itself, held, and compared with what was written."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.rooms import SpareRooms
from appliance.domain.errors import IntegrityError
from appliance.domain.policy import COPY_CHUNK_BYTES
from appliance.imaging.windows import open_descriptor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap
    from pathlib import Path

_BLOCK_BYTES: Final = 4096
"""Reading past the kernel's cache goes by whole blocks; no disk has larger ones."""
_ROOMS: Final = SpareRooms(most=1)
"""The room that the last file was held in, kept for the next."""


@dataclass(frozen=True, slots=True)
class ExpectedBytes:
    """What the copy pass wrote.

    Args:
        xxh3: XXH3-128 of all bytes, hexadecimal.
        size_bytes: How many.
    """

    xxh3: str
    size_bytes: int


class Proof:
    """Bytes in memory that are held against their record, once.

    Who uses them from front to back may digest them on the way: what is used at once lies in the
    processor's cache, and comes from the memory once instead of twice.

    Args:
        path: The file that they were read from.
        data: All of it.
        expected: Its record; None when there is nothing to prove.
    """

    def __init__(self, path: Path, data: memoryview, expected: ExpectedBytes | None) -> None:
        self._path = path
        self._data = data
        self._expected = expected
        self._digest = xxhash.xxh3_128()
        self._position = 0

    def pass_by(self, end: int) -> None:
        """Digest what lies before this offset, as far as it has not been digested."""
        if self._expected is not None and end > self._position:
            self._digest.update(self._data[self._position : end])
            self._position = end

    def settle(self) -> None:
        """Digest the rest and compare; once it is done, this does nothing.

        Raises:
            IntegrityError: ``MASTER-DIFFERS``: the bytes are not those expected.
        """
        if self._expected is None:
            return
        size_bytes = len(self._data)
        self.pass_by(size_bytes)
        expected, self._expected = self._expected, None
        _compare(self._path, expected, size_bytes, self._digest.hexdigest())


@contextmanager
def held_whole(
    path: Path, max_held_bytes: int, expected: ExpectedBytes | None
) -> Iterator[memoryview | None]:
    """Hold a file in memory, read and compared once; one too large to be held is only compared.

    Args:
        path: The file.
        max_held_bytes: A larger file is not held; it is still read once when it is compared.
        expected: With it the bytes come from the disk and not from the kernel's memory of them,
            and they are compared.

    Yields:
        Every byte, until the context ends: the next file takes the same room. Or None.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those expected.
        OSError: It cannot be read.
    """
    with held_unproved(path, max_held_bytes, expected) as (data, proof):
        proof.settle()
        yield data


@contextmanager
def held_unproved(
    path: Path, max_held_bytes: int, expected: ExpectedBytes | None
) -> Iterator[tuple[memoryview | None, Proof]]:
    """Hold a file as ``held_whole`` does, and leave it to its user when it is compared.

    It is compared when the context ends at the latest, also when it ends by an exception: what
    was concluded from other bytes than those expected never leaves it.

    Args:
        path: As for ``held_whole``, with the others.
        max_held_bytes: As there.
        expected: As there.

    Yields:
        What ``held_whole`` yields, and the proof of it.

    Raises:
        IntegrityError: ``MASTER-DIFFERS``: the bytes are not those expected.
        OSError: It cannot be read.
    """
    size_bytes = path.stat().st_size
    if size_bytes > max_held_bytes:
        if expected is not None:
            _compare(path, expected, *_digested(path))
        yield None, Proof(path, memoryview(b""), None)
        return
    room = _ROOMS.take((size_bytes // _BLOCK_BYTES + 1) * _BLOCK_BYTES)
    count = _read_into(room, path, size_bytes, from_disk=expected is not None)
    data = memoryview(room)[:count]
    proof = Proof(path, data, expected)
    try:
        yield data, proof
    finally:
        proof.settle()
    del data, proof
    _ROOMS.give_back(room)


def _read_into(room: mmap, path: Path, size_bytes: int, *, from_disk: bool) -> int:
    """Read a file to its end, or until the room is full: how many bytes there are."""
    if from_disk:
        try:
            with open_descriptor(path, os.O_DIRECT) as descriptor:
                return _filled(room, descriptor, size_bytes)
        except OSError as problem:
            if problem.errno != errno.EINVAL:
                raise
    with open_descriptor(path) as descriptor:  # a file system that cannot read past its cache
        if from_disk:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return _filled(room, descriptor, size_bytes)


def _filled(room: mmap, descriptor: int, size_bytes: int) -> int:
    """Read as much as the file should hold, and what it holds beyond, up to a block."""
    position = 0
    with memoryview(room) as view:
        while position < size_bytes:
            with view[position:] as rest:
                count = os.readv(descriptor, [rest])
            if not count:
                break
            position += count
    return position


def _digested(path: Path) -> tuple[int, str]:
    digest, size_bytes = xxhash.xxh3_128(), 0
    buffer = memoryview(bytearray(COPY_CHUNK_BYTES))
    with open_descriptor(path) as descriptor:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        while count := os.readv(descriptor, [buffer]):
            digest.update(buffer[:count])
            size_bytes += count
    return size_bytes, digest.hexdigest()


def _compare(path: Path, expected: ExpectedBytes, size_bytes: int, xxh3: str) -> None:
    if (size_bytes, xxh3) != (expected.size_bytes, expected.xxh3):
        raise IntegrityError(
            f"{path} reads back as {xxh3} ({size_bytes} bytes) instead of {expected.xxh3} "
            f"({expected.size_bytes} bytes): check this disk before more is trusted to it",
            code="MASTER-DIFFERS",
        )
