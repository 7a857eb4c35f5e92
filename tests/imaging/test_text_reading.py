"""Pages that lie upside down or on their side are read turned; all others are read once."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from appliance.domain.policy import (
    DOUBTFUL_TEXT_CONFIDENCE,
    MIN_TEXT_CONFIDENCE,
    MIN_TURN_CONFIDENCE,
    MIN_TURN_GAIN,
    SURE_TURN_CONFIDENCE,
)
from appliance.imaging import ocr_engine
from appliance.imaging.ocr import PageText, TextOutcome, read_orientation
from appliance.imaging.text_reading import read_page
from appliance.imaging.text_view import TextView
from appliance.samples.fonts import Face, load_font

if TYPE_CHECKING:
    from pathlib import Path

LINES = (
    "Căn cứ Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân",
    "ngày 30 tháng 6 năm 1989; xét đề nghị của Giám đốc Sở",
    "Thủy lợi tại tờ trình số 45 ngày 12 tháng 5 về việc tu bổ",
    "đập nước và kênh mương ở các huyện phía nam của tỉnh",
    "trong mùa khô năm nay, nhằm bảo đảm nước tưới cho vụ",
)
WIDTH_PX, HEIGHT_PX = 1165, 620
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed"
)
PROGRAM = """#!/bin/sh
case "$*" in
*--psm\\ 0*) echo osd >> {folder}/asked; printf '{orientation}' ;;
*) echo read >> {folder}/asked
   printf '5\\t1\\t1\\t1\\t1\\t1\\t60\\t100\\t80\\t30\\t%d\\tNgh\\n' $(sed -n $(grep -c read {folder}/asked)p {folder}/sure) ;;
esac
"""  # noqa: E501 - one line of the shell
ORIENTATION = "Rotate: {degrees}\\nOrientation confidence: {confidence}\\n"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read is the matter here, not who comes first."""
    monkeypatch.setattr(ocr_engine, "NICENESS", "0")


def view_of(degrees: int) -> TextView:
    """A printed page that was turned clockwise."""
    page = Image.new("L", (WIDTH_PX, HEIGHT_PX), 235)
    font = load_font(Face.SERIF, 14.0, 200)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(page).text((60, 60 + 100 * number), line, font=font, fill=30)
    return TextView(np.asarray(page), 200).turned(degrees)


def read(view: TextView) -> PageText:
    """As a page of the box."""
    return read_page(view, languages=("vie",), limit_seconds=60)


@dataclass(frozen=True, slots=True)
class Engine:
    """A program in the place of tesseract, with what it was asked.

    Args:
        folder: It lies there.
    """

    folder: Path

    @property
    def asked(self) -> list[str]:
        """``read`` or ``osd``, in order."""
        return (self.folder / "asked").read_text().split()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The program, without its answers."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Engine(tmp_path)


def answering(engine: Engine, sure: list[int], orientation: str) -> Engine:
    """It reads one word, each time as sure as told, and says which way up the page is."""
    (engine.folder / "sure").write_text("".join(f"{one}\n" for one in sure))
    program = engine.folder / "tesseract"
    program.write_text(PROGRAM.format(folder=engine.folder, orientation=orientation))
    program.chmod(0o755)
    return engine


def blank() -> TextView:
    """Whatever; the program does not look at it."""
    return TextView(np.full((400, 300), 255, np.uint8), 200, (2.0, 3.0))


@pytest.mark.ocr
@needs_tesseract
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_the_wrong_way_up_is_read_turned(degrees: int) -> None:
    """Its first words are found where they lie, and the turn is told that it needs."""
    view = view_of(degrees)
    text = read(view)
    assert (text.outcome, text.turn_degrees) == (TextOutcome.FOUND, 360 - degrees)
    assert [word.text for word in text.words][:4] == LINES[0].split()[:4]
    assert text.mean_confidence >= DOUBTFUL_TEXT_CONFIDENCE
    first, (width, height) = text.words[0], view.size
    corner = {90: (width, 0), 180: (width, height), 270: (0, height)}[degrees]
    assert abs(first.left + first.width / 2 - corner[0]) < 150
    assert abs(first.top + first.height / 2 - corner[1]) < 150


@pytest.mark.ocr
@needs_tesseract
def test_too_few_letters_tell_no_way_up() -> None:
    """An empty page has none."""
    assert read_orientation(blank(), limit_seconds=60) is None


def test_a_page_that_is_read_well_is_looked_at_once(engine: Engine) -> None:
    """No time is lost on it."""
    answering(engine, [DOUBTFUL_TEXT_CONFIDENCE], ORIENTATION.format(degrees=180, confidence=9))
    text = read(blank())
    assert (text.turn_degrees, len(text.words), engine.asked) == (0, 1, ["read"])


@pytest.mark.parametrize(
    ("degrees", "confidence", "gain", "turned"),
    [
        (180, SURE_TURN_CONFIDENCE, 1, 180),
        (180, SURE_TURN_CONFIDENCE, 0, 0),
        (270, SURE_TURN_CONFIDENCE, 0, 270),
        (90, MIN_TURN_CONFIDENCE, MIN_TURN_GAIN, 90),
        (90, MIN_TURN_CONFIDENCE, MIN_TURN_GAIN - 1, 0),
    ],
)
def test_both_must_agree(
    engine: Engine, degrees: int, confidence: float, gain: int, turned: int
) -> None:
    """A turn is believed when the engine says it and the page is then read better."""
    sure = MIN_TEXT_CONFIDENCE + 5
    answering(
        engine, [sure, sure + gain], ORIENTATION.format(degrees=degrees, confidence=confidence)
    )
    text = read(blank())
    assert (text.turn_degrees, text.mean_confidence) == (turned, sure + gain * bool(turned))
    assert engine.asked == ["read", "osd", "read"]
    (word,) = text.words
    places = {
        0: (120, 300),
        180: (600 - 120 - 160, 1200 - 300 - 90),
        90: (200, 780),
        270: (340, 180),
    }
    assert (word.left, word.top) == places[turned]


@pytest.mark.parametrize(
    "orientation",
    [
        ORIENTATION.format(degrees=0, confidence=20),
        ORIENTATION.format(degrees=180, confidence=MIN_TURN_CONFIDENCE - 0.1),
        "Too few characters",
        "",
    ],
)
def test_without_a_clear_word_the_page_is_not_read_again(engine: Engine, orientation: str) -> None:
    """An upright page that is hard to read costs the question alone, and stays as it was read."""
    text = read(blank_with(engine, orientation))
    assert (text.outcome, text.turn_degrees) == (TextOutcome.UNSURE, 0)
    assert engine.asked == ["read", "osd"]


def blank_with(engine: Engine, orientation: str) -> TextView:
    """A page that is read with doubt."""
    answering(engine, [MIN_TEXT_CONFIDENCE - 1, 99], orientation)
    return blank()


def test_a_turn_is_told_where_no_text_is_kept(engine: Engine) -> None:
    """Better, but still too doubtful: the page is told to lie upside down, and has no text."""
    answering(engine, [20, MIN_TEXT_CONFIDENCE - 1], ORIENTATION.format(degrees=180, confidence=8))
    assert read(blank()) == PageText(TextOutcome.UNSURE, (), MIN_TEXT_CONFIDENCE - 1, 180)
