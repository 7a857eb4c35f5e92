"""What a register workbook must keep to before any of it enters the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import register
from appliance.domain import codes
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, check_fields, is_date
from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name
from appliance.domain.paper import ISO_SIZES_MM
from appliance.domain.records import SelectionList
from appliance.domain.states import FileUnitState, ListState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

UNIT_FIELDS: Final = frozenset(field.name for field in FILE_UNIT_FIELDS)
DOCUMENT_ROW_FIELDS: Final = frozenset(field.name for field in DOCUMENT_FIELDS)
_CODE: Final = "arcFileCode"
_DAY_LENGTH: Final = len("DD/MM/YYYY")


def check_workbook(session: Session, workbook: Workbook) -> Iterator[Finding]:
    """Every rule that a row breaks, by its place; nothing of a secret row is repeated."""
    yield from _check_plain_sheets(workbook)
    yield from _check_fonds(session, workbook)
    for row in workbook.file_units:
        yield from _check_unit(session, row)
    open_rows = [row for row in workbook.file_units if not _is_secret(row)]
    yield from _check_unique(open_rows)
    yield from _check_documents(workbook)
    yield from _check_lists(session, workbook)


def _is_secret(row: WorkbookRow) -> bool:
    return row.values.get("mode") == codes.SECRET_MODE


def _check_fonds(session: Session, workbook: Workbook) -> Iterator[Finding]:
    """Inventories and hồ sơ belong to a fonds of this workbook or of an earlier one."""
    known = {row.values.get("fonds_code", "") for row in workbook.fonds}
    for row in (*workbook.inventories, *workbook.file_units):
        fonds_code = row.values.get("fonds_code", "")
        if fonds_code not in known and register.fonds_of(session, fonds_code) is None:
            values = {"fonds": fonds_code}
            yield Finding("REGISTER-UNKNOWN-FONDS", row.place_of("fonds_code"), values)


def _check_documents(workbook: Workbook) -> Iterator[Finding]:
    """Documents belong to a hồ sơ of this workbook, and each has an ordinal of its own."""
    units = {row.values.get(_CODE, ""): row for row in workbook.file_units}
    first: dict[tuple[str, str], str] = {}
    for row in workbook.documents:
        if _is_secret(row):
            yield Finding("REGISTER-SECRET", row.place)  # says where, never what
            continue
        code = row.values.get(_CODE, "")
        if code in units and _is_secret(units[code]):
            continue  # refused with its hồ sơ
        yield from _check_document(row)
        if code and code not in units:
            yield Finding("DOCUMENT-UNKNOWN-FILE-UNIT", row.place, {"file_code": code})
        ordinal = row.values.get("docOrdinal", "")
        place = first.setdefault((code, ordinal), row.place)
        if place != row.place:
            values = {"file_code": code, "ordinal": ordinal}
            yield Finding("DOCUMENT-TWICE", f"{place}, {row.place}", values)


def _check_document(row: WorkbookRow) -> Iterator[Finding]:
    yield from check_fields(DOCUMENT_FIELDS, only(row, DOCUMENT_ROW_FIELDS), row.place)
    for name in ("first_page", "last_page"):
        if not row.values.get(name, "").isdecimal():
            yield _wrong("NUMBER", row, name)


def _check_plain_sheets(workbook: Workbook) -> Iterator[Finding]:
    """The sheets whose columns are the project's own, not the circular's."""
    for row in workbook.agencies:
        yield from _missing(row, "code", "name")
        for name in ("valid_from", "valid_to"):
            text = row.values.get(name)
            if text and not (len(text) == _DAY_LENGTH and is_date(text)):
                yield _wrong("DATE", row, name)
    for row in workbook.fonds:
        yield from _missing(row, "fonds_code", "name", "archive_code")
        if row.values.get("status", "closed") not in codes.FONDS_STATUS:
            yield _wrong("CODE", row, "status")
    for row in workbook.inventories:
        yield from _missing(row, "fonds_code", "number")


def _missing(row: WorkbookRow, *names: str) -> Iterator[Finding]:
    for name in names:
        if not row.values.get(name):
            yield Finding("FIELD-MISSING", row.place_of(name), {"field": name, "label": name})


def _wrong(kind: str, row: WorkbookRow, name: str) -> Finding:
    values = {"field": name, "label": name, "value": row.values.get(name, "")}
    return Finding(f"FIELD-NOT-{kind}", row.place_of(name), values)


def _check_unit(session: Session, row: WorkbookRow) -> Iterator[Finding]:
    if _is_secret(row):
        yield Finding("REGISTER-SECRET", row.place)  # says where, never what
        return
    fields = only(row, UNIT_FIELDS)
    yield from check_fields(FILE_UNIT_FIELDS, fields, row.place)
    if fields.get("maintenance", "01") != "01":
        yield Finding("REGISTER-NOT-PERMANENT", fields.get(_CODE, row.place))
    for size in paper_sizes(row):
        if size not in ISO_SIZES_MM:
            values = {"value": size, "known": ", ".join(sorted(ISO_SIZES_MM))}
            yield Finding("REGISTER-BAD-PAPER", row.place_of("paper_sizes"), {**values})
    code = fields.get(_CODE, "")
    if code and not _is_code(code):
        yield Finding("REGISTER-BAD-CODE", row.place_of(_CODE), {"file_code": code})
    found = register.file_unit_row(session, code)
    if found is not None and found.state == FileUnitState.SEALED and _differs(found, row):
        yield Finding("REGISTER-SEALED", row.place, {"file_code": code})


def _differs(found: object, row: WorkbookRow) -> bool:
    """Whether a row says something else than the sealed record."""
    pairs = register.FIELD_COLUMNS.items()
    return any(str(getattr(found, column)) != row.values.get(name, "") for name, column in pairs)


def _is_code(code: str) -> bool:
    try:
        safe_name(code)
    except ValueError:
        return False
    return True


def _check_unique(rows: Iterable[WorkbookRow]) -> Iterator[Finding]:
    """No code twice, nor two that differ in case alone: one would hide the other on some disks."""
    first: dict[str, str] = {}
    for row in rows:
        code = row.values.get(_CODE, "")
        place = first.setdefault(code.casefold(), row.place)
        if code and place != row.place:
            yield Finding("REGISTER-TWICE", f"{place}, {row.place}", {"file_code": code})


def _check_lists(session: Session, workbook: Workbook) -> Iterator[Finding]:
    here = {row.values.get(_CODE, "") for row in workbook.file_units}
    for selection in selection_lists(workbook):
        state = register.list_state(session, selection.list_code)
        if state not in {None, ListState.DRAFT}:
            yield Finding("LIST-APPROVED", selection.list_code)
        for code in selection.file_codes:
            if code not in here and register.file_unit_row(session, code) is None:
                values = {"file_code": code}
                yield Finding("LIST-UNKNOWN-FILE-UNIT", selection.list_code, values)


def paper_sizes(row: WorkbookRow) -> tuple[str, ...]:
    """The paper that a hồ sơ holds, such as ``A4, A3``; empty when the register does not say."""
    text = row.values.get("paper_sizes", "").upper()
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def only(row: WorkbookRow, names: frozenset[str]) -> dict[str, str]:
    """The values of some columns."""
    return {name: text for name, text in row.values.items() if name in names}


def selection_lists(workbook: Workbook) -> tuple[SelectionList, ...]:
    """The lists of the sheet ``Danh mục``, each with its hồ sơ."""
    items: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for row in workbook.list_items:
        code = row.values.get("list_code", "")
        items.setdefault(code, []).append(row.values.get("file_code", ""))
        titles.setdefault(code, row.values.get("title", ""))
    return tuple(
        SelectionList(code, titles[code], tuple(dict.fromkeys(found)))
        for code, found in items.items()
    )
