"""Claims as leases on records, taken in batches; the dead give back by expiry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import bindparam
from sqlalchemy import select as core_select
from sqlalchemy import update as core_update
from sqlmodel import col, select, update

from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow, PageRow
from appliance.domain.clock import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select, Update
    from sqlmodel import Session
    from sqlmodel.sql.expression import SelectOfScalar

    from appliance.catalogue.engine import Writing

R = TypeVar("R", BatchRow, MasterRow, PageRow, FileUnitRow, DepositRow)

LEASED_TABLES: Final = (BatchRow, MasterRow, PageRow, FileUnitRow, DepositRow)
FIRST_RETRY_SECONDS: Final = 2
LONGEST_RETRY_SECONDS: Final = 15 * 60
"""Our own: passing causes are looked at again at least this often."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who takes records, how many, and for how long.

    Args:
        owner: ``part:instance``; the part's start gives back what the same part held before.
        limit: Records at most.
        seconds: Length of the lease; work that takes longer may be done twice, never lost.
    """

    owner: str
    limit: int
    seconds: int


def take(
    writing: Writing, table: type[R], where: Sequence[ColumnElement[bool]], claim: Claim
) -> list[R]:
    """Lease the oldest ready records and return them.

    Ready means: matching ``where``, owned by nobody (or by an expired lease), and past its
    ``next_attempt``; a record without ``next_attempt`` waits until something sets it.
    """
    connection = writing.session.connection()
    connection.execute(_expiry(table), {"now": writing.now})
    ready = _ready(table, tuple(where))
    ids = connection.scalars(ready, {"now": writing.now, "most": claim.limit}).all()
    if not ids:
        return []
    until = later(writing.now, claim.seconds)
    connection.execute(_holding(table), {"ids": ids, "holder": claim.owner, "until": until})
    rows = writing.session.exec(_with_ids(table), params={"ids": ids}).all()
    return sorted(rows, key=lambda row: (row.next_attempt or "", row.id or 0))


@lru_cache(maxsize=16)
def _expiry(table: type[R]) -> Update:
    """The statement that frees what the dead held; nothing is loaded yet.

    A step of its own, since both then have an index, and only those: idle parts ask often.
    """
    expired = (col(table.owner).is_not(None), col(table.lease_until) < bindparam("now"))
    return core_update(table.__table__).where(*expired).values(RELEASED)


@lru_cache(maxsize=32)
def _ready(table: type[R], where: tuple[ColumnElement[bool], ...]) -> Select[tuple[int]]:
    """The statement that finds the oldest ready records; idle parts ask often."""
    is_due = (col(table.owner).is_(None), col(table.next_attempt) <= bindparam("now"))
    return (
        core_select(table.__table__.c.id)
        .where(*where, *is_due)
        .order_by(col(table.next_attempt), col(table.id))
        .limit(bindparam("most"))
    )


@lru_cache(maxsize=16)
def _holding(table: type[R]) -> Update:
    """The statement that leases records by their ids."""
    values: dict[str, Any] = {
        "owner": bindparam("holder"),
        "lease_until": bindparam("until"),
        "tries": col(table.tries) + 1,
    }
    is_taken = col(table.id).in_(bindparam("ids", expanding=True))
    return core_update(table.__table__).where(is_taken).values(values)


@lru_cache(maxsize=16)
def _with_ids(table: type[R]) -> SelectOfScalar[R]:
    """The statement that reads records by their ids, those the session holds already as well."""
    is_taken = col(table.id).in_(bindparam("ids", expanding=True))
    return select(table).where(is_taken).execution_options(populate_existing=True)


RELEASED: Final[dict[str, Any]] = {"owner": None, "lease_until": None}
"""Column values of a record that nobody holds."""


def done(now: str) -> dict[str, Any]:
    """Column values of a record whose next step may be taken at once."""
    return {**RELEASED, "next_attempt": now, "tries": 0}


def waits() -> dict[str, Any]:
    """Column values of a record that waits until something else wakes it."""
    return {**RELEASED, "next_attempt": None, "tries": 0}


def retry_later(
    now: str,
    tries: int,
    *,
    first_seconds: int = FIRST_RETRY_SECONDS,
    longest_seconds: int = LONGEST_RETRY_SECONDS,
) -> dict[str, Any]:
    """Column values of a record to try again: 2 s, doubled each time, at most 15 minutes.

    The spread by record comes from the work itself; a box has few records failing at once.

    Args:
        now: The moment of the failure.
        tries: How often the record was taken, this time included, as ``take`` counts.
        first_seconds: The first pause, where it is another.
        longest_seconds: The longest one.
    """
    doublings = min(max(tries - 1, 0), 10)
    seconds = min(first_seconds * 2**doublings, longest_seconds)
    return {**RELEASED, "next_attempt": later(now, seconds)}


def is_any_held(session: Session, table: type[R]) -> bool:
    """Whether somebody is at work on a record of a table."""
    held = core_select(table.__table__.c.id).where(col(table.owner).is_not(None))
    return session.connection().execute(held.limit(1)).first() is not None


def give_back(writing: Writing, part: str) -> int:
    """Release every lease that an earlier instance of a part held; how many there were.

    Only for a part that holds its lock: the earlier instance is then known to be dead.
    """
    count = 0
    for table in LEASED_TABLES:
        held = col(table.owner).startswith(f"{part}:", autoescape=True)
        result: Any = writing.session.execute(update(table).where(held).values(RELEASED))
        count += result.rowcount
    return count
