"""The chain of custody events, written in the transaction of the state it explains."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert
from sqlalchemy import select as sqlalchemy_select
from sqlmodel import col, select

from appliance.catalogue.tables import EventRow
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import GENESIS, CustodyEvent, EventType, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Row
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.canonical import JsonValue


_INSERT: Final = insert(EventRow.__table__)
_ROWS: Final = sqlalchemy_select(EventRow.__table__)
"""Plain rows: an object for each costs more than all else that reading one takes."""
_LAST: Final = (
    select(EventRow.counter, EventRow.digest).order_by(col(EventRow.counter).desc()).limit(1)
)
_HEAD: Final = "head of the chain"
"""Where a write transaction keeps the head: until it ends nobody else can add to the chain."""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event before it has its counter, moment and place in the chain."""

    type: EventType
    object_kind: str
    object_id: str
    agent: str
    outcome: Outcome = Outcome.SUCCESS
    detail: Mapping[str, JsonValue] = field(default_factory=dict)


def record(writing: Writing, draft: EventDraft) -> CustodyEvent:
    """Append an event to the chain; it commits or vanishes with its transaction."""
    return record_many(writing, [draft])[0]


def record_many(writing: Writing, drafts: Iterable[EventDraft]) -> list[CustodyEvent]:
    """Append events to the chain in their order, by one statement."""
    known = writing.session.info
    counter, previous = known.get(_HEAD) or head(writing.session)
    made: list[CustodyEvent] = []
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        event = _next_event(writing, draft, counter, previous)
        counter, previous = event.counter, event.digest()
        made.append(event)
        rows.append(event_values(event, previous))
    if rows:
        writing.session.connection().execute(_INSERT, rows)
        known[_HEAD] = (counter, previous)
    return made


def _next_event(writing: Writing, draft: EventDraft, counter: int, previous: str) -> CustodyEvent:
    return CustodyEvent(
        counter=counter + 1,
        type=draft.type,
        object_kind=draft.object_kind,
        object_id=draft.object_id,
        at=writing.now,
        clock_trusted=writing.clock_trusted,
        agent=draft.agent,
        outcome=draft.outcome,
        detail=draft.detail,
        previous=previous,
    )


def event_values(event: CustodyEvent, digest: str) -> dict[str, Any]:
    """An event as the columns of its row."""
    return {
        "counter": event.counter,
        "type": str(event.type),
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "at": event.at,
        "clock_trusted": int(event.clock_trusted),
        "agent": event.agent,
        "outcome": str(event.outcome),
        "detail": canonical_json(dict(event.detail)).decode("utf-8"),
        "previous": event.previous,
        "digest": digest,
    }


def head(session: Session) -> tuple[int, str]:
    """The last event's counter and digest; ``(0, GENESIS)`` before the first."""
    found = session.connection().execute(_LAST).first()
    return (found.counter, found.digest) if found is not None else (0, GENESIS)


def all_events(session: Session) -> Iterator[CustodyEvent]:
    """Every event in the order of the chain."""
    for row in session.exec(select(EventRow).order_by(col(EventRow.counter))):
        yield _event(row)


def counters_of(
    session: Session, object_kind: str, object_ids: tuple[str, ...], *, up_to: int
) -> Sequence[int]:
    """The counters of the events of some objects, in order.

    Args:
        session: A read or write transaction.
        object_kind: Of all the objects.
        object_ids: Their identifiers.
        up_to: The last counter to look at.
    """
    statement = (
        select(EventRow.counter)
        .where(col(EventRow.object_kind) == object_kind)
        .where(col(EventRow.object_id).in_(object_ids))
        .where(col(EventRow.counter) <= up_to)
        .order_by(col(EventRow.counter))
    )
    return session.exec(statement).all()


def by_counters(session: Session, counters: Sequence[int]) -> tuple[CustodyEvent, ...]:
    """Some events, in the order of their counters."""
    chosen = _ROWS.where(col(EventRow.counter).in_(counters)).order_by(col(EventRow.counter))
    return tuple(_event(row) for row in session.connection().execute(chosen))


def _event(row: EventRow | Row[Any]) -> CustodyEvent:
    return CustodyEvent(
        counter=row.counter,
        type=EventType(row.type),
        object_kind=row.object_kind,
        object_id=row.object_id,
        at=row.at,
        clock_trusted=bool(row.clock_trusted),
        agent=row.agent,
        outcome=Outcome(row.outcome),
        detail=json.loads(row.detail),
        previous=row.previous,
    )


def about(
    session: Session, object_kind: str, object_id: str, kind: EventType
) -> tuple[CustodyEvent, ...]:
    """The events of one type about one object, in order."""
    chosen = _ROWS.where(col(EventRow.object_kind) == object_kind)
    chosen = chosen.where(col(EventRow.object_id) == object_id, col(EventRow.type) == str(kind))
    found = session.connection().execute(chosen.order_by(col(EventRow.counter)))
    return tuple(_event(row) for row in found)


def digest_at(session: Session, counter: int) -> str | None:
    """The digest of one event, or None when there is no such event."""
    return session.exec(select(EventRow.digest).where(EventRow.counter == counter)).first()
