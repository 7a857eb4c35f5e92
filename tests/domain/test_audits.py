"""When copies are read again, and what is said of how old their proofs are."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.audits import AuditPlan, is_night_missed, not_yet, rest_seconds
from appliance.domain.clock import to_text
from appliance.domain.coverage import Coverage, DrillFacts, judge_coverage, judge_drill
from appliance.domain.coverage_sentences import COVERAGE_SENTENCES
from appliance.domain.policy import DRILL_LATE_DAYS
from appliance.domain.verdict import Level, words

ZONE = dt.timezone(dt.timedelta(hours=7))
DAY = dt.timedelta(days=1)
PLAN = AuditPlan(dt.time(22, 0), 4 * 3600, 90, 30, 0, ZONE)
MOMENTS = st.integers(0, 365 * 86_400).map(
    lambda seconds: dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)


def local(hour: int, minute: int = 0, day: int = 2) -> dt.datetime:
    """A moment of local time."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "is_night"),
    [
        (local(21, 59), False),
        (local(22, 0), True),
        (local(23, 59), True),
        (local(0, 30, 3), True),
        (local(1, 59, 3), True),
        (local(2, 0, 3), False),
        (local(12), False),
    ],
)
def test_a_night_runs_past_midnight(moment: dt.datetime, *, is_night: bool) -> None:
    """It begins at its hour and lasts as long as its budget."""
    found = PLAN.night(moment)
    assert (found is not None) == is_night
    if found is not None:
        assert found.begins == local(22)
        assert found.begins <= moment < found.ends


@given(MOMENTS)
def test_the_next_night_is_ahead_and_is_one(moment: dt.datetime) -> None:
    """Whatever the moment: within a day, and the night that begins then is the one found."""
    begins = PLAN.next_night(moment)
    assert dt.timedelta(0) < begins - moment <= DAY
    night = PLAN.night(begins)
    assert night is not None
    assert night.begins == begins


def test_a_budget_of_nothing_has_no_night() -> None:
    """Then audits are done only when a person asks."""
    assert replace(PLAN, budget_seconds=0).night(local(22)) is None


def test_what_is_due_follows_the_days() -> None:
    """Proofs from half their time on, comparisons after their own."""
    now = local(12)
    assert PLAN.proof_due_before(now) == to_text(now - 45 * DAY)
    assert PLAN.scrub_due_before(now) == to_text(now - 30 * DAY)
    assert to_text(now) < not_yet(now)


def test_a_box_that_sleeps_at_night_works_by_day() -> None:
    """When copies were due for days and no slice was begun: sooner, and never without need."""
    now = local(12)
    due = to_text(now - 50 * DAY)
    assert is_night_missed(PLAN, now, None, due)
    assert is_night_missed(PLAN, now, to_text(now - 4 * DAY), due)
    assert not is_night_missed(PLAN, now, to_text(now - 2 * DAY), due)
    assert not is_night_missed(PLAN, now, None, to_text(now - 46 * DAY))
    assert not is_night_missed(PLAN, now, None, None)


def test_sending_has_most_of_the_time() -> None:
    """An audit rests only while something waits to be sent there."""
    assert rest_seconds(10, is_sending=False) == 0
    assert rest_seconds(10, is_sending=True) >= 20


WHOLE = Coverage("@box", "Máy này", 10, 10, 10, 90, 41 * 86400, label_en="This box")
SPOILT = {
    "COVERAGE-GOOD": (WHOLE, Level.GOOD),
    "COVERAGE-PARTLY": (replace(WHOLE, proved=9, within=9), Level.WAITING),
    "COVERAGE-OLD": (replace(WHOLE, within=9), Level.STALE),
    "COVERAGE-NONE": (replace(WHOLE, proved=0, within=0), Level.WAITING),
    "COVERAGE-EMPTY": (replace(WHOLE, total=0, proved=0, within=0), Level.WAITING),
    "COVERAGE-DAMAGED": (replace(WHOLE, proved=9, within=9, damaged=1), Level.NEEDS_PERSON),
    "COVERAGE-HALTED": (replace(WHOLE, is_halted=True), Level.NEEDS_PERSON),
    "COVERAGE-MASTERS-LOST": (replace(WHOLE, lost_masters=1), Level.NEEDS_PERSON),
    "COVERAGE-MASTERS-OLD": (replace(WHOLE, masters_age_seconds=91 * 86400), Level.STALE),
    "COVERAGE-BROKEN": (replace(WHOLE, proved=9, within=9, broken=1), Level.BROKEN),
}
HELD = DrillFacts("Tỉnh", "passed", 86400, 100 * 86400, DRILL_LATE_DAYS * 86400)
DRILLS = {
    "DRILL-PASSED": (HELD, Level.GOOD),
    "DRILL-FAILED": (replace(HELD, outcome="failed"), Level.NEEDS_PERSON),
    "DRILL-LATE": (replace(HELD, age_seconds=DRILL_LATE_DAYS * 86400 + 1), Level.STALE),
    "DRILL-NEVER": (replace(HELD, outcome=None, age_seconds=None), Level.STALE),
}


@pytest.mark.parametrize("code", SPOILT)
def test_each_line_has_its_level(code: str) -> None:
    """One spoilt fact decides, in both languages."""
    facts, level = SPOILT[code]
    statement = judge_coverage(facts)
    assert (statement.code, statement.level) == (code, level)
    assert words(statement).startswith("Máy này:")
    assert words(statement, "en").startswith("This box:")


@pytest.mark.parametrize("code", DRILLS)
def test_each_drill_line_has_its_level(code: str) -> None:
    """Held and passed lately is the only good one."""
    facts, level = DRILLS[code]
    statement = judge_drill(facts)
    assert statement is not None
    assert (statement.code, statement.level) == (code, level)
    assert words(statement) != words(statement, "en")


def test_a_first_drill_that_is_not_late_says_nothing() -> None:
    """A young place is not good and not bad for want of a drill."""
    assert judge_drill(replace(HELD, outcome=None, oldest_deposit_seconds=86400)) is None
    assert judge_drill(replace(HELD, outcome=None, oldest_deposit_seconds=None)) is None


def test_every_sentence_is_said() -> None:
    """No sentence stands for a line that is never said."""
    assert set(COVERAGE_SENTENCES) == {*SPOILT, *DRILLS}


def test_the_sentence_is_the_one_that_people_know() -> None:
    """Oldest proof and share, as on the page."""
    told = words(judge_coverage(WHOLE))
    assert told == "Máy này: đã đọc lại 100% trong 90 ngày qua; bằng chứng cũ nhất: 41 ngày."


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 100), st.integers(0, 100))
def test_only_everything_is_a_hundred_percent(
    total: int, within: int, damaged: int, broken: int
) -> None:
    """A percentage never rounds up to everything, and green needs every copy."""
    within = min(within, total)
    facts = Coverage("p", "P", total, within, within, 90, 0, damaged=damaged, broken=broken)
    assert (facts.percent == 100) == (within == total > 0)
    is_good = judge_coverage(facts).level is Level.GOOD
    assert is_good == (within == total > 0 and not damaged and not broken)
