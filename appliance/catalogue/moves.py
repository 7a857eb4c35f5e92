"""Masters move from state to state, one or many by one statement, and never past another's move."""

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

    from sqlalchemy import Update
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

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
            _transition(tuple(sorted(made[0][1]))), [_bound(move, values) for move, values in made]
        )
    for move, values in made:
        _keep_true(writing.session, move.master.id, values)
    return [move for move, _values in made]


def _states_of(session: Session, moves: Iterable[Move]) -> dict[int | None, str]:
    values = {"ids": [move.master.id for move in moves]}
    return {row.id: row.state for row in session.connection().execute(_STATES, values)}


def _bound(move: Move, values: Mapping[str, object]) -> dict[str, object]:
    same = {"master_id": move.master.id, "from_state": move.master.state}
    return same | {f"new_{name}": value for name, value in values.items()}


@lru_cache(maxsize=64)
def _transition(names: tuple[str, ...]) -> Update:
    """The statement that moves a master on and sets some columns, by their names."""
    same = (_MASTER.c.id == bindparam("master_id"), _MASTER.c.state == bindparam("from_state"))
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(_MASTER).where(*same).values(columns)


def _keep_true(session: Session, master_id: int | None, values: Mapping[str, object]) -> None:
    """Tell a row that the session holds already what a plain statement made of it."""
    held = session.identity_map.get(session.identity_key(MasterRow, master_id))
    if held is not None:
        for name, value in values.items():
            set_committed_value(held, name, value)
