"""What ended a recovery is told in Vietnamese, whatever it was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import (
    ApplianceError,
    ConfigError,
    IllegalTransition,
    IntegrityError,
    RemoteError,
    StorageError,
)
from appliance.domain.rules import sentence
from appliance.pipeline.recover_values import problem_of
from appliance.service.recovering import read_recovery_key, stopped_by
from appliance.workers.pool import WorkerCrashed

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = "the disk said no"
ENDINGS = (
    ConfigError(ENGLISH, code="KEY-EXPOSED"),
    ConfigError(ENGLISH, code="CATALOGUE-NEWER"),
    ConfigError(ENGLISH),
    IllegalTransition(ENGLISH),
    IntegrityError(ENGLISH, code="MASTER-DIFFERS"),
    IntegrityError(ENGLISH, code="RETELL"),
    IntegrityError(ENGLISH),
    RemoteError(ENGLISH, code="LINE-DOWN"),
    RemoteError(ENGLISH, code="FAR-NAMES-ENDLESS"),
    RemoteError(ENGLISH),
    StorageError(ENGLISH, code="STORAGE-NO-LOCKS"),
    StorageError(ENGLISH, code="RECOVER-UNDECODED"),
    StorageError(ENGLISH, code="NOBODY-KNOWS"),
    WorkerCrashed(ENGLISH),
)
VIETNAMESE = re.compile("[ăâđêôơưàảãáạấầậếềệốồộớờợứừựíìịúùụýỳọóòỏẻẽẹếễểổỗởỡửữạắằặ]")


@pytest.mark.parametrize("error", ENDINGS, ids=lambda error: f"{type(error).__name__}-{error.code}")
def test_what_stopped_it_has_vietnamese_words(error: ApplianceError) -> None:
    """The sentence names the code and holds no English; the English one is none of Vietnamese."""
    finding = stopped_by(error, {"origin": "province"})
    assert finding.code == "RECOVER-STOPPED"
    told = str(finding.values["problem"])
    assert told.endswith(f" ({error.code})")
    assert ENGLISH not in told
    assert "{" not in told
    assert "–" not in told
    assert len(VIETNAMESE.findall(told)) > 3
    assert told in sentence(finding)
    assert not VIETNAMESE.search(sentence(finding, "en"))


def test_an_unknown_error_keeps_its_own_english() -> None:
    """A technician reads what really happened beside the Vietnamese of its kind."""
    values = problem_of(StorageError(ENGLISH, code="NOBODY-KNOWS"), "province")
    assert values["problem_en"] == f"{ENGLISH} (NOBODY-KNOWS)"


def test_a_damaged_text_of_the_key_is_told_as_the_key(tmp_path: Path) -> None:
    """A QR code that was read in part is a slip of the key, not a fault of this machine."""
    path = tmp_path / "khoa.txt"
    path.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n")
    with pytest.raises(ConfigError) as caught:
        read_recovery_key(path)
    assert caught.value.code == "RECOVERY-KEY"
    told = sentence(stopped_by(caught.value, {"key": path, "origin": "province"}))
    assert "Không đọc được khóa khôi phục" in told
