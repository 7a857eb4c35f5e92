"""Events wake: real inotify, files made and moved, folders that go and come."""

from __future__ import annotations

import logging
import shutil
import threading
from typing import TYPE_CHECKING, Any

import pytest
from watchdog.observers.api import BaseObserver

from appliance.watchers.wake import DEAF_SECONDS, Listeners, Waker
from tests.watchers.making import SETTLE_SECONDS, MovingClock, Watched, page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WAIT_SECONDS = 10.0
QUIET_SECONDS = 1.0
"""watchdog keeps a half of a rename back for 0.5 s; a busy machine takes its own time on top."""
PAGE = page_bytes(1)


class Ears:
    """Hears whether a waker called since it was last asked."""

    def __init__(self) -> None:
        self._heard = threading.Event()
        self._probed = threading.Event()
        self.scanners: set[str | None] = set()
        self.canaries: set[str] = set()

    def __call__(self, scanner: str | None) -> None:
        """As a waker calls."""
        self.scanners.add(scanner)
        self._heard.set()

    def canary(self, name: str) -> None:
        """As a waker calls when it sees a probe."""
        self.canaries.add(name)
        self._probed.set()

    def hear_canary(self, make: Callable[[], object], seconds: float = WAIT_SECONDS) -> bool:
        """Do something, and say whether a probe was heard."""
        self._probed.clear()
        make()
        return self._probed.wait(seconds)

    def hear(self, make: Callable[[], object], seconds: float = WAIT_SECONDS) -> bool:
        """Do something, and say whether it woke us."""
        self._heard.clear()
        make()
        return self._heard.wait(seconds)

    def settle(self) -> None:
        """Let events that are under way arrive."""
        while self.hear(lambda: None, QUIET_SECONDS):
            pass


@pytest.fixture
def ears() -> Ears:
    """Hears wakes."""
    return Ears()


@pytest.fixture
def waker(watched: Watched, ears: Ears) -> Iterator[Waker]:
    """A waker over the hot folder, listening."""
    made = Waker(watched.root, Listeners(ears, ears.canary), watched.clock)
    assert made.refresh()
    ears.settle()
    yield made
    made.stop()


def test_a_new_file_wakes(watched: Watched, waker: Waker, ears: Ears) -> None:
    """A file made in a scanner's folder wakes us, in a folder made for it as well."""
    assert waker.is_watching
    assert ears.hear(lambda: watched.drop("scan01/0001.png", PAGE))
    ears.settle()
    assert ears.hear(lambda: watched.drop("scan01/HS/0001.png", PAGE))


def test_a_file_and_a_tree_moved_in_wake(
    watched: Watched, waker: Waker, ears: Ears, tmp_path: Path
) -> None:
    """A rename from outside wakes us like a new file."""
    assert waker.is_watching
    (tmp_path / "HS" / "sub").mkdir(parents=True)
    (tmp_path / "0001.png").write_bytes(PAGE)
    scanner = watched.root / "scan01"
    assert ears.hear(lambda: (tmp_path / "0001.png").rename(scanner / "0001.png"))
    ears.settle()
    assert ears.hear(lambda: shutil.move(tmp_path / "HS", scanner / "HS"))


def test_a_burst_with_events_is_found_whole(watched: Watched, waker: Waker, ears: Ears) -> None:
    """Events of a burst wake at least once, and the scan that follows finds every file."""
    assert waker.is_watching
    names = {f"scan01/HS-{n % 40:02d}/{n:04d}.png" for n in range(1, 2001)}

    def burst() -> None:
        for name in sorted(names):
            watched.drop(name, PAGE)

    assert ears.hear(burst)
    watched.folder = watched.new_process(max_ready=len(names))
    assert watched.ready(SETTLE_SECONDS) == names


def test_a_new_scanner_wakes_and_is_watched_after_a_refresh(
    watched: Watched, waker: Waker, ears: Ears
) -> None:
    """A scanner's folder made later is noticed, then listened to."""
    assert ears.hear((watched.root / "scan02").mkdir)
    waker.refresh()
    ears.settle()
    assert ears.hear(lambda: watched.drop("scan02/0001.png", PAGE))


def test_looking_alone_wakes_nobody(watched: Watched, waker: Waker, ears: Ears) -> None:
    """Our own scans and claims must not wake us for ever."""
    path = watched.drop("scan01/0001.png", PAGE)
    (watched.root / ".claimed").mkdir()
    waker.refresh()
    ears.settle()
    assert not ears.hear(path.read_bytes, QUIET_SECONDS)
    assert not ears.hear(watched.folder.scan, QUIET_SECONDS)
    assert not ears.hear((watched.root / ".claimed" / "0123").mkdir, QUIET_SECONDS)


