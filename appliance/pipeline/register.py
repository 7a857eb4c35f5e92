"""The register comes in from a workbook: all of it, or nothing and every reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events, file_units, register
from appliance.catalogue.events import EventDraft
from appliance.domain import codes
from appliance.domain.agencies import Agency
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, check_fields, is_date
from appliance.domain.findings import Finding
from appliance.domain.identifiers import safe_name
from appliance.domain.records import Approval, Document, FileUnit, Fonds, Inventory, SelectionList
from appliance.domain.rules import is_blocking
from appliance.domain.states import FileUnitState, ListState
from appliance.pipeline.agents import SOFTWARE_AGENT, person_agent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

_UNIT_FIELDS: Final = frozenset(field.name for field in FILE_UNIT_FIELDS)
_DOCUMENT_FIELDS: Final = frozenset(field.name for field in DOCUMENT_FIELDS)
_CODE: Final = "arcFileCode"
_DAY_LENGTH: Final = len("DD/MM/YYYY")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought in, and the warnings it left.

    Args:
        fonds: How many fonds.
        file_units: How many hồ sơ.
        lists: How many selection lists.
        findings: Warnings; errors would have refused the whole import.
    """

    fonds: int
    file_units: int
    lists: int
    findings: tuple[Finding, ...]


def import_workbook(catalogue: Catalogue, workbook: Workbook) -> Imported:
    """Bring a register into the catalogue in one transaction.

    Raises:
        RuleError: At least one row breaks a rule; nothing was changed.
    """
    with catalogue.write() as writing:
        findings = (*workbook.findings, *_check(writing.session, workbook))
        if any(map(is_blocking, findings)):
            raise RuleError("the register was refused, nothing was changed", findings)
        imported = Imported(
            fonds=_put_fonds(writing, workbook),
            file_units=_put_units(writing, workbook),
            lists=_put_lists(writing, workbook),
            findings=findings,
        )
        detail = {"file_units": imported.file_units, "lists": imported.lists}
        draft = EventDraft(
            EventType.REGISTRATION, "register", "register", SOFTWARE_AGENT, detail=detail
        )
        events.record(writing, draft)
    return imported


def approve(catalogue: Catalogue, approval: Approval) -> int:
    """Record the decision that approves a list; gives how many hồ sơ it frees.

    Raises:
        RuleError: There is no such list, or it is approved already.
    """
    with catalogue.write() as writing:
        state = register.list_state(writing.session, approval.list_code)
        if state is not ListState.DRAFT:
            code = "LIST-UNKNOWN" if state is None else "LIST-APPROVED"
            raise RuleError("the list was not approved", (Finding(code, approval.list_code),))
        freed = register.approve_list(writing, approval)
        detail = {
            "decision_number": approval.decision_number,
            "decision_date": approval.decision_date.isoformat(),
        }
        draft = EventDraft(
            EventType.APPROVAL,
            "selection_list",
            approval.list_code,
            person_agent(approval.signer),
            detail=detail,
        )
        events.record(writing, draft)
    return freed


def _check(session: Session, workbook: Workbook) -> Iterator[Finding]:
    yield from _check_plain_sheets(workbook)
    known = {row.values.get("fonds_code", "") for row in workbook.fonds}
    for row in workbook.file_units:
        fonds_code = row.values.get("fonds_code", "")
        if fonds_code not in known and register.fonds_of(session, fonds_code) is None:
            values = {"fonds": fonds_code}
            yield Finding("REGISTER-UNKNOWN-FONDS", row.place_of("fonds_code"), values)
        yield from _check_unit(session, row)
    yield from _check_unique(workbook.file_units)
    for row in workbook.documents:
        yield from check_fields(DOCUMENT_FIELDS, _only(row, _DOCUMENT_FIELDS), row.place)
    yield from _check_lists(session, workbook)


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
    for row in workbook.documents:
        for name in ("first_page", "last_page"):
            if not row.values.get(name, "").isdecimal():
                yield _wrong("NUMBER", row, name)


