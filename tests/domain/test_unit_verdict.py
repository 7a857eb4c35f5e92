"""The verdict on the versions of one hồ sơ, and on one deposit."""

from __future__ import annotations

import pytest

from appliance.domain.policy import PROOF_STALE_DAYS
from appliance.domain.states import DepositState
from appliance.domain.unit_verdict import VersionsFacts, judge_deposit, judge_versions
from appliance.domain.verdict import BoxFacts, Level, PlaceFacts, judge_box, words

LIMIT_SECONDS = PROOF_STALE_DAYS * 86_400


def facts(
    sealed: int,
    proved: int,
    *,
    is_open: bool = False,
    places: int = 2,
    age_seconds: int | None = LIMIT_SECONDS,
) -> VersionsFacts:
    """Facts of one hồ sơ, its oldest proof just young enough unless told."""
    return VersionsFacts(sealed, proved, is_open, places, age_seconds if proved else None)


@pytest.mark.parametrize(
    ("found", "code", "level"),
    [
        (facts(0, 0), "UNIT-NOT-SEALED", Level.WAITING),
        (facts(1, 0), "UNIT-UNPROVED", Level.WORKING),
        (facts(1, 1), "UNIT-PROVED", Level.GOOD),
        (facts(1, 1, is_open=True), "UNIT-CORRECTING", Level.WORKING),
        (facts(2, 1), "UNIT-CORRECTING", Level.WORKING),
        (facts(2, 2), "UNIT-PROVED", Level.GOOD),
        (facts(2, 1, is_open=True), "UNIT-CORRECTING", Level.WORKING),
        (facts(1, 0, is_open=True), "UNIT-CORRECTING-UNPROVED", Level.WORKING),
        (facts(2, 0, places=0), "UNIT-CORRECTING-UNPROVED", Level.WORKING),
    ],
)
def test_only_the_last_word_proved_is_good(found: VersionsFacts, code: str, level: Level) -> None:
    """A proved version never stands for a correction that is not proved."""
    statement = judge_versions(found)
    assert (statement.code, statement.level) == (code, level)


@pytest.mark.parametrize("age_seconds", [LIMIT_SECONDS + 1, 100 * LIMIT_SECONDS, None])
@pytest.mark.parametrize(
    ("sealed", "is_open", "code"),
    [
        (1, False, "UNIT-PROOF-OLD"),
        (1, True, "UNIT-CORRECTING-PROOF-OLD"),
        (2, False, "UNIT-CORRECTING-PROOF-OLD"),
    ],
)
def test_a_proof_past_its_time_is_never_good(
    age_seconds: int | None, sealed: int, code: str, *, is_open: bool
) -> None:
    """Too old, or of an age that nobody knows: it is said, and no other word hides it."""
    statement = judge_versions(facts(sealed, 1, is_open=is_open, age_seconds=age_seconds))
    assert (statement.code, statement.level) == (code, Level.STALE)
    assert "quá hạn" in words(statement)


def test_the_sentence_names_both_versions() -> None:
    """What is safe and what is not yet are told apart by their numbers."""
    statement = judge_versions(facts(2, 1, is_open=True))
    assert words(statement) == "Phiên bản 1 có đủ 3 bản kiểm chứng; bản đính chính (3) thì chưa."
    assert "Version 1" in words(statement, "en")


@pytest.mark.parametrize("state", DepositState)
def test_a_deposit_is_good_by_a_fresh_proof_alone(state: DepositState) -> None:
    """Every state has its level; of them all, proved lately is the only good one."""
    is_proved = state is DepositState.PROVED
    assert (judge_deposit(state, 0) is Level.GOOD) == is_proved
    for age_seconds in (LIMIT_SECONDS + 1, None):
        assert judge_deposit(state, age_seconds) is not Level.GOOD
        assert (judge_deposit(state, age_seconds) is Level.STALE) == is_proved


@pytest.mark.parametrize(("more_seconds", "is_old"), [(0, False), (1, True)])
def test_box_unit_and_deposit_turn_old_in_the_same_second(
    more_seconds: int, *, is_old: bool
) -> None:
    """No screen is still green while another says that the proof is old."""
    age_seconds = LIMIT_SECONDS + more_seconds
    deposits = {DepositState.PROVED: 1}
    place = PlaceFacts("province", "Kho tỉnh", deposits, 0, age_seconds, is_line_up=True)
    box = judge_box(BoxFacts(0, {}, {}, 1, 0, 0, (place,), 0))
    of_place = next(line.level for line in box.children if line.code.startswith("PLACE-"))
    of_unit = judge_versions(facts(1, 1, age_seconds=age_seconds)).level
    of_deposit = judge_deposit(DepositState.PROVED, age_seconds)
    assert {of_place, of_unit, of_deposit} == {Level.STALE if is_old else Level.GOOD}
