"""How fast bytes may go out: the one limit that every kind of line asks before it sends.

A line shared with an office must leave it room by day; ``Schedule`` follows the hours by the
box's clock, also in the middle of a package, and never lets a burst through.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.domain.clock import Clock
    from appliance.domain.pace import Bandwidth

LONGEST_WAIT_SECONDS: Final = 1.0
"""Our own: so often a waiting sender looks at the hours again."""

BURST_SECONDS: Final = 0.25
"""Our own: what a line that was idle may send at once, as time at its rate."""

_WHOLE_BYTE: Final = 1.0
"""Less than a byte is no debt: no clock can wait for so little."""


class RateLimit(Protocol):
    """Says when bytes may go; asked for every piece of at most 32 KiB."""

    def take(self, size_bytes: int) -> None:
        """Wait until so many bytes may go. May be called from several threads."""
        ...


class _Unlimited:
    """No limit at all."""

    def take(self, size_bytes: int) -> None:
        """Return at once."""
        del size_bytes


UNLIMITED: Final[RateLimit] = _Unlimited()


class Schedule:
    """A token bucket whose rate is that of the hour. Implements ``RateLimit``.

    A piece goes as soon as the bucket is not in debt and is then paid for, so that in the long
    run the rate is met to the byte whatever the size of the pieces.

    Args:
        bandwidth: The rates and their hours.
        clock: Of the box.
        wait: Sleeps so many seconds.
    """

    def __init__(
        self, bandwidth: Bandwidth, clock: Clock, wait: Callable[[float], object] = time.sleep
    ) -> None:
        self._bandwidth = bandwidth
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._tokens_bytes = 0.0
        self._refilled_at = clock.monotonic()
        self._rate = bandwidth.bytes_per_second(clock.now())
        self._looked_at = self._refilled_at

    def take(self, size_bytes: int) -> None:
        """As of ``RateLimit``; senders that wait go one after the other."""
        with self._lock:
            while (seconds := self._debt_seconds()) > 0:
                self._wait(min(seconds, LONGEST_WAIT_SECONDS))
            if self._rate is not None:
                self._tokens_bytes -= size_bytes

    def _debt_seconds(self) -> float:
        """How long until the bucket is out of debt, as far as is known now; 0 = it is."""
        now = self._clock.monotonic()
        self._refill(now)
        if now - self._looked_at >= LONGEST_WAIT_SECONDS:
            self._looked_at = now
            self._rate = self._bandwidth.bytes_per_second(self._clock.now())
        if self._rate is None or self._tokens_bytes > -_WHOLE_BYTE:
            return 0.0
        return -self._tokens_bytes / self._rate

    def _refill(self, now: float) -> None:
        """Pay what passed since the last time at the rate that held."""
        passed_seconds, self._refilled_at = now - self._refilled_at, now
        if self._rate is None:
            self._tokens_bytes = 0.0
            return
        paid_bytes = self._tokens_bytes + passed_seconds * self._rate
        self._tokens_bytes = min(paid_bytes, self._rate * BURST_SECONDS)
