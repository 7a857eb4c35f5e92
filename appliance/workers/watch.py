"""Ends a task that takes too long."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Watch:
    """Watches over the tasks of one worker, which come one after the other.

    Its thread sleeps until a task's time is over, mostly long past that task's end, so that
    nothing is to be told of most tasks. A timer for each is a thread for each, which takes
    0.4 ms of the processor.

    Args:
        seconds: The limit of every task.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._changed = threading.Condition()
        self._end: Callable[[], None] | None = None
        self._end_at = 0.0
        self._is_asleep = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._look_on, name="task-watch", daemon=True)
        self._thread.start()

    @contextmanager
    def over(self, end: Callable[[], None]) -> Iterator[None]:
        """Watch over a task, the block.

        Args:
            end: Called once when the block takes too long, and never after it; quick.
        """
        with self._changed:
            self._end, self._end_at = end, time.monotonic() + self.seconds
            if self._is_asleep:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._end = None

    def close(self) -> None:
        """Watch no more; nothing of it is left when this returns."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join()

    def _look_on(self) -> None:
        with self._changed:
            while not self._is_closed:
                if self._end is not None and self._end_at <= time.monotonic():
                    self._end()
                    self._end = None
                self._is_asleep = self._end is None
                self._changed.wait(self._left_seconds())

    def _left_seconds(self) -> float | None:
        """What is left of the task's time; None without a task."""
        return None if self._end is None else max(self._end_at - time.monotonic(), 0.0)
