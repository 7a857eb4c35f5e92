"""When which rate holds, and when bytes of a given number are through at a usual speed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As settings name the days of the week, in the order of ``date.weekday``."""

LONGEST_ESTIMATE_DAYS: Final = 3650
"""Our own: what would take longer than ten years is not dated."""

_DAY: Final = dt.timedelta(days=1)


class Hours(StrEnum):
    """The two kinds of hours that rates and speeds are told apart by."""

    OFFICE = "office"
    NIGHT = "night"
    """Every other hour, free days included."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours in which people share the line.

    Args:
        start: Local time at which they begin.
        end: Local time at which they end; at or before ``start`` = on the next day.
        days: Days on which they begin, 0 = Monday; none = never.
        zone: Whose local time.
    """

    start: dt.time
    end: dt.time
    days: frozenset[int]
    zone: dt.tzinfo

    def kind(self, moment: dt.datetime) -> Hours:
        """Which hours a moment belongs to."""
        today = moment.astimezone(self.zone).date()
        spans = (self._span(day) for day in (today - _DAY, today) if day.weekday() in self.days)
        is_office = any(start <= moment < end for start, end in spans)
        return Hours.OFFICE if is_office else Hours.NIGHT

    def stretches(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, Hours]]:
        """What follows on a moment: the end of each stretch of one kind, and the kind.

        It ends after ``LONGEST_ESTIMATE_DAYS``.
        """
        first = moment.astimezone(self.zone).date() - _DAY
        for number in range(LONGEST_ESTIMATE_DAYS if self.days else 0):
            day = first + number * _DAY
            start, end = self._span(day)
            if day.weekday() not in self.days or end <= moment:
                continue
            if start > moment:
                yield start, Hours.NIGHT
            yield end, Hours.OFFICE
            moment = end
        yield moment + LONGEST_ESTIMATE_DAYS * _DAY, Hours.NIGHT

    def _span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Beginning and end, in UTC, of the office hours that begin on a day."""
        last = day if self.end > self.start else day + _DAY
        return (
            dt.datetime.combine(day, self.start, self.zone).astimezone(dt.UTC),
            dt.datetime.combine(last, self.end, self.zone).astimezone(dt.UTC),
        )


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """How fast a destination may be sent to.

    Args:
        hours: Which hours are the office's; None = nobody shares the line.
        office_bytes_per_second: In them; None = as fast as the line is.
        night_bytes_per_second: In all others; None = as fast as the line is.
    """

    hours: OfficeHours | None = None
    office_bytes_per_second: int | None = None
    night_bytes_per_second: int | None = None

    @property
    def is_unlimited(self) -> bool:
        """Whether no rate is ever bounded."""
        return self.office_bytes_per_second is None and self.night_bytes_per_second is None

    def kind(self, moment: dt.datetime) -> Hours:
        """Which hours a moment belongs to."""
        return Hours.NIGHT if self.hours is None else self.hours.kind(moment)

    def bound(self, kind: Hours) -> int | None:
        """The bound in bytes per second in one kind of hours; None = none."""
        is_office = kind is Hours.OFFICE
        return self.office_bytes_per_second if is_office else self.night_bytes_per_second

    def bytes_per_second(self, moment: dt.datetime) -> int | None:
        """The bound that holds at a moment; None = none."""
        return self.bound(self.kind(moment))

    def finish(
        self, start: dt.datetime, size_bytes: int, usual: Mapping[Hours, float]
    ) -> dt.datetime | None:
        """When so many bytes are through.

        Args:
            start: When the first of them goes.
            size_bytes: How many.
            usual: The measured speed in bytes per second in each kind of hours; what was measured
                in one stands for the other as long as that has no measure of its own.

        Returns:
            None without any measure, and for what is further away than can be said.
        """
        speeds = self._speeds(usual)
        if not speeds:
            return start if size_bytes == 0 else None
        left_bytes = float(size_bytes)
        for end, kind in self._stretches(start):
            seconds = (end - start).total_seconds()
            if left_bytes <= speeds[kind] * seconds:
                return start + dt.timedelta(seconds=left_bytes / speeds[kind])
            left_bytes, start = left_bytes - speeds[kind] * seconds, end
        return None

    def _speeds(self, usual: Mapping[Hours, float]) -> dict[Hours, float]:
        """The measured speeds within the bounds; empty without any measure."""
        measured = [speed for speed in usual.values() if speed > 0]
        if not measured:
            return {}
        speeds = {}
        for kind in Hours:
            bound = self.bound(kind)
            speed = usual.get(kind, 0.0) or measured[0]
            speeds[kind] = speed if bound is None else min(speed, float(bound))
        return speeds

    def _stretches(self, start: dt.datetime) -> Iterator[tuple[dt.datetime, Hours]]:
        if self.hours is not None:
            return self.hours.stretches(start)
        return iter([(start + LONGEST_ESTIMATE_DAYS * _DAY, Hours.NIGHT)])


NO_LIMIT: Final = Bandwidth()
"""A destination that is sent to as fast as its line is."""
