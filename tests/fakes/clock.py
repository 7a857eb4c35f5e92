"""A clock that tests move by hand; it passes the suite that the system clock passes."""

from __future__ import annotations

import datetime as dt
from typing import Final

START: Final = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
"""A Monday in the archive's working hours."""


def today_at(hour: int) -> dt.datetime:
    """An hour of today, UTC.

    What real hosts answer bears the real time, and a day between two clocks is a finding: a clock
    that talks with them must not stand at a fixed date.
    """
    return dt.datetime.now(dt.UTC).replace(hour=hour, minute=0, second=0, microsecond=0)


class FakeClock:
    """Time stands still until a test says otherwise.

    Args:
        now: The first moment.
        is_trusted: What ``is_trusted`` answers.
    """

    def __init__(self, now: dt.datetime = START, *, is_trusted: bool = True) -> None:
        self._now = now
        self._monotonic = 0.0
        self._is_trusted = is_trusted

    def now(self) -> dt.datetime:
        """The moment that the test has reached."""
        return self._now

    def monotonic(self) -> float:
        """Seconds passed since the clock was made."""
        return self._monotonic

    def is_trusted(self) -> bool:
        """What the test said."""
        return self._is_trusted

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self._now += dt.timedelta(seconds=seconds)
        self._monotonic += seconds
