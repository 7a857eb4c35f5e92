"""What the kernel gives listeners is bounded: the length of its queue, the number of watches."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from appliance.watchers.wake import Listeners, Waker
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.watchers.making import Watched

_QUEUED_EVENTS: Final = Path("/proc/sys/fs/inotify/max_queued_events")
_MOST_FOLDERS: Final = 40_000
_WATCHES: Final = 5
_IN_A_NAMESPACE: Final = """
import sys, time
from pathlib import Path
from appliance.watchers.wake import DEAF_SECONDS, Listeners, Waker
from tests.watchers.making import MovingClock

limit, root, clock = Path("/proc/sys/user/max_inotify_watches"), Path(sys.argv[1]), MovingClock()
limit.write_text(sys.argv[2])
waker = Waker(root, Listeners(lambda scanner: None, lambda canary: None), clock)
print(waker.refresh(), waker.is_watching, waker.is_listening("scan01"))
limit.write_text("1000")
print(waker.refresh(), waker.is_listening("scan01"))
clock.advance(DEAF_SECONDS)
print(waker.refresh(), waker.is_listening("scan01"))
waker.stop()
"""


class Wakes:
    """Counts wakes."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, scanner: str | None) -> None:
        """As a waker calls."""
        del scanner
        self.count += 1


@pytest.fixture
def wakes() -> Wakes:
    """Counts wakes."""
    return Wakes()


def _no_canary(name: str) -> None:
    raise AssertionError(name)


@pytest.fixture
def waker(watched: Watched, wakes: Wakes) -> Iterator[Waker]:
    """A waker that does not listen yet."""
    made = Waker(watched.root, Listeners(wakes, _no_canary), watched.clock)
    yield made
    made.stop()


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder in memory, where thousands of folders cost no disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_looks_at_more_folders_than_the_queue_holds_lose_no_event(
    memory_folder: Path, wakes: Wakes, caplog: pytest.LogCaptureFixture
) -> None:
    """watchdog#878: with 20,000 folders each look lost events, and each loss was another look."""
    count = int(_QUEUED_EVENTS.read_text("ascii")) + 1000
    if count > _MOST_FOLDERS:
        pytest.skip(f"NOT TESTED: this kernel's queue holds {count - 1000} events")
    for number in range(count):
        (memory_folder / "scan01" / f"HS-{number:05d}").mkdir(parents=True)
    waker = Waker(memory_folder, Listeners(wakes, _no_canary), MovingClock())
    assert waker.refresh()
    for _ in range(3):
        assert sum(1 for _ in os.walk(memory_folder)) == count + 2
    waker.stop()
    assert "overflow" not in caplog.text
    assert wakes.count == 0


def test_a_listener_that_lost_events_is_made_anew(watched: Watched, waker: Waker) -> None:
    """What came meanwhile has no watch: the next refresh watches all, but not too often."""
    logger = logging.getLogger("watchdog.observers.inotify_c")
    assert waker.refresh()
    first = waker._observer
    logger.warning("Inotify queue overflowed; filesystem events were lost")
    assert waker.refresh()
    second = waker._observer
    assert second is not first
    assert waker.is_listening("scan01")
    logger.warning("Inotify queue overflowed; filesystem events were lost")
    assert waker.refresh()
    assert waker._observer is second
    watched.clock.advance(10)
    assert waker.refresh()
    assert waker._observer is not second


def test_a_folder_below_which_watches_ran_out_is_polled(watched: Watched) -> None:
    """watchdog#878: its own watch is there, those of its folders are not: it counts as deaf."""
    for number in range(2 * _WATCHES):
        (watched.root / "scan01" / f"HS-{number:02d}").mkdir()
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-P", "-c", _IN_A_NAMESPACE]
    done = subprocess.run(
        [*command, str(watched.root), str(_WATCHES)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "max_inotify_watches" in done.stderr:
        pytest.skip(f"NOT TESTED: this kernel gives no limit of our own: {done.stderr[-200:]}")
    told = done.stdout.splitlines()
    assert told == ["False True False", "False False", "True True"], done.stderr
