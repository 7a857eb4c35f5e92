"""What pages say together: gaps, twins, sides and sizes, each as a finding, none dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.findings import Severity
from appliance.domain.page_hash import page_hash_distance
from appliance.domain.page_order import page_findings
from appliance.domain.pages_seen import PageSeen, UnitSeen
from appliance.domain.policy import ALIKE_PERMILLE, ALIKE_REACH_PAGES
from appliance.domain.rules import rule_of, sentence

UNIT = UnitSeen("HS-01", 0)


def page_hash(number: int) -> str:
    """A hash that lies far from that of every other number."""
    return (
        f"{(number * 0x9E3779B97F4A7C15_F39CC0605CEDC834_1082276BF3A27251_F86C6A11D0C18E95):064x}"[
            -64:
        ]
    )


def page(number: int, **changes: object) -> PageSeen:
    """A page like any other, in a file of its own."""
    seen = PageSeen(
        master_id=100 + number,
        frame=1,
        number=number,
        file_number=number,
        sha256=f"{number:064x}",
        page_hash=page_hash(number),
        paper_size="A4",
        is_duplex=False,
    )
    return replace(seen, **changes)  # type: ignore[arg-type]  # fields by their names


def pages(count: int) -> list[PageSeen]:
    """A hồ sơ in which nothing is odd."""
    return [page(number) for number in range(1, count + 1)]


def codes(unit: UnitSeen, seen: list[PageSeen]) -> list[str]:
    """What is found."""
    return [finding.code for finding in page_findings(unit, seen)]


def flipped(text: str, bits: int) -> str:
    """A hash that differs in so many bits."""
    return f"{int(text, 16) ^ ((1 << bits) - 1):064x}"


def test_ordinary_pages_raise_nothing() -> None:
    """Forty pages, all different, in a row."""
    assert codes(UNIT, pages(40)) == []


def test_no_pages_raise_nothing() -> None:
    """An empty hồ sơ has no order to be wrong."""
    assert codes(UNIT, []) == []


class TestGaps:
    """kitodo#6220, #563, #5281: a number comes from the scanner, and gaps are visible."""

    def test_a_gap_names_what_is_missing(self) -> None:
        """Numbers 3 and 4 are missing before file 5."""
        seen = [page(1), page(2), page(3, file_number=5)]
        (finding,) = page_findings(UNIT, seen)
        assert finding.code == "PAGES-NUMBER-GAP"
        assert (finding.values["missing"], finding.values["number"]) == ("3-4", 5)
        assert "3-4" in sentence(finding)

    def test_frames_of_one_file_are_no_gap(self) -> None:
        """Three frames of one file share its number."""
        seen = [page(n, master_id=7, frame=n, file_number=1) for n in (1, 2, 3)]
        assert codes(UNIT, [*seen, page(4, file_number=2)]) == []

    def test_the_first_number_may_be_any(self) -> None:
        """A scanner that goes on counting from yesterday leaves nothing out."""
        assert codes(UNIT, [page(1, file_number=41), page(2, file_number=42)]) == []

    def test_what_a_person_left_out_is_not_missing(self) -> None:
        """An answered twin leaves a number behind that nobody is asked about again."""
        seen = [page(1), page(2, file_number=3)]
        assert codes(replace(UNIT, left_out=frozenset({2})), seen) == []


class TestSheetsInNames:
    """Names by HD 169/2010 carry a sheet and a page, which begins anew with each document."""

    @pytest.mark.parametrize(
        "numbers",
        [(1001, 1002, 4001, 4002), (1001, 1002, 2003, 2004), (1001, 2001)],
    )
    def test_a_later_sheet_is_no_gap(self, numbers: tuple[int, ...]) -> None:
        """The page begins at 1 again, or runs on."""
        seen = [
            page(n, file_number=number, counts_sheets=True)
            for n, number in enumerate(numbers, start=1)
        ]
        assert codes(UNIT, seen) == []

    @pytest.mark.parametrize(
        ("numbers", "missing"),
        [((1001, 1003), "1.2"), ((1001, 1002, 4003, 4005), "4.4"), ((1003, 4002), "4.1")],
    )
    def test_a_page_between_is_still_missed(self, numbers: tuple[int, ...], missing: str) -> None:
        """The gap is named as the names have it: sheet and page."""
        seen = [
            page(n, file_number=number, counts_sheets=True)
            for n, number in enumerate(numbers, start=1)
        ]
        (finding,) = page_findings(UNIT, seen)
        assert finding.values["missing"] == missing


