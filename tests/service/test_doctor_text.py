"""``doctor`` looks for the trained data of every language that some fonds is read in."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.imaging.ocr import ocr_version
from appliance.service.doctor import Result, examine
from tests.fakes.slow_engine import SlowEngine
from tests.service.making import lone_settings

if TYPE_CHECKING:
    from pathlib import Path


def text_results(folder: Path, more: str) -> list[Result]:
    """What is said of the reading of text, with some more settings."""
    config = lone_settings(folder)
    config.write_text(config.read_text() + more)
    return [one for one in examine(config) if one.name.startswith("text")]


def test_nothing_is_looked_for_where_nothing_is_read(tmp_path: Path) -> None:
    """Switched off for every fonds, it is a note and no fault."""
    (result,) = text_results(tmp_path, '[[fonds]]\ncode = "TH"\nlanguages = ["xyz"]\n')
    assert (result.is_ok, result.advice) == (None, "switched off in the settings")


@pytest.mark.parametrize("data", [("vie", "osd"), ("vie",)])
def test_the_data_for_the_way_up_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: tuple[str, ...]
) -> None:
    """Without it pages are read all the same, so it is a note that names the package."""
    engine = SlowEngine(tmp_path / "engine")
    engine.folder.mkdir()
    engine.install(monkeypatch)
    for language in data:
        (engine.folder / f"{language}.traineddata").write_bytes(b"none")
    ocr_version.cache_clear()
    more = '[[fonds]]\ncode = "TH"\ntext = true\n'
    config = lone_settings(tmp_path)
    config.write_text(config.read_text() + more)
    (result,) = [one for one in examine(config) if one.name == "way up of pages"]
    ocr_version.cache_clear()
    assert result.is_ok is (True if "osd" in data else None)
    assert ("tesseract-ocr-osd" in result.advice) is ("osd" not in data)


@pytest.mark.ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_every_language_of_a_fonds_is_looked_for(tmp_path: Path) -> None:
    """Each language once; the missing one is named with the package to install."""
    more = (
        '[[fonds]]\ncode = "TH"\ntext = true\n'
        '[[fonds]]\ncode = "BT"\ntext = true\nlanguages = ["xyz", "vie"]\n'
        '[[fonds]]\ncode = "KS"\nlanguages = ["abc"]\n'
    )
    found = {one.name: one for one in text_results(tmp_path, more)}
    assert {name: one.is_ok for name, one in found.items()} == {
        "text in vie": True,
        "text in xyz": False,
    }
    assert "tesseract-ocr-xyz" in found["text in xyz"].advice
