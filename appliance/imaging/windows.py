"""Bounded looks into a file: the only way this package reads bytes nobody has checked."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.problems import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_WINDOW_BYTES: Final = 16 * 1024 * 1024
"""Our own: no single look is larger; the largest legal one is a strip table of 1 M entries."""


@dataclass(frozen=True, slots=True)
class ByteWindow:
    """Random access to an open file, or to a part of it, by offsets from its start.

    Args:
        descriptor: An open file descriptor.
        size_bytes: Length of the part.
        start: Offset of the part in the file.
    """

    descriptor: int
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
        room = max(self.size_bytes - offset, 0)
        pieces = bytearray()
        wanted = min(length, room)
        while len(pieces) < wanted:
            piece = os.pread(
                self.descriptor, wanted - len(pieces), self.start + offset + len(pieces)
            )
            if not piece:
                break
            pieces += piece
        return bytes(pieces)

    def part(self, offset: int, length: int) -> ByteWindow:
        """A window on a part of this one, cut to what there is."""
        room = max(self.size_bytes - offset, 0)
        return ByteWindow(self.descriptor, min(length, room), self.start + offset)


@contextmanager
def open_window(path: Path) -> Iterator[ByteWindow]:
    """Open a file for bounded looks.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe must not block
    try:
        yield ByteWindow(descriptor, os.fstat(descriptor).st_size)
    finally:
        os.close(descriptor)


def first_hole(window: ByteWindow) -> int | None:
    """Offset of the first hole of a sparse file; None when there is none or nobody can tell."""
    if window.size_bytes == 0:
        return None
    try:
        hole = os.lseek(window.descriptor, 0, os.SEEK_HOLE)
    except OSError:
        return None  # the file system does not know about holes
    return hole if hole < window.size_bytes else None
