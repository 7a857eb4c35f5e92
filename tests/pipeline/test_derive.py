"""Derive: page by page, stored as it goes, so that a crash costs one page."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from appliance.catalogue import leases
from appliance.catalogue.tables import PageRow
from appliance.imaging.derivation import DerivationOptions
from tests.pipeline.making import Bench
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.workers.pool import WorkerPool


def derived(bench: Bench) -> list[int]:
    """Which pages are derived, by row id."""
    with bench.catalogue.read() as session:
        rows = session.exec(select(PageRow).where(col(PageRow.is_derived) == 1)).all()
        return sorted(row.id or 0 for row in rows)


def reviewed(bench: Bench, pages: int) -> None:
    """A hồ sơ whose pages wait to be derived."""
    bench.register({"HS-01": pages})
    bench.drop_pages("HS-01", pages)
    bench.inspect_stage().run_once("test:1")
    while bench.assemble_stage().run_once("test:1"):
        pass
    assert bench.unit("HS-01").state == "reviewed"


def test_pages_are_derived_in_batches_and_the_last_moves_the_unit_on(bench: Bench) -> None:
    """Each batch is stored when it is done; the hồ sơ moves on with its last page only."""
    reviewed(bench, 3)
    stage = bench.derive_stage(batch=2)
    assert stage.run_once("test:1") == 2
    assert (len(derived(bench)), bench.unit("HS-01").state) == (2, "reviewed")
    assert stage.run_once("test:1") == 1
    assert (len(derived(bench)), bench.unit("HS-01").state) == (3, "derived")
    assert stage.run_once("test:1") == 0
    assert len(bench.events("normalization")) == 1
    assert list(bench.work.iterdir()) == []


def test_a_crash_costs_the_pages_at_hand_only(bench: Bench) -> None:
    """What a dead process held is given back; what it had stored is not done again."""
    reviewed(bench, 3)
    bench.derive_stage(batch=1).run_once("derive:dead")
    before = derived(bench)
    with bench.catalogue.write() as writing:
        where = (col(PageRow.is_derived) == 0,)
        leases.take(writing, PageRow, where, leases.Claim("derive:dead", 1, 1800))
    assert bench.derive_stage().run_once("derive:new") == 1
    assert bench.unit("HS-01").state == "reviewed"
    with bench.catalogue.write() as writing:
        assert leases.give_back(writing, "derive") == 1
    assert bench.derive_stage().run_once("derive:new") == 1
    assert bench.unit("HS-01").state == "derived"
    assert set(before) < set(derived(bench))


def test_a_page_that_fails_is_said_and_tried_again(bench: Bench) -> None:
    """One page that cannot be derived holds up its hồ sơ with a reason, and passes by itself."""
    reviewed(bench, 2)
    path = bench.store.master_path(bench.masters()[0].sha256)
    aside = path.with_name("aside")
    shutil.move(path, aside)
    assert bench.derive_stage().run_once("test:1") == 2
    assert [finding.code for finding in bench.unit_findings("HS-01")] == ["DERIVE-FAILED"]
    assert len(derived(bench)) == 1
    assert bench.derive_stage().run_once("test:1") == 0
    shutil.move(aside, path)
    bench.clock.advance(10)
    assert bench.derive_stage().run_once("test:1") == 1
    assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("derived", ())


def test_a_rescan_after_deriving_derives_the_new_page_only(bench: Bench) -> None:
    """Stored results of the other pages are kept."""
    reviewed(bench, 3)
    bench.settle(seal=False)
    before = set(derived(bench))
    bench.drop("HS-01", "0002.png", page_bytes(50))
    bench.inspect_stage().run_once("test:1")
    while bench.assemble_stage().run_once("test:1"):
        pass
    assert bench.derive_stage().run_once("test:1") == 1
    assert len(set(derived(bench)) - before) == 1
    assert bench.unit("HS-01").state == "derived"


@pytest.mark.ocr
def test_text_is_read_and_kept(tmp_path: Path, pool: WorkerPool) -> None:
    """With a real tesseract the words of a page are stored, with how sure it is of them."""
    if shutil.which("tesseract") is None:
        pytest.skip("needs tesseract: apt install tesseract-ocr tesseract-ocr-vie")
    bench = Bench(tmp_path, pool, options=DerivationOptions())
    try:
        reviewed(bench, 1)
        bench.derive_stage().run_once("test:1")
        with bench.catalogue.read() as session:
            page = session.exec(select(PageRow)).one()
        assert page.is_derived == 1
        assert '"text_outcome"' in str(page.derivation)
        assert "text_engine" in str(page.derivation)
        assert (page.words_sha256 is None) == (page.ocr_confidence is None)
    finally:
        bench.close()
