"""Completeness and review: pages found against pages expected, and what settles a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.masters import pages_of
from appliance.domain.rules import is_blocking, sentence
from appliance.pipeline.assemble import page_count_finding
from appliance.pipeline.register import import_workbook
from appliance.pipeline.review import REVIEW_RULE
from tests.pipeline.making import workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.pipeline.making import Bench


@pytest.mark.parametrize(
    ("found", "code"), [(2, "PAGES-TOO-FEW"), (3, None), (4, "PAGES-TOO-MANY")]
)
def test_a_page_count_is_met_exactly_or_said(found: int, code: str | None) -> None:
    """One page more is as wrong as one page less."""
    finding = page_count_finding("HS-01", found, 3)
    assert (finding.code if finding else None) == code


def test_too_few_pages_wait_visibly(bench: Bench) -> None:
    """The hồ sơ stays where it is and says how many of how many it has."""
    bench.register({"HS-01": 3})
    bench.drop_pages("HS-01", 2)
    bench.settle()
    unit = bench.unit("HS-01")
    (finding,) = bench.unit_findings("HS-01")
    assert (unit.state, unit.pages_found, finding.code) == ("scanning", 2, "PAGES-TOO-FEW")
    assert "2 trên 3" in sentence(finding)
    bench.drop("HS-01", "0003.png", page_bytes(3))
    bench.settle(seal=False)
    assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("derived", ())


def test_too_many_pages_need_a_person(bench: Bench) -> None:
    """A page too many blocks, and a corrected register frees the hồ sơ by itself."""
    bench.register({"HS-01": 1})
    bench.drop_pages("HS-01", 2)
    bench.settle()
    (finding,) = bench.unit_findings("HS-01")
    assert (bench.unit("HS-01").state, finding.code) == ("scanning", "PAGES-TOO-MANY")
    assert is_blocking(finding)
    workbook = workbook_of({"HS-01": 2})
    corrected = type(workbook)(fonds=workbook.fonds, file_units=workbook.file_units)
    import_workbook(bench.catalogue, corrected)
    bench.settle(seal=False)
    assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("derived", ())


def test_one_unit_that_waits_holds_up_no_other(bench: Bench) -> None:
    """Of three hồ sơ, the complete one goes on."""
    bench.register({"few": 2, "good": 1, "many": 1})
    bench.drop_pages("few", 1, first_seed=1)
    bench.drop_pages("good", 1, first_seed=11)
    bench.drop_pages("many", 2, first_seed=21)
    bench.settle(seal=False)
    states = {code: bench.unit(code).state for code in ("few", "good", "many")}
    assert states == {"few": "scanning", "good": "derived", "many": "scanning"}


def test_pages_that_are_not_inspected_yet_are_waited_for(bench: Bench) -> None:
    """As long as a dropped page is not judged the hồ sơ is not complete."""
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.inspect_stage().run_once("test:1")
    bench.drop("HS-01", "0002.png", page_bytes(5))
    bench.assemble_stage().run_once("test:1")
    assert bench.unit("HS-01").state == "scanning"
    bench.settle(seal=False)
    assert bench.unit("HS-01").state == "derived"


def test_numbers_order_the_pages_and_frames_follow(bench: Bench) -> None:
    """A page's number is its position: by the file's number, then by frame."""
    bench.register({"HS-01": 3})
    for number in (7, 2, 30):
        bench.drop("HS-01", f"{number}.png", page_bytes(number))
    bench.settle(seal=False)
    with bench.catalogue.read() as session:
        rows = pages_of(session, bench.unit("HS-01").id or 0)
        numbers = [(page.number, master.file_number) for page, master in rows]
    assert numbers == [(1, 2), (2, 7), (3, 30)]


def test_the_review_names_its_rule_and_everything_it_settled(bench: Bench) -> None:
    """No warning is hidden: the event lists each with its page, and the rule that took it."""
    bench.register({"HS-01": 3})
    bench.drop("HS-01", "0001.png", page_bytes(1, dpi=150))
    bench.drop("HS-01", "0002.png", page_bytes(2))
    bench.drop("HS-01", "0003.png", page_bytes(3, dpi=120))
    bench.settle(seal=False)
    (event,) = bench.events("review")
    assert event["rule"] == REVIEW_RULE
    assert event["pages"] == 3
    assert event["settled"] == [
        "IMAGE-LOW-DPI 0001.png",
        "QUALITY-CLIPPED 0001.png",
        "QUALITY-CLIPPED 0002.png",
        "IMAGE-LOW-DPI 0003.png",
        "QUALITY-CLIPPED 0003.png",
    ]
