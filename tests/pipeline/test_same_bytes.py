"""Writing again what a crash interrupted: the same bytes, under a name that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.disk.digesting import fingerprint_of
from appliance.domain.errors import IntegrityError
from appliance.pipeline import same_bytes
from appliance.pipeline.same_bytes import publish_same, write_same

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Folders that were made durable here, not by whoever gave the name."""
    told: list[Path] = []
    monkeypatch.setattr(same_bytes, "fsync_folder", told.append)
    return told


def test_a_paper_written_before_a_crash_is_made_durable(
    tmp_path: Path, durable: list[Path]
) -> None:
    """The name may have been given and never reached the disk: it does before work goes on."""
    for expected in ([], [tmp_path]):
        write_same(tmp_path / "paper", b"same")
        assert durable == expected


def test_a_package_published_before_a_crash_is_made_durable(
    tmp_path: Path, durable: list[Path]
) -> None:
    """The same for a package; other bytes under its name are refused."""
    final, temporary = tmp_path / "a.zip", tmp_path / "a.part"
    final.write_bytes(b"same")
    temporary.write_bytes(b"same")
    publish_same(temporary, final, fingerprint_of(temporary))
    assert durable == [tmp_path]
    temporary.write_bytes(b"else")
    with pytest.raises(IntegrityError, match="other bytes"):
        publish_same(temporary, final, fingerprint_of(temporary))
