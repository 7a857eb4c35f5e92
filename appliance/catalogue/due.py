"""When a record comes due: asked in a read transaction, so that idle parts take no write lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, func, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
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
    ready = select(func.min(table.next_attempt)).where(
        *where, col(table.owner).is_(None), col(table.next_attempt).is_not(None)
    )
    held = select(func.min(table.lease_until)).where(col(table.owner).is_not(None))
    found = (session.exec(ready).one(), session.exec(held).one())
    return min((moment for moment in found if moment is not None), default=None)
