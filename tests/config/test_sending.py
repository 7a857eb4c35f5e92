"""Hours and rates out of the settings: what a destination overrides, and what is refused."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from appliance.clock import SystemClock
from appliance.config import load_settings
from appliance.config.sending import bandwidths, rate_limits
from appliance.domain.errors import ConfigError
from appliance.domain.pace import Hours
from appliance.sync.rate import UNLIMITED, Schedule
from tests.config.test_loading import DESTINATION, LEAST

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Settings

MONDAY_MORNING = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
"""Nine o'clock in Việt Nam."""


def settings(tmp_path: Path, sync: str, *places: str) -> Settings:
    """Settings with a ``[sync]`` section, and destinations with more keys."""
    path = tmp_path / "appliance.toml"
    named = "".join(
        DESTINATION.format(name=f"place-{number}") + place + "\n"
        for number, place in enumerate(places)
    )
    path.write_text(f"{LEAST}[sync]\n{sync}\n{named}", encoding="utf-8")
    return load_settings(path)


def test_by_default_nothing_is_bounded(tmp_path: Path) -> None:
    """And the hours are those of an office in Việt Nam."""
    found = settings(tmp_path, "", "")
    (bound,) = bandwidths(found).values()
    assert bound.is_unlimited
    assert bound.kind(MONDAY_MORNING) is Hours.OFFICE
    assert bound.kind(MONDAY_MORNING + dt.timedelta(hours=9)) is Hours.NIGHT
    assert rate_limits(found, SystemClock()) == {"place-0": UNLIMITED}


def test_a_destination_overrides_what_it_names(tmp_path: Path) -> None:
    """And takes the rest from the section; 0 lifts a bound."""
    found = settings(
        tmp_path,
        "office_kib_per_second = 100\nnight_kib_per_second = 200",
        "",
        'office_kib_per_second = 0\noffice_hours = "22:00-06:00"\noffice_days = ["sat"]',
    )
    first, second = bandwidths(found).values()
    assert (first.office_bytes_per_second, first.night_bytes_per_second) == (102_400, 204_800)
    assert (second.office_bytes_per_second, second.night_bytes_per_second) == (None, 204_800)
    assert second.kind(MONDAY_MORNING) is Hours.NIGHT
    limits = rate_limits(found, SystemClock())
    assert all(isinstance(limit, Schedule) for limit in limits.values())
    assert limits["place-0"] is not limits["place-1"]


def test_another_time_zone(tmp_path: Path) -> None:
    """Local time is that of the setting."""
    (bound,) = bandwidths(settings(tmp_path, 'time_zone = "Europe/Berlin"', "")).values()
    assert bound.hours is not None
    assert bound.hours.zone == ZoneInfo("Europe/Berlin")
    assert bound.kind(MONDAY_MORNING) is Hours.NIGHT


@pytest.mark.parametrize(
    ("sync", "said"),
    [
        ('office_hours = "7:30-17:00"', "office_hours '7:30-17:00'"),
        ('office_hours = "07:30-24:00"', "office_hours"),
        ('office_hours = "07:30"', "office_hours"),
        ('office_days = ["monday"]', "'monday' is none of mon, tue"),
        ('time_zone = "Mars/Olympus"', "sync.time_zone 'Mars/Olympus'"),
        ("office_kib_per_second = -1", "office_kib_per_second"),
    ],
)
def test_what_is_no_hour_day_zone_or_rate_is_refused(tmp_path: Path, sync: str, said: str) -> None:
    """The message names the key and what was written."""
    with pytest.raises(ConfigError, match=said):
        settings(tmp_path, sync, "")
