"""When which scanner is looked at."""

from __future__ import annotations

import pytest

from appliance.domain.scanners import WatchWay
from appliance.watchers.schedule import LookEnded, Schedule
from tests.watchers.making import MovingClock

SCANNERS = ("scan01", "scan02")


class Looking:
    """A schedule, and looks that take no time."""

    def __init__(self) -> None:
        self.clock = MovingClock()
        self.schedule = Schedule(self.clock, scan_seconds=60)

    def look(
        self,
        way: WatchWay = WatchWay.EVENTS,
        *,
        settle_seconds: float = 5,
        took_seconds: float = 0,
        next_seconds: float | None = None,
    ) -> frozenset[str]:
        """Look at what is due."""
        due = self.schedule.due(SCANNERS)
        for scanner in due:
            ended = LookEnded(way, settle_seconds, took_seconds, next_seconds)
            self.schedule.looked(scanner, ended)
        return due


@pytest.fixture
def looking() -> Looking:
    """Two scanners that were just looked at."""
    made = Looking()
    assert made.look() == set(SCANNERS)
    return made


def test_without_events_the_clock_decides(looking: Looking) -> None:
    """paperless-ngx#13011: a scan by the clock, whether an event came or not."""
    assert looking.schedule.idle_seconds() == 60
    looking.clock.advance(59)
    assert looking.look() == set()
    looking.clock.advance(1)
    assert looking.look() == set(SCANNERS)


def test_an_event_makes_only_its_own_scanner_due(looking: Looking) -> None:
    """One busy scanner does not make us look at all the others."""
    looking.clock.advance(1)
    looking.schedule.wake("scan02")
    assert looking.schedule.idle_seconds() == 0
    assert looking.look() == {"scan02"}
    looking.clock.advance(1)
    looking.schedule.wake(None)
    assert looking.look() == set(SCANNERS)


@pytest.mark.parametrize(("took_seconds", "gap"), [(0, 0.2), (0.5, 0.5), (30, 1.0)])
def test_many_events_are_one_look(looking: Looking, took_seconds: float, gap: float) -> None:
    """Looks at a scanner keep a distance that grows with what they cost, up to a bound."""
    looking.clock.advance(60)
    looking.look(took_seconds=took_seconds)
    looking.schedule.wake("scan01")
    assert looking.look() == set()
    assert looking.schedule.idle_seconds() == pytest.approx(gap)
    looking.schedule.wake("scan01")
    looking.clock.advance(gap + 0.001)
    assert looking.look() == {"scan01"}


def test_an_event_during_the_distance_is_not_forgotten(looking: Looking) -> None:
    """A wake that comes too early counts as soon as it may."""
    looking.clock.advance(60)
    looking.look()
    looking.schedule.wake("scan01")
    looking.look()
    looking.clock.advance(0.21)
    assert looking.look() == {"scan01"}


@pytest.mark.parametrize("way", [WatchWay.POLLING, WatchWay.UNKNOWN])
@pytest.mark.parametrize(("settle", "pause"), [(1, 5), (14, 7), (300, 10)])
def test_where_no_event_comes_it_is_looked_often(
    looking: Looking, way: WatchWay, settle: float, pause: float
) -> None:
    """Half the quiet time, within bounds."""
    looking.clock.advance(60)
    looking.look(way, settle_seconds=settle)
    assert looking.schedule.idle_seconds() == pause


def test_what_can_settle_is_looked_at_in_its_moment(looking: Looking) -> None:
    """Not before, and not after."""
    looking.clock.advance(60)
    looking.look(next_seconds=3.25)
    assert looking.schedule.idle_seconds() == 3.25


def test_when_there_is_more_the_next_look_is_at_once(looking: Looking) -> None:
    """A full hand means another look without a pause."""
    looking.clock.advance(60)
    looking.look(next_seconds=0)
    assert looking.schedule.idle_seconds() == 0
    assert looking.look() == set(SCANNERS)
