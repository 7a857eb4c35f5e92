"""Writing a new file past the kernel's cache: its bytes are wanted on the disk, not in memory.

A page of 26 MB takes a third of the processor time that writing through the cache takes, and
what is read back later comes from the disk by itself. Where a file system cannot do so, the
same bytes go through the cache.
"""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.disk.rooms import SpareRooms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    class Source(Protocol):
        """What bytes are read from: an unbuffered stream, for one."""

        def readinto(self, buffer: memoryview, /) -> int | None:
            """Fill as much of the buffer as there is; nothing at the end."""
            ...


BLOCK_BYTES: Final = 2 * 1024 * 1024
"""Our own: one large page of memory, which the disk is handed in one piece; measured."""
PIECE_BYTES: Final = 512 * 1024
"""Our own: what was just read is digested while it lies in the processor's second cache."""
_SECTOR_BYTES: Final = 4096
"""What a direct write must be a multiple of; no disk has larger sectors."""
_ROOMS: Final = SpareRooms(most=4)
"""As many as files are written side by side."""


class UncachedFile:
    """A new file that grows at its end and reaches the disk in whole blocks.

    Args:
        descriptor: Open for writing, empty; direct where the file system can.
        block: Aligned memory of ``BLOCK_BYTES``.
    """

    def __init__(self, descriptor: int, block: memoryview) -> None:
        self._descriptor = descriptor
        self._block = block
        self._filled_bytes = 0

    def take(self, source: Source, limit_bytes: int = PIECE_BYTES) -> memoryview:
        """Append what a source gives next, read to where it is written from.

        Args:
            source: Read once.
            limit_bytes: No more than so many.

        Returns:
            The bytes appended, valid until the next call; empty at the source's end.

        Raises:
            OSError: The source or the disk refused.
        """
        room, start = self._room(), self._filled_bytes
        self._filled_bytes += source.readinto(room[:limit_bytes]) or 0
        return self._block[start : self._filled_bytes]

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: The disk refused.
        """
        view = memoryview(data)
        while view:
            room = self._room()
            count = min(len(room), len(view))
            room[:count] = view[:count]
            self._filled_bytes += count
            view = view[count:]

    def finish(self, mode: int | None = None) -> None:
        """Write what is left, set the permissions, and make every byte durable.

        Args:
            mode: The permissions; those of any new file when None.

        Raises:
            OSError: The disk refused.
        """
        self._flush()
        if mode is not None:
            os.fchmod(self._descriptor, mode)
        os.fsync(self._descriptor)
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # what went by the cache

    def _room(self) -> memoryview:
        """What is free of the block; never empty."""
        if self._filled_bytes == BLOCK_BYTES:
            self._flush()
        return self._block[self._filled_bytes :]

    def _flush(self) -> None:
        """Write the block; what fills no sector, at the file's end alone, goes by the cache.

        Written whole and cut off, the last sector would be read again from the disk for it.
        """
        sectors_bytes = self._filled_bytes // _SECTOR_BYTES * _SECTOR_BYTES
        self._write_all(self._block[:sectors_bytes])
        if sectors_bytes < self._filled_bytes:
            _go_by_cache(self._descriptor)
            self._write_all(self._block[sectors_bytes : self._filled_bytes])
        self._filled_bytes = 0

    def _write_all(self, data: memoryview) -> None:
        while data:
            data = data[self._written(data) :]

    def _written(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except OSError as problem:
            is_refused = problem.errno == errno.EINVAL and _is_direct(self._descriptor)
            if not is_refused:
                raise
            _go_by_cache(self._descriptor)
            return os.write(self._descriptor, data)


def _is_direct(descriptor: int) -> bool:
    return bool(fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT)


def _go_by_cache(descriptor: int) -> None:
    """Let what is written from now on take the usual way."""
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags & ~os.O_DIRECT)


@contextmanager
def uncached_writing(target: Path) -> Iterator[UncachedFile]:
    """Make a new file to be written past the cache.

    Raises:
        FileExistsError: The target exists.
        OSError: It cannot be made.
    """
    descriptor = _opened(target)
    room = _ROOMS.take(BLOCK_BYTES)
    try:
        yield UncachedFile(descriptor, memoryview(room))
    finally:
        os.close(descriptor)
        _ROOMS.give_back(room)


def _opened(target: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(target, flags | os.O_DIRECT, 0o666)
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise
    target.unlink(missing_ok=True)  # Linux makes the name before it refuses the flag
    return os.open(target, flags, 0o666)
