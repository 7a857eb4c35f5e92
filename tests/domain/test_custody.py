"""The chain of custody events: what was altered, removed or reordered shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.custody import GENESIS, CustodyEvent, EventType, Outcome, first_break

FIRST = CustodyEvent(
    counter=1,
    type=EventType.TRANSFER,
    object_kind="master",
    object_id="ab" * 32,
    at="2026-03-02T08:00:00.000000Z",
    clock_trusted=True,
    agent="scanner:scan01",
    outcome=Outcome.SUCCESS,
    detail={"name": "0001.tif", "size_bytes": 7},
)
CHANGES: dict[str, object] = {
    "counter": 2,
    "type": EventType.INGESTION,
    "object_kind": "package",
    "object_id": "cd" * 32,
    "at": "2026-03-02T08:00:00.000001Z",
    "clock_trusted": False,
    "agent": "person:x",
    "outcome": Outcome.FAILURE,
    "detail": {"name": "0001.tif", "size_bytes": 8},
    "previous": "1" * 64,
}


def _chain(length: int) -> list[CustodyEvent]:
    chain: list[CustodyEvent] = []
    previous = GENESIS
    for counter in range(1, length + 1):
        chain.append(replace(FIRST, counter=counter, previous=previous, detail={"n": counter}))
        previous = chain[-1].digest()
    return chain


def _head(chain: list[CustodyEvent]) -> str:
    return chain[-1].digest() if chain else GENESIS


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_a_whole_chain_has_no_break(length: int) -> None:
    """Events that follow one another, up to the head, are whole; so is an empty chain."""
    chain = _chain(length)
    assert first_break(chain, head=_head(chain)) is None


def test_every_field_counts() -> None:
    """Whatever is altered in an event alters its digest."""
    assert set(CHANGES) == set(CustodyEvent.__dataclass_fields__)
    altered = {replace(FIRST, **{name: value}).digest() for name, value in CHANGES.items()}  # type: ignore[arg-type]  # fields by name
    assert FIRST.digest() not in altered
    assert len(altered) == len(CHANGES)


def test_the_digest_is_the_same_everywhere() -> None:
    """The digest is a format: it was computed once and must never change."""
    assert FIRST.digest() == "f07967030c8590a0c6b79cf23322a757cf769bb692c4c57810c8982e31396049"
    reordered = replace(FIRST, detail={"size_bytes": 7, "name": "0001.tif"})
    assert reordered.digest() == FIRST.digest()


@given(st.integers(1, 8), st.data())
def test_an_altered_event_shows(length: int, data: st.DataObject) -> None:
    """The break is at the event after it, or at the head when it is the last one."""
    chain = _chain(length)
    head, index = _head(chain), data.draw(st.integers(0, length - 1))
    chain[index] = replace(chain[index], agent="person:intruder")
    expected = index + 2 if index + 1 < length else 0
    assert first_break(chain, head=head) == expected


@given(st.integers(2, 8), st.data())
def test_a_removed_event_shows(length: int, data: st.DataObject) -> None:
    """The event after it no longer follows; a removed last one shows at the head."""
    chain = _chain(length)
    head, index = _head(chain), data.draw(st.integers(0, length - 1))
    del chain[index]
    expected = index + 2 if index < length - 1 else 0
    assert first_break(chain, head=head) == expected


@given(st.integers(2, 8), st.data())
def test_reordered_events_show(length: int, data: st.DataObject) -> None:
    """Two events that changed places break the chain at the first of them."""
    chain = _chain(length)
    one = data.draw(st.integers(0, length - 2))
    other = data.draw(st.integers(one + 1, length - 1))
    head = _head(chain)
    chain[one], chain[other] = chain[other], chain[one]
    assert first_break(chain, head=head) == other + 1


def test_a_chain_cut_at_its_beginning_shows() -> None:
    """The first event must follow from nothing."""
    chain = _chain(3)
    assert first_break(chain[1:], head=_head(chain)) == 2


def test_an_emptied_chain_shows() -> None:
    """No event at all, though the head says there were some."""
    assert first_break([], head=_head(_chain(1))) == 0


def test_an_appended_event_shows() -> None:
    """An event after the anchored head is not covered by it."""
    chain = _chain(3)
    assert first_break(chain, head=chain[1].digest()) == 0


def test_a_skipped_counter_shows() -> None:
    """A gap in the counters is a break, even when the digests follow."""
    second = replace(FIRST, counter=3, previous=FIRST.digest())
    assert first_break([FIRST, second], head=second.digest()) == 3