class TestTwins:
    """simon-knuth/scanner#138, paperless-ngx#13548: twins are a state that somebody sees."""

    def test_equal_bytes_are_asked_about_at_any_distance(self) -> None:
        """Page 30 is page 2 again, bit for bit."""
        seen = pages(30)
        seen[29] = page(30, sha256=seen[1].sha256, page_hash=seen[1].page_hash)
        (finding,) = page_findings(UNIT, seen)
        assert (finding.code, finding.values["page"], finding.values["other"]) == (
            "PAGES-SAME-BYTES",
            30,
            2,
        )

    @pytest.mark.parametrize("apart", range(1, ALIKE_REACH_PAGES + 1))
    def test_alike_neighbours_are_asked_about(self, apart: int) -> None:
        """A page that was fed twice follows soon."""
        seen = pages(10)
        bits = ALIKE_PERMILLE * 256 // 1000
        seen[apart] = page(apart + 1, page_hash=flipped(seen[0].page_hash, bits))
        assert codes(UNIT, seen) == ["PAGES-ALIKE"]

    def test_alike_pages_far_apart_are_not(self) -> None:
        """Printed forms come again and again through a hồ sơ."""
        seen = pages(10)
        seen[ALIKE_REACH_PAGES + 1] = page(ALIKE_REACH_PAGES + 2, page_hash=seen[0].page_hash)
        assert codes(UNIT, seen) == []

    def test_pages_just_not_alike_are_not(self) -> None:
        """One bit more than the threshold says nothing."""
        seen = pages(2)
        seen[1] = page(2, page_hash=flipped(seen[0].page_hash, ALIKE_PERMILLE * 256 // 1000 + 1))
        assert codes(UNIT, seen) == []

    def test_blank_pages_are_alike_by_nature(self) -> None:
        """Two empty sides of G4 have the very same bytes, and are two pages."""
        seen = [page(n, sha256="0" * 64, page_hash="") for n in (1, 2)]
        assert codes(UNIT, seen) == []

    def test_the_nearest_likeness_is_named(self) -> None:
        """Of two pages that both look like it, the one that does more."""
        seen = pages(4)
        for index, bits in ((1, 40), (2, 8), (3, 0)):
            seen[index] = page(index + 1, page_hash=flipped(seen[0].page_hash, bits))
        named = [(one.values["page"], one.values["other"]) for one in page_findings(UNIT, seen)]
        assert named == [(2, 1), (3, 1), (4, 1)]

    def test_a_run_of_forms_is_one_question(self) -> None:
        """Fifty forms ask once; the two pages fed twice after them ask for themselves."""
        seen = [page(n, page_hash=flipped(page_hash(1), n % 5 * 3)) for n in range(1, 51)]
        seen += [page(n) for n in range(51, 60)]
        seen += [page(n, page_hash=flipped(page_hash(n - 2), 9)) for n in (60, 61)]
        found = page_findings(UNIT, seen)
        assert [one.code for one in found] == ["PAGES-ALIKE-RUN", "PAGES-ALIKE", "PAGES-ALIKE"]
        assert (found[0].values["first"], found[0].values["last"]) == (1, 50)

    def test_a_run_that_changes_is_another_question(self) -> None:
        """What an answer holds for follows from every page of the run, and from no other."""
        seen = [page(n, page_hash=flipped(page_hash(1), n % 5)) for n in range(1, 13)]
        rescanned = [*seen[:6], replace(seen[6], master_id=500), *seen[7:]]
        longer = [*seen, page(13)]
        about = [page_findings(UNIT, some)[0].values["about"] for some in (seen, rescanned, longer)]
        assert about[0] == about[2]
        assert about[0] != about[1]

    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=40))
    def test_every_page_that_looks_like_another_is_in_a_question(
        self, drawn: list[tuple[int, int]]
    ) -> None:
        """Whatever comes: alone or in a run, no likeness within reach is passed over."""
        seen = [
            page(n, page_hash=flipped(page_hash(form), bits))
            for n, (form, bits) in enumerate(drawn, start=1)
        ]
        asked: set[int] = set()
        for one in page_findings(UNIT, seen):
            own = int(str(one.values["page"]))
            first, last = (int(str(one.values.get(name, own))) for name in ("first", "last"))
            asked.update(range(first, last + 1))
        for index, own_page in enumerate(seen):
            near = seen[max(index - ALIKE_REACH_PAGES, 0) : index]
            apart = [page_hash_distance(own_page.page_hash, other.page_hash) for other in near]
            assert min(apart, default=1000) > ALIKE_PERMILLE or own_page.number in asked

    def test_a_twin_is_only_asked_about(self) -> None:
        """It is a question, and blocks nothing by itself."""
        seen = pages(2)
        seen[1] = page(2, page_hash=seen[0].page_hash)
        (finding,) = page_findings(UNIT, seen)
        assert rule_of(finding).asks
        assert rule_of(finding).severity is Severity.WARNING


