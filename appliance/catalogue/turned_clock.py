"""When the clock was set back: what is due now would wait until the clock gets there once more.

A box that starts with a battery gone flat may take a day's scans in another year, before the
network tells it the date. Whatever waits for a moment is moved back by as much as the clock was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlmodel import func, update

from appliance.catalogue.backup_tables import BackupCopyRow
from appliance.catalogue.leases import LEASED_TABLES
from appliance.domain.clock import from_text

if TYPE_CHECKING:
    from appliance.catalogue.engine import Writing

_MOMENTS: Final = frozenset({"next_attempt", "lease_until"})
_FORM: Final = "%Y-%m-%dT%H:%M:%f"
"""That of ``domain.clock.to_text`` but for the last three figures and the zone."""
_REST: Final = "000Z"


def move_back(writing: Writing, known: str | None) -> int:
    """Move every pause and lease that has not passed by as much as the clock went back.

    Args:
        writing: A write transaction.
        known: A moment that has been, in the form of ``to_text``; None when none is known.

    Returns:
        How many pauses and leases were moved; 0 when the clock did not go back.
    """
    if known is None or known <= writing.now:
        return 0
    back = from_text(known) - from_text(writing.now)
    moved = 0
    for table in (*LEASED_TABLES, BackupCopyRow):
        for name in _MOMENTS & set(table.__table__.c.keys()):
            moment = table.__table__.c[name]
            earlier = func.strftime(_FORM, moment, f"-{back.total_seconds():.3f} seconds")
            statement = update(table).where(moment > writing.now)
            result: Any = writing.session.execute(statement.values({name: earlier.concat(_REST)}))
            moved += result.rowcount
    return moved
