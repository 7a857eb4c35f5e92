"""A run of bytes inside a file, as a file of its own."""

from __future__ import annotations

import io
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.policy import MAX_HELD_BYTES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from typing_extensions import Buffer

_BUFFER_BYTES: Final = 64 * 1024
"""Our own: readers of metadata ask for a few kilobytes at a time."""

_COPIED_BYTES: Final = 1024 * 1024
"""Our own: a member is put into memory in pieces of this size."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the bytes of one member lie.

    Args:
        path: The file on the disk that holds them.
        offset: Where they begin in it.
        size_bytes: How many they are.
        crc: CRC-32 on record; None where the container keeps none.
    """

    path: Path
    offset: int
    size_bytes: int
    crc: int | None = None


def opened(extent: Extent) -> BinaryIO:
    """Open a member for random access, without unpacking it.

    Raises:
        OSError: Its file cannot be opened.
    """
    return io.BufferedReader(RangeReader(extent), _BUFFER_BYTES)


def opened_for_jumping(extent: Extent) -> BinaryIO:
    """The same for readers that jump to and fro, as those of PDFs do.

    A member of up to ``MAX_HELD_BYTES`` is held in memory: each jump is then ten times as fast.
    It is held as a file without a name, for readers that would rather map one than ask for bytes.

    Raises:
        OSError: Its file cannot be opened or read.
    """
    if extent.size_bytes > MAX_HELD_BYTES:
        return io.BufferedReader(RangeReader(extent), _BUFFER_BYTES)
    held = os.fdopen(os.memfd_create("member", os.MFD_CLOEXEC), "w+b")
    try:
        with RangeReader(extent) as stream:
            shutil.copyfileobj(stream, held, _COPIED_BYTES)
        held.seek(0)
    except OSError:
        held.close()
        raise
    return held


class RangeReader(io.RawIOBase):
    """Random access to the bytes of an extent.

    Args:
        extent: Where they lie.
    """

    def __init__(self, extent: Extent) -> None:
        super().__init__()
        self._stream = extent.path.open("rb", buffering=0)
        self._descriptor = self._stream.fileno()
        self._offset = extent.offset
        self._size_bytes = extent.size_bytes
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place inside the range; returns it."""
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self._size_bytes
        self._position = max(0, offset)
        return self._position

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer as far as the range goes."""
        view = memoryview(buffer).cast("B")
        room = max(0, min(len(view), self._size_bytes - self._position))
        if not room:
            return 0
        count = os.preadv(self._descriptor, [view[:room]], self._offset + self._position)
        self._position += count
        return count

    def close(self) -> None:
        """Close the archive too."""
        self._stream.close()
        super().close()
