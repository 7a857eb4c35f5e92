"""A stage that rests while nothing is due: it looks before it takes the write lock.

Every round of a stage begins with a write transaction, of which there is one at a time on the
whole box. So an idle part first asks, reading, when something comes due, and sleeps until then or
until it is rung; now and then it does a round all the same, whatever the look says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import work
from appliance.catalogue.due import next_moment
from appliance.domain.clock import from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.work import Work

SHORTEST_SECONDS: Final = 2.0
"""Our own: between two rounds that find nothing to do, whatever the look says."""
LONGEST_SECONDS: Final = 30.0
"""Our own: at least so often a round is done, whatever the look says."""


WORK: Final[Mapping[str, Work[Any]]] = {
    "inspect": work.TO_INSPECT,
    "inspect:batches": work.TO_SPLIT,
    "inspect:parked": work.TO_JUDGE_AGAIN,
    "assemble": work.TO_ASSEMBLE,
    "derive": work.TO_DERIVE,
    "seal": work.TO_SEAL,
}
"""By the name of the part: what its stage takes."""


@dataclass(slots=True)
class Resting:
    """One stage that looks first.

    Args:
        catalogue: Where records come due.
        work: Which ones.
        stage: One round with the lease owner's name; how much was done.
    """

    catalogue: Catalogue
    work: Work[Any]
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
            moment = next_moment(session, *self.work)
        if moment is None:
            return float("inf")
        return (from_text(moment) - self.catalogue.clock.now()).total_seconds()
