"""The values of the list of documents in a hồ sơ, and of the form for one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import register
from appliance.domain.documents import PageRange, unclaimed
from appliance.domain.field_sets import AIP_FIELDS
from appliance.domain.fields import Kind
from appliance.domain.records import Document, DocumentKind
from appliance.domain.states import FileUnitState
from appliance.pipeline.documents import mark_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.fields import Field
    from appliance.domain.findings import Finding

_FOLLOWING: Final = frozenset({"arcFileCode", "docOrdinal", "numberOfPage"})
"""Fields that follow from the hồ sơ, the ordinal and the pages: nobody types them."""
_LONG_CHARACTERS: Final = 500
_INHERITED: Final = ("mode", "language", "format", "confidenceLevel")
"""What a new document most likely has in common with its hồ sơ."""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document in the list.

    Args:
        document: As registered.
        title: What it is about.
        number: Number and sign, or the archive's number of a picture.
        day: When it was issued, or taken.
    """

    document: Document
    title: str
    number: str
    day: str


@dataclass(frozen=True, slots=True)
class DocumentList:
    """The documents of a hồ sơ.

    Args:
        lines: By ordinal.
        unclaimed: Pages that none of them claims; empty while none is listed.
        is_open: Whether people may still change it.
        promised: How many documents the register promises.
    """

    lines: tuple[DocumentLine, ...]
    unclaimed: tuple[PageRange, ...]
    is_open: bool
    promised: int


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form.

    Args:
        field: What it is.
        text: What stands in it.
        is_long: Whether its text takes more than a line.
        choices: The codes to choose from; empty for free text.
    """

    field: Field
    text: str
    is_long: bool
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """The form for one document.

    Args:
        file_unit: Its hồ sơ.
        kind: What the document is.
        ordinal: Position, as a text.
        first_page: As a text; empty if not filled in.
        last_page: As a text; empty if not filled in.
        fields: In the circular's order, without those that follow from others.
        seen: Ordinal and mark of the document as the form shows it; empty texts for a new one.
        findings: Why it was refused; empty before it is sent.
    """

    file_unit: FileUnitRow
    kind: DocumentKind
    ordinal: str
    first_page: str
    last_page: str
    fields: tuple[FormField, ...]
    seen: tuple[str, str] = ("", "")
    findings: tuple[Finding, ...] = ()


def read_documents(session: Session, row: FileUnitRow) -> DocumentList:
    """The documents of a hồ sơ as its page lists them."""
    documents = register.documents_of(session, row.id or 0)
    return DocumentList(
        lines=tuple(map(_line, documents)),
        unclaimed=unclaimed(documents, row.number_of_page) if documents else (),
        is_open=row.state != FileUnitState.SEALED,
        promised=row.total_doc,
    )


def _line(document: Document) -> DocumentLine:
    fields = document.fields
    if document.kind is DocumentKind.PICTURE:
        number, day = fields.get("archivesNumber", ""), fields.get("photoTime", "")
        return DocumentLine(document, fields.get("imageTitle", ""), number, day)
    parts = (fields.get("codeNumber", ""), fields.get("codeNotation", ""))
    number = "/".join(part for part in parts if part)
    return DocumentLine(document, fields.get("subject", ""), number, fields.get("issuedDate", ""))


def new_form(session: Session, row: FileUnitRow, kind: DocumentKind) -> DocumentForm:
    """The form for a document to come: behind the last one, with what the hồ sơ says."""
    documents = register.documents_of(session, row.id or 0)
    ordinal = max((one.ordinal for one in documents), default=0) + 1
    free = unclaimed(documents, row.number_of_page)
    unit = register.as_file_unit(row).fields
    texts = {name: unit.get(name, "") for name in _INHERITED}
    first, last = (str(free[0].first), str(free[0].last)) if free else ("", "")
    return DocumentForm(row, kind, str(ordinal), first, last, form_fields(kind, texts))


def form_of(row: FileUnitRow, document: Document) -> DocumentForm:
    """The form for a document that is there."""
    return DocumentForm(
        row,
        document.kind,
        str(document.ordinal),
        str(document.first_page),
        str(document.last_page),
        form_fields(document.kind, document.fields),
        (str(document.ordinal), mark_of(document)),
    )


def form_fields(kind: DocumentKind, texts: Mapping[str, str]) -> tuple[FormField, ...]:
    """The fields that people fill in."""
    return tuple(
        FormField(
            field,
            texts.get(field.name, ""),
            (field.max_length or 0) >= _LONG_CHARACTERS,
            tuple((field.code_list or {}).items()) if field.kind is Kind.CODE else (),
        )
        for field in AIP_FIELDS.documents[kind]
        if field.name not in _FOLLOWING
    )