def test_a_scanners_folder_made_anew_is_heard_again(
    watched: Watched, waker: Waker, ears: Ears
) -> None:
    """A folder removed and made again under its old name is another folder to listen to."""
    scanner = watched.root / "scan01"
    scanner.rmdir()
    scanner.mkdir()
    ears.settle()
    assert waker.refresh()
    ears.settle()
    assert ears.hear(lambda: watched.drop("scan01/0001.png", PAGE))


def test_a_missing_root_is_survived(tmp_path: Path, ears: Ears) -> None:
    """Without a folder no event can come; once it is there, a refresh listens to all of it."""
    root = tmp_path / "later"
    made = Waker(root, Listeners(ears, ears.canary), MovingClock())
    try:
        assert not made.refresh()
        assert not made.refresh()
        (root / "scan01").mkdir(parents=True)
        assert made.refresh()
        ears.settle()
        assert ears.hear((root / "scan01" / "HS").mkdir)
        ears.settle()
        assert ears.hear((root / "scan02").mkdir)
    finally:
        made.stop()


def test_a_root_that_goes_and_comes_back_is_heard_again(
    watched: Watched, waker: Waker, ears: Ears
) -> None:
    """A share that was unmounted and mounted again is listened to after a refresh."""
    shutil.rmtree(watched.root)
    assert not waker.refresh()
    assert not waker.is_listening("scan01")
    (watched.root / "scan01").mkdir(parents=True)
    assert waker.refresh()
    ears.settle()
    assert ears.hear(lambda: watched.drop("scan01/0001.png", PAGE))


def test_a_warning_of_lost_events_wakes(
    waker: Waker, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When events were lost, which is only logged, the scan is asked for, however quiet the log."""
    assert waker.is_watching
    monkeypatch.setattr(logging.getLogger("watchdog"), "level", logging.ERROR)
    logger = logging.getLogger("watchdog.observers.inotify")
    assert ears.hear(lambda: logger.warning("event queue overflow"))


def test_a_stopped_waker_is_silent(watched: Watched, waker: Waker, ears: Ears) -> None:
    """After the stop nothing calls any more, and stopping twice harms nothing."""
    waker.stop()
    waker.stop()
    assert not waker.is_watching
    assert not ears.hear(lambda: watched.drop("scan01/0001.png", PAGE), QUIET_SECONDS)


def test_a_wake_names_the_scanner(watched: Watched, waker: Waker, ears: Ears) -> None:
    """Only the folder that changed is looked at; a change of the root means every folder."""
    ears.scanners.clear()
    assert ears.hear(lambda: watched.drop("scan01/HS/0001.png", PAGE))
    ears.settle()
    assert ears.scanners == {"scan01"}
    assert waker.is_listening("scan01")
    assert not waker.is_listening("scan02")
    assert ears.hear(lambda: watched.drop("loose.png", PAGE))
    assert None in ears.scanners


def test_a_probe_is_heard_and_wakes_nobody(watched: Watched, waker: Waker, ears: Ears) -> None:
    """A canary is answered by its name, and no scan follows but of the folder it lies in."""
    assert waker.is_watching
    name = ".appliance-canary-1"
    assert ears.hear_canary(lambda: watched.drop(f"scan01/{name}", b""))
    assert ears.canaries == {name}


def test_a_folder_that_cannot_be_watched_is_left_to_the_clock(
    watched: Watched, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """watchdog#878: where watches run out the clock looks; the others are heard meanwhile."""
    watched.drop("scan02/0001.png", PAGE)
    made = Waker(watched.root, Listeners(ears, ears.canary), watched.clock)
    tries: list[str] = []
    true_schedule = BaseObserver.schedule

    def no_watches_left(self: BaseObserver, *arguments: Any, **named: Any) -> object:  # noqa: ANN401 - passed on as they came
        tries.append(arguments[1])
        if arguments[1].endswith("scan02"):
            raise OSError(28, "inotify watch limit reached")
        return true_schedule(self, *arguments, **named)

    monkeypatch.setattr(BaseObserver, "schedule", no_watches_left)
    try:
        assert not made.refresh()
        assert not made.refresh()
        assert (made.is_listening("scan01"), made.is_listening("scan02")) == (True, False)
        assert sum(path.endswith("scan02") for path in tries) == 1
        monkeypatch.undo()
        watched.clock.advance(DEAF_SECONDS)
        assert made.refresh()
        assert made.is_listening("scan02")
    finally:
        made.stop()


def test_a_dead_watcher_thread_is_rebuilt(watched: Watched, waker: Waker, ears: Ears) -> None:
    """paperless-ngx#13011: a watcher that died is noticed and made anew at the next refresh."""
    assert waker._observer is not None
    waker._observer.stop()
    waker._observer.join()
    assert not waker.is_watching
    assert waker.refresh()
    assert waker.is_listening("scan01")
    ears.settle()
    assert ears.hear(lambda: watched.drop("scan01/0001.png", PAGE))
