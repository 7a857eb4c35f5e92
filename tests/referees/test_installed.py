"""A referee that is missing is never passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.referees.installed import need, run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_referee_is_skipped_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary says which is missing and how it comes here; what is there is not named."""
    monkeypatch.delenv("APPLIANCE_REFEREES", raising=False)
    need("sh")
    with pytest.raises(pytest.skip.Exception, match=r"no-such-program.*tools/referees\.sh") as said:
        need("sh", "no-such-program", tmp_path / "engine.jar")
    assert "engine.jar" in str(said.value)
    assert "sh, " not in str(said.value)


def test_a_missing_referee_fails_where_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """As ``tools/referees.sh`` runs them."""
    monkeypatch.setenv("APPLIANCE_REFEREES", "required")
    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        need("no-such-program")


def test_what_a_referee_says_comes_with_its_status(tmp_path: Path) -> None:
    """Both streams, and what it was fed; in English whatever the language of the machine."""
    script = 'read line; echo "$line $LC_ALL" >&2; pwd; exit 3'
    status, said = run("sh", "-c", script, text="fed\n", folder=tmp_path)
    assert status == 3
    assert said.split() == ["fed", "C.UTF-8", str(tmp_path)]
