"""Splitting a batch: whose each page is, or the one file that keeps anybody from knowing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.batches import (
    BatchFile,
    Holder,
    Segment,
    assign,
    batch_finding,
    corrects,
    in_order,
    split,
)
from appliance.domain.rules import RULES, sentence, todo
from appliance.domain.sheets import Sheet, SheetKind

A, B = "AA1:H:HS-A", "AA1:H:HS-B"
LOST = "?"


def pages(*marks: str | tuple[str | None, ...] | None) -> list[BatchFile]:
    """Files 1, 2, 3, ... with what their frames say."""
    return [
        BatchFile(i, f"{i}.tif", f"bytes {i}", mark if isinstance(mark, tuple) else (mark,))
        for i, mark in enumerate(marks, start=1)
    ]


def told(files: list[BatchFile]) -> list[tuple[str, list[int]]]:
    """Each sheet's code with the masters behind it."""
    return [
        (segment.sheet.code, [page.master_id for page in segment.pages])
        for segment in split(files, "scan02").segments
    ]


def test_pages_belong_to_the_sheet_before_them() -> None:
    """The sheets are no pages; every page follows the last sheet."""
    files = pages(A, None, None, B, None)
    assert told(files) == [("HS-A", [2, 3]), ("HS-B", [5])]
    assert split(files, "scan02").sheet_ids == (1, 4)
    assert split(files, "scan02").findings == ()


def test_the_order_is_that_of_names_as_people_count() -> None:
    """Files that arrive in any order are taken 1, 2, ..., 10."""
    files = pages(*[A, *[None] * 8, B, None])
    assert told(files[::-1]) == told(files) == [("HS-A", list(range(2, 10))), ("HS-B", [11])]


def test_equal_names_follow_their_arrival() -> None:
    """With the same name the one that came first is first."""
    twins = [BatchFile(9, "1.tif", "x"), BatchFile(4, "1.tif", "y")]
    assert [file.master_id for file in in_order(twins)] == [4, 9]


def test_a_sheet_printed_on_both_sides_is_one_sheet() -> None:
    """Front and back of the same sheet open one segment; a later one of the same code another."""
    assert told(pages(A, A, None, A, None)) == [("HS-A", [3]), ("HS-A", [5])]


def test_a_target_sheet_opens_nothing() -> None:
    """The pages after a target still belong to the hồ sơ before it."""
    files = pages("AA1:T:target-01", A, None, "AA1:T:target-01", None)
    assert told(files) == [("HS-A", [3, 5])]
    assert split(files, "scan02").sheet_ids == (1, 2, 4)


def test_a_multi_page_file_may_begin_with_its_sheet() -> None:
    """Its first frame says whose it is; the file itself is a page and no sheet."""
    files = pages((A, None, None), (B, None))
    assert told(files) == [("HS-A", [1]), ("HS-B", [2])]
    assert split(files, "scan02").sheet_ids == ()


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (pages(None, A, None), [("BATCH-NO-SHEET", "1.tif")]),
        (pages(A, None, LOST, None), [("BATCH-SHEET-UNREADABLE", "3.tif")]),
        (pages(LOST, None), [("BATCH-SHEET-UNREADABLE", "1.tif")]),
        (pages((A, None, B)), [("BATCH-SHEET-INSIDE", "1.tif")]),
        (pages(A, (None, LOST)), [("BATCH-SHEET-INSIDE", "2.tif")]),
        (
            pages(A, LOST, None, LOST),
            [("BATCH-SHEET-UNREADABLE", "2.tif"), ("BATCH-SHEET-UNREADABLE", "4.tif")],
        ),
        (
            [*pages(A), BatchFile(2, "2.tif", "x", (), is_parked=True)],
            [("BATCH-PAGE-PARKED", "2.tif")],
        ),
    ],
)
def test_what_nobody_can_know_is_said(files: list[BatchFile], found: list[tuple[str, str]]) -> None:
    """paperless-ngx#8500, naps2#440: a separator that is missed merges files; here it stops."""
    findings = split(files, "scan02").findings
    assert [(finding.code, finding.where) for finding in findings] == found
    for finding in findings:
        for language in ("vi", "en"):
            assert "–" not in sentence(finding, language) + todo(finding, language)


def test_what_a_person_said_stands_for_the_sheet() -> None:
    """A person who saw the picture names the hồ sơ, of a lost sheet or before a first page."""
    lost, page = BatchFile(1, "1.tif", "x", (LOST,), said=A), BatchFile(2, "2.tif", "y")
    assert told([lost, page]) == [("HS-A", [2])]
    first = BatchFile(1, "1.tif", "x", said=B)
    assert told([first, page]) == [("HS-B", [1, 2])]
    assert split([first, page], "scan02").findings == ()