class TestSpecks:
    """A picture of one pixel decodes without a fault, and is no page."""

    @pytest.mark.parametrize(("shorter_px", "found"), [(1, 1), (49, 1), (50, 0), (None, 0)])
    def test_what_can_be_no_page_is_asked_about(self, shorter_px: int | None, found: int) -> None:
        """From the least size on, and where none is known, nothing is asked."""
        assert codes(UNIT, [page(1, shorter_px=shorter_px)]) == ["PAGES-TOO-SMALL"] * found


class TestSides:
    """naps2#313, Datacap's page count: sides against sheets."""

    @pytest.mark.parametrize(
        ("sheets", "count", "found"),
        [
            (0, 5, []),
            (5, 5, []),
            (5, 10, []),
            (5, 11, ["PAGES-MORE-THAN-SIDES"]),
            (5, 4, ["PAGES-FEWER-THAN-SHEETS"]),
        ],
    )
    def test_pages_against_sheets(self, sheets: int, count: int, found: list[str]) -> None:
        """One or two sides of each sheet; anything else is said."""
        assert codes(replace(UNIT, sheets=sheets), pages(count)) == found

    def test_a_duplex_scan_has_pairs(self) -> None:
        """An odd number of pages from a duplex scanner lost a side."""
        both = [replace(one, is_duplex=True) for one in pages(5)]
        assert codes(UNIT, both) == ["PAGES-DUPLEX-ODD"]
        assert codes(UNIT, both[:4]) == []
        assert codes(UNIT, [*both[:4], page(5)]) == []

    @pytest.mark.parametrize(
        ("sheets", "count", "found"),
        [
            (5, 10, []),
            (5, 8, ["PAGES-DUPLEX-FEW"]),
            (5, 9, ["PAGES-DUPLEX-FEW"]),
            (5, 5, ["PAGES-DUPLEX-FEW"]),
            (5, 4, ["PAGES-FEWER-THAN-SHEETS"]),
            (5, 3, ["PAGES-FEWER-THAN-SHEETS", "PAGES-DUPLEX-ODD"]),
            (4, 9, ["PAGES-MORE-THAN-SIDES", "PAGES-DUPLEX-ODD"]),
        ],
    )
    def test_a_duplex_scan_has_both_sides_of_each_sheet(
        self, sheets: int, count: int, found: list[str]
    ) -> None:
        """Two sheets drawn in at once leave no gap: the register's number of sheets tells."""
        both = [replace(one, is_duplex=True) for one in pages(count)]
        assert codes(replace(UNIT, sheets=sheets), both) == found

    def test_a_side_left_out_by_a_person_is_not_missing(self) -> None:
        """It went through the scanner; a number that was only scanned again is one side."""
        both = [replace(one, is_duplex=True) for one in pages(10) if one.number != 4]
        unit = replace(UNIT, sheets=5)
        assert codes(replace(unit, left_out=frozenset({4})), both) == []
        assert codes(replace(UNIT, left_out=frozenset({4})), both) == []
        assert "PAGES-DUPLEX-FEW" in codes(replace(unit, left_out=frozenset({3})), both)


class TestSizes:
    """Paper that the register does not know."""

    def test_another_size_is_said_of_its_page(self) -> None:
        """One A3 among A4."""
        seen = pages(3)
        seen[1] = page(2, paper_size="A3")
        (finding,) = page_findings(replace(UNIT, paper_sizes=("A4",)), seen)
        assert (finding.code, finding.values["page"]) == ("PAGE-SIZE-UNEXPECTED", 2)

    def test_a_register_that_says_nothing_expects_anything(self) -> None:
        """And a page of no ISO size is nobody's guess."""
        seen = [page(1, paper_size="A3"), page(2, paper_size="")]
        assert codes(UNIT, seen) == []
        assert codes(replace(UNIT, paper_sizes=("A3",)), seen) == []


@given(st.lists(st.integers(1, 60), min_size=1, unique=True).map(sorted))
def test_gaps_and_numbers_fill_the_run(numbers: list[int]) -> None:
    """Every number between the first and the last is a file's or is named as missing."""
    seen = [page(i, file_number=number) for i, number in enumerate(numbers, start=1)]
    named: set[int] = set()
    for finding in page_findings(UNIT, seen):
        first, _, last = str(finding.values["missing"]).partition("-")
        named |= set(range(int(first), int(last or first) + 1))
    assert named | set(numbers) == set(range(numbers[0], numbers[-1] + 1))
    assert not named & set(numbers)
