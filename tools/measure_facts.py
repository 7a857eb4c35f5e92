"""Measures the findings that stand on facts: resolution, paper, and the order of pages.

Run as ``python -m tools.measure_facts [--scans DIR]`` in the checkout. Resolution and paper are
tried on the sample pages, and on a folder of real scans; hồ sơ with pages lost are made up.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.page_order import page_findings
from appliance.domain.pages_seen import PageSeen, UnitSeen
from appliance.imaging.headers import FrameHeader, Kind, StatedDpi
from appliance.imaging.paper import paper_size, resolution_of
from appliance.imaging.problems import BadStructure
from appliance.imaging.structure import kind_of, read_header
from appliance.imaging.windows import open_window
from appliance.samples.fonds import make_sample_fonds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.domain.findings import Finding

SEED: Final = 20261123
STRETCHES_PERCENT: Final = (0, 2, 4, 5, 6, 8)
"""How far both sides of the picture are from those of the paper."""
TRIALS: Final = 2000
PAGES: Final = 40


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes missing from a hồ sơ of ``PAGES`` numbered pages.

    Args:
        name: How the table calls it.
        count: Pages lost one after the other.
        renumbers: Whether the scanner's numbers run on as if nothing was lost.
        sheets: What the register says; 0 when it does not.
    """

    name: str
    count: int
    renumbers: bool
    sheets: int = 0


LOSSES: Final = (
    Loss("one file lost after scanning", 1, renumbers=False),
    Loss("two files lost after scanning", 2, renumbers=False),
    Loss("one side not scanned", 1, renumbers=True),
    Loss("two sheets drawn in at once, both sides of one lost", 2, renumbers=True),
    Loss("the same, the register's sheets known", 2, renumbers=True, sheets=PAGES // 2),
)


def frames_of(folder: Path) -> Iterator[FrameHeader]:
    """Every frame below a folder that states a believable resolution; PDFs are left out."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            with open_window(path) as window:
                header = None if kind_of(window) is Kind.PDF else read_header(window)
        except BadStructure:
            continue  # no image
        frames = header.frames if header else ()
        yield from (one for one in frames if not resolution_of(one).is_assumed)


def guesses(frames: Sequence[FrameHeader]) -> str:
    """How often the assumed resolution is the stated one when nothing is stated."""
    bare = [replace(one, dpi=StatedDpi()) for one in frames]
    pairs = list(zip(frames, bare, strict=True))
    told = sum(resolution_of(one).is_assumed for one in bare)
    right = sum(resolution_of(a).lowest == resolution_of(b).lowest for a, b in pairs)
    a4 = [(a, b) for a, b in pairs if paper_size(a, resolution_of(a)) == "A4"]
    right_a4 = sum(resolution_of(a).lowest == resolution_of(b).lowest for a, b in a4)
    return (
        f"statement taken away from {len(frames)}: {told} told, {right} guessed right; "
        f"of the {len(a4)} of A4, {right_a4}"
    )


def lies(frames: Sequence[FrameHeader]) -> str:
    """How often a stated resolution twice the true one goes unnoticed, and what it makes of A4."""
    doubled = [
        replace(one, dpi=StatedDpi(2 * one.dpi.x, 2 * one.dpi.y, one.dpi.source)) for one in frames
    ]
    believed = [(a, b) for a, b in zip(frames, doubled, strict=True) if not _is_assumed(b)]
    resized = sum(
        paper_size(a, resolution_of(a)) != paper_size(b, resolution_of(b)) for a, b in believed
    )
    return (
        f"twice the true resolution stated in {len(frames)}: {len(believed)} believed, "
        f"{resized} of them with another size of paper"
    )


def _is_assumed(frame: FrameHeader) -> bool:
    return resolution_of(frame).is_assumed


def stretched(frames: Sequence[FrameHeader]) -> list[str]:
    """How many A4 pages keep their name when the picture is larger than the paper."""
    a4 = [one for one in frames if paper_size(one, resolution_of(one)) == "A4"]
    lines = ["| larger by, % | called A4 |", "| --- | --- |"]
    for percent in STRETCHES_PERCENT:
        made = [_larger(one, percent) for one in a4]
        kept = sum(paper_size(one, resolution_of(one)) == "A4" for one in made)
        lines.append(f"| {percent} | {kept} of {len(a4)} |")
    return lines


def _larger(frame: FrameHeader, percent: int) -> FrameHeader:
    width, height = (side * (100 + percent) // 100 for side in (frame.width_px, frame.height_px))
    return replace(frame, width_px=width, height_px=height)


def order() -> list[str]:
    """How often a loss is told by the pages alone."""
    chooser = random.Random(SEED)  # noqa: S311 - trials, nothing secret
    lines = ["| loss | told |", "| --- | --- |"]
    for loss in LOSSES:
        told = sum(bool(_findings_after(loss, chooser)) for _ in range(TRIALS))
        lines.append(f"| {loss.name} | {told / TRIALS:.0%} |")
    return lines


def _findings_after(loss: Loss, chooser: random.Random) -> tuple[Finding, ...]:
    first = chooser.randrange(PAGES - loss.count + 1)
    left = [number for number in range(PAGES) if not first <= number < first + loss.count]
    pages = [_page(n, n if loss.renumbers else kept) for n, kept in enumerate(left)]
    return page_findings(UnitSeen("HS-01", loss.sheets), pages)


def _page(index: int, kept: int) -> PageSeen:
    """A page of a duplex scanner that looks like no other."""
    number = index + 1
    digest = f"{kept:064x}"
    return PageSeen(number, 1, number, kept + 1, digest, "", "A4", is_duplex=True)


def report(title: str, frames: Sequence[FrameHeader]) -> str:
    """Resolution and paper over some frames."""
    return "\n\n".join([f"## {title}", guesses(frames), lies(frames), "\n".join(stretched(frames))])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Error rates of findings that stand on facts.")
    parser.add_argument("--scans", type=Path, metavar="DIR", help="a folder of real scans")
    folder = parser.parse_args(arguments).scans
    if folder is not None:
        print(report("Real scans", list(frames_of(folder))), end="\n\n")
    with tempfile.TemporaryDirectory() as made:
        make_sample_fonds(Path(made))
        print(report("Sample pages", list(frames_of(Path(made)))), end="\n\n")
    print("\n".join(["## Order", "", *order()]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
