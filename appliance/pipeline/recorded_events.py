"""The custody events of a hồ sơ, read from the catalogue whenever they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.catalogue.engine import Catalogue
    from appliance.domain.custody import CustodyEvent

_BATCH: Final = 200
"""Our own: so many events are in memory at once; a page has three or more."""


@dataclass(frozen=True, slots=True)
class RecordedEvents:
    """Events by their counters: since none is ever changed, each reading gives the same.

    Args:
        catalogue: Where they are recorded.
        counters: Of the events, in order.
    """

    catalogue: Catalogue
    counters: Sequence[int]

    def __iter__(self) -> Iterator[CustodyEvent]:
        """The events in order, a batch at a time."""
        with self.catalogue.read() as session:
            for start in range(0, len(self.counters), _BATCH):
                yield from events.by_counters(session, self.counters[start : start + _BATCH])
