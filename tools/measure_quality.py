"""Measures the measures: how often each finding is wrong, on real scans and on damage done to them.

Run as ``python -m tools.measure_quality --scans DIR`` in the checkout; the tables come out in
Markdown. Without ``--scans`` only the sample pages are measured, which the project draws itself.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from appliance.domain.page_hash import page_hash_distance
from appliance.domain.policy import MAX_SKEW_CENTIDEGREES, MIN_SHARPNESS_PERMILLE
from appliance.imaging.headers import Mode
from appliance.imaging.quality.judging import quality_findings
from appliance.imaging.quality.values import SIDES
from appliance.samples.fonds import make_sample_fonds
from tools.quality_damages import (
    ScannedPage,
    blurred,
    bordered,
    cropped,
    emptied,
    overexposed,
    read_pages,
    scanned_again,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from appliance.imaging.quality.values import PageQuality

SEED: Final = 20261122
TURNS_DEGREES: Final = (-4.3, -2.6, -1.4, -0.7, 0.6, 1.3, 2.7, 4.4)
BLURS_300DPI: Final = (1.0, 2.0, 3.0, 4.0, 6.0)
SHOWING_THROUGH: Final = (0.0, 0.1, 0.2, 0.3)
BANDS_PERCENT: Final = (4, 8, 15)
GAP_CENTIDEGREES: Final = 30
"""So near to the threshold neither answer is wrong."""
LARGE_ERROR_DEGREES: Final = 0.3
NO_BORDER_PERMILLE: Final = 5
HASH_LIMIT_PERMILLE: Final = 200

Pages = list[ScannedPage]


def row(*cells: object) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def share(part: int, whole: int) -> str:
    """How many of how many."""
    return f"{part} of {whole}"


def untouched(pages: Pages) -> list[str]:
    """Which findings the pages get as they are."""
    found: dict[str, list[str]] = {}
    for page in pages:
        for finding in quality_findings(page.measured(), page.name, mode=page.mode):
            found.setdefault(finding.code, []).append(page.name)
    lines = [f"{len(pages)} pages as they are:", "", row("finding", "pages"), row("---", "---")]
    return lines + [row(f"`{code}`", ", ".join(names)) for code, names in sorted(found.items())]


def skew(pages: Pages) -> list[str]:
    """Known turns against the estimate for the page as it is."""
    errors, misses, alarms, crooked, straight, unknown = [], 0, 0, 0, 0, 0
    for page in pages:
        base = page.measured().skew_centidegrees
        for degrees in TURNS_DEGREES:
            if base is None:
                continue
            wanted = base + round(100 * degrees)
            got = page.measured(turned(page, degrees)).skew_centidegrees
            is_crooked = abs(wanted) > MAX_SKEW_CENTIDEGREES + GAP_CENTIDEGREES
            is_straight = abs(wanted) < MAX_SKEW_CENTIDEGREES - GAP_CENTIDEGREES
            is_told = got is not None and abs(got) > MAX_SKEW_CENTIDEGREES
            crooked, misses = crooked + is_crooked, misses + (is_crooked and not is_told)
            straight, alarms = straight + is_straight, alarms + (is_straight and is_told)
            unknown += got is None
            errors += [] if got is None else [abs(got - wanted) / 100]
    if not errors:
        return []
    large = sum(error > LARGE_ERROR_DEGREES for error in errors)
    return [
        (
            f"median error {statistics.median(errors):.2f}°, "
            f"nine in ten within {np.quantile(errors, 0.9):.2f}°, "
            f"over {LARGE_ERROR_DEGREES}° in {share(large, len(errors))}, "
            f"unknown in {share(unknown, len(errors) + unknown)}"
        ),
        f"misses {share(misses, crooked)} crooked, false alarms {share(alarms, straight)} straight",
    ]


def blur(pages: Pages) -> list[str]:
    """How many are called blurred at each strength of blur."""
    random = np.random.default_rng(SEED)
    toned = [p for p in pages if p.measured().sharpness_permille is not None]
    before = sorted(p.measured().sharpness_permille or 0 for p in toned)
    flagged = sum(value < MIN_SHARPNESS_PERMILLE for value in before)
    lines = [row("blur, px at 300 dpi", "sharpness, least to most", "flagged"), row(*["---"] * 3)]
    lines.append(row("none", f"{before[0]}–{before[-1]}", share(flagged, len(toned))))
    for sigma in BLURS_300DPI:
        values = [p.measured(blurred(p, sigma, random)).sharpness_permille for p in toned]
        known = sorted(value for value in values if value is not None)
        flagged = sum(value < MIN_SHARPNESS_PERMILLE for value in known)
        span = f"{known[0]}–{known[-1]}" if known else "–"
        lines.append(row(sigma, span, share(flagged, len(toned))))
    return lines


def blank(pages: Pages) -> list[str]:
    """Bare papers that are not called blank, by what shows through."""
    toned = [page for page in pages if page.mode is not Mode.BITONAL]
    lines = [row("shows through", "called blank", "not"), row(*["---"] * 3)]
    for through in SHOWING_THROUGH:
        pairs = zip(toned, toned[1:] + toned[:1], strict=True)
        made = [(page, page.measured(emptied(page, back, through, SEED))) for page, back in pairs]
        missed = [page.name for page, one in made if not _having("QUALITY-BLANK-SUSPECTED", [one])]
        called = share(len(made) - len(missed), len(made))
        lines.append(row(f"{through:.0%}", called, ", ".join(missed) or "–"))
    return lines


def _having(code: str, measured: Iterable[PageQuality], mode: Mode = Mode.GRAY) -> int:
    return sum(
        code in {finding.code for finding in quality_findings(quality, "", mode=mode)}
        for quality in measured
    )


def cut(pages: Pages) -> list[str]:
    """Pages with lines of writing, cut through on each side."""
    written = [page for page in pages if page.measured().skew_centidegrees is not None]
    lines = [row("side cut", "told"), row("---", "---")]
    for side in SIDES:
        made = [(page, cropped(page, side)) for page in written]
        told = [side in page.measured(gray).cut_sides for page, gray in made if gray is not None]
        lines.append(row(side, share(sum(told), len(told))))
    return lines


def border(pages: Pages) -> list[str]:
    """Black bands added at the right: how much of them is seen."""
    lines = [row("band, % of the width", "seen, ‰, least to most", "wanted, ‰"), row(*["---"] * 3)]
    clean = [page for page in pages if page.measured().border_permille < NO_BORDER_PERMILLE]
    for percent in BANDS_PERCENT:
        seen = sorted(page.measured(bordered(page, percent)).border_permille for page in clean)
        wanted = 1000 * percent // (100 + percent)
        middle = statistics.median(seen)
        lines.append(row(percent, f"{seen[0]}–{seen[-1]}, median {middle:.0f}", wanted))
    return lines


def clipping(pages: Pages) -> list[str]:
    """Papers driven beyond white."""
    toned = [page for page in pages if page.mode is not Mode.BITONAL]
    clean = [p for p in toned if not _having("QUALITY-CLIPPED", [p.measured()])]
    made = [page.measured(overexposed(page)) for page in clean]
    return [f"overexposed and told: {share(_having('QUALITY-CLIPPED', made), len(made))}"]


def upside_down(pages: Pages) -> list[str]:
    """Pages as they are, and turned by half a turn."""
    lines = [row("page", "upside down", "upright", "unknown"), row(*["---"] * 4)]
    ways: tuple[tuple[str, Callable[[ScannedPage], PageQuality]], ...] = (
        ("as it is", lambda page: page.measured()),
        ("turned by 180°", lambda page: page.measured(page.gray[::-1, ::-1].copy())),
    )
    for name, measured in ways:
        said = [measured(page).is_upside_down for page in pages]
        lines.append(row(name, *(said.count(answer) for answer in (True, False, None))))
    return lines


def likeness(pages: Pages) -> list[str]:
    """Distances between page hashes of one page scanned twice, and of different pages."""
    random = np.random.default_rng(SEED)
    hashes = [page.measured().page_hash for page in pages]
    again = [page.measured(scanned_again(page, random)).page_hash for page in pages]
    pairs = [(a, b) for a, b in zip(hashes, again, strict=True) if a and b]
    same = sorted(page_hash_distance(a, b) for a, b in pairs)
    named = [one for one in hashes if one]
    other = [page_hash_distance(a, b) for a, b in itertools.combinations(named, 2)]
    alike = sum(one <= HASH_LIMIT_PERMILLE for one in other)
    return [
        (
            f"the same page twice ({len(same)}): median {statistics.median(same):.0f} ‰, "
            f"largest {same[-1]} ‰, above {HASH_LIMIT_PERMILLE} ‰: "
            f"{sum(one > HASH_LIMIT_PERMILLE for one in same)}"
        ),
        (
            f"different pages ({len(other)} pairs): smallest {min(other)} ‰, "
            f"at or below {HASH_LIMIT_PERMILLE} ‰: {alike}"
        ),
    ]


def cost(pages: Pages) -> list[str]:
    """Processor time for each page, the least of three."""
    times: dict[bool, list[float]] = {}
    for page in pages:
        runs = []
        for _ in range(3):
            begin = time.process_time()
            page.measured()
            runs.append(1000 * (time.process_time() - begin))
        times.setdefault(page.mode is Mode.BITONAL, []).append(min(runs))
    words = {True: "bitonal", False: "gray and colour"}
    return [f"{words[kind]}: median {statistics.median(ms):.0f} ms" for kind, ms in times.items()]


SECTIONS: Final = (untouched, skew, blur, blank, cut, border, clipping, upside_down, likeness, cost)


def report(title: str, pages: Pages) -> str:
    """All tables over some pages."""
    parts = [f"## {title}: {len(pages)} pages"]
    for section in SECTIONS:
        name = section.__name__.replace("_", " ")
        parts.append("\n".join([f"### {name}", "", *section(pages)]))
    return "\n\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Error rates of the measures of quality.")
    parser.add_argument("--scans", type=Path, metavar="DIR", help="a folder of real scans")
    folder = parser.parse_args(arguments).scans
    if folder is not None:
        print(report("Real scans", list(read_pages(folder))), end="\n\n")
    with tempfile.TemporaryDirectory() as made:
        make_sample_fonds(Path(made))
        print(report("Sample pages", list(read_pages(Path(made)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
