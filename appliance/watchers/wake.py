"""Events only wake: watchdog says "something happened", the scan finds out what."""

from __future__ import annotations

import logging
import os
import warnings
from typing import TYPE_CHECKING, Final

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver

warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
# nested folders that appear fast make watchdog print the whole of its watches, and lose nothing

_QUIET: Final = frozenset({"opened", "closed_no_write"})
"""Event types that reading alone causes; our own looks would wake us for ever."""


class Waker:
    """Calls ``wake`` whenever something changes below a folder.

    The folder itself is watched for new scanners, each scanner's folder with all below it; what
    the appliance does in its own hidden folders wakes nobody. Lost events lose nothing: the
    scan also runs by the clock.

    Args:
        root: The folder; need not exist yet.
        wake: Called from the observer's own thread, often.
    """

    def __init__(self, root: Path, wake: Callable[[], None]) -> None:
        self._root = root
        self._handler = _Handler(wake)
        self._observer: BaseObserver | None = None
        self._watched: set[Path] = set()
        self._overflow = _OverflowHandler(wake)

    @property
    def is_watching(self) -> bool:
        """Whether events can arrive at all."""
        return self._observer is not None and self._observer.is_alive()

    def refresh(self) -> bool:
        """Watch what is there now, as far as possible; whether events can arrive."""
        try:
            self._watch_root()
            for folder in self._scanner_folders() - self._watched:
                self._schedule(folder, recursive=True)
        except OSError:
            return False  # no such folder, or no watches left: the clock's scan goes on
        return True

    def _watch_root(self) -> None:
        if self.is_watching:
            return
        self.stop()
        observer = Observer()
        observer.start()
        self._observer = observer
        logging.getLogger("watchdog.observers").addHandler(self._overflow)
        self._schedule(self._root, recursive=False)

    def _scanner_folders(self) -> set[Path]:
        with os.scandir(self._root) as entries:
            return {
                self._root / entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            }

    def _schedule(self, folder: Path, *, recursive: bool) -> None:
        if self._observer is not None:
            self._observer.schedule(self._handler, str(folder), recursive=recursive)
            self._watched.add(folder)

    def stop(self) -> None:
        """Stop and wait for the observer's thread."""
        logging.getLogger("watchdog.observers").removeHandler(self._overflow)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
        self._watched.clear()


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
