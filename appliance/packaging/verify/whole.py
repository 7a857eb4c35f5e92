"""The one read of a package that has a sidecar: the file as a whole, and its members with it.

The digest of a whole file cannot be taken in parts, so its bytes are read from the first to the
last. One thread reads and measures the whole; the caller digests members of the same bytes.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import Fingerprint, Fingerprinter
from appliance.disk.uncached_reading import blocks_of
from appliance.domain.findings import Finding
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.packaging.verify.reading import Results, digester_for

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
        self._members = _InTurn(contents, algorithms)
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
            self._members.finish()

    def result(self) -> WholeFile:
        """What was measured of the whole."""
        return self._measure.result()

    def _hand_out(self, blocks: Iterable[memoryview]) -> None:
        position = 0
        for view in blocks:
            self._members.pass_on(view, position)
            position += len(view)
            self._on_read(len(view))


class _InTurn:
    """The members of an archive one after the other: one alone is being digested.

    Args:
        contents: They stand in it as they lie in the file.
        algorithms: Digests to take.
    """

    def __init__(self, contents: Contents, algorithms: tuple[str, ...]) -> None:
        self._results = Results(contents)
        self._algorithms = algorithms
        self._line = iter(contents.extents.items() if contents.complete else ())
        self._current = self._next()

    def pass_on(self, view: memoryview, position: int) -> None:
        """Hand a block, which begins at this place of the file, to the members in it."""
        end = position + len(view)
        while self._current is not None:
            path, extent, digester = self._current
            if extent.offset >= end:
                return
            last = extent.offset + extent.size_bytes
            digester.update(view[max(extent.offset - position, 0) : last - position])
            if last > end:
                return
            self._results.take(path, extent, digester)
            self._current = self._next()

    def finish(self) -> None:
        """There is no more: members that lack bytes lack them."""
        while self._current is not None:
            self._results.take(*self._current)
            self._current = self._next()
        self._results.tell()

    def _next(self) -> tuple[str, Extent, MemberDigester] | None:
        for path, extent in self._line:
            return path, extent, digester_for(extent, self._algorithms)
        return None


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
