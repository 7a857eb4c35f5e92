"""Hours and rates of the sending: from the texts of the settings to the domain's values."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ConfigError
from appliance.domain.pace import DAY_NAMES, Bandwidth, OfficeHours
from appliance.sync.rate import UNLIMITED, Schedule

if TYPE_CHECKING:
    from appliance.config.settings import DestinationSettings, Settings, SyncSettings
    from appliance.domain.clock import Clock
    from appliance.sync.rate import RateLimit

_HOURS: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_KIB: Final = 1024
_VIETNAM: Final = "Asia/Ho_Chi_Minh"
_VIETNAM_OFFSET: Final = dt.timezone(dt.timedelta(hours=7))
"""No summer time since 1975, so the offset is the whole rule and no zone data are needed."""


def bandwidth(sync: SyncSettings, place: DestinationSettings) -> Bandwidth:
    """How fast one destination may be sent to.

    Raises:
        ConfigError: A text is no hours, day or time zone; the message names the key.
    """
    office, night = place.office_kib_per_second, place.night_kib_per_second
    hours = sync.office_hours if place.office_hours is None else place.office_hours
    days = sync.office_days if place.office_days is None else place.office_days
    return Bandwidth(
        _office_hours(hours, days, sync.time_zone),
        _bytes_per_second(sync.office_kib_per_second if office is None else office),
        _bytes_per_second(sync.night_kib_per_second if night is None else night),
    )


def bandwidths(settings: Settings) -> dict[str, Bandwidth]:
    """How fast each destination may be sent to, by its name."""
    return {place.name: bandwidth(settings.sync, place) for place in settings.destination}


def rate_limits(settings: Settings, clock: Clock) -> dict[str, RateLimit]:
    """The limit of each destination by its name, shared by all that is sent there."""
    return {
        name: UNLIMITED if bound.is_unlimited else Schedule(bound, clock)
        for name, bound in bandwidths(settings).items()
    }


def _bytes_per_second(kib_per_second: int) -> int | None:
    return kib_per_second * _KIB or None


def _office_hours(hours: str, days: tuple[str, ...], zone_name: str) -> OfficeHours:
    unknown = sorted(set(days) - set(DAY_NAMES))
    if unknown:
        known = ", ".join(DAY_NAMES)
        raise ConfigError(f"office_days: {unknown[0]!r} is none of {known}")
    start, end = _start_and_end(hours)
    numbers = frozenset(DAY_NAMES.index(day) for day in days)
    return OfficeHours(start, end, numbers, zone_named(zone_name))


def _start_and_end(hours: str) -> tuple[dt.time, dt.time]:
    match = _HOURS.fullmatch(hours)
    if match is None:
        raise ConfigError(f"office_hours {hours!r}: two times of day, such as '07:30-17:00'")
    return dt.time.fromisoformat(match[1]), dt.time.fromisoformat(match[2])


def zone_named(name: str) -> dt.tzinfo:
    """The time zone of a name.

    Raises:
        ConfigError: It is not known here.
    """
    if name == _VIETNAM:
        return _VIETNAM_OFFSET
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ConfigError(
            f"sync.time_zone {name!r} is not known here: {problem}; is tzdata installed?"
        ) from problem
