"""A blank page that takes the place of one with ink is asked about before it is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.domain.rules import sentence
from appliance.domain.scanners import ScannerProfiles
from appliance.pipeline.review import Answer, answer, key_of, open_questions
from tests.pipeline.making import Bench, workbook_of
from tests.pipeline.test_batches import PROFILE, SHEET_A, Flat
from tests.reports.making import png_bytes, sheet_bytes
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.domain.findings import Finding
    from appliance.workers.pool import WorkerPool

BLANK = png_bytes(Image.new("L", (827, 1169), 250))
OTHER_BLANK = png_bytes(Image.new("L", (827, 1169), 245))


@pytest.fixture
def flat(tmp_path: Path, pool: WorkerPool) -> Iterator[Flat]:
    """An approved hồ sơ of two pages, and a scanner that works with cover sheets."""
    bench = Bench(tmp_path, pool, profiles=ScannerProfiles(configured={"scan02": PROFILE}))
    bench.register({"HS-A": 2})
    yield Flat(bench)
    bench.close()


def asked(bench: Bench, file_code: str) -> list[Finding]:
    """What a person is asked after every stage has done what it can."""
    bench.settle(seal=False)
    return open_questions(bench.unit(file_code))


def test_the_back_of_a_rescanned_sheet_takes_no_page_unnoticed(flat: Flat) -> None:
    """A duplex scanner gives two images for one rescanned page: the second lands on the next."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))
    flat.run()
    flat.drop_all(sheet_bytes("AA1:R:HS-A:1"), page_bytes(9), BLANK)
    flat.run()
    (question,) = asked(flat.bench, "HS-A")
    assert (question.code, question.values["page"]) == ("PAGES-RESCAN-BLANK", 2)
    assert question.values["other_master_id"] == flat.bench.masters()[2].id
    assert "bản trước có nội dung" in sentence(question)


def test_scanned_again_as_it_was_nothing_is_asked(flat: Flat) -> None:
    """The page that was lost comes again under its number: the question is gone."""
    flat.drop_all(SHEET_A, page_bytes(1), page_bytes(2))
    flat.run()
    flat.drop_all(sheet_bytes("AA1:R:HS-A:1"), page_bytes(9), BLANK)
    flat.run()
    assert len(asked(flat.bench, "HS-A")) == 1
    flat.drop_all(sheet_bytes("AA1:R:HS-A:2"), page_bytes(10))
    flat.run()
    assert asked(flat.bench, "HS-A") == []
    assert flat.bench.unit("HS-A").state == "derived"


def test_a_side_that_is_blank_is_kept_by_one_answer(bench: Bench) -> None:
    """A person looked: the hồ sơ goes on, and a third scan that is blank asks nothing."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.settle(seal=False)
    bench.drop("HS-01", "0001.png", BLANK)
    questions = asked(bench, "HS-01")
    with bench.catalogue.write() as writing:
        keys = [key_of(question) for question in questions]
        answer(writing, bench.unit("HS-01").id or 0, keys, Answer.KEEP, "person:tester")
    assert asked(bench, "HS-01") == []
    bench.drop("HS-01", "0001.png", OTHER_BLANK)
    assert asked(bench, "HS-01") == []
    assert bench.unit("HS-01").state == "derived"


def test_a_broken_scan_between_hides_nothing(bench: Bench) -> None:
    """The last scan that could be seen counts, whatever was parked after it."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.inspect_stage().run_once("test:1")
    bench.drop("HS-01", "0001.png", page_bytes(5))  # replaced before anybody saw it
    bench.drop("HS-01", "0001.png", BLANK)
    assert [one.code for one in asked(bench, "HS-01")] == ["PAGES-RESCAN-BLANK"]


def test_blank_pages_that_replace_none_are_no_question(bench: Bench) -> None:
    """An empty back is a page as any other, and so is one that was blank before."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.drop("HS-01", "0002.png", BLANK)
    bench.drop("HS-01", "0002.png", OTHER_BLANK)
    assert asked(bench, "HS-01") == []


def test_it_is_asked_when_the_register_was_wrong_too(bench: Bench) -> None:
    """A count that is put right later lets no blank page slip through."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    assert asked(bench, "HS-01") == []
    bench.drop("HS-01", "0001.png", BLANK)
    assert asked(bench, "HS-01") == []
    bench.correct_register(workbook_of({"HS-01": 1}))
    assert [one.code for one in asked(bench, "HS-01")] == ["PAGES-RESCAN-BLANK"]
