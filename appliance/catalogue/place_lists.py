"""The deposits of one destination as a screen shows them: read by key, never by counting rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import literal, tuple_
from sqlalchemy import select as core_select
from sqlmodel import col, func, select

from appliance.catalogue.tables import DepositRow, FileUnitRow, PackageRow
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

_PROVED: Final = literal(str(DepositState.PROVED), literal_execute=True)
"""Written out in the statement: only then the index over proofs is used."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One package on its way to a destination, and the hồ sơ that it holds.

    Args:
        deposit: Its record.
        version: Of the package, 1-based.
        file_code: Of the hồ sơ.
        safe_name: Of the hồ sơ, as addresses name it.
    """

    deposit: DepositRow
    version: int
    file_code: str
    safe_name: str


def in_state(
    session: Session,
    name: str,
    state: DepositState,
    *,
    after: tuple[int, int] = (-1, 0),
    limit: int,
) -> tuple[Queued, ...]:
    """Deposits of a destination in one state, in the order of the queue.

    Args:
        session: A read transaction.
        name: The destination.
        state: Their state.
        after: Rank and row id of the last one of the screen before.
        limit: At most so many.
    """
    rank, number = col(DepositRow.send_rank), col(DepositRow.id)
    statement = (
        select(DepositRow)
        .where(DepositRow.destination == name, DepositRow.state == str(state))
        .where(tuple_(rank, number) > tuple_(*map(literal, after)))
        .order_by(rank, number)
        .limit(limit)
    )
    return _with_units(session, session.exec(statement).all())


def proofs(
    session: Session, name: str, *, before: tuple[str, int] | None = None, limit: int
) -> tuple[Queued, ...]:
    """Proved deposits of a destination, the newest proof first.

    Args:
        session: A read transaction.
        name: The destination.
        before: Moment and row id of the last one of the screen before; None = the newest.
        limit: At most so many.
    """
    moment, number = col(DepositRow.proved_at), col(DepositRow.id)
    statement = (
        select(DepositRow)
        .where(DepositRow.destination == name, DepositRow.state == _PROVED)
        .order_by(moment.desc(), number.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(tuple_(moment, number) < tuple_(*map(literal, before)))
    return _with_units(session, session.exec(statement).all())


def bytes_before(session: Session, name: str, first: DepositRow) -> int:
    """How much waits for a destination before one of its waiting packages."""
    rank, number = col(DepositRow.send_rank), col(DepositRow.id)
    statement = select(func.coalesce(func.sum(DepositRow.size_bytes), 0)).where(
        DepositRow.destination == name,
        DepositRow.state == str(DepositState.WAITING),
        tuple_(rank, number) < tuple_(literal(first.send_rank), literal(first.id)),
    )
    return session.exec(statement).one()


def _with_units(session: Session, rows: Sequence[DepositRow]) -> tuple[Queued, ...]:
    """The same deposits with what their packages hold, by one question for all."""
    if not rows:
        return ()
    ids = {row.package_id for row in rows}
    statement = (
        core_select(
            col(PackageRow.id),
            col(PackageRow.version),
            col(FileUnitRow.file_code),
            col(FileUnitRow.safe_name),
        )
        .join(FileUnitRow, col(FileUnitRow.id) == col(PackageRow.file_unit_id))
        .where(col(PackageRow.id).in_(ids))
    )
    units = {row[0]: row[1:] for row in session.connection().execute(statement)}
    return tuple(Queued(row, *units[row.package_id]) for row in rows)
