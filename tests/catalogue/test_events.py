"""The chain of events in the database: append-only, chained, read back whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import exc
from sqlmodel import col, delete, insert, select, update

from appliance.catalogue import events
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import EventRow
from appliance.domain.custody import GENESIS, EventType, Outcome, first_break
from tests.catalogue.making import DRAFT

if TYPE_CHECKING:
    from sqlalchemy import Executable

    from appliance.catalogue.engine import Catalogue


def _record(catalogue: Catalogue, count: int) -> None:
    for number in range(count):
        with catalogue.write() as writing:
            events.record(writing, replace(DRAFT, object_id=f"o{number}", detail={"n": number}))


def test_an_empty_chain_begins_at_genesis(catalogue: Catalogue) -> None:
    """Before the first event the head is all zeros."""
    with catalogue.read() as session:
        assert events.head(session) == (0, GENESIS)
        assert first_break(events.all_events(session), head=GENESIS) is None


def test_events_are_chained(catalogue: Catalogue) -> None:
    """Each follows the one before it, over transactions, up to the head."""
    _record(catalogue, 3)
    with catalogue.read() as session:
        counter, head = events.head(session)
        chain = list(events.all_events(session))
        assert counter == 3
        assert first_break(chain, head=head) is None
        assert [events.digest_at(session, event.counter) for event in chain] == [
            event.digest() for event in chain
        ]
        assert events.digest_at(session, 4) is None


def test_two_events_of_one_transaction_are_chained(catalogue: Catalogue) -> None:
    """The second sees the first before either is committed."""
    with catalogue.write() as writing:
        first = events.record(writing, DRAFT)
        second = events.record(writing, DRAFT)
    assert (first.counter, second.counter) == (1, 2)
    assert second.previous == first.digest()


def test_an_event_comes_back_whole(catalogue: Catalogue) -> None:
    """Every field is read as it was recorded, the letters of its detail too."""
    draft = EventDraft(
        EventType.APPROVAL,
        "selection_list",
        "DM-01",
        "person:Nguyễn Văn Ả",
        Outcome.FAILURE,
        {"decision_number": "12/QĐ-UBND", "pages": [1, 2], "ok": None},
    )
    with catalogue.write() as writing:
        recorded = events.record(writing, draft)
    with catalogue.read() as session:
        assert list(events.all_events(session)) == [recorded]


@pytest.mark.parametrize(
    "statement",
    [
        update(EventRow).values(agent="person:intruder"),
        update(EventRow).where(col(EventRow.counter) == 2).values(detail="{}"),
        delete(EventRow),
        delete(EventRow).where(col(EventRow.counter) == 3),
        insert(EventRow)
        .prefix_with("OR REPLACE")
        .from_select(
            list(EventRow.__table__.columns.keys()),
            select(EventRow).where(col(EventRow.counter) == 2),
        ),
    ],
    ids=["update all", "update one", "delete all", "delete last", "replace one"],
)
def test_no_statement_changes_an_event(catalogue: Catalogue, statement: Executable) -> None:
    """Update, delete and replace are refused by the database itself."""
    _record(catalogue, 3)
    with pytest.raises(exc.IntegrityError, match="append-only"), catalogue.write() as writing:
        writing.session.execute(statement)
    with catalogue.read() as session:
        assert first_break(events.all_events(session), head=events.head(session)[1]) is None
        assert events.head(session)[0] == 3


def test_what_went_past_the_triggers_shows(catalogue: Catalogue) -> None:
    """Whoever drops the triggers and alters an event still breaks the chain."""
    _record(catalogue, 3)
    with catalogue.write() as writing:
        connection = writing.session.connection()
        connection.exec_driver_sql("DROP TRIGGER event_no_update")
        connection.exec_driver_sql("UPDATE event SET agent = 'person:x' WHERE counter = 2")
    with catalogue.read() as session:
        chain = list(events.all_events(session))
        assert first_break(chain, head=events.head(session)[1]) == 3


def test_events_of_some_objects(catalogue: Catalogue) -> None:
    """In the order of the chain, of these objects alone, up to a counter."""
    _record(catalogue, 4)
    with catalogue.read() as session:
        counters = events.counters_of(session, "register", ("o3", "o0", "o1"), up_to=3)
        found = events.by_counters(session, counters[::-1])
        assert [event.object_id for event in found] == ["o0", "o1"]
        assert [event.counter for event in found] == list(counters)
        assert list(events.counters_of(session, "master", ("o0",), up_to=9)) == []
