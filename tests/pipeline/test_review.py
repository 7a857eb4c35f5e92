"""Questions hold a complete hồ sơ until a person answers; an answer holds for those bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlmodel import col, select, update

from appliance.catalogue import answers
from appliance.catalogue.tables import PageRow
from appliance.domain.errors import RuleError
from appliance.domain.rules import sentence
from appliance.domain.states import MasterState
from appliance.pipeline.review import (
    Answer,
    answer,
    key_of,
    open_questions,
    units_with_questions,
)
from tests.pipeline.making import workbook_of
from tests.reports.making import png_bytes
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from appliance.domain.findings import Finding
    from tests.pipeline.making import Bench

WHO = "person:Nguyễn Văn An"
HASH = "5a" * 32


def twins(bench: Bench, *, expected: int = 3) -> None:
    """Three pages, the second with the very bytes of the first."""
    bench.register({"HS-01": expected})
    for number, seed in ((1, 1), (2, 1), (3, 9)):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(seed))
    bench.settle(seal=False)


def gap(bench: Bench) -> None:
    """Two pages as registered, but the scanner's numbers are 1 and 3."""
    bench.register({"HS-01": 2})
    for number in (1, 3):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
    bench.settle(seal=False)


def questions(bench: Bench) -> list[Finding]:
    """What is asked about the hồ sơ."""
    return open_questions(bench.unit("HS-01"))


def say(bench: Bench, said: Answer) -> None:
    """Answer everything that is asked."""
    keys = [key_of(question) for question in questions(bench)]
    with bench.catalogue.write() as writing:
        answer(writing, bench.unit("HS-01").id or 0, keys, said, WHO)
    bench.settle(seal=False)


def test_equal_bytes_are_a_question(bench: Bench) -> None:
    """The hồ sơ has its number of pages, and still waits."""
    twins(bench)
    (question,) = questions(bench)
    assert bench.unit("HS-01").state == "complete"
    assert question.code == "PAGES-SAME-BYTES"
    assert (question.values["page"], question.values["other"]) == (2, 1)
    with bench.catalogue.read() as session:
        assert [unit.file_code for unit in units_with_questions(session)] == ["HS-01"]


def test_pages_that_look_alike_are_a_question(bench: Bench) -> None:
    """Other bytes, one picture: a page that was fed twice."""
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.inspect_stage().run_once("test:1")
    with bench.catalogue.write() as writing:
        same = update(PageRow).where(col(PageRow.id) > 0).values(page_hash=HASH)
        writing.session.execute(same)
    bench.settle(seal=False)
    assert [question.code for question in questions(bench)] == ["PAGES-ALIKE"]


def test_keeping_both_lets_the_file_unit_go_on(bench: Bench) -> None:
    """Who said it, and to which question, stands in the events and beside the page."""
    twins(bench)
    key = key_of(questions(bench)[0])
    say(bench, Answer.KEEP)
    assert bench.unit("HS-01").state == "derived"
    said, settled = bench.events("review")[-2:]
    assert (said["answer"], said["page"]) == ("keep", 2)
    assert settled["answered"] == {"PAGES-SAME-BYTES 2": "keep"}
    with bench.catalogue.read() as session:
        (row,) = answers.of_file_unit(session, bench.unit("HS-01").id or 0).values()
    assert (row.answer, row.agent) == ("keep", WHO)
    assert (row.master_id, row.frame, row.code.split()[0]) == key


def test_leaving_the_later_page_out_keeps_its_bytes(bench: Bench) -> None:
    """It is replaced by the page that stays; the hồ sơ is one page shorter, and says so."""
    twins(bench)
    say(bench, Answer.DROP)
    first, later, _third = bench.masters()
    assert (later.state, later.other_id) == (MasterState.REPLACED, first.id)
    assert bench.store.master_path(later.sha256).exists()
    unit = bench.unit("HS-01")
    assert (unit.state, unit.pages_found) == ("scanning", 2)
    assert [finding.code for finding in bench.unit_findings("HS-01")] == ["PAGES-TOO-FEW"]


