"""Documents inside a file unit: which pages each claims, and which pages nobody claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.fields import is_count
from appliance.domain.findings import Finding
from appliance.domain.records import DocumentKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.domain.records import Document


@dataclass(frozen=True, slots=True)
class PageRange:
    """A run of pages.

    Args:
        first: Number of the first page, 1-based.
        last: Number of the last page, inclusive.
    """

    first: int
    last: int

    @property
    def page_count(self) -> int:
        """Pages in it."""
        return self.last - self.first + 1

    @staticmethod
    def of(document: Document) -> PageRange:
        """The pages that a document claims."""
        return PageRange(document.first_page, document.last_page)


def check_ranges(placed: Sequence[tuple[str, Document]], page_count: int) -> Iterator[Finding]:
    """Whether documents keep to the pages there are, and out of each other's.

    Args:
        placed: Each document of one file unit, with what a finding names as its place.
        page_count: Pages of the file unit.
    """
    sound = []
    for where, document in placed:
        if not 1 <= document.first_page <= document.last_page <= page_count:
            yield Finding("DOCUMENT-RANGE", where, {**_range(document), "pages": page_count})
            continue
        sound.append((where, document))
        said = document.fields.get("numberOfPage", "")
        is_text = document.kind is DocumentKind.TEXT
        if is_text and is_count(said) and int(said) != document.page_count:
            facts = {**_range(document), "said": said, "found": document.page_count}
            yield Finding("DOCUMENT-PAGES", where, facts)
    yield from _overlaps(sound)


def _overlaps(placed: list[tuple[str, Document]]) -> Iterator[Finding]:
    """By their first pages, each is held against the one that reaches furthest before it."""
    furthest: tuple[str, Document] | None = None
    for where, document in sorted(placed, key=lambda one: (one[1].first_page, one[1].ordinal)):
        if furthest is not None and document.first_page <= furthest[1].last_page:
            facts = {**_range(document), "other": furthest[0], "ordinal": furthest[1].ordinal}
            yield Finding("DOCUMENT-OVERLAP", where, facts)
        if furthest is None or document.last_page > furthest[1].last_page:
            furthest = (where, document)


def _range(document: Document) -> dict[str, int | str]:
    return {"first": document.first_page, "last": document.last_page}


def unclaimed(documents: Iterable[Document], page_count: int) -> tuple[PageRange, ...]:
    """The runs of pages that no document claims, in order."""
    found, following = [], 1
    for document in sorted(documents, key=lambda one: one.first_page):
        if document.first_page > following:
            found.append(PageRange(following, document.first_page - 1))
        following = max(following, document.last_page + 1)
    if following <= page_count:
        found.append(PageRange(following, page_count))
    return tuple(found)
