"""People list the documents of a hồ sơ on its page: add one, change it, take it away.

Each change is a custody event of the hồ sơ, and sends it through its states anew: what was
minted for its seal is void, while pages, answers and derivatives stay as they are.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, register
from appliance.catalogue.events import EventDraft
from appliance.domain.canonical import canonical_json
from appliance.domain.codes import SECRET_MODE
from appliance.domain.custody import EventType
from appliance.domain.documents import check_ranges
from appliance.domain.errors import RuleError
from appliance.domain.field_sets import AIP_FIELDS
from appliance.domain.fields import check_fields
from appliance.domain.findings import Finding
from appliance.domain.records import Document, DocumentKind
from appliance.domain.states import FileUnitState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.canonical import JsonValue
    from appliance.domain.records import PdfPer

ADDED, CHANGED, REMOVED = "document added", "document changed", "document removed"


def mark_of(document: Document) -> str:
    """Short text that changes with the document: a form that was filled in before says so."""
    facts: dict[str, JsonValue] = {
        "fields": dict(document.fields),
        "kind": str(document.kind),
        "pages": [document.first_page, document.last_page],
    }
    return hashlib.sha256(canonical_json(facts)).hexdigest()[:16]


def completed(unit: FileUnitRow, document: Document) -> Document:
    """The document with the fields that follow from its place: nobody has to type them."""
    fields = {name: text for name, text in document.fields.items() if text}
    fields["arcFileCode"] = unit.file_code
    fields["docOrdinal"] = str(document.ordinal)
    fields.setdefault("docCode", f"{unit.file_code}.{document.ordinal:07d}"[-100:])
    if document.kind is DocumentKind.TEXT:
        fields["numberOfPage"] = str(max(document.page_count, 0))
    return Document(
        document.ordinal, document.first_page, document.last_page, fields, document.kind
    )


def put_document(
    writing: Writing,
    unit: FileUnitRow,
    document: Document,
    seen: tuple[int, str] | None,
    agent: str,
) -> None:
    """Add a document, or put it in the place of another.

    Args:
        writing: The transaction.
        unit: Its hồ sơ.
        document: As people filled it in; ``completed`` does the rest.
        seen: Ordinal and mark of the one it replaces, as the form showed it; None for a new one.
        agent: Who does it.

    Raises:
        RuleError: It breaks a rule, the hồ sơ is sealed, or the one to replace has changed.
    """
    before = _open_documents(writing, unit)
    others = before if seen is None else _without(unit, before, seen)
    new = completed(unit, document)
    findings = tuple(_findings(unit, new, others))
    if findings:
        raise RuleError(f"document {new.ordinal} of {unit.file_code} is refused", findings)
    change = ADDED if seen is None else CHANGED
    _put(writing, unit, (*others, new), _detail(change, new), agent)


def remove_document(writing: Writing, unit: FileUnitRow, seen: tuple[int, str], agent: str) -> None:
    """Take a document off the list; its pages stay.

    Raises:
        RuleError: The hồ sơ is sealed, or the document has changed.
    """
    before = _open_documents(writing, unit)
    others = _without(unit, before, seen)
    gone = next(one for one in before if one not in others)
    _put(writing, unit, others, _detail(REMOVED, gone), agent)


def choose_pdf_per(writing: Writing, unit: FileUnitRow, pdf_per: PdfPer | None, agent: str) -> None:
    """Say what one PDF of a hồ sơ holds; None leaves it to the box.

    Raises:
        RuleError: The hồ sơ is sealed.
    """
    documents = _open_documents(writing, unit)
    register.set_pdf_per(writing, unit.id or 0, pdf_per)
    _put(writing, unit, documents, {"change": "pdf_per", "pdf_per": str(pdf_per or "")}, agent)


def _open_documents(writing: Writing, unit: FileUnitRow) -> tuple[Document, ...]:
    if unit.state == FileUnitState.SEALED:
        raise RuleError("it is sealed", (Finding("DOCUMENT-SEALED", unit.file_code),))
    return register.documents_of(writing.session, unit.id or 0)


def _without(
    unit: FileUnitRow, documents: tuple[Document, ...], seen: tuple[int, str]
) -> tuple[Document, ...]:
    """All but the one that was seen."""
    ordinal, mark = seen
    if not any(one.ordinal == ordinal and mark_of(one) == mark for one in documents):
        gone = Finding("DOCUMENT-GONE", unit.file_code, {"ordinal": ordinal})
        raise RuleError("the document has changed", (gone,))
    return tuple(one for one in documents if one.ordinal != ordinal)


def _findings(unit: FileUnitRow, new: Document, others: tuple[Document, ...]) -> Iterator[Finding]:
    where = f"{unit.file_code}, {new.ordinal}"
    if new.fields.get("mode") == SECRET_MODE:
        yield Finding("REGISTER-SECRET", where)
    if new.ordinal < 1 or new.ordinal in {one.ordinal for one in others}:
        facts: dict[str, JsonValue] = {"file_code": unit.file_code, "ordinal": new.ordinal}
        yield Finding("DOCUMENT-TWICE", where, facts)
    yield from check_fields(AIP_FIELDS.documents[new.kind], new.fields, where)
    placed = [(f"{unit.file_code}, {one.ordinal}", one) for one in (*others, new)]
    yield from check_ranges(placed, unit.number_of_page)


def _put(
    writing: Writing,
    unit: FileUnitRow,
    documents: tuple[Document, ...],
    detail: Mapping[str, JsonValue],
    agent: str,
) -> None:
    register.put_documents(writing, unit.id or 0, documents)
    draft = EventDraft(EventType.REGISTRATION, "file_unit", unit.file_code, agent, detail=detail)
    events.record(writing, draft)
    if unit.state != FileUnitState.REGISTERED:
        file_units.changed(writing, unit.id or 0)


def _detail(change: str, document: Document) -> dict[str, JsonValue]:
    return {
        "change": change,
        "ordinal": document.ordinal,
        "kind": str(document.kind),
        "first_page": document.first_page,
        "last_page": document.last_page,
    }
