"""The limit on what goes out: met in the long run, followed through the hours, never overrun."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest

from appliance.clock import SystemClock
from appliance.domain.pace import NO_LIMIT, Bandwidth, OfficeHours
from appliance.sync.rate import BURST_SECONDS, UNLIMITED, RateLimit, Schedule
from tests.fakes.clock import FakeClock

HANOI = dt.timezone(dt.timedelta(hours=7))
PIECE_BYTES = 32 * 1024
OFFICE_RATE, NIGHT_RATE = 64 * 1024, 1024 * 1024
ALL_DAYS = frozenset(range(7))


def office(start: int, end: int) -> OfficeHours:
    """Hours of every day, in Việt Nam."""
    return OfficeHours(dt.time(start), dt.time(end), ALL_DAYS, HANOI)


def clock_at(hour: int, minute: int = 0, second: int = 0) -> FakeClock:
    """A clock at a local time of a Monday."""
    return FakeClock(dt.datetime(2026, 3, 2, hour, minute, second, tzinfo=HANOI))


def sent_in(limit: RateLimit, clock: FakeClock, seconds: float) -> int:
    """Bytes that a greedy sender gets through in so many seconds."""
    end, sent_bytes = clock.monotonic() + seconds, 0
    while clock.monotonic() < end:
        limit.take(PIECE_BYTES)
        sent_bytes += PIECE_BYTES
    return sent_bytes


def schedule(bandwidth: Bandwidth, clock: FakeClock) -> Schedule:
    """A schedule whose waiting moves the clock."""
    return Schedule(bandwidth, clock, clock.pass_seconds)


@pytest.mark.parametrize("rate", [5_000, 65_536, 1_000_000, 50_000_000])
def test_the_rate_is_met(rate: int) -> None:
    """In ten minutes a greedy sender gets what the rate says, within a piece and a burst."""
    clock = clock_at(3)
    limit = schedule(Bandwidth(None, None, rate), clock)
    spare = 2 * PIECE_BYTES + rate * BURST_SECONDS
    assert sent_in(limit, clock, 600) == pytest.approx(600 * rate, abs=spare)


def test_an_idle_line_saves_nothing_up() -> None:
    """After an hour of silence no more than a short burst goes at once."""
    clock = clock_at(3)
    limit = schedule(Bandwidth(None, None, NIGHT_RATE), clock)
    clock.pass_seconds(3600)
    spare = 2 * PIECE_BYTES + NIGHT_RATE * BURST_SECONDS
    assert sent_in(limit, clock, 1) <= NIGHT_RATE + spare


def test_the_office_opens_in_the_middle_of_a_package() -> None:
    """Pieces of one package go quickly until half past seven, and slowly from then on."""
    clock = clock_at(7, 29)
    hours = OfficeHours(dt.time(7, 30), dt.time(17), ALL_DAYS, HANOI)
    limit = schedule(Bandwidth(hours, OFFICE_RATE, NIGHT_RATE), clock)
    assert sent_in(limit, clock, 60) == pytest.approx(60 * NIGHT_RATE, rel=0.02)
    assert sent_in(limit, clock, 60) == pytest.approx(60 * OFFICE_RATE, rel=0.05)


def test_the_office_closes_while_a_sender_waits() -> None:
    """A wait that began by the slow rate ends when the quick one begins."""
    clock = clock_at(16, 59, 55)
    limit = schedule(Bandwidth(office(8, 17), 100, NIGHT_RATE), clock)
    limit.take(PIECE_BYTES)
    started = clock.monotonic()
    limit.take(PIECE_BYTES)
    assert clock.monotonic() - started <= 5 + 2


def test_hours_over_midnight() -> None:
    """The bound holds from ten in the evening to six, through midnight, and no longer."""
    clock = clock_at(23, 59)
    limit = schedule(Bandwidth(office(22, 6), OFFICE_RATE, None), clock)
    assert sent_in(limit, clock, 120) == pytest.approx(120 * OFFICE_RATE, rel=0.02)
    clock.pass_seconds(6 * 3600)
    before = clock.monotonic()
    for _ in range(10_000):
        limit.take(PIECE_BYTES)
    assert clock.monotonic() == before


def test_a_debt_of_the_slow_hours_is_forgiven_by_the_free_ones() -> None:
    """Without a bound nobody waits for what was sent before."""
    clock = clock_at(16, 59, 59)
    limit = schedule(Bandwidth(office(8, 17), 10, None), clock)
    limit.take(PIECE_BYTES)
    started = clock.monotonic()
    limit.take(PIECE_BYTES)
    assert clock.monotonic() - started <= 3


@pytest.mark.parametrize("limit", [UNLIMITED, Schedule(NO_LIMIT, SystemClock())])
def test_without_a_bound_nothing_waits(limit: RateLimit) -> None:
    """A gigabyte in pieces costs no time to speak of."""
    started = time.thread_time()
    for _ in range(32 * 1024):
        limit.take(PIECE_BYTES)
    assert time.thread_time() - started < 5


def test_several_threads_share_one_rate() -> None:
    """Four senders together get no more than one alone would."""
    rate, wanted_bytes = 4_000_000, 2_000_000
    limit = Schedule(Bandwidth(None, None, rate), SystemClock())
    pieces = wanted_bytes // 4 // PIECE_BYTES

    def send() -> None:
        for _ in range(pieces):
            limit.take(PIECE_BYTES)

    threads = [threading.Thread(target=send) for _ in range(4)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    least_seconds = (4 * (pieces - 1) * PIECE_BYTES - rate * BURST_SECONDS) / rate
    assert time.monotonic() - started >= least_seconds
