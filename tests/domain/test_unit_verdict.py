"""The verdict on the versions of one hồ sơ."""

from __future__ import annotations

import pytest

from appliance.domain.unit_verdict import VersionsFacts, judge_versions
from appliance.domain.verdict import Level, words


@pytest.mark.parametrize(
    ("facts", "code", "level"),
    [
        (VersionsFacts(0, 0, is_open=False, places=2), "UNIT-NOT-SEALED", Level.WAITING),
        (VersionsFacts(1, 0, is_open=False, places=2), "UNIT-UNPROVED", Level.WORKING),
        (VersionsFacts(1, 1, is_open=False, places=2), "UNIT-PROVED", Level.GOOD),
        (VersionsFacts(1, 1, is_open=True, places=2), "UNIT-CORRECTING", Level.WORKING),
        (VersionsFacts(2, 1, is_open=False, places=2), "UNIT-CORRECTING", Level.WORKING),
        (VersionsFacts(2, 2, is_open=False, places=2), "UNIT-PROVED", Level.GOOD),
        (VersionsFacts(2, 1, is_open=True, places=2), "UNIT-CORRECTING", Level.WORKING),
        (VersionsFacts(1, 0, is_open=True, places=2), "UNIT-CORRECTING-UNPROVED", Level.WORKING),
        (VersionsFacts(2, 0, is_open=False, places=0), "UNIT-CORRECTING-UNPROVED", Level.WORKING),
    ],
)
def test_only_the_last_word_proved_is_good(facts: VersionsFacts, code: str, level: Level) -> None:
    """A proved version never stands for a correction that is not proved."""
    statement = judge_versions(facts)
    assert (statement.code, statement.level) == (code, level)


def test_the_sentence_names_both_versions() -> None:
    """What is safe and what is not yet are told apart by their numbers."""
    statement = judge_versions(VersionsFacts(2, 1, is_open=True, places=2))
    assert words(statement) == "Phiên bản 1 có đủ 3 bản kiểm chứng; bản đính chính (3) thì chưa."
    assert "Version 1" in words(statement, "en")
