"""How one version of a hồ sơ differs from the next, and what that is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.domain.canonical import canonical_json
from appliance.domain.corrections import (
    Content,
    changes_between,
    content_of,
    pages_digest,
)
from appliance.domain.records import Document, FileUnit

BEFORE = Content(
    fields={"title": "Tập công văn", "numberOfPage": "2"},
    documents={"1": "a"},
    masters={"1": "aa", "2": "bb"},
    signed={},
)


def test_equal_content_is_no_change() -> None:
    """What is written to the catalogue and read back is the same content."""
    stored = Content.from_json(BEFORE.to_json())  # type: ignore[arg-type]  # as it was written
    assert not changes_between(BEFORE, stored).is_any
    assert canonical_json(stored.to_json()) == canonical_json(BEFORE.to_json())


@pytest.mark.parametrize(
    ("now", "part", "expected"),
    [
        (replace(BEFORE, masters={"1": "aa", "2": "cc"}), "replaced", (2,)),
        (replace(BEFORE, masters={**BEFORE.masters, "10": "c", "9": "d"}), "added", (9, 10)),
        (replace(BEFORE, masters={"2": "bb"}), "removed", (1,)),
        (replace(BEFORE, fields={"title": "Khác", "numberOfPage": "2"}), "fields", ("title",)),
        (replace(BEFORE, fields={"title": "Tập công văn"}), "fields", ("numberOfPage",)),
        (replace(BEFORE, documents={"1": "b"}), "documents", (1,)),
        (replace(BEFORE, documents={}), "documents", (1,)),
        (replace(BEFORE, documents={"1": "a", "2": "b"}), "new_documents", (2,)),
        (replace(BEFORE, signed={"HS-01.pdf": "ff"}), "signed", ("HS-01.pdf",)),
    ],
)
def test_each_change_is_found(now: Content, part: str, expected: tuple[object, ...]) -> None:
    """It stands in its own place, and nothing else is told to have changed."""
    changes = changes_between(BEFORE, now)
    assert changes.is_any
    assert getattr(changes, part) == expected
    names = type(changes).__dataclass_fields__.keys() - {part}
    assert [name for name in names if getattr(changes, name)] == []


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(BEFORE, fields={**BEFORE.fields, "title": "Khác"}), False),
        (replace(BEFORE, signed={"HS-01.pdf": "ff"}), False),
        (replace(BEFORE, fields={**BEFORE.fields, "pdfPer": "document"}), True),
        (replace(BEFORE, documents={"1": "b"}), True),
        (replace(BEFORE, documents={"1": "a", "2": "b"}), True),
        (replace(BEFORE, masters={"2": "bb"}), True),
    ],
)
def test_what_may_move_pages_between_pdfs_is_known(now: Content, *, expected: bool) -> None:
    """Words do not; masters, documents and what one PDF holds do."""
    assert changes_between(BEFORE, now).may_move_pages is expected


MORE = {**BEFORE.masters, "3": "cc"}


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (replace(BEFORE, masters=MORE), "SUPPLEMENT"),
        (replace(BEFORE, masters=MORE, documents={"1": "a", "2": "b"}), "SUPPLEMENT"),
        (
            replace(BEFORE, masters=MORE, fields={**BEFORE.fields, "numberOfPage": "3"}),
            "SUPPLEMENT",
        ),
        (replace(BEFORE, masters=MORE, fields={**BEFORE.fields, "title": "Khác"}), "REPLACEMENT"),
        (replace(BEFORE, masters={**MORE, "1": "dd"}), "REPLACEMENT"),
        (replace(BEFORE, masters=MORE, documents={"1": "b"}), "REPLACEMENT"),
        (replace(BEFORE, masters=MORE, signed={"x.pdf": "ff"}), "REPLACEMENT"),
        (replace(BEFORE, documents={"1": "a", "2": "b"}), "REPLACEMENT"),
    ],
)
def test_only_more_pages_are_a_supplement(now: Content, status: str) -> None:
    """New pages may bring their documents and counts along, and nothing else."""
    assert changes_between(BEFORE, now).record_status == status


def test_every_part_of_a_record_counts() -> None:
    """Fields, inventory, ranges and digests all make another content."""
    unit = FileUnit("HS-01", "TH", "2", {"title": "Tập công văn"})
    document = Document(1, 1, 2, {"subject": "Về thủy lợi"})
    first = content_of(unit, [document], {1: "aa"}, {})
    others = [
        content_of(replace(unit, inventory_number="3"), [document], {1: "aa"}, {}),
        content_of(unit, [replace(document, last_page=3)], {1: "aa"}, {}),
        content_of(unit, [replace(document, fields={"subject": "Khác"})], {1: "aa"}, {}),
        content_of(unit, [document], {1: "bb"}, {}),
    ]
    assert all(changes_between(first, other).is_any for other in others)


def test_a_signature_is_about_its_pages_in_their_order() -> None:
    """Another page, frame or order is something else than what was signed."""
    pages = [("aa", 1), ("bb", 1), ("bb", 2)]
    assert pages_digest(pages) == pages_digest(iter(pages))
    others: tuple[list[tuple[str, int]], ...] = (
        pages[:2],
        pages[::-1],
        [("aa", 1), ("bb", 1), ("bb", 3)],
        [],
    )
    assert len({pages_digest(one) for one in (pages, *others)}) == 5
