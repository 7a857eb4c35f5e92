"""Bounded looks into a file: the only way this package reads bytes nobody has checked."""

from __future__ import annotations

import os
from bisect import bisect_right
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from appliance.imaging.problems import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MAX_WINDOW_BYTES: Final = 16 * 1024 * 1024
"""Our own: no single look is larger; the largest legal one is a strip table of 1 M entries."""


@dataclass(frozen=True, slots=True)
class ByteWindow:
    """Random access to bytes, or to a part of them, by offsets from their start.

    Args:
        look: Gives at most so many bytes (first) from an offset (second); fewer at the end.
        size_bytes: Length of the part.
        start: Offset of the part.
    """

    look: Callable[[int, int], bytes]
    size_bytes: int
    start: int = 0

    def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes.

        Raises:
            BadStructure: They lie beyond the end, or are more than ``MAX_WINDOW_BYTES``.
        """
        if offset + length > self.size_bytes or length > MAX_WINDOW_BYTES:
            raise cut("dữ liệu ở cuối", "data at the end")
        data = self.read_up_to(offset, length)
        if len(data) < length:
            raise cut("dữ liệu ở cuối", "data at the end")
        return data

    def read_up_to(self, offset: int, length: int) -> bytes:
        """These bytes, or as many of them as there are before the end."""
        wanted = min(length, max(self.size_bytes - offset, 0))
        data = self.look(wanted, self.start + offset) if wanted else b""
        while len(data) < wanted:  # the kernel may give less than it has
            more = self.look(wanted - len(data), self.start + offset + len(data))
            if not more:
                break
            data += more
        return data

    def part(self, offset: int, length: int) -> ByteWindow:
        """A window on a part of this one, cut to what there is."""
        room = max(self.size_bytes - offset, 0)
        return ByteWindow(self.look, min(length, room), self.start + offset)


def held_window(data: bytes | memoryview) -> ByteWindow:
    """A window on bytes in memory."""
    return ByteWindow(lambda length, offset: bytes(data[offset : offset + length]), len(data))


def joined_window(window: ByteWindow, spans: Sequence[tuple[int, int]]) -> ByteWindow:
    """A window on runs of bytes (offset and length of each) as if they followed one another."""
    ends = list(accumulate(length for _, length in spans))

    def look(length: int, offset: int) -> bytes:
        index = bisect_right(ends, offset)
        if index == len(ends):
            return b""
        within = offset - (ends[index] - spans[index][1])
        return window.read_up_to(spans[index][0] + within, min(length, ends[index] - offset))

    return ByteWindow(look, ends[-1] if ends else 0)


def descriptor_window(descriptor: int) -> ByteWindow:
    """A window on an open file, for as long as it stays open."""
    return ByteWindow(partial(os.pread, descriptor), os.fstat(descriptor).st_size)


@contextmanager
def open_descriptor(path: Path, more_flags: int = 0) -> Iterator[int]:
    """Open a file for reading; a pipe does not block.

    Args:
        path: The file.
        more_flags: Of ``os``, beside those for reading.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | more_flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def open_window(path: Path) -> Iterator[ByteWindow]:
    """Open a file for bounded looks.

    Raises:
        OSError: It cannot be opened.
    """
    with open_descriptor(path) as descriptor:
        yield descriptor_window(descriptor)


def first_hole(descriptor: int) -> int | None:
    """Offset of the first hole of a sparse file; None when there is none or nobody can tell."""
    size_bytes = os.fstat(descriptor).st_size
    if size_bytes == 0:
        return None
    try:
        hole = os.lseek(descriptor, 0, os.SEEK_HOLE)
    except OSError:
        return None  # the file system does not know about holes
    return hole if hole < size_bytes else None
