"""When copies are read again: nights, budgets, and which copies are due.

A copy is due when its proof is older than half of the time it may have, the oldest first; so none
is read more often than that, and a night that could not do everything goes on the next one. Times
of proofs come from the box's clock, which may have been wrong: a proof from the future says
nothing of its age, and its copy is due at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.domain.clock import from_text, to_text
from appliance.domain.policy import AUDIT_CATCH_UP_NIGHTS, AUDIT_YIELD_FACTOR

BOX_PLACE: Final = "@box"
"""Names this box among the places that hold copies; no destination can be called so."""

_DAY: Final = dt.timedelta(days=1)


class SliceKind(StrEnum):
    """Who wanted a slice."""

    NIGHT = "night"
    ASKED = "asked"
    """A person, by command."""
    REPAIR = "repair"
    """Nobody: damage became known outside of a slice, or was left over; it alone is seen to."""


class SliceOutcome(StrEnum):
    """How a slice ended."""

    DONE = "done"
    """Nothing was due any more."""
    BUDGET = "budget"
    """Its time or its bytes were spent; the rest is for the next one."""
    LINE = "line"
    """The place could not be reached until the end."""
    HALTED = "halted"
    """Too much damage in one round: a person must look first."""
    REPLACED = "replaced"
    """It was cut, and not gone on with before the next one began."""


class CheckState(StrEnum):
    """Where the box's own copy of a package stands."""

    GOOD = "good"
    DAMAGED = "damaged"
    """Not as it was sealed, or gone; repaired as soon as a good copy can be had."""
    BROKEN = "broken"
    """Not as it was sealed, and no place has every block of it."""


class DrillOutcome(StrEnum):
    """How a restore drill ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_POSSIBLE = "not_possible"
    """Nothing to bring back, or the place was not reached: no drill was held."""


@dataclass(frozen=True, slots=True)
class Night:
    """The time in which one night's slice may work.

    Args:
        begins: Aware.
        ends: Aware, after it.
    """

    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """How often copies are read, and when.

    Args:
        start: Local time at which a night's slice begins.
        budget_seconds: How long it may work.
        every_days: No proof should be older.
        scrub_days: Between two looks of any kind.
        fetch_bytes: What a night may download from a place whose copies are proved by that.
        zone: Whose local time.
    """

    start: dt.time
    budget_seconds: int
    every_days: int
    scrub_days: int
    fetch_bytes: int
    zone: dt.tzinfo

    def night(self, moment: dt.datetime) -> Night | None:
        """The night that a moment belongs to; None by day."""
        for day in (
            moment.astimezone(self.zone).date() - _DAY,
            moment.astimezone(self.zone).date(),
        ):
            found = self._night_of(day)
            if found.begins <= moment < found.ends:
                return found
        return None

    def next_night(self, moment: dt.datetime) -> dt.datetime:
        """When the next night after a moment begins."""
        today = moment.astimezone(self.zone).date()
        begins = (self._night_of(day).begins for day in (today - _DAY, today, today + _DAY))
        return next(one for one in begins if one > moment)

    def _night_of(self, day: dt.date) -> Night:
        begins = dt.datetime.combine(day, self.start, self.zone).astimezone(dt.UTC)
        return Night(begins, begins + dt.timedelta(seconds=self.budget_seconds))

    def proof_due_before(self, moment: dt.datetime) -> str:
        """Proofs older than this (``clock.to_text``) are renewed."""
        return to_text(moment - dt.timedelta(days=self.every_days) / 2)

    def scrub_due_before(self, moment: dt.datetime) -> str:
        """Copies that were not looked at since this (``clock.to_text``) are compared."""
        return to_text(moment - dt.timedelta(days=self.scrub_days))


def not_yet(moment: dt.datetime) -> str:
    """Proofs later than this (``clock.to_text``) are of a clock that was wrong."""
    return to_text(moment + dt.timedelta(hours=1))


def is_night_missed(
    plan: AuditPlan, moment: dt.datetime, last_started_at: str | None, oldest_proof_at: str | None
) -> bool:
    """Whether the box slept through its nights, so that work is done by day.

    Args:
        plan: When nights are.
        moment: Now.
        last_started_at: Of the place's last slice; None when there was none.
        oldest_proof_at: The oldest proof there; None when there is none.
    """
    if oldest_proof_at is None:
        return False
    patience = AUDIT_CATCH_UP_NIGHTS * _DAY
    waited = moment - from_text(oldest_proof_at) - dt.timedelta(days=plan.every_days) / 2
    is_idle = last_started_at is None or moment - from_text(last_started_at) > patience
    return is_idle and waited > patience


def rest_seconds(worked_seconds: float, *, is_sending: bool) -> float:
    """How long an audit leaves its place alone after some work.

    Args:
        worked_seconds: Of the work.
        is_sending: Whether packages wait to be sent there: they have most of the time then.
    """
    return worked_seconds * AUDIT_YIELD_FACTOR if is_sending else 0.0
