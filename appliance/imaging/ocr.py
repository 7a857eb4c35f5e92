"""Machine-read text of a page, by a tesseract process of its own.

Settings are those that read Vietnamese typescript best in a measured comparison: the LSTM
engine, automatic page layout, and Sauvola thresholding, which alone survives low contrast.

One process a page: it loads its trained data anew each time, about 0.1 s of the 1.5 to 2 s that
a page takes, and in exchange a page that the engine dies of, or never ends, costs no other page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import fingerprint_of
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import nfc
from appliance.domain.policy import MIN_TEXT_CONFIDENCE
from appliance.imaging.ocr_engine import run_gently

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue
    from appliance.imaging.text_view import TextView

LSTM_ENGINE: Final = "1"
AUTOMATIC_LAYOUT: Final = "3"
ORIENTATION_ALONE: Final = "0"
ORIENTATION_DATA: Final = "osd"
"""Trained data that ``tesseract-ocr`` itself depends on in Debian (``tesseract-ocr-osd``)."""
SAUVOLA: Final = "thresholding_method=2"
WAIT_FACTOR: Final = 60
"""Our own: a page may wait for the processor so many times as long as one look at it may use it.
Then it is put back and tried again later: it is the box that is busy, nothing is known of the
page."""

_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_/]{2,40}")
_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_DATA_FOLDER: Final = re.compile(r'in "([^"]+)"')
_ROTATE: Final = re.compile(r"^Rotate: (0|90|180|270)$", re.MULTILINE)
_ROTATE_CONFIDENCE: Final = re.compile(r"^Orientation confidence: (\d+(?:\.\d+)?)$", re.MULTILINE)
_ANSWER_SECONDS: Final = 30


class TextOutcome(StrEnum):
    """How the reading of one page ended; each is a result, none an error."""

    FOUND = "found"
    NO_TEXT = "no_text"
    UNSURE = "unsure"
    """The engine doubts what it read so much (``policy.MIN_TEXT_CONFIDENCE``) that it is not kept:
    handwriting, drawings and stains look like letters to it."""
    TIMED_OUT = "timed_out"
    FAILED = "failed"
    """The engine stopped by itself, as it does on pages it cannot lay out."""
    SWITCHED_OFF = "switched_off"


@dataclass(frozen=True, slots=True)
class Word:
    """One word, placed on the upright page.

    Args:
        text: NFC.
        left: Pixels of the full, upright frame; so are the next three.
        top: From the upper edge.
        width: Of the word's box.
        height: Of the word's box.
        confidence: 0 to 100, the engine's own.
        line: Words of one line of text share this number; it grows in reading order.
    """

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: int
    line: int

    def to_json(self) -> list[JsonValue]:
        """One row: text, left, top, width, height, confidence, line."""
        return [
            self.text,
            self.left,
            self.top,
            self.width,
            self.height,
            self.confidence,
            self.line,
        ]


@dataclass(frozen=True, slots=True)
class PageText:
    """The words of a page in reading order.

    Args:
        outcome: How the reading ended.
        words: Empty unless found.
        mean_confidence: The engine's own, over all words that it read, 0 to 100, rounded down;
            of those that were not kept when the outcome is unsure; 0 without words.
        turn_degrees: How far the page has to be turned, clockwise, for its lines to be read: 0,
            90, 180 or 270. The words' places are those of the page as it lies.
    """

    outcome: TextOutcome
    words: tuple[Word, ...] = ()
    mean_confidence: int = 0
    turn_degrees: int = 0


def read_text(view: TextView, *, languages: tuple[str, ...], limit_seconds: float) -> PageText:
    """Read one upright page.

    Args:
        view: The page.
        languages: Names of trained data, such as ``("vie",)``; the first weighs most.
        limit_seconds: Processor time after which the engine is ended; it is also ended when it
            sleeps for so long (``ocr_engine``).

    Raises:
        ConfigError: ``OCR-MISSING``, the engine or its trained data is not installed.
    """
    _check_languages(languages)
    command = [
        *("tesseract", "stdin", "stdout", "--dpi", str(view.dpi), "-l", "+".join(languages)),
        *("--oem", LSTM_ENGINE, "--psm", AUTOMATIC_LAYOUT, "-c", SAUVOLA, "tsv"),
    ]
    try:
        answer = run_gently(command, view.graymap, limit_seconds)
    except TimeoutError:
        return PageText(TextOutcome.TIMED_OUT)
    if answer.returncode != 0:
        ocr_version(languages)  # says what to install, when that is the cause
        return PageText(TextOutcome.FAILED)
    return _judged(_words(_text(answer.stdout), view.scales))


@dataclass(frozen=True, slots=True)
class Orientation:
    """Which way up the engine takes a page to be.

    Args:
        turn_degrees: How far it would have to be turned, clockwise: 0, 90, 180 or 270.
        confidence: The engine's own: 0 is none, and there is no upper end.
    """

    turn_degrees: int
    confidence: float


def read_orientation(view: TextView, *, limit_seconds: float) -> Orientation | None:
    """Ask which way up a page is, about half the work of reading it.

    Args:
        view: The page.
        limit_seconds: As for ``read_text``.

    Returns:
        None when the engine does not tell: too few letters, or its data is not installed.

    Raises:
        ConfigError: ``OCR-MISSING``, the engine is not installed.
    """
    command = [
        *("tesseract", "stdin", "stdout", "--dpi", str(view.dpi)),
        *("-l", ORIENTATION_DATA, "--psm", ORIENTATION_ALONE),
    ]
    try:
        said = _text(run_gently(command, view.graymap, limit_seconds).stdout)
    except TimeoutError:
        return None
    rotate, confidence = _ROTATE.search(said), _ROTATE_CONFIDENCE.search(said)
    if rotate is None or confidence is None:
        return None
    return Orientation(int(rotate[1]), float(confidence[1]))


def _judged(words: tuple[Word, ...]) -> PageText:
    if not words:
        return PageText(TextOutcome.NO_TEXT)
    confidence = sum(word.confidence for word in words) // len(words)
    if confidence < MIN_TEXT_CONFIDENCE:
        return PageText(TextOutcome.UNSURE, mean_confidence=confidence)
    return PageText(TextOutcome.FOUND, words, confidence)


@lru_cache(maxsize=8)
def ocr_version(languages: tuple[str, ...]) -> str:
    """Engine, version and the trained data in use, as recorded beside machine-read text.

    Raises:
        ConfigError: ``OCR-MISSING``, the engine or its trained data is not installed.
    """
    _check_languages(languages)
    version = run_gently(["tesseract", "--version"], b"", _ANSWER_SECONDS)
    first_line = _text(version.stdout or version.stderr).splitlines()[0].strip()
    listing = run_gently(["tesseract", "--list-langs"], b"", _ANSWER_SECONDS)
    folder = _DATA_FOLDER.search(_text(listing.stdout + listing.stderr))
    parts = [first_line]
    for language in languages:
        data = Path(folder[1] if folder else "") / f"{language}.traineddata"
        if not data.is_file():
            raise ConfigError(
                f"tesseract has no trained data for {language!r}: install the Debian package "
                f"tesseract-ocr-{language}",
                code="OCR-MISSING",
            )
        parts.append(f"{language} sha256:{fingerprint_of(data).sha256[:16]}")
    return "; ".join(parts)


def are_languages(names: tuple[str, ...]) -> bool:
    """Whether these can be names of trained data, at least one; not whether it is installed."""
    return bool(names) and all(_LANGUAGE.fullmatch(one) for one in names)


def _check_languages(languages: tuple[str, ...]) -> None:
    if not are_languages(languages):
        raise ConfigError(f"not names of trained data: {languages!r}", code="OCR-MISSING")


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", errors="replace")


def _words(table: str, scales: tuple[float, float]) -> tuple[Word, ...]:
    words: list[Word] = []
    line_of: dict[tuple[str, ...], int] = {}
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) != _COLUMNS or cells[0] != _WORD_LEVEL:
            continue
        text = nfc("".join(one for one in cells[11] if one.isprintable()))
        if text:
            line = line_of.setdefault(tuple(cells[1:5]), len(line_of) + 1)
            words.append(_word(text, cells, scales, line))
    return tuple(words)


def _word(text: str, cells: list[str], scales: tuple[float, float], line: int) -> Word:
    left, top, width, height = (
        round(int(cell) * scale)
        for cell, scale in zip(cells[6:10], (*scales, *scales), strict=True)
    )
    confidence = min(max(round(float(cells[10])), 0), 100)
    return Word(text, left, top, max(width, 1), max(height, 1), confidence, line)
