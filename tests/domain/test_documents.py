"""Page ranges of documents: overlaps, gaps, and the fields of every kind of package."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.documents import PageRange, check_ranges, unclaimed
from appliance.domain.field_sets import (
    AIP_FIELDS,
    PICTURE_FIELDS,
    SIP_DOCUMENT_FIELDS,
    SIP_FIELDS,
    SIP_FILE_UNIT_FIELDS,
    SIP_PICTURE_FIELDS,
    FieldSets,
)
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, check_fields
from appliance.domain.records import Document, DocumentKind

PAGES = 12
RANGES = st.lists(
    st.tuples(st.integers(1, PAGES), st.integers(1, PAGES)).map(lambda pair: tuple(sorted(pair))),
    max_size=8,
)


def documents_of(ranges: list[tuple[int, ...]]) -> list[tuple[str, Document]]:
    """Documents with these ranges, each with its place."""
    return [
        (f"row {number}", Document(number, first, last))
        for number, (first, last) in enumerate(ranges, start=1)
    ]


@given(RANGES)
def test_an_overlap_is_told_exactly_when_a_page_is_claimed_twice(
    ranges: list[tuple[int, ...]],
) -> None:
    """Against a count of claims page by page, whatever the order of the rows."""
    claims = [page for first, last in ranges for page in range(first, last + 1)]
    found = list(check_ranges(documents_of(ranges), PAGES))
    assert {finding.code for finding in found} <= {"DOCUMENT-OVERLAP"}
    assert bool(found) == (len(claims) != len(set(claims)))


@given(RANGES)
def test_gaps_and_claims_make_up_all_pages(ranges: list[tuple[int, ...]]) -> None:
    """What is unclaimed is exactly what no range holds, in runs that do not touch."""
    gaps = unclaimed([one for _, one in documents_of(ranges)], PAGES)
    loose = [page for gap in gaps for page in range(gap.first, gap.last + 1)]
    claimed = {page for first, last in ranges for page in range(first, last + 1)}
    assert sorted(claimed | set(loose)) == list(range(1, PAGES + 1))
    assert claimed.isdisjoint(loose)
    assert all(before.last + 1 < after.first for before, after in pairwise(gaps))
    assert sum(gap.page_count for gap in gaps) == len(loose)


@pytest.mark.parametrize(("first", "last"), [(0, 3), (3, 2), (1, 13), (13, 13), (-1, -1)])
def test_a_range_keeps_to_the_pages_there_are(first: int, last: int) -> None:
    """Outside of the hồ sơ, or backwards, is one finding with both numbers."""
    (finding,) = check_ranges([("row 1", Document(1, first, last))], PAGES)
    assert finding.code == "DOCUMENT-RANGE"
    assert dict(finding.values) == {"first": first, "last": last, "pages": PAGES}


def test_a_page_count_that_differs_is_told_of_texts_alone() -> None:
    """A text says how many pages it has; a picture has no such field."""
    text = Document(1, 1, 3, {"numberOfPage": "4"})
    picture = Document(2, 4, 5, {"numberOfPage": "9"}, DocumentKind.PICTURE)
    (finding,) = check_ranges([("a", text), ("b", picture)], PAGES)
    assert (finding.code, finding.where) == ("DOCUMENT-PAGES", "a")


def test_a_range_counts_its_pages() -> None:
    """Both ends count."""
    assert PageRange(3, 3).page_count == 1
    assert PageRange.of(Document(1, 2, 5)) == PageRange(2, 5)


@pytest.mark.parametrize(
    ("fields", "count", "first"),
    [
        (FILE_UNIT_FIELDS, 18, "arcFileCode"),
        (DOCUMENT_FIELDS, 19, "arcFileCode"),
        (PICTURE_FIELDS, 20, "arcFileCode"),
        (SIP_FILE_UNIT_FIELDS, 18, "fileCode"),
        (SIP_DOCUMENT_FIELDS, 21, "docId"),
        (SIP_PICTURE_FIELDS, 18, "docCode"),
    ],
)
def test_each_set_has_the_fields_that_the_circular_counts(
    fields: tuple[object, ...], count: int, first: str
) -> None:
    """As many fields as the readings count, none of them twice, in their order."""
    names = [getattr(field, "name", "") for field in fields]
    assert (len(names), len(set(names)), names[0]) == (count, count, first)


@pytest.mark.parametrize("sets", [AIP_FIELDS, SIP_FIELDS])
def test_what_is_missing_is_told_by_its_label(sets: FieldSets) -> None:
    """An empty description lacks every required field of its set, and nothing else."""
    for fields in (sets.file_unit, *sets.documents.values()):
        found = {str(finding.values["field"]) for finding in check_fields(fields, {}, "x")}
        assert found == {field.name for field in fields if field.required}
        assert len(found) > 3


def test_a_picture_that_is_covered_says_how_far() -> None:
    """The rule that joins two fields holds for pictures of a SIP as it does for the hồ sơ."""
    texts = {"riskRecovery": "1"}
    missing = {one.values["field"] for one in check_fields(SIP_PICTURE_FIELDS, texts, "x")}
    assert "riskRecoveryStatus" in missing
