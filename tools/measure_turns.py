"""Measures how often the reader of text notices a page that lies upside down or on its side.

Run as ``python -m tools.measure_turns [--scans DIR]`` in the checkout; the tables come out in
Markdown. Each sample page is read as it is and in the three other positions. With ``--scans DIR``
the same is done with other scans in their place, and with the quarters that they are cut into, as
they lie: many more chances to give a false alarm.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.imaging.ocr import TextOutcome, read_text
from appliance.imaging.text_reading import is_doubtful, read_page
from tools.measure_text import LANGUAGES, LIMIT_SECONDS, engine_seconds, known_pages, row, scanned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.imaging.ocr import PageText
    from appliance.imaging.text_view import TextView

TURNS: Final = (0, 180, 90, 270)
HEADS: Final = ("lies", "pages", "told", "told wrongly", "not told", "with text", "confidence")
MIN_SIDE_PX: Final = 400
"""Smaller pictures are no pages."""


@dataclass(slots=True)
class Tally:
    """What was said of the pages that lie in one way.

    Args:
        degrees: The turn that they need, clockwise.
        said: How many need which turn, as it was told.
        kept: How many have text.
        confidence: Of each that was read.
        wrong: Names of those that were told wrongly.
    """

    degrees: int
    said: Counter[int] = field(default_factory=Counter)
    kept: int = 0
    confidence: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, text: PageText) -> None:
        """Count one page."""
        self.said[text.turn_degrees] += 1
        self.kept += text.outcome is TextOutcome.FOUND
        if text.outcome is not TextOutcome.NO_TEXT:
            self.confidence.append(text.mean_confidence)
        if text.turn_degrees not in {0, self.degrees}:
            self.wrong.append(f"{name}: {text.turn_degrees}°")

    def line(self) -> str:
        """One line of the table."""
        lies = "upright" if self.degrees == 0 else f"turned by {360 - self.degrees}°"
        wrong = (
            sum(self.said.values()) - self.said[0] - self.said[self.degrees] * bool(self.degrees)
        )
        told = self.said[self.degrees] if self.degrees else "–"
        not_told = self.said[0] if self.degrees else "–"
        span = f"{min(self.confidence)}–{max(self.confidence)}" if self.confidence else "–"
        cells = (lies, self.said.total(), told, wrong, not_told, self.kept, span)
        return row(*cells) + ("" if not self.wrong else f" {', '.join(self.wrong)}")


def read(view: TextView) -> PageText:
    """As the box reads a page."""
    return read_page(view, languages=LANGUAGES, limit_seconds=LIMIT_SECONDS)


def turns_table(pages: Sequence[tuple[str, TextView]]) -> list[str]:
    """Every page in every position."""
    lines = [row(*HEADS), row(*["---"] * len(HEADS))]
    for degrees in TURNS:
        tally = Tally(degrees)
        for name, view in pages:
            tally.add(name, read(view.turned(360 - degrees)))
        lines.append(tally.line())
    return lines


def cost_line(pages: Sequence[tuple[str, TextView]]) -> str:
    """What the further looks cost upright pages, in processor time of the engine."""
    plain, whole, doubted = 0.0, 0.0, 0
    for _, view in pages:
        begin = engine_seconds()
        text = read_text(view, languages=LANGUAGES, limit_seconds=LIMIT_SECONDS)
        middle = engine_seconds()
        doubted += is_doubtful(text)
        plain += middle - begin
        if is_doubtful(text):
            read(view)
            whole += engine_seconds() - middle
        else:
            whole += middle - begin
    return (
        f"{doubted} of {len(pages)} upright pages are looked at again; "
        f"{plain:.0f} s of the processor become {whole:.0f} s"
    )


def quarters(pages: Iterable[tuple[str, TextView]]) -> Iterator[tuple[str, TextView]]:
    """Each page cut in four, as it lies."""
    for name, view in pages:
        height, width = view.pixels.shape
        for number in range(4):
            top, left = (number // 2) * (height // 2), (number % 2) * (width // 2)
            cut = view.pixels[top : top + height // 2, left : left + width // 2].copy()
            yield f"{name} ({number + 1})", replace(view, pixels=cut)


def real_pages(folder: Path) -> list[tuple[str, TextView]]:
    """Every scan below a folder that has a page's size."""
    return [(name, view) for name, view in scanned(folder) if min(view.pixels.shape) >= MIN_SIDE_PX]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Pages upside down, as the reader notices them.")
    parser.add_argument("--scans", type=Path, metavar="DIR", help="a folder of other scans")
    folder = parser.parse_args(arguments).scans
    samples = [
        (f"{page.unit} {number}", page.view)
        for number, page in enumerate(known_pages(Path("var") / "bench-sample"), start=1)
    ]
    sets = {"Sample pages": samples} if folder is None else {"Real scans": real_pages(folder)}
    for title, pages in sets.items():
        print(f"{title}\n", *turns_table(pages), "", cost_line(pages), sep="\n", end="\n\n")
    if folder is not None:
        tally = Tally(0)
        for name, view in quarters(sets["Real scans"]):
            tally.add(name, read(view))
        print("Quarters of them\n", row(*HEADS), row(*["---"] * len(HEADS)), tally.line(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
