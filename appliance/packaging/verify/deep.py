"""Masters and PDF streams decoded whole, in child processes with limits (``--deep``).

What decoders meet here was made by strangers. One that crashes, fills its memory or takes for
ever costs one finding: that this member was not decoded to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.packaging.verify.images import decode_master
from appliance.packaging.verify.pdf import check_pdf
from appliance.packaging.verify.pdf_masters import NOT_DECODED
from appliance.packaging.verify.ranges import opened_for_jumping
from appliance.workers.pool import WorkerCrashed, WorkerPool, WorkerTimeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

    from appliance.packaging.verify.ranges import Extent

    Judged = tuple[tuple[Finding, ...], int]
    """What is wrong with a member, and how many pages it has; 0 when that is not known."""

MEMORY_BYTES: Final = 4 * 1024**3
"""Our own: address space of a child; A0 in colour at 600 dpi takes 2.3 GB when decoded."""
DECODE_SECONDS: Final = 900
"""Our own: the largest legal page takes a tenth of it."""
STOPPED: Final = "DECODE-STOPPED"
UNDECODED: Final = frozenset({NOT_DECODED, STOPPED})
"""Findings of what was not decoded to its end: neither damage nor a pass."""


class Decoder:
    """Decodes members in child processes, several at a time; a context that ends them.

    Args:
        jobs: Child processes.
        decode_seconds: The limit for one member.
        memory_bytes: Address space of each child.
    """

    def __init__(
        self, jobs: int, decode_seconds: float = DECODE_SECONDS, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._pool = WorkerPool(jobs, memory_bytes, decode_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def pdf(self, path: str, extent: Extent) -> Callable[[], Judged]:
        """Begin to check a PDF with its streams; the result waits for it."""
        return _awaited(path, self._pool.submit(_check_pdf, path, extent))

    def master(self, path: str, extent: Extent) -> Callable[[], Judged]:
        """Begin to decode a master; the result waits for it."""
        return _awaited(path, self._pool.submit(_decode_master, path, extent))


def _awaited(path: str, future: Future[Judged]) -> Callable[[], Judged]:
    def judged() -> Judged:
        try:
            return future.result()
        except (WorkerCrashed, WorkerTimeout, MemoryError) as problem:
            return (_stopped(path, problem),), 0

    return judged


def _stopped(path: str, problem: Exception) -> Finding:
    if isinstance(problem, WorkerTimeout):
        vi, en = "quá thời gian cho phép", "it took longer than allowed"
    elif isinstance(problem, MemoryError):
        vi, en = "cần nhiều bộ nhớ hơn mức cho phép", "it needs more memory than allowed"
    else:
        vi, en = "bộ giải mã bị dừng đột ngột", "the decoder broke down"
    return Finding(STOPPED, path, {"problem": vi, "problem_en": en})


def _check_pdf(path: str, extent: Extent) -> Judged:
    """Runs in a child."""
    with opened_for_jumping(extent) as stream:
        return check_pdf(path, stream, deep=True)


def _decode_master(path: str, extent: Extent) -> Judged:
    """Runs in a child."""
    with opened_for_jumping(extent) as stream:
        return decode_master(path, stream)
