"""Records move from state to state, one or many by one statement, and never past another's move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from appliance.catalogue.findings_texts import cause_of, findings_of
from appliance.catalogue.tables import MasterRow
from appliance.domain.errors import IllegalTransition
from appliance.domain.states import MASTER_TABLE, MasterEvent, MasterState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table, Update
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow

_MASTER: Final = MasterRow.__table__
_STATES: Final = select(_MASTER.c.id, _MASTER.c.state).where(
    _MASTER.c.id.in_(bindparam("ids", expanding=True))
)


def transit(
    writing: Writing, master: MasterRow, event: MasterEvent, **values: object
) -> MasterState:
    """Move a master to its next state, with further column values, or change nothing.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    move = Move(master, event, values)
    state = move.state  # before the row follows
    if not transit_many(writing, [move]):
        raise IllegalTransition(f"master {master.id} is no longer {master.state!r}")
    return state


@dataclass(frozen=True, slots=True)
class Move:
    """A master on its way to its next state.

    Args:
        master: As it was read.
        event: What happens to it.
        values: Further column values.
    """

    master: MasterRow
    event: MasterEvent
    values: Mapping[str, object]

    @property
    def state(self) -> MasterState:
        """Where it goes.

        Raises:
            IllegalTransition: The event does not apply.
        """
        return advance(MASTER_TABLE, MasterState(self.master.state), self.event)

    def columns(self) -> dict[str, object]:
        """Everything that the move sets."""
        state = self.state
        found = str(self.values.get("findings", self.master.findings))
        cause = cause_of(findings_of(found)) if state is MasterState.PARKED else None
        return {**self.values, "state": str(state), "cause": cause}


def transit_many(writing: Writing, moves: Sequence[Move]) -> list[Move]:
    """Move masters that are still as they were read; all moves set the same columns.

    Returns:
        The moves that were made: the others' rows changed meanwhile, and stay as they are.

    Raises:
        IllegalTransition: An event does not apply; nothing is changed.
    """
    columns = [move.columns() for move in moves]
    states = _states_of(writing.session, moves)
    made = [
        (move, values)
        for move, values in zip(moves, columns, strict=True)
        if states.get(move.master.id) == move.master.state
    ]
    if made:
        writing.session.connection().execute(
            transition(_MASTER, frozenset(made[0][1])),
            [transition_values(move.master.id, move.master.state, values) for move, values in made],
        )
    for move, values in made:
        keep_true(writing.session, MasterRow, move.master.id, values)
    return [move for move, _values in made]


def _states_of(session: Session, moves: Iterable[Move]) -> dict[int | None, str]:
    values = {"ids": [move.master.id for move in moves]}
    return {row.id: row.state for row in session.connection().execute(_STATES, values)}


@lru_cache(maxsize=64)
def transition(table: Table, names: frozenset[str]) -> Update:
    """The statement that moves a record on, if it is still in the state it was read in.

    Built once for each set of columns: building a statement costs more than running it.

    Args:
        table: A table with ids and states.
        names: Of the columns that it sets.
    """
    same = (table.c.id == bindparam("moved_id"), table.c.state == bindparam("from_state"))
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(table).where(*same).values(columns)


def transition_values(
    row_id: int | None, state: str, values: Mapping[str, object]
) -> dict[str, object]:
    """What a ``transition`` is run with: the record, its state as it was read, what is set."""
    same = {"moved_id": row_id, "from_state": state}
    return same | {f"new_{name}": value for name, value in values.items()}


def keep_true(
    session: Session,
    table: type[MasterRow | FileUnitRow],
    row_id: int | None,
    values: Mapping[str, object],
) -> None:
    """Tell a row that the session holds already what a plain statement made of it."""
    held = session.identity_map.get(session.identity_key(table, row_id))
    if held is not None:
        for name, value in values.items():
            set_committed_value(held, name, value)
