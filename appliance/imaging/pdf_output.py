"""The bytes of a new file on their way out: gathered into blocks, digested while they are written.

Taking SHA-256 costs as much time as copying, so another thread takes it of one block while the
next is read and written; a file is then ready when its digest alone would be.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from appliance.disk.rooms import fresh_room
from appliance.domain.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

BLOCK_BYTES: Final = 512 * 1024
"""Our own: a block stays in the processor's second cache between reading and digesting."""
CACHED_BYTES: Final = 1024 * 1024 * 1024
"""Our own: a PDF is read again at once, from memory; what lies beyond goes past the kernel's cache,
where it would push everything else out and take twice the time; measured."""
_SECTOR_BYTES: Final = 4096
"""What a write past the cache must be a multiple of; no disk has larger sectors."""
_BLOCKS: Final = 4
"""Our own: one is filled, one digested, two keep the threads from waiting for each other."""


@dataclass(frozen=True, slots=True)
class WrittenBytes:
    """What was written.

    Args:
        size_bytes: How many bytes.
        sha256: Of all of them, hexadecimal.
    """

    size_bytes: int
    sha256: str


class PdfOutput:
    """A new file that is written from its start to its end. Memory: four blocks.

    Args:
        target: Its path; must be free.

    Raises:
        FileExistsError: The path is taken.
        OSError: It cannot be made.
    """

    def __init__(self, target: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(target, flags, 0o666)
        self._digest = hashlib.sha256()
        self._digesting = ThreadPoolExecutor(1, "pdf-digest")
        self._pending: deque[tuple[Future[None], memoryview]] = deque()
        room = memoryview(fresh_room(BLOCK_BYTES * _BLOCKS))
        self._free = [room[BLOCK_BYTES * n : BLOCK_BYTES * (n + 1)] for n in range(_BLOCKS)]
        self._room = self._free.pop()
        self._filled = 0
        self._flushed_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._digesting.shutdown()
        os.close(self._descriptor)

    @property
    def position(self) -> int:
        """Bytes so far."""
        return self._flushed_bytes + self._filled

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: The disk refused.
        """
        left = memoryview(data)
        while left:
            count = min(len(left), BLOCK_BYTES - self._filled)
            self._room[self._filled : self._filled + count] = left[:count]
            left = left[count:]
            self._filled_by(count)

    def copy(
        self, source: int, offset: int, length: int, see: Callable[[memoryview], object]
    ) -> None:
        """Append a run of bytes of an open file.

        Args:
            source: Its descriptor.
            offset: Of the run.
            length: Of the run, in bytes.
            see: Is shown every byte on its way, in order; must not keep it.

        Raises:
            IntegrityError: The file ends before the run does.
            OSError: A disk refused.
        """
        while length:
            end = min(BLOCK_BYTES, self._filled + length)
            count = os.preadv(source, [self._room[self._filled : end]], offset)
            if not count:
                raise IntegrityError(
                    "a master or derivative is shorter than when it was read: check the store"
                )
            see(self._room[self._filled : self._filled + count])
            offset, length = offset + count, length - count
            self._filled_by(count)

    def finish(self) -> WrittenBytes:
        """Write and digest what is left; nothing may follow.

        Raises:
            OSError: The disk refused.
        """
        self._flush()
        while self._pending:
            self._reclaim()
        os.ftruncate(self._descriptor, self._flushed_bytes)
        return WrittenBytes(self._flushed_bytes, self._digest.hexdigest())

    def _filled_by(self, count: int) -> None:
        self._filled += count
        if self._filled == BLOCK_BYTES:
            self._flush()

    def _flush(self) -> None:
        block = self._room[: self._filled]
        self._pending.append((self._digesting.submit(self._digest.update, block), self._room))
        left = self._room[: -(-self._filled // _SECTOR_BYTES) * _SECTOR_BYTES]  # cut off in the end
        while left:
            left = left[os.write(self._descriptor, left) :]
        self._flushed_bytes += self._filled
        if self._flushed_bytes == CACHED_BYTES:
            self._leave_cache()
        self._filled = 0
        if not self._free:
            self._reclaim()
        self._room = self._free.pop()

    def _leave_cache(self) -> None:
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL)
        with suppress(OSError):  # a file system that knows no other way
            fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | os.O_DIRECT)

    def _reclaim(self) -> None:
        """Wait until the oldest block is digested; its memory is free then."""
        digested, room = self._pending.popleft()
        digested.result()
        self._free.append(room)
