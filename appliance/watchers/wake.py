"""Events only wake: watchdog says "something happened", the scan finds out what."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watchdog.events import (
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from appliance.watchers.names import CANARY_PREFIX, is_foreign_name
from appliance.watchers.values import LOOSE, Identity, identity_of
from appliance.watchers.watch_limit import has_watch_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

    from appliance.domain.clock import Clock

EVERYTHING: Final = None
"""Stands for every scanner: events were lost, or the hot folder itself changed."""
DEAF_SECONDS: Final = 600.0
"""Our own: a folder that could not be watched is tried again after this; each try walks it."""

warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")
# nested folders that appear fast make watchdog print the whole of its watches, and lose nothing

_HEARD: Final[list[type[FileSystemEvent]]] = [
    DirAttribEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileAttribEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
"""What the kernel is asked for: nothing that reading alone causes. Our own looks would wake us for
ever, and a look at 20,000 folders would fill the kernel's queue (16,384 events) with itself."""
_ANEW_SECONDS: Final = 10.0
"""Our own: between two new starts of a listener that lost events; each walks every folder."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told; both are called from the observer's own threads, often.

    Args:
        wake: Something changed below this scanner's folder (``LOOSE``: in the hot folder
            itself); ``EVERYTHING`` when nobody can say where.
        hear: A probe with this name was seen.
    """

    wake: Callable[[str | None], None]
    hear: Callable[[str], None]


class Waker:
    """Tells when something changes below a folder.

    The folder itself is watched for new scanners, each scanner's folder with all below it; what
    the appliance does in its own hidden folders wakes nobody. Lost events lose nothing: the
    scan also runs by the clock.

    Args:
        root: The folder; need not exist yet.
        listeners: Who is told.
        clock: Tells when to try again to watch what could not be watched.
    """

    def __init__(self, root: Path, listeners: Listeners, clock: Clock) -> None:
        self._root = root
        self._listeners = listeners
        self._clock = clock
        self._observer: BaseObserver | None = None
        self._watched: dict[Path, tuple[Identity, ObservedWatch]] = {}
        self._deaf: dict[Path, tuple[Identity, float]] = {}
        self._overflow = _OverflowHandler(listeners)
        self._anew_at = 0.0
        self._is_short = False

    @property
    def is_watching(self) -> bool:
        """Whether events can arrive at all."""
        return self._observer is not None and self._observer.is_alive()

    def is_listening(self, scanner: str) -> bool:
        """Whether events of a scanner's folder are asked for; a probe says whether they come.

        Not of all below it where watches ran out: nobody says which folders got none.
        """
        return self.is_watching and not self._is_short and self._root / scanner in self._watched

    def refresh(self) -> bool:
        """Watch what is there now, as far as possible; whether all of it is watched."""
        self._begin_anew()
        try:
            present = self._folders()
            observer = self._running_observer()
        except OSError:  # no such folder, or no queue left: the clock's scan goes on
            if self._observer is not None:  # one made anew may get the inode of the one that went
                self._forget_others(self._observer, {})
            return False
        self._forget_others(observer, present)
        for folder in sorted(present.keys() - self._watched.keys()):
            self._watch(observer, folder, present[folder])
        self._see_what_is_left()
        return not self._is_short and present.keys() <= self._watched.keys()

    def _begin_anew(self) -> None:
        """Leave a listener that lost events, or lacks watches: what it missed nobody watches.

        watchdog mends lost events itself, by ending and beginning each watch: as many events
        more. Of more folders than the queue holds it would never hear anything else.
        """
        now = self._clock.monotonic()
        if (self._overflow.has_lost or self._is_short) and now >= self._anew_at:
            self.stop()
            self._overflow.has_lost = self._is_short = False
            self._anew_at = now + _ANEW_SECONDS

    def _see_what_is_left(self) -> None:
        """A folder that gets no watch, watchdog passes over without a word."""
        if not self._is_short and not has_watch_left(self._root):
            self._is_short = True
            self._anew_at = self._clock.monotonic() + DEAF_SECONDS
            logging.getLogger(__name__).warning("no watch is left for all below %s", self._root)

    def _watch(self, observer: BaseObserver, folder: Path, identity: Identity) -> None:
        now = self._clock.monotonic()
        known, until = self._deaf.get(folder, (None, 0.0))
        if known == identity and now < until:
            return
        scanner = LOOSE if folder == self._root else folder.name
        handler = _Handler(scanner, self._listeners)
        try:
            watch = observer.schedule(
                handler, str(folder), recursive=scanner != LOOSE, event_filter=_HEARD
            )
        except OSError as problem:
            self._deaf[folder] = (identity, now + DEAF_SECONDS)
            logging.getLogger(__name__).warning("cannot watch %s: %s", folder, problem)
            return
        self._deaf.pop(folder, None)
        self._watched[folder] = (identity, watch)

    def _folders(self) -> dict[Path, Identity]:
        """The root and the scanners' folders."""
        found = {self._root: identity_of(self._root.stat())}
        with os.scandir(self._root) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False) and not is_foreign_name(entry.name):
                    found[self._root / entry.name] = identity_of(entry.stat(follow_symlinks=False))
        return found

    def _running_observer(self) -> BaseObserver:
        if self._observer is not None and self._observer.is_alive():
            return self._observer
        self.stop()
        observer = Observer()
        observer.start()
        self._observer = observer
        logger = logging.getLogger("watchdog.observers")
        logger.setLevel(logging.WARNING)  # whatever the program prints: lost events must be heard
        logger.addHandler(self._overflow)
        return observer

    def _forget_others(self, observer: BaseObserver, present: dict[Path, Identity]) -> None:
        """A folder made anew under an old name is another one: the old watch is deaf."""
        hearing = {emitter.watch for emitter in observer.emitters if emitter.is_alive()}
        for folder, (identity, watch) in list(self._watched.items()):
            if present.get(folder) != identity or watch not in hearing:
                with _ending():
                    observer.unschedule(watch)
                del self._watched[folder]
        for folder in self._deaf.keys() - present.keys():
            del self._deaf[folder]

    def stop(self) -> None:
        """Stop and wait for the observer's thread."""
        if self._observer is not None:
            with _ending():
                self._observer.stop()
                self._observer.join()
            self._observer = None
        logging.getLogger("watchdog.observers").removeHandler(self._overflow)
        self._watched.clear()


