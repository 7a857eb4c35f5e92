"""How well the copies at one place are covered by proofs: facts and the sentence on them.

A copy counts when a read-back proved it (invariant I4) and the proof has an age: unknown is never
good, and a percentage never rounds up to everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.levels import Level, Statement

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class Coverage:
    """The copies of sealed packages at one place.

    Args:
        place: The place's name; ``audits.BOX_PLACE`` for this box.
        label: How people call it.
        total: Sealed packages, each of which should have a copy there.
        proved: Copies with a read-back proof of a known age.
        within: Proofs among them that are not older than ``within_days``.
        within_days: How old a proof may be.
        oldest_age_seconds: Of the oldest proof; None when there is none.
        damaged: Copies that are not as they were sealed.
        broken: Packages of which no place has every block.
        lost_masters: Masters on this box that are not as they came, and not repaired.
        masters_age_seconds: Since when every master on this box was read, sealed or not; None
            where there are none.
        is_halted: Whether audits there stopped and ask a person.
        label_en: The label in English, where it is no name.
    """

    place: str
    label: str
    total: int
    proved: int
    within: int
    within_days: int
    oldest_age_seconds: int | None
    damaged: int = 0
    broken: int = 0
    lost_masters: int = 0
    masters_age_seconds: int | None = None
    is_halted: bool = False
    label_en: str = ""

    @property
    def percent(self) -> int:
        """Of all packages, how many have a proof that is not too old; 100 means every one."""
        return 100 * self.within // self.total if self.total else 0

    @property
    def oldest_days(self) -> int | None:
        """The oldest proof's age in whole days; None when there is none."""
        age = self.oldest_age_seconds
        return None if age is None else age // 86400

    @property
    def masters_days(self) -> int:
        """Since when every master was read, in whole days; 0 when there are none."""
        return (self.masters_age_seconds or 0) // 86400

    @property
    def are_masters_late(self) -> bool:
        """Whether some masters were not read for longer than a proof may be old."""
        return (self.masters_age_seconds or 0) > self.within_days * 86400


@dataclass(frozen=True, slots=True)
class DrillFacts:
    """What is known of restore drills at one destination.

    Args:
        label: How people call it.
        outcome: Of the last drill that was held, ``passed`` or ``failed``; None before the first.
        age_seconds: Since that drill; None before the first.
        oldest_deposit_seconds: Since the first proof there that a drill could have used.
        late_seconds: After how long a drill is late.
    """

    label: str
    outcome: str | None
    age_seconds: int | None
    oldest_deposit_seconds: int | None
    late_seconds: int


def judge_coverage(facts: Coverage) -> Statement:
    """The judged line on one place; the first row that applies decides, the worst stand first."""
    unproved = facts.total - facts.proved - facts.damaged - facts.broken
    rows = (
        (facts.broken > 0, Level.BROKEN, "COVERAGE-BROKEN"),
        (facts.is_halted, Level.NEEDS_PERSON, "COVERAGE-HALTED"),
        (facts.damaged > 0, Level.NEEDS_PERSON, "COVERAGE-DAMAGED"),
        (facts.lost_masters > 0, Level.NEEDS_PERSON, "COVERAGE-MASTERS-LOST"),
        (facts.are_masters_late, Level.STALE, "COVERAGE-MASTERS-OLD"),
        (facts.total == 0, Level.WAITING, "COVERAGE-EMPTY"),
        (facts.proved == 0, Level.WAITING, "COVERAGE-NONE"),
        (facts.within < facts.proved, Level.STALE, "COVERAGE-OLD"),
        (unproved > 0, Level.WAITING, "COVERAGE-PARTLY"),
        (True, Level.GOOD, "COVERAGE-GOOD"),
    )
    level, code = next((level, code) for applies, level, code in rows if applies)
    return Statement(level, code, _values(facts))


def _values(facts: Coverage) -> dict[str, JsonValue]:
    days = facts.oldest_days
    return {
        "label": facts.label,
        "label_en": facts.label_en or facts.label,
        "days": "–" if days is None else days,
        "percent": facts.percent,
        "within_days": facts.within_days,
        "proved": facts.proved,
        "total": facts.total,
        "damaged": facts.damaged,
        "broken": facts.broken,
        "masters": facts.lost_masters,
        "masters_days": facts.masters_days,
    }


def judge_drill(facts: DrillFacts) -> Statement | None:
    """The judged line on restore drills; None while the first one is not late yet."""
    values: dict[str, JsonValue] = {"label": facts.label}
    if facts.outcome is None:
        waited = facts.oldest_deposit_seconds
        if waited is None or waited <= facts.late_seconds:
            return None
        return Statement(Level.STALE, "DRILL-NEVER", values)
    age = facts.age_seconds or 0
    values["days"] = age // 86400
    if facts.outcome == "failed":
        return Statement(Level.NEEDS_PERSON, "DRILL-FAILED", values)
    if age > facts.late_seconds:
        return Statement(Level.STALE, "DRILL-LATE", values)
    return Statement(Level.GOOD, "DRILL-PASSED", values)
