"""Measures the reader of text: what it gets wrong on pages whose text is known, and on none.

Run as ``python -m tools.measure_text`` in the checkout; the tables come out in Markdown. The
sample pages, which the project draws itself, tell what is truly written on them; with ``--scans
DIR`` the confidence in what is read on other scans is told too, whose text nobody knows.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from appliance.imaging.headers import FrameSource, Kind
from appliance.imaging.ocr import PageText, TextOutcome, read_text
from appliance.imaging.paper import resolution_of
from appliance.imaging.problems import BadStructure
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.text_view import TextView, full_contrast, text_view
from appliance.imaging.windows import open_window
from appliance.samples.fonds import DEFAULT_SEED, make_sample_fonds
from appliance.samples.pages import drawn_sheets
from appliance.samples.script import FILE_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from appliance.imaging.bands import Pixels

LANGUAGES: Final = ("vie",)
LIMIT_SECONDS: Final = 60
SEED: Final = 20261122
SENSOR_NOISE: Final = 3.0
FADED_TO: Final = 0.35
"""The share of the contrast that is left of a faded page."""
BLUR_PX: Final = 1.7
"""Standard deviation at 200 dpi; 2.5 pixels at 300."""
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class KnownPage:
    """A page whose text is known.

    Args:
        unit: Its hồ sơ.
        view: What the reader sees of it.
        lines: What is written on it.
    """

    unit: str
    view: TextView
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How a page was read.

    Args:
        text: What came out.
        letters: Written letters, blanks included.
        wrong_letters: Least edits from the written lines to the pieces of the text that fit best.
        words: Written words.
        found_words: Of these, found as they are written.
        found_plain: Of these, found when marks above and below the letters are left out.
        seconds: Processor time.
    """

    text: PageText
    letters: int
    wrong_letters: int
    words: int
    found_words: int
    found_plain: int
    seconds: float


def views_of(path: Path) -> Iterator[TextView]:
    """What the reader sees of each frame of a scan; nothing of what the box would refuse."""
    with open_window(path) as window:
        if kind_of(window) in {None, Kind.PDF}:
            return
        header = read_header(window)
    for frame in header.frames:
        yield text_view(FrameSource(path, header, frame), resolution_of(frame))


def scanned(folder: Path) -> Iterator[tuple[str, TextView]]:
    """Every frame below a folder that the box decodes, by file and number; PDFs are left out."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            views = list(views_of(path))
        except BadStructure:
            continue
        for number, view in enumerate(views, start=1):
            yield f"{path.name}#{number}", view


def known_pages(folder: Path) -> Iterator[KnownPage]:
    """The sample pages with their text."""
    sample = make_sample_fonds(folder)
    for script in FILE_UNITS:
        scans = [drop.source for drop in sample.plan if drop.file_code == script.file_code]
        views = (view for scan in scans for view in views_of(scan))
        for sheet, view in zip(drawn_sheets(script, DEFAULT_SEED), views, strict=True):
            yield KnownPage(script.file_code, view, tuple(line.text for line in sheet.lines))


def scored(page: KnownPage, change: Callable[[Pixels], Pixels] | None = None) -> Score:
    """Read a page, or something made of it."""
    view = page.view
    if change is not None:
        view = replace(view, pixels=full_contrast(change(view.pixels)))
    before = engine_seconds()
    text = read_text(view, languages=LANGUAGES, limit_seconds=LIMIT_SECONDS)
    seconds = engine_seconds() - before
    read = " ".join(word.text for word in text.words)
    written = " ".join(page.lines)
    return Score(
        text=text,
        letters=sum(map(len, page.lines)),
        wrong_letters=sum(fitting_edits(line, read) for line in page.lines),
        words=len(_WORD.findall(written)),
        found_words=_common(written, read),
        found_plain=_common(plain(written), plain(read)),
        seconds=seconds,
    )


def engine_seconds() -> float:
    """Processor time of every process that was started and has ended, so far."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def _common(written: str, read: str) -> int:
    return (Counter(_WORD.findall(written)) & Counter(_WORD.findall(read))).total()


