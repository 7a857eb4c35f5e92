"""Events only wake: watchdog says "something happened", the scan finds out what."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver

_QUIET: Final = frozenset({"opened", "closed_no_write"})
"""Event types that reading alone causes; our own looks would wake us for ever."""


class Waker:
    """Calls ``wake`` whenever something changes below a folder.

    Lost events lose nothing: the scan also runs by the clock.

    Args:
        root: The folder; need not exist yet.
        wake: Called from the observer's own thread, often.
    """

    def __init__(self, root: Path, wake: Callable[[], None]) -> None:
        self._root = root
        self._wake = wake
        self._observer: BaseObserver | None = None
        self._overflow = _OverflowHandler(wake)

    @property
    def is_watching(self) -> bool:
        """Whether events can arrive at all."""
        return self._observer is not None and self._observer.is_alive()

    def start(self) -> bool:
        """Start to watch if possible; whether it is watching now."""
        if self.is_watching:
            return True
        observer = Observer()
        observer.schedule(_Handler(self._wake), str(self._root), recursive=True)
        try:
            observer.start()
        except OSError:
            return False  # no such folder, or no watches left: the clock's scan goes on
        self._observer = observer
        logging.getLogger("watchdog.observers").addHandler(self._overflow)
        return True

    def stop(self) -> None:
        """Stop and wait for the observer's thread."""
        logging.getLogger("watchdog.observers").removeHandler(self._overflow)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None


class _Handler(FileSystemEventHandler):
    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in _QUIET:
            self._wake()


class _OverflowHandler(logging.Handler):
    """A warning of watchdog (its only word on lost events) means: scan now."""

    def __init__(self, wake: Callable[[], None]) -> None:
        super().__init__(level=logging.WARNING)
        self._wake = wake

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self._wake()
