"""Derive works through any executor: what is recorded does not tell which one it was."""

from __future__ import annotations

import io
import multiprocessing
import shutil
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from sqlmodel import col, select

from appliance.catalogue.masters import findings_of
from appliance.catalogue.tables import PageRow
from appliance.imaging.derivation import DerivationOptions
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEMORY_BYTES = 2 * 1024**3
EXECUTORS: dict[str, Callable[[], Executor]] = {
    "workers": lambda: WorkerPool(2, MEMORY_BYTES, 60),
    "threads": lambda: ThreadPoolExecutor(2),
    "processes": lambda: ProcessPoolExecutor(2, multiprocessing.get_context("spawn")),
}

LETTER = ("a letter", "of many lines", "that fill its page", "from top to bottom", "without", "end")


def text_page(form: str, lines: tuple[str, ...], **options: str) -> bytes:
    """A page with some lines of print."""
    page = Image.new("RGB", (1165, 800), (240, 235, 220))
    for number, line in enumerate(lines):
        font = ImageFont.load_default(size=64)
        ImageDraw.Draw(page).text((120, 100 + 110 * number), line, font=font, fill=(20, 20, 60))
    buffer = io.BytesIO()
    page.save(buffer, form, dpi=(200, 200), **options)
    return buffer.getvalue()


def recorded(bench: Bench) -> dict[str, Any]:
    """Everything that deriving left in the catalogue, without times and row numbers."""
    with bench.catalogue.read() as session:
        pages = session.exec(select(PageRow).order_by(col(PageRow.derivation))).all()
    return {
        "pages": [
            (
                page.is_derived,
                page.derivation,
                page.derivative_sha256,
                page.words_sha256,
                page.ocr_confidence,
                findings_of(page.findings),
            )
            for page in pages
        ],
        "units": [(bench.unit(code).state, bench.unit_findings(code)) for code in ("A", "B")],
        "events": bench.events("normalization"),
    }


def derive_through(folder: Path, pool: WorkerPool, made: Executor) -> dict[str, Any]:
    """Derive two hồ sơ, of which one lacks a master, through an executor."""
    folder.mkdir()
    bench = Bench(folder, pool, options=DerivationOptions(jpeg_quality=70))
    try:
        bench.register({"A": 3, "B": 1})
        bench.drop("A", "0001.jpg", text_page("JPEG", ("ARCHIVE RECORD 1976", "second line")))
        bench.drop("A", "0002.tif", text_page("TIFF", LETTER, compression="tiff_lzw"))
        bench.drop("A", "0003.png", page_bytes(3))
        lost = bench.drop("B", "0001.png", page_bytes(4))
        bench.inspect_stage().run_once("test:1")
        while bench.assemble_stage().run_once("test:1"):
            pass
        path = bench.store.master_path(lost.sha256)
        path.rename(path.with_name("aside"))
        assert replace(bench.derive_stage(), executor=made).run_once("test:1") == 4
        return recorded(bench)
    finally:
        bench.close()


@pytest.mark.ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_every_executor_leaves_the_same_record(tmp_path: Path, pool: WorkerPool) -> None:
    """Own processes, threads or another library's processes: rows, digests and events agree."""
    found = {}
    for name, make in EXECUTORS.items():
        with make() as executor:
            found[name] = derive_through(tmp_path / name, pool, executor)
    first = found["workers"]
    assert [page[0] for page in first["pages"]] == [0, 1, 1, 1]
    assert [page[3] is not None for page in first["pages"]] == [False, True, True, False]
    assert [state for state, _ in first["units"]] == ["derived", "reviewed"]
    assert found["threads"]["pages"] == first["pages"]
    assert found["processes"]["pages"] == first["pages"]
    states = {name: [unit[0] for unit in one["units"]] for name, one in found.items()}
    assert states["threads"] == states["processes"] == states["workers"]
    assert found["threads"]["events"] == found["processes"]["events"] == first["events"]
    assert len(first["events"]) == 1
