"""Where each hồ sơ stands on its way to the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmodel import col, func, select, update

from appliance.catalogue import leases
from appliance.catalogue.masters import findings_text
from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
from appliance.domain.errors import IllegalTransition
from appliance.domain.states import (
    FILE_UNIT_TABLE,
    FileUnitEvent,
    FileUnitState,
    MasterState,
    advance,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding


def by_id(session: Session, file_unit_id: int) -> FileUnitRow:
    """One hồ sơ that is known to exist."""
    return session.get_one(FileUnitRow, file_unit_id)


def transit(
    writing: Writing, unit: FileUnitRow, event: FileUnitEvent, **values: object
) -> FileUnitState:
    """Move a hồ sơ to its next state, ready for the next step, or change nothing.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    state = advance(FILE_UNIT_TABLE, FileUnitState(unit.state), event)
    same = (col(FileUnitRow.id) == unit.id, col(FileUnitRow.state) == unit.state)
    columns = {**leases.done(writing.now), "state": str(state), **values}
    result: Any = writing.session.execute(update(FileUnitRow).where(*same).values(columns))
    if result.rowcount != 1:
        raise IllegalTransition(f"file unit {unit.file_code} is no longer {unit.state!r}")
    return state


def changed(writing: Writing, file_unit_id: int) -> None:
    """Tell a hồ sơ that its pages or its record changed; a sealed one stays as it is."""
    unit = by_id(writing.session, file_unit_id)
    if unit.state != FileUnitState.SEALED:
        transit(writing, unit, FileUnitEvent.CHANGE, objid=None, minted_at=None)


def release(
    writing: Writing,
    unit: FileUnitRow,
    findings: Iterable[Finding],
    *,
    retry_after_failure: bool = False,
    **values: object,
) -> None:
    """Give a hồ sơ back in its state, with the findings that hold it up.

    Args:
        writing: The transaction.
        unit: As it was leased.
        findings: Shown on the page; none clears them.
        retry_after_failure: Try again by itself with growing pauses; otherwise it waits until
            something else wakes it.
        values: Further columns.
    """
    lease = leases.retry_later(writing.now, unit.tries) if retry_after_failure else leases.waits()
    columns = {**lease, "findings": findings_text(findings), **values}
    held = (col(FileUnitRow.id) == unit.id, col(FileUnitRow.state) == unit.state)
    writing.session.execute(update(FileUnitRow).where(*held).values(columns))


def pages_left_to_derive(session: Session, file_unit_id: int) -> int:
    """Live pages of a hồ sơ whose derivatives are not stored yet."""
    statement = (
        select(func.count())
        .select_from(PageRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id, PageRow.is_derived == 0)
        .where(MasterRow.state == str(MasterState.INSPECTED), col(PageRow.sheet_mark).is_(None))
    )
    return session.exec(statement).one()
