"""One file in two hồ sơ: a copied folder is asked about, and never sealed twice unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from appliance.domain.rules import sentence
from appliance.pipeline.review import Answer, answer, key_of, open_questions
from appliance.pipeline.taking_out import take_out
from tests.reports.making import png_bytes
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from appliance.domain.findings import Finding
    from tests.pipeline.making import Bench

WHO = "person:tester"


def asked(bench: Bench, file_code: str) -> list[Finding]:
    """What a person is asked after every stage has done what it can."""
    bench.settle(seal=False)
    return open_questions(bench.unit(file_code))


def say(bench: Bench, file_code: str, said: Answer) -> None:
    """Answer everything that is asked about a hồ sơ."""
    keys = [key_of(question) for question in asked(bench, file_code)]
    with bench.catalogue.write() as writing:
        answer(writing, bench.unit(file_code).id or 0, keys, said, WHO)


def copied(bench: Bench, count: int = 3) -> None:
    """The folder of one hồ sơ, dropped under the code of another, too."""
    bench.register({"HS-01": count, "HS-02": count})
    bench.drop_pages("HS-01", count)
    bench.drop_pages("HS-02", count)


def test_a_copied_folder_is_one_question(bench: Bench) -> None:
    """The later hồ sơ waits and names the other; the first one goes on."""
    copied(bench)
    (question,) = asked(bench, "HS-02")
    assert (question.code, question.values["count"]) == ("PAGES-OF-ANOTHER-UNIT", 3)
    assert (question.values["page"], question.values["other"]) == (1, 1)
    assert "hồ sơ HS-01" in sentence(question)
    assert bench.unit("HS-01").state == "derived"
    assert bench.unit("HS-02").state == "complete"


def test_paper_that_belongs_to_both_is_kept_by_one_answer(bench: Bench) -> None:
    """Whoever says so is asked once for all of its pages."""
    copied(bench)
    say(bench, "HS-02", Answer.KEEP)
    assert asked(bench, "HS-02") == []
    assert bench.unit("HS-02").state == "derived"


def test_a_page_left_out_makes_room_for_the_next_question(bench: Bench) -> None:
    """Its bytes stay, the count falls short, and the right page is waited for."""
    copied(bench)
    say(bench, "HS-02", Answer.DROP)
    assert asked(bench, "HS-02") == []
    assert [one.code for one in bench.unit_findings("HS-02")] == ["PAGES-TOO-FEW"]
    bench.drop("HS-02", "0001.png", page_bytes(50))
    (question,) = asked(bench, "HS-02")
    assert (question.values["page"], question.values["count"]) == (2, 2)


def test_rescanned_from_its_own_paper_nothing_is_asked(bench: Bench) -> None:
    """Right pages under the same numbers answer the question by themselves."""
    copied(bench, 1)
    assert len(asked(bench, "HS-02")) == 1
    bench.drop("HS-02", "0001.png", page_bytes(50))
    assert asked(bench, "HS-02") == []
    assert bench.unit("HS-02").state == "derived"


def test_what_was_taken_out_there_may_come_here(bench: Bench) -> None:
    """A page in the wrong hồ sơ is taken out and dropped in the right one: no question."""
    bench.register({"HS-01": 1, "HS-02": 1})
    wrong = bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.settle(seal=False)
    take_out(bench.catalogue, wrong.id or 0, WHO)
    bench.drop("HS-02", "0001.png", page_bytes(1))
    assert asked(bench, "HS-02") == []
    assert bench.unit("HS-02").state == "derived"


def test_blank_pages_of_two_file_units_are_alike_by_nature(bench: Bench) -> None:
    """Two empty sides of G4 have the very same bytes, in one hồ sơ or in two."""
    bench.register({"HS-01": 1, "HS-02": 1})
    for code in ("HS-01", "HS-02"):
        bench.drop(code, "0001.png", png_bytes(Image.new("L", (827, 1169), 250)))
    assert asked(bench, "HS-02") == []
    assert bench.unit("HS-02").state == "derived"


def test_a_sealed_copy_is_known_too(bench: Bench) -> None:
    """What lies in a package already is the first of the two."""
    bench.register({"HS-01": 1, "HS-02": 1})
    bench.drop_pages("HS-01", 1)
    bench.settle()
    assert bench.unit("HS-01").state == "sealed"
    bench.drop_pages("HS-02", 1)
    assert [one.code for one in asked(bench, "HS-02")] == ["PAGES-OF-ANOTHER-UNIT"]
