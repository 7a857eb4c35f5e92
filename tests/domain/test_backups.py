"""What the verdict says of the backups of the catalogue."""

from __future__ import annotations

import pytest

from appliance.domain.backups import (
    BACKUP_OLD_HOURS,
    BACKUP_SENTENCES,
    BackupFacts,
    judge_backup,
)
from appliance.domain.levels import Level
from appliance.domain.verdict import words

HOUR = 3600


@pytest.mark.parametrize(
    ("age_seconds", "level", "code"),
    [
        (None, Level.WAITING, "BACKUP-UNPROVED"),
        (5 * HOUR, Level.GOOD, "BACKUP-PROVED"),
        (BACKUP_OLD_HOURS * HOUR, Level.GOOD, "BACKUP-PROVED"),
        (BACKUP_OLD_HOURS * HOUR + 1, Level.STALE, "BACKUP-OLD"),
    ],
)
def test_a_backup_is_as_good_as_its_last_proof(
    age_seconds: int | None, level: Level, code: str
) -> None:
    """Never proved is never green, and a proof grows old."""
    (line,) = judge_backup(BackupFacts(age_seconds, 1, 2))
    assert (line.level, line.code) == (level, code)
    assert words(line) != words(line, "en")


def test_a_box_without_backups_or_places_has_no_line() -> None:
    """A box that sends nothing anywhere has nothing to say of backups."""
    assert judge_backup(None) == ()
    assert judge_backup(BackupFacts(None, 0, 0)) == ()


def test_every_sentence_is_said() -> None:
    """No sentence stands for a line that is never said."""
    facts = [BackupFacts(age, 1, 1) for age in (None, 0, 1000 * HOUR)]
    said = {line.code for one in facts for line in judge_backup(one)}
    assert said == set(BACKUP_SENTENCES)