@given(st.lists(st.sampled_from([A, B, LOST, "AA1:T:t", None, (A, None), (None, B)]), max_size=12))
def test_no_page_is_lost_and_none_counts_twice(
    marks: list[str | tuple[str | None, ...] | None],
) -> None:
    """Every file is a sheet, a page of one segment, or there is a finding."""
    files = pages(*marks)
    result = split(files, "scan02")
    placed = [page.master_id for segment in result.segments for page in segment.pages]
    known = [*placed, *result.sheet_ids]
    assert len(known) == len(set(known))
    assert result.findings or sorted(known) == [file.master_id for file in files]


def segment(*digests: str, number: int | None = None) -> Segment:
    """Pages behind a cover sheet, or a rescan sheet."""
    kind = SheetKind.COVER if number is None else SheetKind.RESCAN
    files = tuple(BatchFile(100 + i, f"{i}.tif", digest) for i, digest in enumerate(digests))
    return Segment(Sheet(kind, "HS-A", number), "0.tif", files)


HELD = [Holder(i, i, digest) for i, digest in enumerate("abcd", start=1)]


def test_new_pages_follow_the_highest_number() -> None:
    """A second stack of the same hồ sơ goes on where the first ended."""
    assert [one.number for one in assign(segment("x", "y"), HELD)] == [5, 6]
    assert [one.number for one in assign(segment("x", "y"), [])] == [1, 2]
    assert [one.number for one in assign(segment("x"), [Holder(1, 40, "a")])] == [41]


@pytest.mark.parametrize("digests", ["abcd", "bc", "d"])
def test_a_batch_dropped_twice_is_recognised(digests: str) -> None:
    """paperless-ngx#1851: the same pages again are seen, and never counted twice."""
    assigned = assign(segment(*digests), HELD)
    assert all(one.repeats is not None and one.number == one.repeats.number for one in assigned)
    assert [one.number for one in assigned] == [" abcd".index(digest) for digest in digests]


@pytest.mark.parametrize("digests", ["ax", "ac", "ba", "abcde"])
def test_pages_that_only_partly_repeat_are_added(digests: str) -> None:
    """Blank pages have equal bytes: only a whole run in order is the same batch again."""
    assigned = assign(segment(*digests), HELD)
    assert [one.number for one in assigned] == [5 + i for i in range(len(digests))]
    assert not any(one.repeats for one in assigned)


def test_a_rescan_sheet_replaces_from_its_number_on() -> None:
    """Each page takes the next number; the same bytes are the page itself; beyond the end: new."""
    assigned = assign(segment("x", "d", "y", number=3), HELD)
    assert [one.number for one in assigned] == [3, 4, 5]
    assert [one.replaces for one in assigned] == [HELD[2], None, None]
    assert [one.repeats for one in assigned] == [None, HELD[3], None]


def test_a_small_batch_corrects_what_is_asked_for() -> None:
    """The same name scanned again alone settles a lost sheet or a broken page."""
    asked = [batch_finding("BATCH-SHEET-UNREADABLE", "2.tif", "scan02")]
    again = pages(None, A)[1:]
    assert corrects(again, asked)
    assert corrects([BatchFile(7, "2.tif", "x")], asked)
    assert not corrects(pages(None, A), asked)
    assert not corrects([], asked)
    assert not corrects([BatchFile(7, "2.tif", "x", (), is_parked=True)], asked)
    assert not corrects(again, [batch_finding("BATCH-SHEET-INSIDE", "2.tif", "scan02")])


def test_a_sheet_alone_goes_before_a_batch_without_one() -> None:
    """Only a readable sheet, only alone, only when nothing else is missing."""
    asked = [batch_finding("BATCH-NO-SHEET", "1.tif", "scan02")]
    assert corrects(pages(A), asked)
    assert not corrects(pages(A, None), asked)
    assert not corrects(pages(LOST), asked)
    assert not corrects(pages(None), asked)
    other = batch_finding("BATCH-SHEET-INSIDE", "9.tif", "scan02")
    assert not corrects(pages(A), [*asked, other])


def test_every_rule_of_a_batch_says_what_to_do() -> None:
    """Both languages, both sentences, for each."""
    rules = [rule for code, rule in RULES.items() if code.startswith("BATCH-")]
    assert len(rules) == 9
    assert all(rule.vi and rule.todo_vi and rule.en and rule.todo_en for rule in rules)