def plain(text: str) -> str:
    """The text without the marks above and below its letters, and with d for đ."""
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in parts if not unicodedata.combining(one))


def fitting_edits(line: str, text: str) -> int:
    """Least letters to change, add or leave out from a line to some piece of a text."""
    letters = np.array([ord(one) for one in text], dtype=np.int64)
    steps = np.arange(len(letters) + 1)
    row = np.zeros(len(letters) + 1, dtype=np.int64)  # a piece may begin anywhere
    for number, letter in enumerate(line, start=1):
        following = np.minimum(row[1:] + 1, row[:-1] + (letters != ord(letter)))
        whole = np.concatenate(([number], following))
        row = np.minimum.accumulate(whole - steps) + steps
    return int(row.min())


def faded(pixels: Pixels) -> Pixels:
    """Ink that has lost most of its contrast against the paper, and a sensor's noise."""
    paper = np.percentile(pixels, 90)
    return _noisy(paper + (pixels.astype(np.float32) - paper) * FADED_TO)


def blurred(pixels: Pixels) -> Pixels:
    """A page out of focus, and a sensor's noise."""
    return _noisy(cv2.GaussianBlur(pixels, (0, 0), BLUR_PX).astype(np.float32))


def _noisy(pixels: np.ndarray) -> Pixels:
    noise = np.random.default_rng(SEED).normal(0, SENSOR_NOISE, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


WAYS: Final[tuple[tuple[str, Callable[[Pixels], Pixels] | None], ...]] = (
    ("as they are", None),
    (f"faded to {FADED_TO:.0%} of the contrast", faded),
    ("blurred by 2.5 px at 300 dpi", blurred),
)


def row(*cells: object) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def rates(name: str, scores: Sequence[Score]) -> str:
    """One line over some pages with text."""
    letters, words = sum(one.letters for one in scores), sum(one.words for one in scores)
    confidence = [s.text.mean_confidence for s in scores if s.text.outcome is TextOutcome.FOUND]
    return row(
        name,
        len(scores),
        f"{sum(one.wrong_letters for one in scores) / letters:.1%}",
        f"{sum(one.found_words for one in scores) / words:.1%}",
        f"{sum(one.found_plain for one in scores) / words:.1%}",
        f"{min(confidence)}–{max(confidence)}" if confidence else "–",
        len(scores) - len(confidence),
        f"{statistics.median(one.seconds for one in scores):.1f} s",
    )


def known_table(pages: Sequence[KnownPage]) -> list[str]:
    """Every way of damage over every hồ sơ."""
    heads = ("pages", "how many", "letters wrong", "words found", "without marks")
    lines = [row(*heads, "confidence", "without text", "processor"), row(*["---"] * 8)]
    for name, change in WAYS:
        scores = [(page.unit, scored(page, change)) for page in pages if page.lines]
        if change is None:
            for script in FILE_UNITS:
                own = [score for unit, score in scores if unit == script.file_code]
                lines.append(rates(f"{script.file_code}, {script.dpi} dpi", own))
        lines.append(rates(f"all, {name}", [score for _, score in scores]))
    return lines


def unknown_table(folder: Path) -> list[str]:
    """What the reader says of scans whose text nobody knows."""
    lines = [row("scan", "outcome", "words", "confidence"), row(*["---"] * 4)]
    for name, view in scanned(folder):
        text = read_text(view, languages=LANGUAGES, limit_seconds=LIMIT_SECONDS)
        lines.append(row(name, text.outcome, len(text.words), text.mean_confidence))
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Error rates of machine-read text.")
    parser.add_argument("--scans", type=Path, metavar="DIR", help="a folder of other scans")
    folder = parser.parse_args(arguments).scans
    pages = list(known_pages(Path("var") / "bench-sample"))
    print("\n".join(known_table(pages)))
    if folder is not None:
        print("\n".join(["", *unknown_table(folder)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
