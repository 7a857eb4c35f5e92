"""Machine-read text of a page, by a tesseract process of its own.

Settings are those that read Vietnamese typescript best in a measured comparison: the LSTM
engine, automatic page layout, and Sauvola thresholding, which alone survives low contrast.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import fingerprint_of
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import nfc

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue

LSTM_ENGINE: Final = "1"
AUTOMATIC_LAYOUT: Final = "3"
SAUVOLA: Final = "thresholding_method=2"
NICENESS: Final = "10"
"""Text is read at night's pace: intake and the page come first."""

_LANGUAGE: Final = re.compile(r"[A-Za-z0-9_/]{2,40}")
_WORD_LEVEL: Final = "5"
_COLUMNS: Final = 12
_DATA_FOLDER: Final = re.compile(r'in "([^"]+)"')
_ANSWER_SECONDS: Final = 30


class TextOutcome(StrEnum):
    """How the reading of one page ended; each is a result, none an error."""

    FOUND = "found"
    NO_TEXT = "no_text"
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
    """

    outcome: TextOutcome
    words: tuple[Word, ...] = ()

    @property
    def mean_confidence(self) -> int:
        """0 to 100, rounded down; 0 without words."""
        total = sum(word.confidence for word in self.words)
        return total // len(self.words) if self.words else 0


def read_text(
    view: Path,
    *,
    dpi: int,
    scales: tuple[float, float],
    languages: tuple[str, ...],
    limit_seconds: int,
) -> PageText:
    """Read one upright page.

    Args:
        view: A gray picture of the page, at 150 to 200 dpi or so.
        dpi: Its resolution.
        scales: Pixels of the full, upright frame per pixel of the view, across and down.
        languages: Names of trained data, such as ``("vie",)``; the first weighs most.
        limit_seconds: The engine is ended after this.

    Raises:
        ConfigError: ``OCR-MISSING``, the engine or its trained data is not installed.
    """
    _check_languages(languages)
    command = [
        *("setpriv", "--pdeathsig", "KILL", "nice", "-n", NICENESS),
        *("tesseract", str(view), "stdout", "--dpi", str(dpi), "-l", "+".join(languages)),
        *("--oem", LSTM_ENGINE, "--psm", AUTOMATIC_LAYOUT, "-c", SAUVOLA, "tsv"),
    ]
    try:
        answer = _run(command, limit_seconds)
    except subprocess.TimeoutExpired:
        return PageText(TextOutcome.TIMED_OUT)
    if answer.returncode != 0:
        ocr_version(languages)  # says what to install, when that is the cause
        return PageText(TextOutcome.FAILED)
    words = _words(answer.stdout, scales)
    return PageText(TextOutcome.FOUND if words else TextOutcome.NO_TEXT, words)


@lru_cache(maxsize=8)
def ocr_version(languages: tuple[str, ...]) -> str:
    """Engine, version and the trained data in use, as recorded beside machine-read text.

    Raises:
        ConfigError: ``OCR-MISSING``, the engine or its trained data is not installed.
    """
    _check_languages(languages)
    version = _run(["tesseract", "--version"], _ANSWER_SECONDS)
    first_line = (version.stdout or version.stderr).splitlines()[0].strip()
    listing = _run(["tesseract", "--list-langs"], _ANSWER_SECONDS)
    folder = _DATA_FOLDER.search(listing.stdout + listing.stderr)
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


def _check_languages(languages: tuple[str, ...]) -> None:
    if not languages or not all(_LANGUAGE.fullmatch(one) for one in languages):
        raise ConfigError(f"not names of trained data: {languages!r}", code="OCR-MISSING")


def _run(command: list[str], limit_seconds: int) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=limit_seconds,
            env={**os.environ, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
            check=False,
        )
    except FileNotFoundError as problem:
        raise ConfigError(
            f"{command[0]} is not installed: install the Debian packages tesseract-ocr, "
            "tesseract-ocr-vie and util-linux",
            code="OCR-MISSING",
        ) from problem


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
