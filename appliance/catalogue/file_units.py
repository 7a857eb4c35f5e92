"""Where each hồ sơ stands on its way to the package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, text
from sqlmodel import col, func, select, update

from appliance.catalogue import leases
from appliance.catalogue.masters import findings_text
from appliance.catalogue.moves import keep_true, transition, transition_values
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
    from collections.abc import Iterable, Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding


class _Standing(NamedTuple):
    """Where a hồ sơ stands, which is all that a move must know of it."""

    id: int
    file_code: str
    state: str


_STANDING: Final = select(FileUnitRow.id, FileUnitRow.file_code, FileUnitRow.state).where(
    FileUnitRow.id == bindparam("unit_id")
)


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
    return _move(writing, _Standing(unit.id or 0, unit.file_code, unit.state), event, values)


def _move(
    writing: Writing, unit: _Standing, event: FileUnitEvent, values: Mapping[str, object]
) -> FileUnitState:
    state = advance(FILE_UNIT_TABLE, FileUnitState(unit.state), event)
    columns = {**leases.done(writing.now), "state": str(state), **values}
    moved = writing.session.connection().execute(
        transition(FileUnitRow.__table__, frozenset(columns)),
        transition_values(unit.id, unit.state, columns),
    )
    if moved.rowcount != 1:
        raise IllegalTransition(f"file unit {unit.file_code} is no longer {unit.state!r}")
    keep_true(writing.session, FileUnitRow, unit.id, columns)
    return state


def changed(writing: Writing, file_unit_id: int) -> None:
    """Tell a hồ sơ that its pages or its record changed; a sealed one stays as it is."""
    found = writing.session.connection().execute(_STANDING, {"unit_id": file_unit_id})
    unit = _Standing(*found.one())
    if unit.state != FileUnitState.SEALED:
        _move(writing, unit, FileUnitEvent.CHANGE, {"objid": None, "minted_at": None})


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


class SameBytes(NamedTuple):
    """A file of a hồ sơ, and one with the same bytes that another hồ sơ had before."""

    master_id: int
    file_code: str
    other_master_id: int
    number: int


def same_bytes_elsewhere(session: Session, file_unit_id: int) -> Mapping[int, SameBytes]:
    """The live files of a hồ sơ that are in another one too, where they came first.

    Args:
        session: A transaction.
        file_unit_id: Of the hồ sơ.

    Returns:
        The first of those that each file is like, by the id of the file.
    """
    statement = text(
        "SELECT found.id, file_unit.file_code, other.id, coalesce(first.number, 1) FROM ("
        "SELECT own.id, (SELECT earlier.id FROM master AS earlier "
        "WHERE earlier.sha256 = own.sha256 AND earlier.id < own.id "
        "AND +earlier.file_unit_id <> :unit_id "
        "AND earlier.state IN ('accepted', 'inspected', 'sealed') "
        "ORDER BY earlier.id LIMIT 1) AS other_id "
        "FROM master AS own JOIN page ON page.master_id = own.id AND page.frame = 1 "
        "WHERE own.file_unit_id = :unit_id AND own.state IN ('inspected', 'sealed') "
        "AND page.page_hash <> '') AS found "  # blank pages are alike by nature, and many
        "JOIN master AS other ON other.id = found.other_id "
        "JOIN file_unit ON file_unit.id = other.file_unit_id "
        "LEFT JOIN page AS first ON first.master_id = other.id AND first.frame = 1"
    )
    rows = session.connection().execute(statement, {"unit_id": file_unit_id})
    return {row[0]: SameBytes(*row) for row in rows}


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
