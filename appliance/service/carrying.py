"""The part of the sending that no line leads to: it only watches for disks that stay away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.pipeline.courier_trips import note_late

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue

LOOK_SECONDS: Final = 3600.0
"""Our own: days count here, so an hour is soon enough."""


@dataclass(slots=True)
class CarriedStep:
    """Tells of disks that should be back.

    Args:
        catalogue: Where fillings and notices stand.
        late_days: How long a disk may be away.
    """

    catalogue: Catalogue
    late_days: int
    _look_at: float = field(default=float("-inf"))

    def run(self, owner: str) -> int:
        """Look when it is time; never any work that another round would go on with."""
        del owner  # notices are not claimed
        clock = self.catalogue.clock
        if clock.monotonic() >= self._look_at:
            note_late(self.catalogue, self.late_days)
            self._look_at = clock.monotonic() + LOOK_SECONDS
        return 0

    def idle_seconds(self) -> float:
        """Until the next look."""
        return max(self._look_at - self.catalogue.clock.monotonic(), 0.1)
