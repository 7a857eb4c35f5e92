"""The register comes in from a workbook: all of it, or nothing and every reason."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, register
from appliance.catalogue.events import EventDraft
from appliance.domain.agencies import Agency
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.records import Approval, Document, FileUnit, Fonds, Inventory, PdfPer
from appliance.domain.rules import is_blocking
from appliance.domain.states import FileUnitState, ListState
from appliance.pipeline.agents import SOFTWARE_AGENT, person_agent
from appliance.pipeline.document_rules import documents_in
from appliance.pipeline.register_rows import CODE, only, paper_sizes, selection_lists
from appliance.pipeline.register_rules import UNIT_FIELDS, check_workbook, is_approved

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.spreadsheet.workbook import Workbook, WorkbookRow


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought in, and the warnings it left.

    Args:
        fonds: How many fonds.
        file_units: How many hồ sơ.
        lists: How many selection lists that were no decided ones.
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
        findings = (*workbook.findings, *check_workbook(writing.session, workbook))
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


def _put_fonds(writing: Writing, workbook: Workbook) -> int:
    for row in workbook.agencies:
        register.put_agency(writing, _agency(row))
    for row in workbook.fonds:
        names = Fonds.__dataclass_fields__.keys()
        register.put_fonds(writing, Fonds(**only(row, frozenset(names))))
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
    documents = documents_in(workbook)
    for row in workbook.file_units:
        _put_unit(writing, row, documents.get(row.values[CODE], ()))
    return len(workbook.file_units)


def _put_unit(writing: Writing, row: WorkbookRow, documents: tuple[Document, ...]) -> None:
    values = row.values
    before = register.file_unit_row(writing.session, values[CODE])
    if before is not None and before.state == FileUnitState.SEALED:
        return  # checked above: it says the same
    unit = FileUnit(
        values[CODE],
        values["fonds_code"],
        values.get("inventory_number", ""),
        only(row, UNIT_FIELDS),
        paper_sizes(row),
        PdfPer(values["pdf_per"]) if values.get("pdf_per") else None,
    )
    unit_id = register.put_file_unit(writing, unit)
    if documents:  # a register that lists none leaves those alone that were set on the page
        register.put_documents(writing, unit_id, documents)
    writing.session.expire_all()
    if before is not None and before.state != FileUnitState.REGISTERED:
        file_units.changed(writing, unit_id)


def _put_lists(writing: Writing, workbook: Workbook) -> int:
    """Set the lists that are still drafts; an approved one that is named again stays as it is."""
    drafts = [
        selection
        for selection in selection_lists(workbook)
        if not is_approved(writing.session, selection)
    ]
    for selection in drafts:
        register.put_selection_list(writing, selection)
    return len(drafts)
