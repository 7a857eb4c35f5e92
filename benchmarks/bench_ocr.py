"""Reading text against ocrmypdf: the same pages, engine and settings, in turns, in one run.

Ours is the stage as the box runs it: pages leased from the catalogue, each derived and read in the
pool, words and images stored, rows written; then the PDF with its text layer. The other side gets
the same pages as one PDF and does its whole job, without PDF/A and without optimising. Both start
their processes anew, and neither gives way to other programs as the box's readers do.

The other side's environment is made once, below ``var``; where it cannot be had it is not
measured. Run as ``python -m benchmarks.bench_ocr [ROUNDS]``.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.catalogue import masters, register
from appliance.clock import SystemClock
from appliance.config import TextSettings
from appliance.imaging.ocr import AUTOMATIC_LAYOUT, LSTM_ENGINE
from appliance.imaging.page_derivative import PageDerivative
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf
from appliance.workers.pool import WorkerPool
from benchmarks.box import Cost, drop, fresh_box, measured, on_cores, samples, take_in

if TYPE_CHECKING:
    from appliance.bootstrap import Appliance
    from appliance.samples.values import SampleFonds

LANGUAGES: Final = ("vie",)
FILE_CODES: Final = ("H11.BTH-1966.012", "H11.BT-1993.021")
"""Twelve pages: typewriter in colour at 200 dpi; print in colour, gray and bitonal at 300 dpi."""
ENVIRONMENT: Final = Path("var") / "bench-ocrmypdf"
RELEASE: Final = "ocrmypdf==17.13.0"
_MEMORY_BYTES: Final = 2 * 1024**3
_PATIENCE_SECONDS: Final = 600


def other_side() -> Path | None:
    """The other side's programs, installed when they are not; None where that fails."""
    programs = ENVIRONMENT.absolute() / "bin"
    if not (programs / "ocrmypdf").exists():
        uv = Path(sys.executable).with_name("uv")
        environment = {**os.environ, "VIRTUAL_ENV": str(ENVIRONMENT.absolute())}
        try:
            subprocess.run([uv, "venv", "--quiet", ENVIRONMENT], check=True)
            subprocess.run([uv, "pip", "install", "--quiet", RELEASE], check=True, env=environment)
        except (OSError, subprocess.CalledProcessError) as problem:
            print(f"not measured: {RELEASE} cannot be installed here: {problem}")
            return None
    return programs


def plan(sample: SampleFonds) -> list[tuple[Path, str, str]]:
    """The scans to read: source, file code, name."""
    return [(one.source, one.file_code, one.name) for one in sample.plan if _is_read(one.file_code)]


def _is_read(file_code: str) -> bool:
    return file_code in FILE_CODES


def ready_to_derive(appliance: Appliance, sample: SampleFonds) -> None:
    """Take the pages in, up to the moment when they can be derived."""
    with appliance.worker_pool() as pool:
        take_in(appliance, pool, drop(appliance, plan(sample)))
    assemble = appliance.assemble_stage()
    while assemble.run_once("bench:0"):
        pass


def ours(appliance: Appliance, target: Path, cores: int) -> None:
    """Derive every page, then write the PDF."""
    with WorkerPool(cores, _MEMORY_BYTES, _PATIENCE_SECONDS) as pool:
        stage = appliance.derive_stage(pool)
        while stage.run_once("bench:0"):
            pass
    pages = [page for file_code in FILE_CODES for page in pdf_pages(appliance, file_code)]
    write_pdf(target, pages, PdfInfo("bench", "bench", SystemClock().now()))


def pdf_pages(appliance: Appliance, file_code: str) -> list[PdfPage]:
    """The derived pages of a hồ sơ."""
    store, made = appliance.store, []
    with appliance.catalogue.read() as session:
        unit = register.file_unit_row(session, file_code)
        for page, master in masters.pages_of(session, unit.id or 0 if unit else 0):
            image, words = (
                store.derivative_path(sha256) if sha256 else None
                for sha256 in (page.derivative_sha256, page.words_sha256)
            )
            derivative = PageDerivative.from_json(json.loads(page.derivation or "{}"))
            path = store.master_path(master.sha256)
            made.append(PdfPage(str(page.number), derivative, path, image, words))
    return made


def theirs(programs: Path, source: Path, target: Path, jobs: int) -> None:
    """Read the same pages with the same settings."""
    command = [
        *(str(programs / "ocrmypdf"), "--quiet"),
        *("--output-type", "pdf", "--optimize", "0", "--jobs", str(jobs)),
        *("--language", "+".join(LANGUAGES), "--tesseract-oem", LSTM_ENGINE),
        *("--tesseract-pagesegmode", AUTOMATIC_LAYOUT, "--tesseract-thresholding", "sauvola"),
        *(str(source), str(target)),
    ]
    subprocess.run(command, check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})


def words_in(path: Path) -> str:
    """How many words another reader finds in a PDF."""
    if shutil.which("pdftotext") is None:
        return "–"
    said = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    return str(len(said.stdout.split()))


def compare(programs: Path | None, cores: int, rounds: int) -> None:
    """Print the medians of some rounds on one number of cores."""
    sample = samples()
    box, peer = list[Cost](), list[Cost]()
    folder = Path("var") / "bench-ocr-files"
    folder.mkdir(exist_ok=True)
    pages = folder / "pages.pdf"
    if programs is not None:
        sources = [str(source) for source, _, _ in plan(sample)]
        subprocess.run([programs / "img2pdf", *sources, "--output", pages], check=True)
    text = TextSettings(languages=LANGUAGES)
    for _ in range(rounds):
        with fresh_box(sample, cores + 1, text) as appliance, on_cores(cores):
            ready_to_derive(appliance, sample)
            (folder / "ours.pdf").unlink(missing_ok=True)
            with measured(box):
                ours(appliance, folder / "ours.pdf", cores)
        if programs is not None:
            with on_cores(cores), measured(peer):
                theirs(programs, pages, folder / "theirs.pdf", cores)
    print(
        f"{cores} cores, {len(plan(sample))} pages, {rounds} rounds, load {os.getloadavg()[0]:.1f}"
    )
    print(f"  ours {_said(box)}, {words_in(folder / 'ours.pdf')} words")
    if peer:
        print(f"  ocrmypdf {_said(peer)}, {words_in(folder / 'theirs.pdf')} words")
        ratios = (
            statistics.median(
                getattr(b, name) / getattr(a, name) for a, b in zip(box, peer, strict=True)
            )
            for name in ("wall_seconds", "cpu_seconds")
        )
        print("  ours is faster by {:.2f} x (wall), {:.2f} x (processor)".format(*ratios))
    shutil.rmtree(folder)


def _said(costs: list[Cost]) -> str:
    wall = statistics.median(cost.wall_seconds for cost in costs)
    processor = statistics.median(cost.cpu_seconds for cost in costs)
    return f"{wall:.1f} s wall, {processor:.1f} s processor"


def main(rounds: int = 3) -> None:
    """Measure on one core and on two."""
    programs = other_side()
    for cores in (1, 2):
        compare(programs, cores, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
