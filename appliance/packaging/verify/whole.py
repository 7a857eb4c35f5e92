"""The one read of a package that has a sidecar: the file as a whole, and its members with it.

The digest of a whole file cannot be taken in parts, so its bytes are read from the first to the
last. One thread reads and measures the whole; the caller digests members of the same bytes.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import Fingerprint, Fingerprinter
from appliance.disk.uncached_reading import blocks_of
from appliance.domain.findings import Finding
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.packaging.verify.reading import digester_for, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.ranges import Extent
    from appliance.packaging.verify.reading import MemberDigester, OnRead

_AHEAD_BLOCKS: Final = 8
"""Our own: what waits between the two threads, in blocks of ``TRANSFER_BLOCK_BYTES``."""
_ROOM_COUNT: Final = _AHEAD_BLOCKS + 2
"""What waits, what is being read, and what is being digested."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """An archive as bytes, for its sidecar.

    Args:
        fingerprint: Of the whole file.
        blocks: XXH3-128 of each block of ``TRANSFER_BLOCK_BYTES``, hexadecimal.
    """

    fingerprint: Fingerprint
    blocks: tuple[str, ...]


class WholeReading:
    """Reads an archive once, front to back, for its members and for itself.

    Args:
        path: The archive.
        contents: Whose members are to be read; the whole is measured even when they are refused.
        algorithms: Digests to take of members.
        jobs: Threads at work, the caller's counted; more than two gain nothing.
        on_read: Told of progress.
        from_disk: Read past the kernel's cache, where the file system can.
    """

    def __init__(
        self,
        path: Path,
        contents: Contents,
        algorithms: tuple[str, ...],
        jobs: int,
        on_read: OnRead,
        *,
        from_disk: bool,
    ) -> None:
        self.contents = contents
        self._path = path
        self._on_read = on_read
        wanted = contents.extents if contents.complete else {}
        self._digesters = {path: digester_for(one, algorithms) for path, one in wanted.items()}
        self._measure = _Measure(path, from_disk=from_disk)
        self._ahead = _Ahead(self._measure) if jobs > 1 else None

    def __enter__(self) -> Self:
        if self._ahead is not None:
            self._ahead.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ahead is not None:
            self._ahead.stop()

    def finish(self) -> None:
        """Read the file, and hand its bytes to the members they belong to."""
        try:
            self._hand_out(self._measure if self._ahead is None else self._ahead)
        except OSError as problem:
            facts = {"problem": problem.strerror or str(problem)}
            self.contents.refuse(Finding("READ-FAILED", self._path.name, {**facts}))
        if self.contents.complete:
            record(self.contents, self._digesters)

    def result(self) -> WholeFile:
        """What was measured of the whole."""
        return self._measure.result()

    def _hand_out(self, blocks: Iterable[memoryview]) -> None:
        position, members = 0, deque(self._in_order())
        for view in blocks:
            end = position + len(view)
            while members and members[0][0].offset < end:
                extent, digester = members[0]
                last = extent.offset + extent.size_bytes
                digester.update(view[max(extent.offset - position, 0) : last - position])
                if last > end:
                    break
                members.popleft()
            position = end
            self._on_read(len(view))

    def _in_order(self) -> list[tuple[Extent, MemberDigester]]:
        """Members with bytes, as they lie in the file."""
        pairs = [(self.contents.extents[path], one) for path, one in self._digesters.items()]
        return sorted((pair for pair in pairs if pair[0].size_bytes), key=lambda p: p[0].offset)


class _Measure:
    """The bytes of a file, block by block; each is measured before it is given."""

    def __init__(self, path: Path, *, from_disk: bool) -> None:
        self._path = path
        self._from_disk = from_disk
        self._printer = Fingerprinter()
        self._blocks: list[str] = []

    def __iter__(self) -> Iterator[memoryview]:
        blocks = blocks_of(self._path, TRANSFER_BLOCK_BYTES, _ROOM_COUNT, from_disk=self._from_disk)
        for block in blocks:
            self._printer.update(block)
            self._blocks.append(xxhash.xxh3_128_hexdigest(block))
            yield block

    def result(self) -> WholeFile:
        """What passed so far."""
        return WholeFile(self._printer.result(), tuple(self._blocks))


class _Ahead:
    """The same blocks, read and measured by a thread that is some of them ahead."""

    def __init__(self, blocks: Iterable[memoryview]) -> None:
        self._source = blocks
        self._waiting: queue.Queue[memoryview | Exception | None] = queue.Queue(_AHEAD_BLOCKS)
        self._thread = threading.Thread(target=self._fill, name="verify-whole", daemon=True)
        self._is_stopped = False

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End, whatever was taken; what waits for room finds it and sees that it is over."""
        self._is_stopped = True
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._thread.join()

    def __iter__(self) -> Iterator[memoryview]:
        while (block := self._waiting.get()) is not None:
            if isinstance(block, Exception):
                raise block
            yield block

    def _fill(self) -> None:
        try:
            for block in self._source:
                self._waiting.put(block)
                if self._is_stopped:
                    return
            self._waiting.put(None)
        except Exception as problem:  # noqa: BLE001 - it belongs to whoever waits for the bytes
            self._waiting.put(problem)
