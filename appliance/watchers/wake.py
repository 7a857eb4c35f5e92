"""Events only wake: watchdog says "something happened", the scan finds out what."""

from __future__ import annotations

import logging
import os
import warnings
from typing import TYPE_CHECKING, Final, TypeAlias

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
# nested folders that appear fast make watchdog print the whole of its watches, and lose nothing

_QUIET: Final = frozenset({"opened", "closed_no_write"})
"""Event types that reading alone causes; our own looks would wake us for ever."""

_Identity: TypeAlias = "tuple[int, int]"
"""Device and inode of a folder."""


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
        self._watched: dict[Path, tuple[_Identity, ObservedWatch]] = {}
        self._overflow = _OverflowHandler(wake)

    @property
    def is_watching(self) -> bool:
        """Whether events can arrive at all."""
        return self._observer is not None and self._observer.is_alive()

    def refresh(self) -> bool:
        """Watch what is there now, as far as possible; whether events can arrive."""
        try:
            present = self._folders()
            observer = self._running_observer()
            self._forget_others(observer, present)
            for folder in present.keys() - self._watched.keys():
                is_scanner = folder != self._root
                watch = observer.schedule(self._handler, str(folder), recursive=is_scanner)
                self._watched[folder] = (present[folder], watch)
        except OSError:
            return False  # no such folder, or no watches left: the clock's scan goes on
        return True

    def _folders(self) -> dict[Path, _Identity]:
        """The root and the scanners' folders."""
        root = self._root.stat()
        found = {self._root: (root.st_dev, root.st_ino)}
        with os.scandir(self._root) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    status = entry.stat(follow_symlinks=False)
                    found[self._root / entry.name] = (status.st_dev, status.st_ino)
        return found

    def _running_observer(self) -> BaseObserver:
        if self._observer is not None and self._observer.is_alive():
            return self._observer
        self.stop()
        self._observer = Observer()
        self._observer.start()
        logger = logging.getLogger("watchdog.observers")
        logger.setLevel(logging.WARNING)  # whatever the program prints: lost events must be heard
        logger.addHandler(self._overflow)
        return self._observer

    def _forget_others(self, observer: BaseObserver, present: dict[Path, _Identity]) -> None:
        """A folder made anew under an old name is another one: the old watch is deaf."""
        hearing = {emitter.watch for emitter in observer.emitters if emitter.is_alive()}
        for folder, (identity, watch) in list(self._watched.items()):
            if present.get(folder) != identity or watch not in hearing:
                observer.unschedule(watch)
                del self._watched[folder]

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
