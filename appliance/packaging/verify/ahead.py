"""The packages of a store, each checked by a child process, several at a time.

Members of one package keep several threads busy only as long as digests are taken; its metadata
is read by one. Packages have nothing to do with each other, so that each core takes one. They are
asked for in their order, and only a few are begun before they are.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding, Report
from appliance.packaging.verify.options import Options, unheeded
from appliance.packaging.verify.package import CHECKS, check_package
from appliance.packaging.verify.zip_contents import zip_as_a_whole
from appliance.workers.pool import WorkerCrashed, WorkerPool, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from appliance.packaging.verify.whole import WholeFile

WORTHWHILE_BYTES: Final = 512 * 1024 * 1024
"""Our own: what digesting takes as long for as the start of a child process takes (0.4 s)."""
MEMORY_BYTES: Final = 4 * 1024**3
"""Our own: address space of a child; a package takes a twentieth of it at most."""
CHECK_SECONDS: Final = 7 * 24 * 3600
"""Our own: the largest package on the slowest disk takes a tenth of it."""
STOPPED: Final = "CHECK-STOPPED"


@dataclass(frozen=True, slots=True)
class Checked:
    """A package that was read as a whole.

    Args:
        report: What was found.
        top: Name of its folder; empty when unknown.
        whole: What the file measures; None when its check broke down.
    """

    report: Report
    top: str
    whole: WholeFile | None


def check_whole(path: Path, options: Options) -> Checked:
    """Check a ZIP and measure it in one read; asked for again, that of a store is at hand.

    Raises:
        OSError: It cannot be opened.
    """
    if options.ahead is not None and path in options.ahead:
        return options.ahead.take(path, options)
    reading = zip_as_a_whole(path, options.jobs, options.on_read)
    report = check_package(path.name, reading, options)
    return Checked(report, reading.contents.top, reading.result())


class Ahead:
    """Checks ZIPs in child processes before they are asked for; a context that ends them.

    Args:
        paths: In the order in which they will be asked for.
        jobs: Child processes.
        memory_bytes: Address space of each.
    """

    def __init__(self, paths: Sequence[Path], jobs: int, memory_bytes: int = MEMORY_BYTES) -> None:
        self._pool = WorkerPool(jobs, memory_bytes, CHECK_SECONDS)
        self._waiting = deque(paths)
        self._begun: dict[Path, Future[Checked]] = {}
        self._ahead_count = 2 * jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whoever breaks off waits for no check; a child ends with its package, or with us.
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def __contains__(self, path: Path) -> bool:
        """Whether it was not taken yet."""
        return path in self._begun or path in self._waiting

    def take(self, path: Path, options: Options) -> Checked:
        """What a check of a path said; waits for it.

        Raises:
            OSError: It cannot be opened.
        """
        if path not in self._begun:
            self._waiting.remove(path)
            self._begin(path)
        self._fill()
        try:
            checked = self._begun.pop(path).result()
        except (WorkerCrashed, WorkerTimeout, MemoryError):
            report = Report(path.name, (Finding(STOPPED, path.name),), (), CHECKS)
            checked = Checked(report, "", None)
        if checked.whole is not None:
            options.on_read(checked.whole.fingerprint.size_bytes)
        return checked

    def _fill(self) -> None:
        """Begin the next ones; what is done and not asked for yet stays within bounds too."""
        while self._waiting and len(self._begun) <= self._ahead_count:
            self._begin(self._waiting.popleft())

    def _begin(self, path: Path) -> None:
        self._begun[path] = self._pool.submit(_check, path)


def _check(path: Path) -> Checked:
    """Runs in a child."""
    return check_whole(path, Options(None, None, 1, unheeded))
