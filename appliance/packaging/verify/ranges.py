"""A run of bytes inside a file, as a file of its own."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer


class RangeReader(io.RawIOBase):
    """Random access to one stored entry of an archive, without unpacking it.

    Args:
        path: The archive.
        offset: Where the entry's bytes begin.
        size_bytes: How many they are.
    """

    def __init__(self, path: Path, offset: int, size_bytes: int) -> None:
        super().__init__()
        self._stream = path.open("rb", buffering=0)
        self._offset = offset
        self._size_bytes = size_bytes
        self._position = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a place inside the range; returns it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size_bytes}
        self._position = max(0, base[whence] + offset)
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        """Fill the buffer as far as the range goes."""
        view = memoryview(buffer).cast("B")
        room = max(0, min(len(view), self._size_bytes - self._position))
        if not room:
            return 0
        count = os.preadv(self._stream.fileno(), [view[:room]], self._offset + self._position)
        self._position += count
        return count

    def close(self) -> None:
        """Close the archive too."""
        self._stream.close()
        super().close()
