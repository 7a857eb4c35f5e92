"""When which scanner is looked at: at once when woken, else by the clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.scanners import WatchWay

if TYPE_CHECKING:
    from collections.abc import Collection

    from appliance.domain.clock import Clock

_GAP_SECONDS: Final = (0.2, 1.0)
"""Our own: bounds of the pause between two looks at one scanner, however many events come."""
_POLL_SECONDS: Final = (5.0, 10.0)
"""Our own: bounds of the pause between two looks where no event comes."""


@dataclass(slots=True)
class _Turn:
    """When one scanner was looked at last, and is to be looked at next."""

    due_at: float
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class LookEnded:
    """What a look at one scanner says of the next.

    Args:
        way: How its folder is watched.
        settle_seconds: Its quiet time.
        took_seconds: How long the look took.
        next_seconds: When something can settle there; 0 when there is more at once, None when
            nothing waits for time to pass.
    """

    way: WatchWay
    settle_seconds: float
    took_seconds: float
    next_seconds: float | None


class Schedule:
    """The looks at every scanner.

    Args:
        clock: Of the box.
        scan_seconds: Between two looks without any event.
    """

    def __init__(self, clock: Clock, scan_seconds: float) -> None:
        self._clock = clock
        self._scan_seconds = scan_seconds
        self._turns: dict[str, _Turn] = {}
        self._woken: set[str | None] = set()
        self._lock = threading.Lock()

    def wake(self, scanner: str | None) -> None:
        """Look at a scanner soon, or at all of them for None; called from any thread."""
        with self._lock:
            self._woken.add(scanner)

    def due(self, scanners: Collection[str]) -> frozenset[str]:
        """Which of these are to be looked at now; others are forgotten."""
        now = self._clock.monotonic()
        for scanner in self._turns.keys() - set(scanners):
            del self._turns[scanner]
        for scanner in scanners:
            self._turns.setdefault(scanner, _Turn(now))
        self._wake_up(now)
        return frozenset(
            scanner
            for scanner, turn in self._turns.items()
            if max(turn.due_at, turn.not_before) <= now
        )

    def _wake_up(self, now: float) -> None:
        with self._lock:
            woken, self._woken = self._woken, set()
        for scanner, turn in self._turns.items():
            if scanner in woken or None in woken:
                turn.due_at = min(turn.due_at, now)

    def looked(self, scanner: str, ended: LookEnded) -> None:
        """A look at a scanner has just ended."""
        now, settle_seconds = self._clock.monotonic(), ended.settle_seconds
        pause = self._scan_seconds
        if ended.way is not WatchWay.EVENTS:
            low, high = _POLL_SECONDS
            pause = min(pause, max(low, min(settle_seconds / 2, high)))
        if ended.next_seconds is not None:
            pause = min(pause, ended.next_seconds)
        low, high = _GAP_SECONDS
        gap = min(max(low, min(ended.took_seconds, high)), settle_seconds)
        self._turns[scanner] = _Turn(now + pause, now + (gap if pause > 0 else 0.0))

    def idle_seconds(self) -> float:
        """How long nothing is due; ``scan_seconds`` when nothing is known."""
        now = self._clock.monotonic()
        with self._lock:
            woken = set(self._woken)
        moments = [
            max(now if scanner in woken or None in woken else turn.due_at, turn.not_before)
            for scanner, turn in self._turns.items()
        ]
        earliest = min(moments, default=now + self._scan_seconds)
        return max(earliest - now, 0.0)
