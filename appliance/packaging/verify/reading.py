"""The one read of a package's bytes: members side by side, each read once.

Members do not depend on each other, so threads take them from one line, and the digests of
hashlib and zlib-ng let other threads run. While threads are at work, the caller may look at
metadata; when it waits for the end, it reads along. So there are never more threads at work
than asked for, and with one job there is no other thread at all.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from zlib_ng import zlib_ng

from appliance.domain.findings import Finding
from appliance.packaging.verify.contents import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from appliance.packaging.verify.contents import Contents
    from appliance.packaging.verify.ranges import Extent

    OnRead = Callable[[int], None]
    """Told how many bytes more were read; called from several threads."""

WINDOW_BYTES: Final = 2 * 1024 * 1024
"""Our own: smaller pieces make threads wait for Python's lock, larger ones leave the cache."""

_LARGE_SHARE: Final = 16
"""Our own: a member above this share of a job's bytes is begun first, lest it be the last."""
_NOT_READ: Final = "READ-FAILED"
_CRC_DIFFERS: Final = "ZIP-CRC"
_TAKERS: Final = {name: getattr(hashlib, name) for name in ALGORITHMS}
"""Called by their own names they cost a quarter of what ``hashlib.new`` does."""


def available_jobs() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Reading(Protocol):
    """The one read of a package; a context, in which it goes on."""

    contents: Contents

    def __enter__(self) -> Self:
        """Begin to read."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop reading, done or not."""

    def finish(self) -> None:
        """Read to the end; members of the contents have their digests then."""


@dataclass(slots=True)
class MemberDigester:
    """Takes one member as its bytes pass.

    Args:
        takers: What digests them, by algorithm.
        has_crc: Whether to take the CRC-32 too.
        size_bytes: How many passed.
        crc: Their CRC-32.
        problem: Why they could not be read, if so.
    """

    takers: dict[str, hashlib._Hash]
    has_crc: bool
    size_bytes: int = 0
    crc: int = 0
    problem: str = ""

    def update(self, data: memoryview) -> None:
        """Take the next bytes."""
        for taker in self.takers.values():
            taker.update(data)
        if self.has_crc:
            self.crc = zlib_ng.crc32(data, self.crc)
        self.size_bytes += len(data)


def digester_for(extent: Extent, algorithms: tuple[str, ...]) -> MemberDigester:
    """What a member needs; weak digests only compare what an old manifest says."""
    takers = {name: _TAKERS[name](usedforsecurity=False) for name in algorithms}
    return MemberDigester(takers, extent.crc is not None)


class Results:
    """What came of the members: digests are given to them at once, what was wrong is told last.

    What takes a digest is a kilobyte in memory, and there may be tens of thousands of members.

    Args:
        contents: Whose members are read.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._problems: dict[str, Finding] = {}

    def take(self, path: str, extent: Extent, taken: MemberDigester) -> None:
        """A member passed, wholly or as far as it could be read; safe in several threads."""
        digests = self._contents.members[path].digests
        digests |= {name: taker.hexdigest() for name, taker in taken.takers.items()}
        problem = _problem(path, extent, taken)
        if problem is not None:
            self._problems[path] = problem

    def tell(self) -> None:
        """Say of the members, in their order, what was wrong with their bytes."""
        found = (self._problems.get(path) for path in self._contents.extents)
        for problem in filter(None, found):
            if problem.code == _CRC_DIFFERS:
                self._contents.findings.append(problem)
            else:
                self._contents.refuse(problem)


def _problem(path: str, extent: Extent, taken: MemberDigester) -> Finding | None:
    if taken.problem:
        return Finding(_NOT_READ, path, {"problem": taken.problem})
    if taken.size_bytes != extent.size_bytes:
        problem = f"it ends after {taken.size_bytes} of {extent.size_bytes} bytes"
        return Finding(_NOT_READ, path, {"problem": problem})
    if taken.has_crc and taken.crc != extent.crc:
        return Finding(_CRC_DIFFERS, path, {"problem": "the bytes do not have the CRC on record"})
    return None


class MemberReading:
    """Reads every member of a package once, several at a time.

    Args:
        contents: Whose members are to be read.
        algorithms: Digests to take.
        jobs: Threads at work, the caller's counted.
        on_read: Told of progress.
    """

    def __init__(
        self, contents: Contents, algorithms: tuple[str, ...], jobs: int, on_read: OnRead
    ) -> None:
        self.contents = contents
        self._algorithms = algorithms
        self._on_read = on_read
        self._results = Results(contents)
        self._is_stopped = False
        self._line = deque(_in_good_order(contents.extents, jobs) if contents.complete else ())
        helpers = min(jobs - 1, len(self._line))
        self._threads = [
            threading.Thread(target=self._work, name=f"verify-{number}", daemon=True)
            for number in range(helpers)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_stopped = True
        self._line.clear()
        for thread in self._threads:
            thread.join()

    def finish(self) -> None:
        """Read along until every member was read."""
        if not self.contents.complete:
            return
        self._work()
        for thread in self._threads:
            thread.join()
        self._results.tell()

    def _work(self) -> None:
        """Take members from the line until it is empty."""
        window = memoryview(bytearray(WINDOW_BYTES))
        with _Opened() as opened:
            while True:
                try:
                    path, extent = self._line.popleft()
                except IndexError:
                    return
                digester = digester_for(extent, self._algorithms)
                try:
                    self._read(extent, opened.descriptor(extent.path), digester, window)
                except OSError as problem:
                    digester.problem = problem.strerror or str(problem)
                self._results.take(path, extent, digester)

    def _read(
        self, extent: Extent, descriptor: int, digester: MemberDigester, window: memoryview
    ) -> None:
        while (left := extent.size_bytes - digester.size_bytes) and not self._is_stopped:
            at = extent.offset + digester.size_bytes
            count = os.preadv(descriptor, [window[: min(left, WINDOW_BYTES)]], at)
            if not count:
                return
            digester.update(window[:count])
            self._on_read(count)


class _Opened:
    """The file that was asked for last, kept open: the members of a ZIP lie in one."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def descriptor(self, path: Path) -> int:
        """Of this file; valid until another is asked for.

        Raises:
            OSError: It cannot be opened.
        """
        if path is not self._path:
            self._close()
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            self._path = path
        return self._descriptor

    def _close(self) -> None:
        if self._path is not None:
            self._path = None
            os.close(self._descriptor)


def _in_good_order(extents: Mapping[str, Extent], jobs: int) -> list[tuple[str, Extent]]:
    """As they lie on the disk, but the large ones first, so that no thread ends long after."""
    share = sum(one.size_bytes for one in extents.values()) // (_LARGE_SHARE * jobs)

    def rank(item: tuple[str, Extent]) -> int:
        return -item[1].size_bytes if item[1].size_bytes > share else 0

    return sorted(extents.items(), key=rank)
