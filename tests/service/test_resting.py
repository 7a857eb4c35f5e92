"""Parts at rest: they look, they sleep until something comes due, and they miss nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlmodel import col, update

from appliance.catalogue import leases
from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
from appliance.catalogue.work import Work, deposits_to
from appliance.domain.clock import to_text
from appliance.service.resting import (
    LONGEST_SECONDS,
    SHORTEST_SECONDS,
    WORK,
    Resting,
)
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PARKED: Final = {"state": "parked", "cause": "INTAKE-UNKNOWN-FILE-UNIT"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A box that is empty."""
    with WorkerPool(1, 2 * 1024**3, 60) as pool:
        made = Bench(tmp_path, pool)
        yield made
        made.close()


class Stage:
    """Takes what is due and leaves it alone, as a stage does; counts its rounds."""

    def __init__(self, bench: Bench, work: Work[Any]) -> None:
        self._bench = bench
        self._work = work
        self.rounds = 0

    def __call__(self, owner: str) -> int:
        """One round."""
        self.rounds += 1
        with self._bench.catalogue.write() as writing:
            claim = leases.Claim(owner, 10, 60)
            taken = leases.take(writing, self._work.table, self._work.where, claim)
            values = leases.waits()
            for row in taken:
                one = col(self._work.table.id) == row.id
                writing.session.execute(update(self._work.table).where(one).values(values))
        return len(taken)


def rested(bench: Bench, work: Work[Any]) -> tuple[Resting, Stage]:
    """A part that has found nothing in its first round."""
    stage = Stage(bench, work)
    resting = Resting(bench.catalogue, work, stage)
    while resting.run("part:1"):
        pass
    return resting, stage


def test_an_idle_part_does_no_round(bench: Bench) -> None:
    """Rung again and again it only looks; after a long while it does a round all the same."""
    resting, stage = rested(bench, WORK["seal"])
    before = stage.rounds
    assert resting.idle_seconds() == SHORTEST_SECONDS
    assert [resting.run("part:1") for _ in range(3)] == [0, 0, 0]
    assert (stage.rounds, resting.idle_seconds()) == (before, LONGEST_SECONDS)
    bench.clock.advance(LONGEST_SECONDS)
    resting.run("part:1")
    assert stage.rounds == before + 1


def test_it_sleeps_until_the_next_attempt(bench: Bench) -> None:
    """A record that is to be tried again in ten seconds ends the sleep then, and not before."""
    bench.sealed({"HS-01": 1})
    resting, stage = rested(bench, WORK["inspect:parked"])
    before, due = stage.rounds, bench.clock.now()
    with bench.catalogue.write() as writing:
        later = to_text(due)
        writing.session.execute(update(MasterRow).values(**PARKED, next_attempt=later))
    bench.clock.advance(-10)
    assert resting.run("part:1") == 0
    assert resting.idle_seconds() == pytest.approx(10, abs=1)
    bench.clock.advance(10)
    assert resting.run("part:1") == 1
    assert stage.rounds == before + 1


@pytest.mark.parametrize(
    ("work", "table", "values"),
    [
        pytest.param(WORK["inspect"], MasterRow, {"state": "accepted"}, id="inspect"),
        pytest.param(WORK["inspect:parked"], MasterRow, {**PARKED}, id="parked"),
        pytest.param(WORK["assemble"], FileUnitRow, {"state": "scanning"}, id="count"),
        pytest.param(WORK["assemble"], FileUnitRow, {"state": "complete"}, id="review"),
        pytest.param(WORK["derive"], PageRow, {"is_derived": 0}, id="derive"),
        pytest.param(WORK["seal"], FileUnitRow, {"state": "derived"}, id="seal"),
    ],
)
def test_what_comes_due_is_done_at_the_next_look(
    bench: Bench, work: Work[Any], table: type[MasterRow], values: dict[str, object]
) -> None:
    """Every part sees its own work, without waiting for the round that it does anyway."""
    bench.sealed({"HS-01": 1})
    resting, stage = rested(bench, work)
    before = stage.rounds
    with bench.catalogue.write() as writing:
        free = {**values, **leases.done(writing.now)}
        writing.session.execute(update(table).values(free))
    assert resting.run("part:1") >= 1
    assert stage.rounds == before + 1


def test_a_waiting_deposit_is_work_of_its_destination_alone(bench: Bench) -> None:
    """A package that was just sealed is seen by the part of a place that it goes to."""
    here, there = deposits_to("province"), deposits_to("elsewhere")
    parts = [rested(bench, work)[0] for work in (here, there)]
    bench.sealed({"HS-01": 1})
    assert [part.run("part:1") for part in parts] == [1, 0]
