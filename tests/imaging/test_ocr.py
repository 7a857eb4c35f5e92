"""Machine-read text: real tesseract on drawn pages."""

from __future__ import annotations

import os
import shutil
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from appliance.domain.errors import ConfigError
from appliance.domain.policy import MIN_TEXT_CONFIDENCE
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import PageText, TextOutcome, Word, ocr_version, read_text
from appliance.imaging.page_derivative import read_words, words_to_bytes
from appliance.imaging.text_view import TextView

if TYPE_CHECKING:
    from pathlib import Path

ocr = pytest.mark.ocr
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)


def _view(path: Path, scale: float = 1.0) -> TextView:
    with Image.open(path) as page:
        return TextView(np.asarray(page.convert("L")), 200, (scale, scale))


def _read(path: Path, limit_seconds: float = 60, scale: float = 1.0) -> PageText:
    return read_text(_view(path, scale), languages=("vie",), limit_seconds=limit_seconds)


def _engine(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another program in the place of tesseract."""
    engine = folder / "tesseract"
    engine.write_text(f"#!/bin/sh\n{script}\n")
    engine.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


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
def test_letters_that_are_none_are_not_kept(tmp_path: Path) -> None:
    """The engine reads words of mirrored and blurred print, and doubts them: none is kept."""
    page = Image.new("L", (1165, 900), 255)
    for number, line in enumerate(("ARCHIVE RECORD 1976", "nobody reads", "what is mirrored")):
        font = ImageFont.load_default(size=48)
        ImageDraw.Draw(page).text((100, 100 + 120 * number), line, font=font, fill=0)
    path = tmp_path / "mirrored.png"
    ImageOps.mirror(page).filter(ImageFilter.GaussianBlur(4)).save(path)
    text = _read(path)
    assert (text.outcome, text.words) == (TextOutcome.UNSURE, ())
    assert 0 < text.mean_confidence < MIN_TEXT_CONFIDENCE


@ocr
@needs_tesseract
def test_a_faded_page_is_read_as_well_as_a_good_one(tmp_path: Path, text_page: Path) -> None:
    """With a tenth of its contrast left, beside a black border, the same words are found."""
    faded = tmp_path / "faded.png"
    with Image.open(text_page) as page:
        pale = page.convert("L").point([round(200 + value / 10) for value in range(256)])
        pale.paste(0, (0, 0, 60, pale.height))
        pale.save(faded, dpi=(200, 200))
    good, pale_text = (
        derive_page(path, 1, tmp_path, DerivationOptions()) for path in (text_page, faded)
    )
    assert pale_text.word_count >= good.word_count > 0
    assert pale_text.mean_confidence > good.mean_confidence - 10


@ocr
@needs_tesseract
def test_an_engine_that_stops_is_a_result(
    tmp_path: Path, text_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that the engine dies of is recorded as failed."""
    real = shutil.which("tesseract")
    _engine(tmp_path, monkeypatch, f'[ "$1" != stdin ] && exec {real} "$@"; kill -SEGV $$')
    assert _read(text_page) == PageText(TextOutcome.FAILED)


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
        read_text(_view(text_page), languages=("xyz",), limit_seconds=60)
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


@pytest.mark.parametrize(
    ("script", "limit_seconds"),
    [("while :; do :; done", 1), ("exec sleep 600", 0.05)],
    ids=["at work", "asleep"],
)
def test_an_engine_without_end_is_ended(
    tmp_path: Path,
    text_page: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    limit_seconds: float,
) -> None:
    """It is ended by the processor time that it uses, or by the clock when it uses none."""
    _engine(tmp_path, monkeypatch, script)
    assert _read(text_page, limit_seconds) == PageText(TextOutcome.TIMED_OUT)


def test_the_engine_gives_way(
    tmp_path: Path, text_page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs with the lowest priority and on one thread, whoever starts it."""
    told = tmp_path / "told"
    _engine(tmp_path, monkeypatch, f'echo "$(nice) $OMP_THREAD_LIMIT $(ulimit -t)" > {told}')
    assert _read(text_page).outcome is TextOutcome.NO_TEXT
    assert told.read_text().split() == ["19", "1", "60"]


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
