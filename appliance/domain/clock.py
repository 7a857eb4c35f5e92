"""The clock as a port: times are facts handed in, never read by the domain."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Tells the time and whether it can be trusted (invariant I10)."""

    def now(self) -> dt.datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for quiet times and back-off within one process."""
        ...

    def is_trusted(self) -> bool:
        """Whether the system clock is synchronised, as far as the box can know."""
        ...


def to_text(moment: dt.datetime) -> str:
    """One fixed-width text form in UTC, ``2026-11-22T13:13:01.094512Z``; sorts as time does.

    Raises:
        ValueError: The moment carries no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is not a fact")
    in_utc = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return in_utc.isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> dt.datetime:
    """Read back what ``to_text`` wrote.

    Raises:
        ValueError: The text has another form.
    """
    moment = dt.datetime.fromisoformat(text)
    if to_text(moment) != text:
        raise ValueError(f"not in the form of to_text: {text!r}")
    return moment


def later(text: str, seconds: float) -> str:
    """The moment so many seconds after another, both in the form of ``to_text``.

    Raises:
        ValueError: The text has another form.
    """
    return to_text(from_text(text) + dt.timedelta(seconds=seconds))
