"""Machine-read text: real tesseract on drawn pages."""

from __future__ import annotations

import os
import shutil
import unicodedata
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.domain.errors import ConfigError
from appliance.imaging.ocr import PageText, TextOutcome, Word, ocr_version, read_text
from appliance.imaging.page_derivative import read_words, words_to_bytes

if TYPE_CHECKING:
    from pathlib import Path

ocr = pytest.mark.ocr
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


def _read(path: Path, limit_seconds: int = 60, scale: float = 1.0) -> PageText:
    return read_text(
        path, dpi=200, scales=(scale, scale), languages=("vie",), limit_seconds=limit_seconds
    )


@ocr
@needs_tesseract
def test_words_come_in_reading_order_with_their_places(text_page: Path) -> None:
    """Two drawn lines are read from top to bottom, each word where it was drawn."""
    text = _read(text_page)
    assert text.outcome is TextOutcome.FOUND
    assert [word.text for word in text.words][:3] == ["ARCHIVE", "RECORD", "1976"]
    assert [word.line for word in text.words] == sorted(word.line for word in text.words)
    first = text.words[0]
    assert abs(first.left - 120) < 15
    assert 190 < first.top < 260
    assert text.mean_confidence > 70


@ocr
@needs_tesseract
def test_places_are_scaled_to_the_full_frame(text_page: Path) -> None:
    """Boxes of a reduced view are given in pixels of the frame it was made of."""
    single, double = _read(text_page), _read(text_page, scale=2.0)
    assert [word.left * 2 for word in single.words] == [word.left for word in double.words]


@ocr
@needs_tesseract
def test_an_empty_page_is_a_result(tmp_path: Path) -> None:
    """No text is said, not raised."""
    path = tmp_path / "white.png"
    Image.new("L", (800, 1100), 255).save(path)
    assert _read(path) == PageText(TextOutcome.NO_TEXT)


@ocr
@needs_tesseract
def test_an_unreadable_view_is_a_result(tmp_path: Path) -> None:
    """What the engine stops at is recorded as failed."""
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n broken")
    assert _read(path).outcome is TextOutcome.FAILED


@ocr
@needs_tesseract
def test_the_version_names_engine_and_trained_data() -> None:
    """The record tells which program read the page, with which data."""
    version = ocr_version(("vie",))
    assert version.startswith("tesseract ")
    assert "vie sha256:" in version


@ocr
@needs_tesseract
def test_trained_data_that_is_missing_says_what_to_install(text_page: Path) -> None:
    """An installer's mistake is an error with a remedy, not an empty page."""
    with pytest.raises(ConfigError, match="tesseract-ocr-xyz") as caught:
        read_text(text_page, dpi=200, scales=(1.0, 1.0), languages=("xyz",), limit_seconds=60)
    assert caught.value.code == "OCR-MISSING"


@pytest.mark.parametrize("languages", [(), ("vie -c x=y",), ("../vie",)])
def test_names_that_are_no_languages_are_refused(languages: tuple[str, ...]) -> None:
    """Nothing but names of trained data reaches the command line."""
    with pytest.raises(ConfigError):
        ocr_version(languages)


def test_a_missing_engine_says_what_to_install(
    tmp_path: Path, text_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the programs the error names the packages."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="tesseract-ocr-vie"):
        _read(text_page)


def test_a_slow_engine_is_ended(
    tmp_path: Path, text_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that never answers is ended at the limit; the page simply has no text."""
    engine = tmp_path / "tesseract"
    engine.write_text("#!/bin/sh\nexec sleep 600\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert _read(text_page, limit_seconds=1) == PageText(TextOutcome.TIMED_OUT)


def test_words_survive_storage(tmp_path: Path) -> None:
    """Words are read back as they were, in composed Vietnamese."""
    words = (
        Word(unicodedata.normalize("NFC", "Nghị"), 1, 2, 3, 4, 95, 1),
        Word("định", 5, 6, 7, 8, 90, 1),
    )
    path = tmp_path / "words.json"
    path.write_bytes(words_to_bytes(words))
    assert read_words(path) == words


@pytest.mark.parametrize("content", [b"", b"[]", b'{"words":[[1]]}', b"\xff\xfe"])
def test_words_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged words file is an error with its name."""
    path = tmp_path / "words.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"words\.json"):
        read_words(path)
