"""The order of the queue, pauses, the stop, and the moving figure of a line's speed."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.sending import (
    LONGEST_PAUSE_SECONDS,
    PACE_MEMORY_SECONDS,
    RANK_LONGEST_SECONDS,
    Pace,
    lease_seconds,
    pause_seconds,
    send_rank,
    stops_everything,
)

MIB = 1024 * 1024
HOUR = 3600
DAY = 24 * HOUR
SEALED_AT = 1_772_000_000


def test_small_ones_of_the_same_day_go_first() -> None:
    """And of the same size the older."""
    ranks = [send_rank(SEALED_AT, size) for size in (1, 10 * MIB, 1024 * MIB)]
    assert ranks == sorted(set(ranks))
    assert send_rank(SEALED_AT, MIB) < send_rank(SEALED_AT + 1, MIB)


@given(st.integers(0, 1 << 45), st.integers(0, 1 << 45))
def test_nothing_starves(large_bytes: int, small_bytes: int) -> None:
    """What is sealed more than the longest time after a package never goes before it."""
    later = SEALED_AT + RANK_LONGEST_SECONDS + 1
    assert send_rank(SEALED_AT, large_bytes) < send_rank(later, small_bytes)


def test_a_stream_of_small_ones_lets_a_large_one_through() -> None:
    """One small package a minute, for ever: the gigabyte is sent within a week."""
    large = send_rank(SEALED_AT, 1024 * MIB)
    before = sum(send_rank(SEALED_AT + 60 * n, MIB) < large for n in range(100_000))
    assert 60 * before < 7 * DAY


def test_pauses_double_up_to_an_hour_and_differ() -> None:
    """Within a quarter around the doubled pause, the same for the same package and try."""
    pauses = [pause_seconds(tries, "province:7") for tries in range(1, 15)]
    for tries, seconds in enumerate(pauses, start=1):
        middle = min(4.0 * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS)
        assert 0.75 * middle <= seconds <= 1.25 * middle
    assert pauses == [pause_seconds(tries, "province:7") for tries in range(1, 15)]
    together = {round(pause_seconds(9, f"province:{number}")) for number in range(100)}
    assert len(together) > 50


def test_pauses_bear_any_number_of_tries() -> None:
    """A package that was tried for years does not overflow."""
    assert pause_seconds(10**6, "x") <= 1.25 * LONGEST_PAUSE_SECONDS


def test_a_lease_grows_with_the_package() -> None:
    """The slowest disk must be able to read it back before its sender counts as dead."""
    assert lease_seconds(0) >= 900
    assert lease_seconds(10 * 1024 * MIB) >= 6 * HOUR - 900


@pytest.mark.parametrize(
    ("damaged", "packages", "stops"),
    [
        (0, 0, False),
        (1, 1, False),
        (1, 50, False),
        (2, 50, True),
        (2, 200, True),
        (2, 201, False),
        (3, 100_000, True),
    ],
)
def test_several_damaged_packages_stop_everything(
    damaged: int, packages: int, *, stops: bool
) -> None:
    """Three, or fewer when they are one in a hundred; a single one stops alone."""
    assert stops_everything(damaged, packages) is stops


class TestPace:
    """How fast a place usually takes packages."""

    def test_nothing_sent_says_nothing(self) -> None:
        """Without a measure the speed is not known."""
        assert Pace().bytes_per_second == 0

    def test_it_is_bytes_by_time(self) -> None:
        """Also over several stretches, whatever their lengths."""
        pace = Pace().after(1000, 10).after(3000, 30).after(50, 0.5)
        assert pace.bytes_per_second == pytest.approx(100, rel=1e-6)

    def test_one_odd_package_hardly_moves_it(self) -> None:
        """A tiny package that took a hundredth of the time, or a hundred times as long."""
        usual = Pace().after(3600 * 1000, 3600)
        for seconds in (0.01, 100.0):
            assert usual.after(1000, seconds).bytes_per_second == pytest.approx(1000, rel=0.03)

    def test_it_follows_a_line_that_has_changed(self) -> None:
        """After a few times its memory the old speed is forgotten."""
        pace = Pace().after(int(PACE_MEMORY_SECONDS) * 1000, PACE_MEMORY_SECONDS)
        for _ in itertools.repeat(None, 60):
            pace = pace.after(int(PACE_MEMORY_SECONDS / 10) * 100, PACE_MEMORY_SECONDS / 10)
        assert pace.bytes_per_second == pytest.approx(100, rel=0.15)
