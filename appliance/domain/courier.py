"""Where one filling of a carried disk stands, as a table like those of ``states``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class TripState(StrEnum):
    """Where one filling of a disk stands."""

    FILLING = "filling"
    """Being filled, or interrupted while it was."""
    PREPARED = "prepared"
    """Everything on it was read back; it may leave."""
    CARRIED = "carried"
    """Handed to somebody who carries it."""
    IMPORTED = "imported"
    """It came back, and its receipts were taken in."""
    LOST = "lost"
    """Given up by a person; its packages are owed as before."""


class TripEvent(StrEnum):
    """What can happen to one filling of a disk."""

    FILL = "fill"
    """It is filled on, before it leaves or because it came back as it went."""
    PREPARE = "prepare"
    CARRY = "carry"
    IMPORT = "import"
    LOSE = "lose"


TRIP_INITIAL: Final = TripState.FILLING
TRIP_TABLE: Final[Mapping[TripState, Mapping[TripEvent, TripState]]] = {
    TripState.FILLING: {
        TripEvent.PREPARE: TripState.PREPARED,
        TripEvent.LOSE: TripState.LOST,
    },
    TripState.PREPARED: {
        TripEvent.FILL: TripState.FILLING,
        TripEvent.CARRY: TripState.CARRIED,
        TripEvent.IMPORT: TripState.IMPORTED,
        TripEvent.LOSE: TripState.LOST,
    },
    TripState.CARRIED: {
        TripEvent.FILL: TripState.FILLING,
        TripEvent.IMPORT: TripState.IMPORTED,
        TripEvent.LOSE: TripState.LOST,
    },
    TripState.IMPORTED: {TripEvent.IMPORT: TripState.IMPORTED},
    TripState.LOST: {TripEvent.IMPORT: TripState.IMPORTED},
}
