"""``appliance target-sheet``: a PDF without settings or catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_sheet_is_written(tmp_path: Path) -> None:
    """The file is a PDF, and nothing unfinished lies beside it."""
    path = tmp_path / "sheet.pdf"
    assert main(["target-sheet", "--out", str(path), "--id", "HQ-2"]) == 0
    assert path.read_bytes().startswith(b"%PDF-")
    assert list(tmp_path.iterdir()) == [path]


def test_an_id_that_no_code_carries_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says what an id may be, and nothing is written."""
    path = tmp_path / "sheet.pdf"
    assert main(["target-sheet", "--out", str(path), "--id", "hai tờ"]) == 2
    assert "letters, digits" in capsys.readouterr().err
    assert not path.exists()
