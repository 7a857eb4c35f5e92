"""Damage that is known is repaired at once, whatever the hour, and not only in the next night.

A deposit, a carried disk, a drill or the repair of another copy may come upon it by day, and a
night may end before everything that it found was mended. Repairs by day have a budget of their own,
as long as a night's, for each day.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audits
from appliance.domain.audits import SliceKind, SliceOutcome
from appliance.domain.clock import from_text, to_text
from appliance.domain.policy import AUDIT_REPAIR_AGAIN_HOURS

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.audit_tables import AuditSliceRow
    from appliance.pipeline.audit import AuditStage

_AGAIN: Final = dt.timedelta(hours=AUDIT_REPAIR_AGAIN_HOURS)
_DAY: Final = dt.timedelta(days=1)
_LOG: Final = logging.getLogger(__name__)


def repair_slice(stage: AuditStage) -> int | None:
    """The slice in which a place is repaired now; None while there is no need or no time.

    Args:
        stage: Of the place, which has no other slice now.
    """
    now = stage.catalogue.clock.now()
    with stage.catalogue.read() as session:
        last = audits.last_slice(session, stage.place, SliceKind.REPAIR)
        is_open = last is not None and last.ended_at is None
        is_wanted = not stage.is_halted(session) and stage.copies.is_any_damaged(session)
        is_new = is_wanted and _is_new(session, stage, now)
        spent = audits.spent_seconds(session, stage.place, SliceKind.REPAIR, to_text(now - _DAY))
    if last is not None and is_open:
        if is_wanted and dt.timedelta() <= now - from_text(last.started_at) < _AGAIN:
            return last.id
        stage.end(last.id or 0, _outcome(last, is_wanted=is_wanted))
    budget_seconds = stage.plan.budget_seconds - spent
    if not is_new or budget_seconds <= 0:
        return None
    _LOG.warning("%s: known damage is repaired now", stage.place)
    with stage.catalogue.write() as writing:
        return audits.begin_slice(writing, stage.place, SliceKind.REPAIR, budget_seconds)


def _is_new(session: Session, stage: AuditStage, now: dt.datetime) -> bool:
    """Whether damage was found since the last slice began, or that is long ago."""
    newest = audits.last_slice(session, stage.place)
    if newest is None:
        return True
    is_recent = dt.timedelta() <= now - from_text(newest.started_at) < _AGAIN
    return not is_recent or audits.newest_damage_at(session, stage.place) > newest.started_at


def _outcome(left: AuditSliceRow, *, is_wanted: bool) -> SliceOutcome:
    """How a slice that nobody goes on with has ended."""
    if not is_wanted:
        return SliceOutcome.DONE
    return SliceOutcome.LINE if left.finding else SliceOutcome.BUDGET
