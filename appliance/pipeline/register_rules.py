"""What a register workbook must keep to before any of it enters the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import register
from appliance.domain import codes
from appliance.domain.fields import FILE_UNIT_FIELDS, check_fields, days_of, is_date
from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name
from appliance.domain.paper import ISO_SIZES_MM
from appliance.domain.records import PdfPer
from appliance.domain.states import FileUnitState, ListState
from appliance.pipeline.document_rules import check_documents
from appliance.pipeline.register_rows import (
    CODE,
    is_secret,
    missing,
    only,
    paper_sizes,
    selection_lists,
    wrong,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from appliance.domain.records import SelectionList
    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

UNIT_FIELDS: Final = frozenset(field.name for field in FILE_UNIT_FIELDS)
_DAY_LENGTH: Final = len("DD/MM/YYYY")


def check_workbook(session: Session, workbook: Workbook) -> Iterator[Finding]:
    """Every rule that a row breaks, by its place; nothing of a secret row is repeated."""
    yield from _check_plain_sheets(workbook)
    yield from _check_fonds(session, workbook)
    for row in workbook.file_units:
        yield from _check_unit(session, row)
    open_rows = [row for row in workbook.file_units if not is_secret(row)]
    yield from _check_unique(open_rows)
    yield from check_documents(session, workbook)
    yield from _check_lists(session, workbook)


def _check_fonds(session: Session, workbook: Workbook) -> Iterator[Finding]:
    """Inventories and hồ sơ belong to a fonds of this workbook or of an earlier one."""
    known = {row.values.get("fonds_code", "") for row in workbook.fonds}
    for row in (*workbook.inventories, *workbook.file_units):
        fonds_code = row.values.get("fonds_code", "")
        if fonds_code not in known and register.fonds_of(session, fonds_code) is None:
            values = {"fonds": fonds_code}
            yield Finding("REGISTER-UNKNOWN-FONDS", row.place_of("fonds_code"), values)


def _check_plain_sheets(workbook: Workbook) -> Iterator[Finding]:
    """The sheets whose columns are the project's own, not the circular's."""
    for row in workbook.agencies:
        yield from missing(row, "code", "name")
        for name in ("valid_from", "valid_to"):
            text = row.values.get(name)
            if text and not (len(text) == _DAY_LENGTH and is_date(text)):
                yield wrong("DATE", row, name)
    for row in workbook.fonds:
        yield from missing(row, "fonds_code", "name", "archive_code")
        if row.values.get("status", "closed") not in codes.FONDS_STATUS:
            yield wrong("CODE", row, "status")
    for row in workbook.inventories:
        yield from missing(row, "fonds_code", "number")


def _check_unit(session: Session, row: WorkbookRow) -> Iterator[Finding]:
    if is_secret(row):
        yield Finding("REGISTER-SECRET", row.place)  # says where, never what
        return
    fields = only(row, UNIT_FIELDS)
    yield from check_fields(FILE_UNIT_FIELDS, fields, row.place)
    if fields.get("maintenance", "01") != "01":
        yield Finding("REGISTER-NOT-PERMANENT", fields.get(CODE, row.place))
    for size in paper_sizes(row):
        if size not in ISO_SIZES_MM:
            values = {"value": size, "known": ", ".join(sorted(ISO_SIZES_MM))}
            yield Finding("REGISTER-BAD-PAPER", row.place_of("paper_sizes"), {**values})
    if row.values.get("pdf_per", PdfPer.FILE_UNIT) not in set(PdfPer):
        yield wrong("CODE", row, "pdf_per")
    yield from _check_dates(row)
    code = fields.get(CODE, "")
    if code and not _is_code(code):
        yield Finding("REGISTER-BAD-CODE", row.place_of(CODE), {"file_code": code})
    found = register.file_unit_row(session, code)
    if found is not None and found.state == FileUnitState.SEALED and _differs(found, row):
        yield Finding("REGISTER-SEALED", row.place, {"file_code": code})


def _check_dates(row: WorkbookRow) -> Iterator[Finding]:
    """A hồ sơ ends no earlier than it begins, whatever day a bare year may mean."""
    start, end = row.values.get("startDate", ""), row.values.get("endDate", "")
    first, last = days_of(start), days_of(end)
    if first is not None and last is not None and first[0] > last[1]:
        values = {"start": start, "end": end}
        yield Finding("REGISTER-DATES-REVERSED", row.place_of("startDate"), {**values})


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
        code = row.values.get(CODE, "")
        place = first.setdefault(code.casefold(), row.place)
        if code and place != row.place:
            yield Finding("REGISTER-TWICE", f"{place}, {row.place}", {"file_code": code})


def _check_lists(session: Session, workbook: Workbook) -> Iterator[Finding]:
    here = {row.values.get(CODE, "") for row in workbook.file_units}
    for selection in selection_lists(workbook):
        if is_approved(session, selection) and _is_changed(session, selection):
            yield Finding("LIST-APPROVED", selection.list_code)
        for code in selection.file_codes:
            if code not in here and register.file_unit_row(session, code) is None:
                values = {"file_code": code}
                yield Finding("LIST-UNKNOWN-FILE-UNIT", selection.list_code, values)


def is_approved(session: Session, selection: SelectionList) -> bool:
    """Whether a list of this code is approved: it stays as it is, whoever names it again."""
    return register.list_state(session, selection.list_code) not in {None, ListState.DRAFT}


def _is_changed(session: Session, selection: SelectionList) -> bool:
    """Whether a workbook says something else of a list than what was approved."""
    known = register.selection_list(session, selection.list_code)
    if known is None or known.title != selection.title:
        return True
    return set(known.file_codes) != set(selection.file_codes)