class _Handler(FileSystemEventHandler):
    def __init__(self, scanner: str, listeners: Listeners) -> None:
        self._scanner = scanner
        self._listeners = listeners

    def on_any_event(self, event: FileSystemEvent) -> None:
        name = os.path.basename(os.fsdecode(event.src_path))  # noqa: PTH119 - a name is all it takes
        if name.startswith(CANARY_PREFIX):
            self._listeners.hear(name)
        elif self._scanner == LOOSE:
            self._listeners.wake(EVERYTHING)
        else:
            self._listeners.wake(self._scanner)


@contextmanager
def _ending() -> Iterator[None]:
    """While a watch is ended, what its thread says of having been ended is not news.

    watchdog ends a watch under the thread that reads its events; one that has an event in hand
    then logs an error (``inactive``), which looks like a fault in the journal and wakes us.
    """
    logger = logging.getLogger("watchdog.observers.inotify")
    logger.addFilter(_is_news)
    try:
        yield
    finally:
        logger.removeFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return "called when the thread is inactive" not in record.getMessage()


class _OverflowHandler(logging.Handler):
    """A warning of watchdog (its only word on lost events) means: scan now, and listen anew."""

    def __init__(self, listeners: Listeners) -> None:
        super().__init__(level=logging.WARNING)
        self._listeners = listeners
        self.has_lost = False

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self.has_lost = True
        self._listeners.wake(EVERYTHING)
