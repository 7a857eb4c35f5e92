"""Killed while it reads text, the box goes on with the page at hand: what was read is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import col, select

from appliance.catalogue.tables import PageRow
from appliance.imaging.derivation import DerivationOptions
from tests.pipeline.making import Bench

CHECKOUT = Path(__file__).parents[2]
PAGES = 4


def read(folder: Path, count: int) -> tuple[int, list[str]]:
    """Read until killed after some pages; the exit status, and the pages that were begun."""
    command = [sys.executable, "-m", "tests.kill.reading", str(folder), str(count)]
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout.split()


def derived(bench: Bench) -> set[str]:
    """Which pages are derived, by the digest of their master, with text or said to have none."""
    by_id = {row.id: row.sha256 for row in bench.masters()}
    with bench.catalogue.read() as session:
        rows = session.exec(select(PageRow).where(col(PageRow.is_derived) == 1)).all()
    return {
        by_id[row.master_id] for row in rows if '"text_engine":"tesseract' in str(row.derivation)
    }


@pytest.mark.kill
@pytest.mark.ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_reading_goes_on_page_by_page_after_a_kill(tmp_path: Path) -> None:
    """Killed twice, no page that was recorded is read again, and every page is read in the end."""
    with ThreadPoolExecutor(1) as executor:
        bench = Bench(tmp_path, executor, options=DerivationOptions())
        bench.register({"HS-01": PAGES})
        bench.drop_pages("HS-01", PAGES)
        bench.inspect_stage().run_once("test:1")
        while bench.assemble_stage().run_once("test:1"):
            pass
    kept: set[str] = set()
    for count in (1, 2):
        status, begun = read(tmp_path, count)
        assert status == -9
        assert kept.isdisjoint(begun)
        assert len(derived(bench) - kept) == count
        kept = derived(bench)
    status, begun = read(tmp_path, 0)
    assert (status, len(begun)) == (0, PAGES - 3)
    assert kept.isdisjoint(begun)
    assert bench.unit("HS-01").state == "derived"
    bench.close()
