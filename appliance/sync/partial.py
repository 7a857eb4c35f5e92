"""A package that is growing: which of its blocks are there is found by digesting them.

There is no other record that could be wrong, so a crash or a power cut can at most cost blocks,
never make a wrong one count. Both sides grow packages this way.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import ignore_moved

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from appliance.domain.receipts import Sidecar

    Moved = Callable[[int], None]


_WRITE_BACK_BYTES: Final = 8 * 1024 * 1024
"""Our own: so much may wait in memory before the disk is told to begin."""


def block_bytes_at(sidecar: Sidecar, index: int) -> int:
    """How long a block is: the last one may be shorter."""
    return min(sidecar.block_bytes, sidecar.size_bytes - index * sidecar.block_bytes)


def is_block(sidecar: Sidecar, index: int, data: bytes | memoryview) -> bool:
    """Whether these bytes are the block that the sidecar announces."""
    is_long_enough = len(data) == block_bytes_at(sidecar, index)
    return is_long_enough and xxhash.xxh3_128_hexdigest(data) == sidecar.blocks[index]


class Partial:
    """An unfinished package on this machine's disk, open.

    Args:
        path: Bound to the package's digest by whoever names it; made when missing.
        sidecar: What it is to become.
        moved: Called with the bytes of each block that is looked at.

    Raises:
        OSError: The disk refused.

    Attributes:
        held: Of each block, whether it is there and right.
    """

    def __init__(self, path: Path, sidecar: Sidecar, moved: Moved = ignore_moved) -> None:
        self.path = path
        self._sidecar = sidecar
        self._unwritten_bytes = 0
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.held = self._find_held(moved)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Keep it open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def missing(self) -> list[int]:
        """Indexes, 0-based, of the blocks that are not there."""
        return [index for index, is_held in enumerate(self.held) if not is_held]

    def held_bytes(self) -> int:
        """How much of the package is there."""
        sizes = (block_bytes_at(self._sidecar, i) for i, is_held in enumerate(self.held) if is_held)
        return sum(sizes)

    def write(self, index: int, block: bytes | memoryview) -> None:
        """Write one block, compared by the caller; one that is held is not written again.

        Raises:
            OSError: The disk refused.
        """
        if self.held[index]:
            return
        rest, offset = memoryview(block), index * self._sidecar.block_bytes
        while rest:
            count = os.pwrite(self._descriptor, rest, offset)
            rest, offset = rest[count:], offset + count
        self.held[index] = True
        self._unwritten_bytes += len(block)
        if self._unwritten_bytes >= _WRITE_BACK_BYTES:
            self._begin_to_write_back()

    def _begin_to_write_back(self) -> None:
        """Let the disk work while the next blocks arrive, so that the end waits for little."""
        os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        self._unwritten_bytes = 0

    def sync(self) -> None:
        """Make what was written durable.

        Raises:
            OSError: The disk refused.
        """
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file; what it holds stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _find_held(self, moved: Moved) -> list[bool]:
        sidecar = self._sidecar
        size_bytes = os.fstat(self._descriptor).st_size
        if size_bytes > sidecar.size_bytes:
            os.ftruncate(self._descriptor, sidecar.size_bytes)
        held = [False] * len(sidecar.blocks)
        for index in range(-(-min(size_bytes, sidecar.size_bytes) // sidecar.block_bytes)):
            block = self._read(index)
            held[index] = is_block(sidecar, index, block)
            moved(len(block))
        return held

    def _read(self, index: int) -> bytes:
        length_bytes = block_bytes_at(self._sidecar, index)
        return os.pread(self._descriptor, length_bytes, index * self._sidecar.block_bytes)
