"""Office hours, bounds, and when bytes are through at a usual speed."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.pace import NO_LIMIT, Bandwidth, Hours, OfficeHours

HANOI = dt.timezone(dt.timedelta(hours=7))
WORKDAYS = frozenset(range(5))
OFFICE = OfficeHours(dt.time(7, 30), dt.time(17), WORKDAYS, HANOI)
NIGHT_SHIFT = OfficeHours(dt.time(22), dt.time(6), WORKDAYS, HANOI)


def local(day: int, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    """A moment of March 2026 in Việt Nam; the 2nd is a Monday."""
    return dt.datetime(2026, 3, day, hour, minute, second, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (local(2, 7, 29, 59), Hours.NIGHT),
        (local(2, 7, 30), Hours.OFFICE),
        (local(2, 16, 59, 59), Hours.OFFICE),
        (local(2, 17), Hours.NIGHT),
        (local(7, 10), Hours.NIGHT),
    ],
)
def test_office_hours_are_local_and_have_days(moment: dt.datetime, kind: Hours) -> None:
    """They begin at the minute, end before theirs, and a Saturday has none."""
    assert OFFICE.kind(moment) is kind
    assert OFFICE.kind(moment.astimezone(dt.UTC)) is kind


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (local(2, 21, 59), Hours.NIGHT),
        (local(2, 22), Hours.OFFICE),
        (local(3, 0), Hours.OFFICE),
        (local(3, 5, 59), Hours.OFFICE),
        (local(3, 6), Hours.NIGHT),
        (local(7, 5), Hours.OFFICE),
        (local(7, 23), Hours.NIGHT),
        (local(9, 5), Hours.NIGHT),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_begin_on(
    moment: dt.datetime, kind: Hours
) -> None:
    """Friday's run into Saturday; Sunday has none, so Monday morning has none either."""
    assert NIGHT_SHIFT.kind(moment) is kind


@given(st.integers(1_577_836_800, 1_893_456_000))
@pytest.mark.parametrize("hours", [OFFICE, NIGHT_SHIFT])
def test_stretches_agree_with_the_kind_of_each_moment(hours: OfficeHours, seconds: int) -> None:
    """Each stretch is of one kind from its first to its last second, and the next is another."""
    start = dt.datetime.fromtimestamp(seconds, dt.UTC)
    for end, kind in islice(hours.stretches(start), 12):
        assert start < end
        assert hours.kind(start) is kind
        assert hours.kind(end - dt.timedelta(microseconds=1)) is kind
        assert hours.kind(end) is not kind
        start = end


def test_summer_time_moves_the_hours() -> None:
    """Where the clock is put forward, the office opens an hour earlier in UTC."""
    berlin = OfficeHours(dt.time(8), dt.time(16), WORKDAYS, ZoneInfo("Europe/Berlin"))
    assert berlin.kind(dt.datetime(2026, 3, 27, 6, 30, tzinfo=dt.UTC)) is Hours.NIGHT
    assert berlin.kind(dt.datetime(2026, 3, 30, 6, 30, tzinfo=dt.UTC)) is Hours.OFFICE


class TestFinish:
    """When something is done."""

    BOUND = Bandwidth(OFFICE, office_bytes_per_second=1000, night_bytes_per_second=None)

    def test_without_a_measure_nobody_knows(self) -> None:
        """But nothing to send is done at once."""
        assert self.BOUND.finish(local(2, 8), 1, {}) is None
        assert self.BOUND.finish(local(2, 8), 0, {}) == local(2, 8)

    def test_a_usual_speed_without_hours(self) -> None:
        """Bytes by speed."""
        assert NO_LIMIT.finish(local(2, 8), 7200, {Hours.NIGHT: 2.0}) == local(2, 9)

    def test_the_bound_of_the_office_is_kept_and_the_night_is_quick(self) -> None:
        """An hour of 1000 B/s before 17:00, then the measured 10 000 B/s."""
        usual = {Hours.NIGHT: 10_000.0}
        size_bytes = 3600 * 1000 + 1800 * 10_000
        assert self.BOUND.finish(local(2, 16), size_bytes, usual) == local(2, 17, 30)

    def test_each_kind_of_hours_has_its_own_measure(self) -> None:
        """A line that is slow by day without any bound is reckoned so."""
        free = Bandwidth(OFFICE)
        usual = {Hours.OFFICE: 10.0, Hours.NIGHT: 100.0}
        assert free.finish(local(2, 16), 3600 * 10 + 3600 * 100, usual) == local(2, 18)

    def test_days_pass(self) -> None:
        """From Friday evening over a weekend without office hours."""
        usual = {Hours.NIGHT: 1000.0}
        size_bytes = int((local(9, 7, 30) - local(6, 17)).total_seconds()) * 1000
        assert self.BOUND.finish(local(6, 17), size_bytes, usual) == local(9, 7, 30)

    def test_what_is_years_away_has_no_date(self) -> None:
        """A date in forty years would be a joke."""
        assert NO_LIMIT.finish(local(2, 8), 1 << 50, {Hours.NIGHT: 1.0}) is None
        assert self.BOUND.finish(local(2, 8), 1 << 50, {Hours.NIGHT: 1.0}) is None

    def test_hours_on_no_day_are_never(self) -> None:
        """Without days everything is night."""
        never = Bandwidth(OfficeHours(dt.time(7), dt.time(17), frozenset(), HANOI), 1, None)
        assert never.kind(local(2, 8)) is Hours.NIGHT
        assert never.finish(local(2, 8), 3600, {Hours.NIGHT: 1.0}) == local(2, 9)