def test_what_was_left_out_is_not_asked_for_again(bench: Bench) -> None:
    """With the register put right, the number that is left behind is no gap."""
    twins(bench)
    say(bench, Answer.DROP)
    bench.correct_register(workbook_of({"HS-01": 2}))
    bench.settle(seal=False)
    assert (bench.unit("HS-01").state, questions(bench)) == ("derived", [])


def test_a_gap_is_a_question(bench: Bench) -> None:
    """kitodo#563: numbering by itself hides what is missing; here a person looks."""
    gap(bench)
    (question,) = questions(bench)
    assert (question.code, question.values["missing"]) == ("PAGES-NUMBER-GAP", "2")
    say(bench, Answer.KEEP)
    assert bench.unit("HS-01").state == "derived"


def test_a_gap_cannot_be_left_out(bench: Bench) -> None:
    """There is no twin that could stay in its place; nothing is changed by asking for it."""
    gap(bench)
    before = (bench.unit("HS-01"), bench.masters(), bench.events("review"))
    with pytest.raises(RuleError) as refused:
        say(bench, Answer.DROP)
    assert [finding.code for finding in refused.value.findings] == ["REVIEW-CANNOT-DROP"]
    assert (bench.unit("HS-01"), bench.masters(), bench.events("review")) == before


def test_a_rescan_is_asked_about_anew(bench: Bench) -> None:
    """An answer was given to bytes; other bytes for the number are another question."""
    twins(bench)
    say(bench, Answer.KEEP)
    bench.drop("HS-01", "0002.png", page_bytes(9))
    bench.settle(seal=False)
    assert [(one.code, one.values["page"]) for one in questions(bench)] == [("PAGES-SAME-BYTES", 3)]


def test_the_same_page_beside_another_is_asked_about_anew(bench: Bench) -> None:
    """Pages 2 and 3 were kept; then the paper of page 3 is scanned as page 1 by mistake."""
    bench.register({"HS-01": 3})
    for number, seed in ((1, 1), (2, 2), (3, 2)):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(seed))
    bench.settle(seal=False)
    say(bench, Answer.KEEP)
    bench.drop("HS-01", "0002.png", page_bytes(3))
    bench.drop("HS-01", "0001.png", page_bytes(2))
    bench.settle(seal=False)
    (question,) = questions(bench)
    assert (question.values["page"], question.values["other"]) == (3, 1)
    assert bench.unit("HS-01").state == "complete"


def test_an_answer_survives_what_changes_elsewhere(bench: Bench) -> None:
    """A page that is no part of the question comes anew: nobody is asked twice."""
    twins(bench)
    say(bench, Answer.KEEP)
    bench.drop("HS-01", "0003.png", page_bytes(17))
    bench.settle(seal=False)
    assert (bench.unit("HS-01").state, questions(bench)) == ("derived", [])


class TestTooMany:
    """A page that was fed twice makes one page too many: the likely twin is named at once."""

    def test_the_likely_twin_is_asked_about(self, bench: Bench) -> None:
        """Beside the count stands the question, with the page that it looks like."""
        twins(bench, expected=2)
        many, question = bench.unit_findings("HS-01")
        assert (bench.unit("HS-01").state, many.code) == ("scanning", "PAGES-TOO-MANY")
        assert question.code == "PAGES-SAME-BYTES"
        assert (question.values["page"], question.values["other"]) == (2, 1)
        assert questions(bench) == [question]
        with bench.catalogue.read() as session:
            assert [unit.file_code for unit in units_with_questions(session)] == ["HS-01"]

    def test_leaving_it_out_completes_the_file_unit(self, bench: Bench) -> None:
        """One answer and nothing else: the count is right, and the number it left is no gap."""
        twins(bench, expected=2)
        say(bench, Answer.DROP)
        assert (bench.unit("HS-01").state, bench.unit_findings("HS-01")) == ("derived", ())
        assert [row.state for row in bench.masters()] == ["inspected", "replaced", "inspected"]

    def test_keeping_both_leaves_the_count_to_be_settled(self, bench: Bench) -> None:
        """Two sheets that are alike: the register is wrong then, and nobody is asked twice."""
        twins(bench, expected=2)
        say(bench, Answer.KEEP)
        assert [one.code for one in bench.unit_findings("HS-01")] == ["PAGES-TOO-MANY"]
        bench.correct_register(workbook_of({"HS-01": 3}))
        bench.settle(seal=False)
        assert (bench.unit("HS-01").state, questions(bench)) == ("derived", [])

    def test_nothing_is_asked_while_pages_are_to_be_counted(self, bench: Bench) -> None:
        """A stale screen answers for pages that changed since: it is told so, nothing changes."""
        twins(bench, expected=2)
        stale = [key_of(question) for question in questions(bench)]
        bench.drop("HS-01", "0002.png", page_bytes(5))
        assert questions(bench) == []
        with pytest.raises(RuleError) as refused, bench.catalogue.write() as writing:
            answer(writing, bench.unit("HS-01").id or 0, stale, Answer.DROP, WHO)
        assert [finding.code for finding in refused.value.findings] == ["REVIEW-NO-QUESTION"]

    def test_pages_that_are_unlike_are_not_asked_about(self, bench: Bench) -> None:
        """A page of another hồ sơ is one too many, and looks like no other."""
        bench.register({"HS-01": 2})
        for number in (1, 2, 3):
            bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
        bench.settle(seal=False)
        assert [one.code for one in bench.unit_findings("HS-01")] == ["PAGES-TOO-MANY"]


