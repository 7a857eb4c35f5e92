"""The register: agencies, fonds, inventories, file units, selection lists, approvals."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, delete, select, update

from appliance.catalogue.tables import (
    AgencyRow,
    ApprovalRow,
    DocumentRow,
    FileUnitRow,
    FondsRow,
    InventoryRow,
    SelectionItemRow,
    SelectionListRow,
)
from appliance.domain.agencies import Agency
from appliance.domain.canonical import canonical_json
from appliance.domain.identifiers import safe_name
from appliance.domain.records import (
    Approval,
    Document,
    DocumentKind,
    FileUnit,
    Fonds,
    PdfPer,
    SelectionList,
)
from appliance.domain.states import LIST_INITIAL, LIST_TABLE, ListEvent, ListState, advance

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.records import Inventory

FIELD_COLUMNS: Final = {
    "title": "title",
    "maintenance": "maintenance",
    "mode": "mode",
    "language": "language",
    "startDate": "start_date",
    "endDate": "end_date",
    "keyword": "keyword",
    "totalDoc": "total_doc",
    "numberOfPaper": "number_of_paper",
    "numberOfPage": "number_of_page",
    "format": "format",
    "inforSign": "infor_sign",
    "confidenceLevel": "confidence_level",
    "paperFileCode": "paper_file_code",
    "riskRecovery": "risk_recovery",
    "riskRecoveryStatus": "risk_recovery_status",
    "description": "description",
}
"""TT 05 name → column; ``arcFileCode`` is the file code itself."""

_NUMBERS: Final = frozenset({"totalDoc", "numberOfPaper", "numberOfPage"})


def put_agency(writing: Writing, agency: Agency) -> None:
    """Add an agency, or correct the one of the same code and first day."""
    start = agency.valid_from.isoformat() if agency.valid_from else None
    same = (
        col(AgencyRow.code) == agency.code,
        col(AgencyRow.valid_from).is_not_distinct_from(start),
    )
    writing.session.execute(delete(AgencyRow).where(*same))
    writing.session.add(
        AgencyRow(
            code=agency.code,
            name=agency.name,
            valid_from=start,
            valid_to=agency.valid_to.isoformat() if agency.valid_to else None,
            parent_code=agency.parent_code,
            successor_code=agency.successor_code,
        )
    )
    writing.session.flush()


def agencies(session: Session) -> tuple[Agency, ...]:
    """Every agency under every name."""
    rows = session.exec(select(AgencyRow).order_by(col(AgencyRow.code), col(AgencyRow.valid_from)))
    return tuple(
        Agency(
            row.code,
            row.name,
            dt.date.fromisoformat(row.valid_from) if row.valid_from else None,
            dt.date.fromisoformat(row.valid_to) if row.valid_to else None,
            row.parent_code,
            row.successor_code,
        )
        for row in rows
    )


def put_fonds(writing: Writing, fonds: Fonds) -> None:
    """Add a fonds or correct its description."""
    values = {name: getattr(fonds, name) for name in Fonds.__dataclass_fields__}
    statement = upsert(FondsRow).values(values)
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["fonds_code"], set_=values)
    )


def fonds_of(session: Session, fonds_code: str) -> Fonds | None:
    """One fonds, or None."""
    row = session.get(FondsRow, fonds_code)
    return Fonds(**row.model_dump()) if row is not None else None


def put_inventory(writing: Writing, inventory: Inventory) -> None:
    """Add an inventory or correct its title."""
    values = {
        "fonds_code": inventory.fonds_code,
        "number": inventory.number,
        "title": inventory.title,
    }
    statement = upsert(InventoryRow).values(values)
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["fonds_code", "number"], set_=values)
    )


def put_file_unit(writing: Writing, unit: FileUnit) -> int:
    """Add a hồ sơ or correct its description; gives its row id.

    The caller has refused secret and sealed ones (rules of the register). What one PDF holds
    stays as it was chosen before when the register does not say.
    """
    values = {
        "file_code": unit.file_code,
        "safe_name": safe_name(unit.file_code),
        "fonds_code": unit.fonds_code,
        "inventory_number": unit.inventory_number,
        "paper_sizes": " ".join(unit.paper_sizes),
        "pdf_per": str(unit.pdf_per or ""),
        **{column: _column_value(unit, name) for name, column in FIELD_COLUMNS.items()},
    }
    statement = upsert(FileUnitRow).values(values)
    if unit.pdf_per is None:
        del values["pdf_per"]
    statement = statement.on_conflict_do_update(index_elements=["file_code"], set_=values)
    row_id = writing.session.execute(statement.returning(col(FileUnitRow.id))).scalar_one()
    return int(row_id or 0)


def _column_value(unit: FileUnit, name: str) -> str | int:
    text = unit.fields.get(name, "")
    return int(text) if name in _NUMBERS else text


def file_unit_row(session: Session, file_code: str) -> FileUnitRow | None:
    """The row of a hồ sơ by its code."""
    return session.exec(select(FileUnitRow).where(FileUnitRow.file_code == file_code)).first()


def file_unit_in_folder(session: Session, folder_name: str) -> FileUnitRow | None:
    """The row of the hồ sơ that a drop folder names, by its code or its safe name."""
    found = file_unit_row(session, folder_name)
    if found is not None:
        return found
    return session.exec(select(FileUnitRow).where(FileUnitRow.safe_name == folder_name)).first()


def as_file_unit(row: FileUnitRow) -> FileUnit:
    """The domain value of a row, with all 18 fields; absent ones as empty texts."""
    fields = {name: str(getattr(row, column)) for name, column in FIELD_COLUMNS.items()}
    fields["arcFileCode"] = row.file_code
    sizes = tuple(row.paper_sizes.split())
    pdf_per = PdfPer(row.pdf_per) if row.pdf_per else None
    return FileUnit(row.file_code, row.fonds_code, row.inventory_number, fields, sizes, pdf_per)


def put_documents(writing: Writing, file_unit_id: int, documents: tuple[Document, ...]) -> None:
    """Set the documents of a hồ sơ, in place of those before."""
    session = writing.session
    session.execute(delete(DocumentRow).where(col(DocumentRow.file_unit_id) == file_unit_id))
    for document in documents:
        session.add(
            DocumentRow(
                file_unit_id=file_unit_id,
                ordinal=document.ordinal,
                first_page=document.first_page,
                last_page=document.last_page,
                fields=canonical_json(dict(document.fields)).decode("utf-8"),
                kind=str(document.kind),
            )
        )
    session.flush()


def documents_of(session: Session, file_unit_id: int) -> tuple[Document, ...]:
    """The documents of a hồ sơ in order."""
    statement = (
        select(DocumentRow)
        .where(DocumentRow.file_unit_id == file_unit_id)
        .order_by(col(DocumentRow.ordinal))
    )
    return tuple(
        Document(
            row.ordinal,
            row.first_page,
            row.last_page,
            json.loads(row.fields),
            DocumentKind(row.kind),
        )
        for row in session.exec(statement)
    )


def set_pdf_per(writing: Writing, file_unit_id: int, pdf_per: PdfPer | None) -> None:
    """Say what one PDF of a hồ sơ holds; None leaves it to the box."""
    row = writing.session.get_one(FileUnitRow, file_unit_id)
    row.pdf_per = str(pdf_per or "")
    writing.session.flush()


def list_state(session: Session, list_code: str) -> ListState | None:
    """Where a selection list stands; None when there is none of this code."""
    row = session.get(SelectionListRow, list_code)
    return ListState(row.state) if row is not None else None


def selection_list(session: Session, list_code: str) -> SelectionList | None:
    """A selection list as it is recorded; None when there is none of this code."""
    row = session.get(SelectionListRow, list_code)
    if row is None:
        return None
    codes = (
        select(FileUnitRow.file_code)
        .join(SelectionItemRow, col(SelectionItemRow.file_unit_id) == col(FileUnitRow.id))
        .where(SelectionItemRow.list_code == list_code)
    )
    return SelectionList(list_code, row.title, tuple(session.exec(codes)))


def put_selection_list(writing: Writing, selection: SelectionList) -> None:
    """Set a draft selection list and its hồ sơ, which are all registered."""
    session = writing.session
    values = {"list_code": selection.list_code, "title": selection.title}
    statement = upsert(SelectionListRow).values({**values, "state": str(LIST_INITIAL)})
    session.execute(statement.on_conflict_do_update(index_elements=["list_code"], set_=values))
    items = col(SelectionItemRow.list_code) == selection.list_code
    session.execute(delete(SelectionItemRow).where(items))
    for file_code in selection.file_codes:
        unit = session.exec(select(FileUnitRow.id).where(FileUnitRow.file_code == file_code)).one()
        session.add(SelectionItemRow(list_code=selection.list_code, file_unit_id=unit or 0))
    session.flush()


def approve_list(writing: Writing, approval: Approval) -> int:
    """Record an approval and wake every hồ sơ of the list; gives how many it has.

    Raises:
        IllegalTransition: The list is not a draft.
    """
    session = writing.session
    row = session.get_one(SelectionListRow, approval.list_code)
    row.state = str(advance(LIST_TABLE, ListState(row.state), ListEvent.APPROVE))
    session.add(
        ApprovalRow(
            list_code=approval.list_code,
            decision_number=approval.decision_number,
            decision_date=approval.decision_date.isoformat(),
            signer=approval.signer,
            recorded_at=writing.now,
        )
    )
    session.flush()
    on_list = select(SelectionItemRow.file_unit_id).where(
        SelectionItemRow.list_code == approval.list_code
    )
    wake = update(FileUnitRow).where(col(FileUnitRow.id).in_(on_list))
    result: Any = session.execute(wake.values(next_attempt=writing.now))
    return int(result.rowcount)


def approval_of(session: Session, file_unit_id: int) -> Approval | None:
    """The approval that covers a hồ sơ, or None."""
    statement = (
        select(ApprovalRow)
        .join(SelectionListRow, col(SelectionListRow.list_code) == col(ApprovalRow.list_code))
        .join(SelectionItemRow, col(SelectionItemRow.list_code) == col(ApprovalRow.list_code))
        .where(SelectionItemRow.file_unit_id == file_unit_id)
        .where(SelectionListRow.state == str(ListState.APPROVED))
        .order_by(col(ApprovalRow.list_code))
    )
    row = session.exec(statement).first()
    if row is None:
        return None
    day = dt.date.fromisoformat(row.decision_date)
    return Approval(row.list_code, row.decision_number, day, row.signer)
