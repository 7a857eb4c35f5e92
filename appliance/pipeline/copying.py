"""Many claims are copied side by side: while one waits for the disk, another is digested."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ApplianceError
from appliance.watchers import claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.disk.store import IncomingCopy
    from appliance.domain.intake import Arrival
    from appliance.watchers.claims import Claim

_MOST_AT_A_TIME: Final = 4
"""Our own: a disk has no use for more, and each holds a buffer."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim whose bytes are safe on this disk.

    Args:
        claim: Where they came from.
        arrival: What it says of itself.
        copy: Where they lie.
    """

    claim: Claim
    arrival: Arrival
    copy: IncomingCopy


@dataclass(slots=True)
class CopyRound:
    """Claims on their way to the store, begun in their order.

    Args:
        claims: What to copy.
        take: Copies one; None when it cannot be taken yet.
        room_bytes: When more than so many bytes were begun, no other claim is.
        problems: What went wrong; a refusal of the disk ends the round.
        surplus: What was copied beside or after a refused claim: not to be recorded before it.
    """

    claims: Sequence[Claim]
    take: Callable[[Claim], Taken | None]
    room_bytes: int
    problems: list[Exception] = field(default_factory=list)
    _taken: dict[int, Taken] = field(default_factory=dict)
    surplus: list[Taken] = field(default_factory=list)
    _begun: int = 0
    _refused_at: int = sys.maxsize
    _is_over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> list[Taken]:
        """Copy until all is seen to or the round is over; what was taken, in the given order."""
        count = min(len(self.claims), len(os.sched_getaffinity(0)), _MOST_AT_A_TIME)
        if count > 1:
            with ThreadPoolExecutor(count, "copy") as pool:
                for future in [pool.submit(self._work) for _ in range(count)]:
                    future.result()
        else:
            self._work()
        self.surplus += [one for i, one in self._taken.items() if i > self._refused_at]
        kept = sorted(index for index in self._taken if index < self._refused_at)
        return [self._taken[index] for index in kept]

    def _work(self) -> None:
        try:
            while (index := self._next()) is not None:
                self._see_to(index)
        except BaseException:
            self._is_over = True
            raise

    def _next(self) -> int | None:
        with self._lock:
            if self._is_over or self.room_bytes < 0 or self._begun == len(self.claims):
                return None
            self.room_bytes -= claims.bytes_of(self.claims[self._begun])
            self._begun += 1
            return self._begun - 1

    def _see_to(self, index: int) -> None:
        try:
            one = self.take(self.claims[index])
        except ApplianceError as problem:
            self._is_over = True
            with self._lock:
                self._refused_at = min(self._refused_at, index)
            self.problems.append(problem)
        except OSError as problem:
            self.problems.append(problem)
        else:
            if one is not None:
                self._taken[index] = one
