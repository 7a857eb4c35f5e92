"""Streaming copies and read-backs, with their digests taken in the same pass."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.uncached import uncached_writing
from appliance.domain.policy import COPY_CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO


STORED_MODE: Final = 0o440
"""Permissions of what is never changed again."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The size and digests of a run of bytes.

    Args:
        size_bytes: How many bytes.
        sha256: Hexadecimal; the only evidence.
        xxh3: XXH3-128, hexadecimal; for quick comparisons.
    """

    size_bytes: int
    sha256: str
    xxh3: str


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A fingerprint of what lies on the disk.

    Args:
        fingerprint: Of the bytes read.
        cache_possible: Whether they may have come from memory: the file system ignored the
            request to forget its cached pages, or cannot be asked.
    """

    fingerprint: Fingerprint
    cache_possible: bool


class Fingerprinter:
    """Takes size and both digests of bytes as they pass."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._xxh3 = xxhash.xxh3_128()
        self._size_bytes = 0

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self._sha256.update(data)
        self._xxh3.update(data)
        self._size_bytes += len(data)

    def result(self) -> Fingerprint:
        """The fingerprint of everything added so far."""
        return Fingerprint(self._size_bytes, self._sha256.hexdigest(), self._xxh3.hexdigest())


def chunks(stream: BinaryIO) -> Iterator[memoryview]:
    """The rest of a stream in pieces of ``COPY_CHUNK_BYTES``; each is valid until the next."""
    buffer = memoryview(bytearray(COPY_CHUNK_BYTES))
    while count := stream.readinto(buffer):  # type: ignore[attr-defined]  # BinaryIO lacks it
        yield buffer[:count]


def fingerprint_of(path: Path) -> Fingerprint:
    """Read a file once and take its fingerprint (the page cache may serve it)."""
    with path.open("rb", buffering=0) as stream:
        return fingerprint_of_stream(stream)


def fingerprint_of_stream(stream: BinaryIO) -> Fingerprint:
    """Read the rest of an unbuffered stream and take its fingerprint."""
    printer = Fingerprinter()
    for chunk in chunks(stream):
        printer.update(chunk)
    return printer.result()


def copy_fingerprinted(source: BinaryIO, target: Path) -> Fingerprint:
    """Copy a stream into a new read-only file, fsync it, and fingerprint what passed.

    Raises:
        FileExistsError: The target exists.
    """
    printer = Fingerprinter()
    with uncached_writing(target) as output:
        while piece := output.take(source):  # type: ignore[arg-type]  # BinaryIO lacks readinto
            printer.update(piece)
        output.finish(STORED_MODE)
    return printer.result()


def ignore_moved(size_bytes: int) -> None:
    """A watch on bytes read or written that nobody keeps."""
    del size_bytes


def read_back(path: Path, moved: Callable[[int], None] = ignore_moved) -> ReadBack:
    """Fsync a file, ask the kernel to forget it, open it anew and fingerprint it.

    This is the evidence of strength ``read_back`` (invariant I4).

    Args:
        path: What to read.
        moved: Called with the size of each piece that was read: a long reading shows life.
    """
    with path.open("rb", buffering=0) as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    printer = Fingerprinter()
    with path.open("rb", buffering=0) as stream:
        cache_possible = _is_cached(stream.fileno())
        for chunk in chunks(stream):
            printer.update(chunk)
            moved(len(chunk))
    return ReadBack(printer.result(), cache_possible)


def _is_cached(descriptor: int) -> bool:
    """Whether any probed part of the file can still be read without waiting for the disk."""
    size = os.fstat(descriptor).st_size
    probe = bytearray(1)
    for offset in {0, size // 2, max(size - 1, 0)}:
        try:
            if os.preadv(descriptor, [probe], offset, os.RWF_NOWAIT) > 0:
                return True
        except BlockingIOError:
            continue
        except OSError:
            return True  # the file system cannot tell, so memory cannot be ruled out
    return False
