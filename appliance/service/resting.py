"""A stage that rests while nothing is due: it looks before it takes the write lock.

Every round of a stage begins with a write transaction, of which there is one at a time on the
whole box. So an idle part first asks, reading, when something comes due, and sleeps until then or
until it is rung; now and then it does a round all the same, whatever the look says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import col

from appliance.catalogue.due import next_moment
from appliance.catalogue.intake_tables import BatchRow
from appliance.catalogue.parked import IS_PARKED
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow, PageRow
from appliance.domain.clock import from_text
from appliance.domain.states import BatchState, DepositState, FileUnitState, MasterState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement

    from appliance.catalogue.engine import Catalogue

SHORTEST_SECONDS: Final = 2.0
"""Our own: between two rounds that find nothing to do, whatever the look says."""
LONGEST_SECONDS: Final = 30.0
"""Our own: at least so often a round is done, whatever the look says."""


@dataclass(frozen=True, slots=True)
class Work:
    """The records that a part takes, as its stage asks for them.

    Args:
        table: A table with leases.
        where: Which of its records.
    """

    table: Any
    where: tuple[ColumnElement[bool], ...]


WORK: Final[Mapping[str, Work]] = {
    "inspect": Work(MasterRow, (col(MasterRow.state) == str(MasterState.ACCEPTED),)),
    "inspect:batches": Work(BatchRow, (col(BatchRow.state) != str(BatchState.SPLIT),)),
    "inspect:parked": Work(MasterRow, (IS_PARKED,)),
    "assemble": Work(
        FileUnitRow,
        (
            col(FileUnitRow.state).in_(
                [str(state) for state in (FileUnitState.SCANNING, FileUnitState.COMPLETE)]
            ),
        ),
    ),
    "derive": Work(PageRow, (col(PageRow.is_derived) == 0,)),
    "seal": Work(FileUnitRow, (col(FileUnitRow.state) == str(FileUnitState.DERIVED),)),
}
"""By the name of the part."""


def deposits_to(destination: str) -> Work:
    """What the sending part of one destination takes."""
    return Work(
        DepositRow,
        (
            col(DepositRow.destination) == destination,
            col(DepositRow.state) == str(DepositState.WAITING),
        ),
    )


@dataclass(slots=True)
class Resting:
    """One stage that looks first.

    Args:
        catalogue: Where records come due.
        work: Which ones.
        stage: One round with the lease owner's name; how much was done.
    """

    catalogue: Catalogue
    work: Work
    stage: Callable[[str], int]
    _round_at: float = field(default=float("-inf"))
    _rest_seconds: float = SHORTEST_SECONDS

    def run(self, owner: str) -> int:
        """A round when something is due, or when the last one is long ago; how much was done."""
        now = self.catalogue.clock.monotonic()
        until_due = self._seconds_until_due()
        if until_due > 0 and now < self._round_at:
            self._rest_seconds = min(until_due, self._round_at - now)
            return 0
        done = self.stage(owner)
        self._round_at = self.catalogue.clock.monotonic() + LONGEST_SECONDS
        self._rest_seconds = 0.0
        return done

    def idle_seconds(self) -> float:
        """Until the next look, unless the part is rung before."""
        return max(self._rest_seconds, SHORTEST_SECONDS)

    def _seconds_until_due(self) -> float:
        with self.catalogue.read() as session:
            moment = next_moment(session, self.work.table, self.work.where)
        if moment is None:
            return float("inf")
        return (from_text(moment) - self.catalogue.clock.now()).total_seconds()
