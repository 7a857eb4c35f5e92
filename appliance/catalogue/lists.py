"""Selection lists: which hồ sơ they name, and the decision that approves them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue.tables import (
    ApprovalRow,
    FileUnitRow,
    FondsRow,
    SelectionItemRow,
    SelectionListRow,
)
from appliance.domain.drop_names import natural_key
from appliance.domain.records import Approval
from appliance.domain.states import ListState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session


def approval_of_list(session: Session, list_code: str) -> Approval | None:
    """The decision on an approved list; None for a draft, a revoked or an unknown list."""
    statement = (
        select(ApprovalRow)
        .join(SelectionListRow, col(SelectionListRow.list_code) == col(ApprovalRow.list_code))
        .where(ApprovalRow.list_code == list_code)
        .where(SelectionListRow.state == str(ListState.APPROVED))
    )
    row = session.exec(statement).first()
    if row is None:
        return None
    day = dt.date.fromisoformat(row.decision_date)
    return Approval(row.list_code, row.decision_number, day, row.signer)


def units_of_list(session: Session, list_code: str) -> Sequence[tuple[FileUnitRow, FondsRow]]:
    """The hồ sơ of a list with their fonds, in natural order of their codes."""
    statement = (
        select(FileUnitRow, FondsRow)
        .join(SelectionItemRow, col(SelectionItemRow.file_unit_id) == col(FileUnitRow.id))
        .join(FondsRow, col(FondsRow.fonds_code) == col(FileUnitRow.fonds_code))
        .where(SelectionItemRow.list_code == list_code)
    )
    return sorted(session.exec(statement).all(), key=lambda row: natural_key(row[0].file_code))
