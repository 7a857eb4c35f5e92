"""How old the proofs of the copies at a place are: one statement for this box, one for all others.

Each figure is read from an index by its end; only what is past its time is counted one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import literal
from sqlalchemy import select as core_select
from sqlmodel import col, func, select

from appliance.catalogue.audit_tables import PackageCheckRow
from appliance.catalogue.tables import DepositRow, DestinationRow
from appliance.domain.audits import CheckState, not_yet
from appliance.domain.proof_age import newest_old
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Mapped
    from sqlmodel import Session

PROVED: Final = literal(str(DepositState.PROVED), literal_execute=True)
_GOOD: Final = literal(str(CheckState.GOOD), literal_execute=True)
"""Written out in the statement: only then an index over what is proved is used for certain."""


@dataclass(frozen=True, slots=True)
class ProofTimes:
    """The proofs of the copies at one place.

    Args:
        oldest_at: The oldest (``clock.to_text``); None when there is none.
        newest_at: The newest; None when there is none.
        old: How many are past their time (``domain.proof_age``).
        future: How many are of a clock that was wrong, so that nobody knows their age.
    """

    oldest_at: str | None
    newest_at: str | None
    old: int
    future: int


def own_proofs(session: Session, now: dt.datetime) -> ProofTimes:
    """The proofs of this box's own copies."""
    good = (col(PackageCheckRow.state) == _GOOD,)
    figures = _figures(col(PackageCheckRow.proved_at), good, now)
    return ProofTimes(*session.execute(core_select(*figures)).one())


def far_proofs(
    session: Session, names: Collection[str], now: dt.datetime
) -> Mapping[str, ProofTimes]:
    """The proofs of the copies at some destinations, by their names."""
    proved = (
        col(DepositRow.destination) == col(DestinationRow.name),
        col(DepositRow.state) == PROVED,
    )
    figures = _figures(col(DepositRow.proved_at), proved, now)
    statement = core_select(col(DestinationRow.name), *figures)
    found = session.execute(statement.where(col(DestinationRow.name).in_(names)))
    return {name: ProofTimes(*values) for name, *values in found}


def _figures(
    proved_at: Mapped[str] | Mapped[str | None],
    which: tuple[ColumnElement[bool], ...],
    now: dt.datetime,
) -> tuple[ColumnElement[str | int | None], ...]:
    """The columns of ``ProofTimes``, each a question of its own to the index."""
    old, future = proved_at <= newest_old(now), proved_at > not_yet(now)
    return (
        select(func.min(proved_at)).where(*which).scalar_subquery(),
        select(func.max(proved_at)).where(*which).scalar_subquery(),
        select(func.count()).where(*which, old).scalar_subquery(),
        select(func.count()).where(*which, future).scalar_subquery(),
    )