def test_a_picture_of_one_pixel_is_asked_about(bench: Bench) -> None:
    """It is a sound PNG, and would be sealed as a page; a person looks at the paper first."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.drop("HS-01", "0002.png", png_bytes(Image.new("L", (1, 1), 0)))
    bench.settle(seal=False)
    (question,) = questions(bench)
    assert (question.code, question.values["page"]) == ("PAGES-TOO-SMALL", 2)
    assert "1 điểm ảnh" in sentence(question)


class TestForms:
    """A hồ sơ of copies of one printed form: one question, not one for each page."""

    COUNT = 12

    def make(self, bench: Bench) -> None:
        """Twelve forms; the sixth is nearer to the others than they are to each other."""
        bench.register({"HS-01": self.COUNT})
        bench.drop_pages("HS-01", self.COUNT)
        bench.inspect_stage().run_once("test:1")
        with bench.catalogue.write() as writing:
            for row in writing.session.exec(select(PageRow)):
                ones = 24 if row.master_id != 6 else 4
                shown = int(HASH, 16) ^ (((1 << ones) - 1) << (row.master_id % 6 * 24))
                row.page_hash = f"{shown:064x}"
                writing.session.add(row)
        bench.settle(seal=False)

    def test_one_question_names_the_nearest_pair(self, bench: Bench) -> None:
        """It says which pages it is about, in both languages."""
        self.make(bench)
        (question,) = questions(bench)
        assert question.code == "PAGES-ALIKE-RUN"
        assert (question.values["first"], question.values["last"]) == (1, self.COUNT)
        assert 6 in (question.values["page"], question.values["other"])
        assert "1–12" in sentence(question)

    def test_one_answer_settles_them_all(self, bench: Bench) -> None:
        """Kept once, the hồ sơ goes on."""
        self.make(bench)
        say(bench, Answer.KEEP)
        assert bench.unit("HS-01").state == "derived"

    def test_any_page_that_changes_asks_anew(self, bench: Bench) -> None:
        """The answer was given to these twelve pictures."""
        self.make(bench)
        say(bench, Answer.KEEP)
        bench.drop("HS-01", "0012.png", page_bytes(99))
        bench.settle(seal=False)
        (question,) = questions(bench)
        assert (question.code, question.values["last"]) == ("PAGES-ALIKE-RUN", 11)


def test_an_answer_comes_once(bench: Bench) -> None:
    """A second tab with the old question is told that it is gone, and changes nothing."""
    twins(bench)
    stale = [key_of(questions(bench)[0])]
    say(bench, Answer.KEEP)
    with pytest.raises(RuleError) as refused, bench.catalogue.write() as writing:
        answer(writing, bench.unit("HS-01").id or 0, stale, Answer.DROP, WHO)
    assert [finding.code for finding in refused.value.findings] == ["REVIEW-NO-QUESTION"]
    assert bench.unit("HS-01").state == "derived"
