"""When a record comes due: asked in a read transaction, so that idle parts take no write lock."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlmodel import col, func

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlmodel import Session

    from appliance.catalogue.leases import R


def next_moment(
    session: Session, table: type[R], where: Sequence[ColumnElement[bool]]
) -> str | None:
    """The earliest moment at which ``leases.take`` can find a record.

    Args:
        session: The catalogue.
        table: As for ``leases.take``.
        where: As for ``leases.take``.

    Returns:
        The moment (``clock.to_text``), perhaps past; None when only a change of the catalogue
        can bring work.
    """
    found = session.connection().execute(_moments(table, tuple(where))).one()
    return min((moment for moment in found if moment is not None), default=None)


@lru_cache(maxsize=32)
def _moments(
    table: type[R], where: tuple[ColumnElement[bool], ...]
) -> Select[tuple[str | None, str | None]]:
    """When the first free record, and the first that somebody holds, can be taken.

    Made once for each stage: a stage that is busy asks before every record.
    """
    is_free = (*where, col(table.owner).is_(None), col(table.next_attempt).is_not(None))
    free = select(func.min(table.next_attempt)).where(*is_free)
    held = select(func.min(table.lease_until)).where(col(table.owner).is_not(None))
    return select(free.scalar_subquery(), held.scalar_subquery())
