"""Agencies with validity dates: names change, a fonds keeps its creator for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency under one name.

    Args:
        code: The agency's code, such as ``H11`` (QĐ 20/2020/QĐ-TTg); a string of the archive's
            own choosing where no code is published.
        name: The name valid in the period.
        valid_from: First day of the name; None when unknown.
        valid_to: Last day of the name; None while it is in force.
        parent_code: The agency above it, if any.
        successor_code: The agency that took over, if any.
    """

    code: str
    name: str
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    parent_code: str | None = None
    successor_code: str | None = None

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the name was in force on this day."""
        starts = self.valid_from is None or self.valid_from <= day
        ends = self.valid_to is None or day <= self.valid_to
        return starts and ends


def name_on(agencies: Iterable[Agency], code: str, day: dt.date) -> str | None:
    """The name of an agency on a day; None when no record covers the day."""
    names = [a.name for a in agencies if a.code == code and a.is_valid_on(day)]
    return names[0] if names else None
