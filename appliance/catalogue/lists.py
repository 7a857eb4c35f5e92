"""Selection lists: which hồ sơ they name, and the decision that approves them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import exists
from sqlmodel import col, func, select

from appliance.catalogue.tables import (
    ApprovalRow,
    FileUnitRow,
    FondsRow,
    SelectionItemRow,
    SelectionListRow,
)
from appliance.domain.approvals import ON_NO_LIST
from appliance.domain.drop_names import natural_key
from appliance.domain.records import Approval
from appliance.domain.states import FileUnitState, ListState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Mapped
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


def awaiting_approval(session: Session) -> Mapping[str, int]:
    """How many hồ sơ wait for nothing but the approval of a list, by the list's code.

    One that several drafts name counts for the first of them, one on no draft for
    ``ON_NO_LIST``. The conditions on the hồ sơ are those of an index.
    """
    unit_id = col(FileUnitRow.id)
    draft = (
        select(func.min(SelectionItemRow.list_code))
        .where(*_is_on_list(ListState.DRAFT, unit_id))
        .correlate(FileUnitRow)
        .scalar_subquery()
    )
    list_code = func.coalesce(draft, ON_NO_LIST)
    statement = (
        select(list_code, func.count())
        .select_from(FileUnitRow)
        .where(FileUnitRow.state == str(FileUnitState.DERIVED), col(FileUnitRow.owner).is_(None))
        .where(~exists().where(*_is_on_list(ListState.APPROVED, unit_id)))
        .group_by(list_code)
    )
    return dict(session.exec(statement).all())


def drafts_naming(session: Session, file_unit_id: int) -> Sequence[str]:
    """The codes of the lists that name a hồ sơ and are not approved yet."""
    codes = select(SelectionItemRow.list_code).where(*_is_on_list(ListState.DRAFT, file_unit_id))
    return session.exec(codes.order_by(col(SelectionItemRow.list_code))).all()


def _is_on_list(
    state: ListState, file_unit_id: int | Mapped[int | None]
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SelectionItemRow.file_unit_id) == file_unit_id,
        col(SelectionListRow.list_code) == col(SelectionItemRow.list_code),
        col(SelectionListRow.state) == str(state),
    )
