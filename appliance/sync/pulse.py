"""Signs of life from a receiver at work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pulse:
    """A thread that beats while its context lasts, or until nobody listens.

    Args:
        beat: Gets what it returned the time before, 0 at first.
        every_seconds: Between two beats.
    """

    def __init__(self, beat: Callable[[int], int], every_seconds: float) -> None:
        self._beat = beat
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> None:
        """Start beating."""
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stop.set()

    def _run(self) -> None:
        last = 0
        while not self._stop.wait(self._every_seconds):
            try:
                last = self._beat(last)
            except OSError:
                return  # the sender has gone; the session notices by itself
