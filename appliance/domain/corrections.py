"""What a version of a hồ sơ holds, and how the next one differs: pure values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.domain.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue
    from appliance.domain.records import Document, FileUnit

FIRST_STATUS: Final = "NEW"
SUPPLEMENT: Final = "SUPPLEMENT"
"""RECORDSTATUS of a version with more pages and nothing else."""
REPLACEMENT: Final = "REPLACEMENT"
"""RECORDSTATUS of every other later version."""

_COUNT_FIELDS: Final = frozenset({"numberOfPage", "numberOfPaper", "totalDoc"})
"""Fields that follow from pages that were added."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one version of a hồ sơ holds, as far as a correction can change it.

    Args:
        fields: The 18 fields, the inventory and what one PDF holds.
        documents: Each document's range, kind and fields, by its ordinal as text.
        masters: SHA-256 of each master by its number as text.
        signed: SHA-256 of each signed PDF by its name.
    """

    fields: Mapping[str, str]
    documents: Mapping[str, str]
    masters: Mapping[str, str]
    signed: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue."""
        return {
            "documents": dict(self.documents),
            "fields": dict(self.fields),
            "masters": dict(self.masters),
            "signed": dict(self.signed),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, str]]) -> Content:
        """Read back what ``to_json`` wrote."""
        return cls(value["fields"], value["documents"], value["masters"], value["signed"])


@dataclass(frozen=True, slots=True)
class Changes:
    """How a version differs from the one before it.

    Args:
        added: Numbers of files that are new.
        replaced: Numbers whose file is another.
        removed: Numbers without a file now.
        fields: Names of fields with another text.
        documents: Ordinals of documents that are gone or described otherwise.
        new_documents: Ordinals of documents that are new.
        signed: Names of PDFs with other signatures.
    """

    added: tuple[int, ...]
    replaced: tuple[int, ...]
    removed: tuple[int, ...]
    fields: tuple[str, ...]
    documents: tuple[int, ...]
    new_documents: tuple[int, ...]
    signed: tuple[str, ...]

    @property
    def is_any(self) -> bool:
        """Whether anything differs."""
        masters = (self.added, self.replaced, self.removed)
        return any((*masters, self.fields, self.documents, self.new_documents, self.signed))

    @property
    def may_move_pages(self) -> bool:
        """Whether a PDF of the version before may be none of the new one, or show other pages."""
        masters = (self.added, self.replaced, self.removed)
        is_split_anew = self.documents or self.new_documents or "pdfPer" in self.fields
        return any(masters) or bool(is_split_anew)

    @property
    def record_status(self) -> str:
        """RECORDSTATUS of the new version; new pages may bring new documents and counts along."""
        is_more_alone = (
            bool(self.added)
            and not (self.replaced or self.removed or self.signed or self.documents)
            and _COUNT_FIELDS.issuperset(self.fields)
        )
        return SUPPLEMENT if is_more_alone else REPLACEMENT


def changes_between(before: Content, now: Content) -> Changes:
    """How ``now`` differs from ``before``."""
    old, new = before.masters, now.masters
    return Changes(
        added=_numbers(new.keys() - old.keys()),
        replaced=_numbers(one for one in new.keys() & old.keys() if new[one] != old[one]),
        removed=_numbers(old.keys() - new.keys()),
        fields=tuple(sorted(_differing(before.fields, now.fields))),
        documents=_numbers(_differing(before.documents, now.documents) & before.documents.keys()),
        new_documents=_numbers(now.documents.keys() - before.documents.keys()),
        signed=tuple(sorted(_differing(before.signed, now.signed))),
    )


def content_of(
    unit: FileUnit,
    documents: Iterable[Document],
    masters: Mapping[int, str],
    signed: Mapping[str, str],
) -> Content:
    """What a hồ sơ holds as it is recorded.

    Args:
        unit: With its fields.
        documents: As registered.
        masters: SHA-256 of the live masters by number.
        signed: SHA-256 of the signed PDFs that hold, by name.
    """
    return Content(
        {
            **unit.fields,
            "inventoryNumber": unit.inventory_number,
            "pdfPer": str(unit.pdf_per or ""),
        },
        {str(one.ordinal): _document(one) for one in documents},
        {str(number): sha256 for number, sha256 in masters.items()},
        dict(signed),
    )


def pages_digest(pages: Iterable[tuple[str, int]]) -> str:
    """SHA-256 over the pages that a PDF shows, hexadecimal: what a signature on it is about.

    Args:
        pages: SHA-256 of the master, and the frame in it, of each page in order.
    """
    listed: list[JsonValue] = [[sha256, frame] for sha256, frame in pages]
    return hashlib.sha256(canonical_json(listed)).hexdigest()


def _document(document: Document) -> str:
    facts: dict[str, JsonValue] = {
        "fields": dict(document.fields),
        "kind": str(document.kind),
        "pages": [document.first_page, document.last_page],
    }
    return canonical_json(facts).decode("utf-8")


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    names = before.keys() | now.keys()
    return {name for name in names if before.get(name) != now.get(name)}


def _numbers(texts: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted(int(text) for text in texts))
