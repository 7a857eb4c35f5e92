"""Restarts, clocks and sources: what a box without a clock's battery and an admin must stand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select, update

from appliance.catalogue.events import all_events, head
from appliance.catalogue.pulse import opened_pulse
from appliance.catalogue.tables import EventRow, MasterRow
from appliance.domain.clock import later
from appliance.domain.custody import first_break
from appliance.service.beating import Beating
from appliance.watchers.claims import pending_claims
from tests.service.watching import Watching
from tests.watchers.making import MovingClock, page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue

TWO_WEEKS = dt.timedelta(days=14)


class TurnedClock(MovingClock):
    """A moving clock whose day can be turned, as the network's time or a dead battery turns it."""

    is_synchronised = True

    def is_trusted(self) -> bool:
        """Whether the day is known to be right."""
        return self.is_synchronised

    def turn(self, by: dt.timedelta) -> None:
        """Change the day without any time passing."""
        self._now += by


@pytest.fixture
def clock() -> TurnedClock:
    """The box's clock."""
    return TurnedClock()


@pytest.fixture
def turned(tmp_path: Path, pool: Executor, clock: TurnedClock) -> Iterator[Watching]:
    """A box with a clock that can be turned."""
    made = Watching(tmp_path, pool, clock)
    yield made
    made.close()


def events_of(catalogue: Catalogue) -> list[EventRow]:
    """Every event in the order of its counter."""
    with catalogue.read() as session:
        return list(session.exec(select(EventRow).order_by(col(EventRow.counter))))


def test_a_source_is_copied_and_never_moved(watching: Watching) -> None:
    """archivematica/Issues#646, #628: on one file system too a master is a copy of its drop."""
    bench = watching.bench
    bench.register({"HS-01": 1})
    path = watching.put("scan01/HS-01/0001.png", page_bytes(1))
    before = path.stat()
    assert watching.rounds() == 1
    (master,) = bench.masters()
    (claim,) = pending_claims(bench.claimed)
    kept, source = bench.store.master_path(master.sha256).stat(), claim.path.stat()
    assert source.st_dev == kept.st_dev
    assert source.st_ino == before.st_ino != kept.st_ino
    assert (source.st_nlink, kept.st_nlink) == (1, 1)
    assert (source.st_mtime_ns, source.st_mode) == (before.st_mtime_ns, before.st_mode)
    assert claim.path.read_bytes() == page_bytes(1)


@pytest.mark.parametrize("by", [-TWO_WEEKS, TWO_WEEKS, -56 * 365 * dt.timedelta(days=1)])
def test_a_clock_that_is_turned_stops_and_confuses_nothing(
    turned: Watching, clock: TurnedClock, by: dt.timedelta
) -> None:
    """raspberrypi/linux#1751, gokrazy PR#392: order comes from a counter, and doubt is recorded."""
    bench = turned.bench
    bench.register({"HS-01": 2})
    turned.put("scan01/HS-01/0001.png", page_bytes(1))
    turned.round()
    clock.turn(by)
    clock.is_synchronised = False
    assert turned.round() == 1
    turned.put("scan01/HS-01/0002.png", page_bytes(2))
    turned.restart()
    assert turned.rounds() == 1
    bench.settle()
    assert [row.file_number for row in bench.masters()] == [1, 2]
    assert bench.unit_findings("HS-01") == ()
    assert bench.unit("HS-01").state == "sealed"
    events = events_of(bench.catalogue)
    trusted = [bool(event.clock_trusted) for event in events]
    assert trusted == sorted(trusted, reverse=True)
    assert set(trusted) == {True, False}
    with bench.catalogue.read() as session:
        _counter, digest = head(session)
        assert first_break(all_events(session), head=digest) is None


def test_a_clock_that_is_set_back_leaves_nothing_waiting_for_it(
    turned: Watching, clock: TurnedClock
) -> None:
    """linux#1751, infix#794: what came in with a date ahead is due now, not in two weeks."""
    bench = turned.bench
    bench.register({"HS-01": 1})
    turned.put("scan01/HS-01/0001.png", page_bytes(1))
    rings: list[str] = []
    beating = Beating(bench.catalogue, lambda: True, lambda: rings.append("rung"))
    with opened_pulse(bench.catalogue) as pulse:
        beating.beat_once(pulse)
        assert turned.rounds() == 1
        beating.beat_once(pulse)
        clock.turn(-TWO_WEEKS)
        bench.settle()
        assert [row.state for row in bench.masters()] == ["accepted"]
        beating.beat_once(pulse)
        assert rings == ["rung"]
        bench.settle()
        assert bench.unit("HS-01").state == "sealed"
        beating.beat_once(pulse)
        assert rings == ["rung"]


def test_pauses_keep_their_length_when_the_clock_is_set_back(
    turned: Watching, clock: TurnedClock
) -> None:
    """A file that is looked at again in a minute is so, on whatever day: not at once, not later."""
    bench = turned.bench
    turned.put("scan01/HS-01/0001.png", page_bytes(1))
    assert turned.rounds() == 1
    with bench.catalogue.write() as writing:
        pause = later(writing.now, 60)
        writing.session.execute(update(MasterRow).values(next_attempt=pause, lease_until=None))
    with opened_pulse(bench.catalogue) as pulse:
        assert pulse.beat() == 0
        clock.turn(-TWO_WEEKS)
        assert pulse.beat() == 1
        assert pulse.beat() == 0
    (row,) = bench.masters()
    assert row.next_attempt == later(pause, -TWO_WEEKS.total_seconds())
