"""State tables: every pair of state and event, and the way to every state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from appliance.domain.courier import TRIP_INITIAL, TRIP_TABLE, TripEvent, TripState
from appliance.domain.errors import IllegalTransition
from appliance.domain.states import (
    BATCH_INITIAL,
    BATCH_TABLE,
    DEPOSIT_INITIAL,
    DEPOSIT_TABLE,
    FILE_UNIT_INITIAL,
    FILE_UNIT_TABLE,
    LIST_INITIAL,
    LIST_TABLE,
    MASTER_INITIAL,
    MASTER_TABLE,
    BatchEvent,
    BatchState,
    DepositEvent,
    DepositState,
    FileUnitEvent,
    FileUnitState,
    ListEvent,
    ListState,
    MasterEvent,
    MasterState,
    advance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum


class Machine(NamedTuple):
    """One state machine as these tests see it."""

    table: Mapping[StrEnum, Mapping[StrEnum, StrEnum]]
    initial: StrEnum
    states: type[StrEnum]
    events: type[StrEnum]
    final: frozenset[StrEnum]


def _machine(table: object, initial: StrEnum, events: type[StrEnum], *final: StrEnum) -> Machine:
    return Machine(table, initial, type(initial), events, frozenset(final))  # type: ignore[arg-type]  # tables are typed by their own enums


MACHINES = {
    "master": _machine(
        MASTER_TABLE,
        MASTER_INITIAL,
        MasterEvent,
        MasterState.SHEET,
        MasterState.DUPLICATE,
        MasterState.REPLACED,
    ),
    "batch": _machine(BATCH_TABLE, BATCH_INITIAL, BatchEvent, BatchState.SPLIT),
    "file_unit": _machine(FILE_UNIT_TABLE, FILE_UNIT_INITIAL, FileUnitEvent),
    "deposit": _machine(DEPOSIT_TABLE, DEPOSIT_INITIAL, DepositEvent),
    "list": _machine(LIST_TABLE, LIST_INITIAL, ListEvent, ListState.REVOKED),
    "courier": _machine(TRIP_TABLE, TRIP_INITIAL, TripEvent),
}
USUAL_ENDS = {FileUnitState.SEALED, DepositState.PROVED, TripState.IMPORTED}
"""States in which everything may stay for ever, though more can happen."""
PAIRS = [
    pytest.param(machine, state, event, id=f"{name}-{state}-{event}")
    for name, machine in MACHINES.items()
    for state in machine.states
    for event in machine.events
]


@pytest.fixture(params=list(MACHINES.values()), ids=list(MACHINES))
def machine(request: pytest.FixtureRequest) -> Machine:
    """Each state machine in turn."""
    found: Machine = request.param
    return found


@pytest.mark.parametrize(("machine", "state", "event"), PAIRS)
def test_every_pair_is_a_look_up_or_refused(
    machine: Machine, state: StrEnum, event: StrEnum
) -> None:
    """A pair in the table gives its state; any other raises and names state and event."""
    expected = machine.table[state].get(event)
    if expected is not None:
        assert advance(machine.table, state, event) is expected
        return
    before = {key: dict(row) for key, row in machine.table.items()}
    with pytest.raises(IllegalTransition, match=f"{state.value}.*{event.value}") as refused:
        advance(machine.table, state, event)
    assert refused.value.code == "ILLEGAL-TRANSITION"
    assert refused.value.__cause__ is None
    assert before == machine.table


def test_every_state_has_a_row(machine: Machine) -> None:
    """No state is left out of the table, and no row stands for an unknown one."""
    assert set(machine.table) == set(machine.states)


def test_every_state_is_reachable(machine: Machine) -> None:
    """From the initial state some run of events leads to each state."""
    seen, waiting = {machine.initial}, [machine.initial]
    while waiting:
        for state in machine.table[waiting.pop()].values():
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    assert seen == set(machine.states)


def test_every_event_applies_somewhere(machine: Machine) -> None:
    """An event that no state knows would be a name without meaning."""
    assert {event for row in machine.table.values() for event in row} == set(machine.events)


def test_only_the_documented_states_are_final(machine: Machine) -> None:
    """What is replaced, duplicate or revoked stays so; what is proved is read again for ever."""
    assert {state for state, row in machine.table.items() if not row} == machine.final


def test_a_final_state_can_be_reached_from_every_other(machine: Machine) -> None:
    """No state is a trap: some end, a seal or a proof, is always possible."""

    def ends(state: StrEnum, path: frozenset[StrEnum]) -> bool:
        following = set(machine.table[state].values()) - path
        is_end = state in machine.final | USUAL_ENDS
        return is_end or any(ends(n, path | {n}) for n in following)

    stuck = [state for state in machine.states if not ends(state, frozenset({state}))]
    assert stuck == []


def test_no_change_leads_past_the_review() -> None:
    """A page that comes late sends a hồ sơ back to scanning from every open state."""
    open_states = set(FileUnitState) - {FileUnitState.SEALED}
    after = {advance(FILE_UNIT_TABLE, state, FileUnitEvent.CHANGE) for state in open_states}
    assert after == {FileUnitState.SCANNING}


def test_a_sealed_file_unit_changes_by_a_correction_alone() -> None:
    """No late page and no second seal touches it (invariant I3)."""
    assert dict(FILE_UNIT_TABLE[FileUnitState.SEALED]) == {
        FileUnitEvent.CORRECT: FileUnitState.SCANNING
    }


def test_a_deposit_is_proved_only_from_sending() -> None:
    """Nothing that was not just sent can be proved (invariant I4)."""
    sources = [state for state, row in DEPOSIT_TABLE.items() if DepositEvent.PROVE in row]
    assert sources == [DepositState.SENDING]
