"""PDF assembly against SHA-256 alone over the same JPEG pages, and against img2pdf.

``python -m benchmarks.bench_pdf [PAGES...]``, 60 and 2,000 unless told. The pages are 60 A4 scans
at 300 dpi, over and over. Jobs take turns, each in a process of its own; the figures are medians
of the ratios within a turn. Ours digests the whole PDF while it writes, and checks it afterwards;
img2pdf does neither. Nobody waits for the disk.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path
from typing import Final, TypeAlias

from appliance.imaging.derivation import DerivationOptions, derive_page
from benchmarks.intake_pages import pages_of

MASTERS: Final = 60
ROUNDS: Final = {60: 9}
"""Turns by the number of pages; three for any other."""
_FEW_ROUNDS: Final = 3
Turns: TypeAlias = "dict[str, list[dict[str, float]]]"
"""Figures of each job, turn by turn."""


def _plan(folder: Path, page_count: int) -> Path:
    """What the jobs read: masters and their derivations."""
    masters = pages_of("jpeg", MASTERS)
    options = DerivationOptions(reads_text=False)
    derived = {one: derive_page(one, 1, folder, options).to_json() for one in masters}
    chosen = list(islice(cycle(masters), page_count))
    plan = folder / "plan.json"
    plan.write_text(
        json.dumps(
            {"masters": [str(one) for one in chosen], "derivations": [derived[o] for o in chosen]}
        )
    )
    return plan


def _run(job: str, plan: Path, target: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.pdf_jobs", job, str(plan), str(target)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    target.unlink(missing_ok=True)
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def _measure(page_count: int, jobs: list[str]) -> Turns:
    with tempfile.TemporaryDirectory(prefix="bench-pdf-") as name:
        folder = Path(name)
        plan = _plan(folder, page_count)
        _run("sha256", plan, folder / "out.pdf")  # the pages are in memory for every job
        turns: Turns = {job: [] for job in jobs}
        for _ in range(ROUNDS.get(page_count, _FEW_ROUNDS)):
            for job in jobs:
                turns[job].append(_run(job, plan, folder / "out.pdf"))
        return turns


def _ratio(turns: Turns, job: str, other: str, what: str = "seconds", of: str = "seconds") -> float:
    """The median over all turns of one job's figure to another's."""
    pairs = zip(turns[job], turns[other], strict=True)
    return statistics.median(mine[what] / theirs[of] for mine, theirs in pairs)


def report(page_count: int, jobs: list[str]) -> None:
    """Print the figures of one number of pages."""
    turns = _measure(page_count, jobs)
    print(f"{page_count} pages, {len(turns['sha256'])} turns, load {os.getloadavg()[0]:.1f}")
    for job, runs in turns.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        processor = _ratio(turns, job, "sha256", "cpu_seconds", "cpu_seconds")
        print(
            f"  {job}: {seconds:.2f} s, of SHA-256 {_ratio(turns, job, 'sha256'):.2f} x by the "
            f"clock and {processor:.2f} x of the processor, "
            f"peak {max(run['peak_mib'] for run in runs):.0f} MiB"
        )
    print(f"  ours without the check: {_ratio(turns, 'ours', 'sha256', 'write_seconds'):.2f} x")
    if "img2pdf" in jobs:
        processor = _ratio(turns, "ours", "img2pdf", "cpu_seconds", "cpu_seconds")
        print(
            f"  ours, of img2pdf: {_ratio(turns, 'ours', 'img2pdf'):.2f} x by the clock, "
            f"{processor:.2f} x of the processor"
        )
    else:
        print("  img2pdf: not measured, it is not installed")


def main(arguments: list[str]) -> None:
    """Measure each number of pages."""
    jobs = ["sha256", "ours", *(["img2pdf"] if importlib.util.find_spec("img2pdf") else [])]
    for page_count in [int(one) for one in arguments] or [60, 2000]:
        report(page_count, jobs)


if __name__ == "__main__":
    main(sys.argv[1:])
