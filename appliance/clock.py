"""The system clock, and whether the kernel believes it is synchronised."""

from __future__ import annotations

import ctypes
import datetime as dt
import time
from typing import Final

_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512
"""More than ``struct timex`` needs on any Linux (208 bytes on 64-bit)."""


class SystemClock:
    """The real clock of this machine; fakes pass the same contract suite."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def is_trusted(self) -> bool:
        """Whether ``adjtimex(2)`` reports a synchronised clock; False when it cannot be asked."""
        try:
            adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
        except (OSError, AttributeError):
            return False
        state: int = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return 0 <= state < _TIME_ERROR
