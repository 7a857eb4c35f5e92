"""Waking a sleeping part: a ring is remembered, however early it comes."""

from __future__ import annotations

import threading


class Doorbell:
    """One sleeper, many who ring."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ring(self) -> None:
        """Wake the sleeper now, or let its next sleep end at once."""
        self._event.set()

    def sleep(self, seconds: float) -> bool:
        """Sleep until a ring, at most so long; whether it rang."""
        rang = self._event.wait(seconds)
        self._event.clear()
        return rang