def _missing(row: WorkbookRow, *names: str) -> Iterator[Finding]:
    for name in names:
        if not row.values.get(name):
            yield Finding("FIELD-MISSING", row.place_of(name), {"field": name, "label": name})


def _wrong(kind: str, row: WorkbookRow, name: str) -> Finding:
    values = {"field": name, "label": name, "value": row.values.get(name, "")}
    return Finding(f"FIELD-NOT-{kind}", row.place_of(name), values)


def _check_unit(session: Session, row: WorkbookRow) -> Iterator[Finding]:
    if row.values.get("mode") == codes.SECRET_MODE:
        yield Finding("REGISTER-SECRET", row.place)  # says where, never what
        return
    fields = _only(row, _UNIT_FIELDS)
    yield from check_fields(FILE_UNIT_FIELDS, fields, row.place)
    if fields.get("maintenance", "01") != "01":
        yield Finding("REGISTER-NOT-PERMANENT", fields.get(_CODE, row.place))
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
    for selection in _lists(workbook):
        state = register.list_state(session, selection.list_code)
        if state not in {None, ListState.DRAFT}:
            yield Finding("LIST-APPROVED", selection.list_code)
        for code in selection.file_codes:
            if code not in here and register.file_unit_row(session, code) is None:
                values = {"file_code": code}
                yield Finding("LIST-UNKNOWN-FILE-UNIT", selection.list_code, values)


def _only(row: WorkbookRow, names: frozenset[str]) -> dict[str, str]:
    return {name: text for name, text in row.values.items() if name in names}


def _put_fonds(writing: Writing, workbook: Workbook) -> int:
    for row in workbook.agencies:
        register.put_agency(writing, _agency(row))
    for row in workbook.fonds:
        names = Fonds.__dataclass_fields__.keys()
        register.put_fonds(writing, Fonds(**_only(row, frozenset(names))))
    for row in workbook.inventories:
        values = row.values
        inventory = Inventory(values["fonds_code"], values["number"], values.get("title", ""))
        register.put_inventory(writing, inventory)
    return len(workbook.fonds)


def _agency(row: WorkbookRow) -> Agency:
    values = row.values
    return Agency(
        values["code"],
        values["name"],
        _day(values.get("valid_from")),
        _day(values.get("valid_to")),
        values.get("parent_code"),
        values.get("successor_code"),
    )


def _day(text: str | None) -> dt.date | None:
    return dt.datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=dt.UTC).date() if text else None


def _put_units(writing: Writing, workbook: Workbook) -> int:
    documents: dict[str, list[Document]] = {}
    for row in workbook.documents:
        fields = _only(row, _DOCUMENT_FIELDS)
        first, last = int(row.values["first_page"]), int(row.values["last_page"])
        document = Document(int(fields["docOrdinal"]), first, last, fields)
        documents.setdefault(fields[_CODE], []).append(document)
    for row in workbook.file_units:
        _put_unit(writing, row, tuple(documents.get(row.values[_CODE], ())))
    return len(workbook.file_units)


def _put_unit(writing: Writing, row: WorkbookRow, documents: tuple[Document, ...]) -> None:
    values = row.values
    before = register.file_unit_row(writing.session, values[_CODE])
    if before is not None and before.state == FileUnitState.SEALED:
        return  # checked above: it says the same
    unit = FileUnit(
        values[_CODE],
        values["fonds_code"],
        values.get("inventory_number", ""),
        _only(row, _UNIT_FIELDS),
    )
    unit_id = register.put_file_unit(writing, unit)
    register.put_documents(writing, unit_id, documents)
    writing.session.expire_all()
    if before is not None and before.state != FileUnitState.REGISTERED:
        file_units.changed(writing, unit_id)


def _lists(workbook: Workbook) -> tuple[SelectionList, ...]:
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


def _put_lists(writing: Writing, workbook: Workbook) -> int:
    found = _lists(workbook)
    for selection in found:
        register.put_selection_list(writing, selection)
    return len(found)
