"""What the documents and pictures of a register workbook must keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import register
from appliance.domain.documents import check_ranges
from appliance.domain.field_sets import AIP_FIELDS
from appliance.domain.fields import check_fields, is_count
from appliance.domain.findings import Finding
from appliance.domain.records import Document, DocumentKind
from appliance.domain.states import FileUnitState
from appliance.pipeline.register_rows import CODE, is_secret, only, wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

_NAMES: Final = {
    kind: frozenset(field.name for field in fields) for kind, fields in AIP_FIELDS.documents.items()
}
_NUMBERS: Final = ("first_page", "last_page", "docOrdinal")


def documents_in(workbook: Workbook) -> dict[str, tuple[Document, ...]]:
    """The documents and pictures of each hồ sơ by its code, in the order of their ordinals.

    Rows whose numbers cannot be read are left out: ``check_documents`` names them.
    """
    found: dict[str, list[Document]] = {}
    for kind, row in _rows(workbook):
        if _has_numbers(row):
            found.setdefault(row.values.get(CODE, ""), []).append(_document(kind, row))
    return {
        code: tuple(sorted(documents, key=lambda one: one.ordinal))
        for code, documents in found.items()
    }


def check_documents(session: Session, workbook: Workbook) -> Iterator[Finding]:
    """Documents belong to a hồ sơ of this workbook, and keep to pages and ordinals of their own."""
    units = {row.values.get(CODE, ""): row for row in workbook.file_units}
    places: dict[str, dict[str, WorkbookRow]] = {}
    for kind, row in _rows(workbook):
        if is_secret(row):
            yield Finding("REGISTER-SECRET", row.place)  # says where, never what
            continue
        code = row.values.get(CODE, "")
        if code in units and is_secret(units[code]):
            continue  # refused with its hồ sơ
        yield from _check_row(kind, row)
        if code and code not in units:
            yield Finding("DOCUMENT-UNKNOWN-FILE-UNIT", row.place, {"file_code": code})
        ordinal = row.values.get("docOrdinal", "")
        first = places.setdefault(code, {}).setdefault(ordinal, row)
        if first is not row:
            values = {"file_code": code, "ordinal": ordinal}
            yield Finding("DOCUMENT-TWICE", f"{first.place}, {row.place}", values)
    documents = documents_in(workbook)
    for code in documents.keys() & units.keys():
        if not is_secret(units[code]):
            yield from _check_unit(session, units[code], documents[code], places.get(code, {}))


def _rows(workbook: Workbook) -> Iterator[tuple[DocumentKind, WorkbookRow]]:
    yield from ((DocumentKind.TEXT, row) for row in workbook.documents)
    yield from ((DocumentKind.PICTURE, row) for row in workbook.pictures)


def _has_numbers(row: WorkbookRow) -> bool:
    return all(is_count(row.values.get(name, "")) for name in _NUMBERS)


def _document(kind: DocumentKind, row: WorkbookRow) -> Document:
    ordinal, first, last = (int(row.values[name]) for name in ("docOrdinal", *_NUMBERS[:2]))
    return Document(ordinal, first, last, only(row, _NAMES[kind]), kind)


def _check_row(kind: DocumentKind, row: WorkbookRow) -> Iterator[Finding]:
    yield from check_fields(AIP_FIELDS.documents[kind], only(row, _NAMES[kind]), row.place)
    for name in ("first_page", "last_page"):
        if not is_count(row.values.get(name, "")):
            yield wrong("NUMBER", row, name)
    said = row.values.get("kind", str(DocumentKind.TEXT))
    if kind is DocumentKind.TEXT and said != DocumentKind.TEXT:
        yield Finding("DOCUMENT-KIND", row.place_of("kind"), {"value": said})


def _check_unit(
    session: Session,
    row: WorkbookRow,
    documents: tuple[Document, ...],
    places: dict[str, WorkbookRow],
) -> Iterator[Finding]:
    """All documents of one hồ sơ against its counts, and against what is sealed."""
    pages, total = row.values.get("numberOfPage", ""), row.values.get("totalDoc", "")
    if is_count(pages):
        yield from check_ranges(tuple(_placed(documents, places, row)), int(pages))
    if is_count(total) and int(total) != len(documents):
        yield Finding(
            "DOCUMENT-TOTAL", row.place_of("totalDoc"), {"said": total, "found": len(documents)}
        )
    if _differs_from_sealed(session, row, documents):
        yield Finding("REGISTER-SEALED", row.place, {"file_code": row.values.get(CODE, "")})


def _differs_from_sealed(
    session: Session, row: WorkbookRow, documents: tuple[Document, ...]
) -> bool:
    before = register.file_unit_row(session, row.values.get(CODE, ""))
    if before is None or before.state != FileUnitState.SEALED:
        return False
    return register.documents_of(session, before.id or 0) != documents


def _placed(
    documents: Iterable[Document], places: dict[str, WorkbookRow], unit: WorkbookRow
) -> Iterator[tuple[str, Document]]:
    by_ordinal = {int(text): row.place for text, row in places.items() if is_count(text)}
    for document in documents:
        yield by_ordinal.get(document.ordinal, unit.place), document
