"""A part's thread: it outlives whatever one round throws at it, and says what happened."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col

from appliance.catalogue import box, leases
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.tables import FileUnitRow
from appliance.clock import SystemClock
from appliance.domain.errors import StorageError
from appliance.domain.rules import sentence
from appliance.pipeline.register import import_workbook
from appliance.service import worker
from appliance.service.doorbell import Doorbell
from appliance.service.worker import Step, Worker
from tests.pipeline.making import workbook_of
from tests.service.making import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.findings import Finding


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    made = open_catalogue(tmp_path / "catalogue.db", SystemClock())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure the worker waits only a moment."""
    monkeypatch.setattr(worker, "_FAILURE_PAUSE_SECONDS", 0.02)


@pytest.fixture
def start(catalogue: Catalogue) -> Iterator[Callable[..., Worker]]:
    """Starts workers that are stopped with the test."""
    started: list[Worker] = []

    def make(run: Callable[[str], int], on_work: Callable[[], None] = lambda: None) -> Worker:
        made = Worker("seal", "1234", Step(run, lambda: 60.0), catalogue, on_work)
        started.append(made)
        made.start()
        return made

    yield make
    for made in started:
        made.stop()
        made.join(10)


def notices(catalogue: Catalogue) -> list[Finding]:
    """What stands on the page."""
    with catalogue.read() as session:
        return [finding for finding, _since in box.notices(session)]


def test_a_worker_repeats_while_there_is_work_and_wakes_the_others(
    start: Callable[..., Worker],
) -> None:
    """Rounds follow each other until one does nothing; each that did something is told."""
    left, woken, idle = [1, 1, 1], [], threading.Event()

    def run(owner: str) -> int:
        assert owner == "seal:1234"
        if left:
            return left.pop()
        idle.set()
        return 0

    made = start(run, lambda: woken.append(1))
    assert idle.wait(10)
    assert (left, len(woken), made.is_alive) == ([], 3, True)


def test_a_ring_ends_the_sleep(start: Callable[..., Worker]) -> None:
    """A sleeping part that is rung looks for work at once."""
    rounds = threading.Semaphore(0)

    def run(_owner: str) -> int:
        rounds.release()
        return 0

    made = start(run)
    assert rounds.acquire(timeout=10)
    made.bell.ring()
    assert rounds.acquire(timeout=10)


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (StorageError("the disk is gone"), "STORAGE: the disk is gone"),
        (ZeroDivisionError("oops"), "ZeroDivisionError: oops"),
    ],
)
def test_a_failing_step_becomes_a_notice_and_passes(
    start: Callable[..., Worker], catalogue: Catalogue, problem: Exception, told: str
) -> None:
    """The page says which part fails and how; after a round that works the notice is gone.

    Story: archivematica/Issues#258.
    """
    failing = threading.Event()
    failing.set()

    def run(_owner: str) -> int:
        if failing.is_set():
            raise problem
        return 0

    made = start(run)
    eventually(lambda: len(notices(catalogue)) == 1, "the notice")
    (finding,) = notices(catalogue)
    assert (finding.code, finding.where) == ("STAGE-FAILED", "seal")
    assert told in sentence(finding)
    failing.clear()
    eventually(lambda: not notices(catalogue), "the notice is taken down")
    assert made.is_alive


def test_a_failing_round_gives_back_what_it_held(
    start: Callable[..., Worker], catalogue: Catalogue
) -> None:
    """Records that a failed round had leased are free at once, not after hours."""
    import_workbook(catalogue, workbook_of({"HS-01": 1}))
    with catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE file_unit SET next_attempt = ?", (writing.now,)
        )
    taken: list[int] = []

    def run(owner: str) -> int:
        with catalogue.write() as writing:
            claim = leases.Claim(owner, 1, 3600)
            taken.append(len(leases.take(writing, FileUnitRow, (col(FileUnitRow.id) > 0,), claim)))
        raise RuntimeError("in the middle")

    start(run)
    eventually(lambda: len(taken) >= 3, "three rounds")
    assert set(taken) == {1}


def test_a_cancelled_round_is_no_failure(
    start: Callable[..., Worker], catalogue: Catalogue
) -> None:
    """When the pool is shut down under a round, nothing is put up."""
    seen = threading.Event()

    def run(_owner: str) -> int:
        seen.set()
        raise CancelledError

    made = start(run)
    assert seen.wait(10)
    made.stop()
    made.join(10)
    assert (made.is_alive, notices(catalogue)) == (False, [])


def test_a_round_that_breaks_because_of_the_stop_is_no_failure(
    start: Callable[..., Worker], catalogue: Catalogue
) -> None:
    """The end of the service leaves no notice behind."""
    begun, go = threading.Event(), threading.Event()

    def run(_owner: str) -> int:
        begun.set()
        assert go.wait(10)
        raise RuntimeError("the pool is shut down")

    made = start(run)
    assert begun.wait(10)
    made.stop()
    go.set()
    made.join(10)
    assert (made.is_alive, notices(catalogue)) == (False, [])


def test_a_worker_outlives_a_notice_that_cannot_be_put_up(
    start: Callable[..., Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when the catalogue refuses the notice, the part goes on trying."""
    rounds = threading.Semaphore(0)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def run(_owner: str) -> int:
        rounds.release()
        raise ValueError("once more")

    monkeypatch.setattr("appliance.service.worker.box.put_notice", refuse)
    made = start(run)
    assert all(rounds.acquire(timeout=10) for _ in range(3))
    assert made.is_alive


def test_an_early_ring_is_remembered() -> None:
    """A ring before the sleep ends that sleep at once, and only that one."""
    bell = Doorbell()
    bell.ring()
    assert bell.sleep(10)
    assert not bell.sleep(0.01)
