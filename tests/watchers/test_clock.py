"""The clock's contract, kept by the system's clock and by the one that tests move."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from appliance.clock import SystemClock
from appliance.domain.clock import from_text, to_text
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from appliance.domain.clock import Clock


@pytest.fixture(params=[SystemClock, MovingClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    """Each clock in turn."""
    made: Clock = request.param()
    return made


def test_a_moment_is_aware_and_in_utc(clock: Clock) -> None:
    """Every moment carries UTC, so that it has one text form."""
    now = clock.now()
    assert now.utcoffset() == dt.timedelta(0)
    assert from_text(to_text(now)) == now


def test_monotonic_seconds_never_go_back(clock: Clock) -> None:
    """Quiet times are measured by seconds that only grow."""
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_trust_is_a_plain_answer(clock: Clock) -> None:
    """Whether the clock is synchronised is yes or no, and asking changes nothing."""
    assert clock.is_trusted() in {True, False}
    assert clock.is_trusted() == clock.is_trusted()
