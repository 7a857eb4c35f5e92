"""What people say of carried disks, and which of them are late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.catalogue import box, couriers, deposits, events
from appliance.catalogue.events import EventDraft
from appliance.domain.courier import TripEvent
from appliance.domain.custody import EventType, Outcome
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.domain.canonical import JsonValue

LATE: Final = "COURIER-LATE"
MAX_CARRIER_CHARACTERS: Final = 100
"""Our own: the name of a person or a service."""


def mark_carried(catalogue: Catalogue, trip_id: int, carrier: str, agent: str) -> None:
    """A prepared disk was handed to somebody.

    Args:
        catalogue: Where it is recorded.
        trip_id: The filling.
        carrier: Who took it.
        agent: Who says so.

    Raises:
        RuleError: ``COURIER-NO-TRIP``.
        IllegalTransition: It is not prepared.
    """
    name = carrier.strip()[:MAX_CARRIER_CHARACTERS]
    with catalogue.write() as writing:
        trip = _trip(writing, trip_id)
        couriers.transit(writing, trip, TripEvent.CARRY, carrier=name, carried_at=writing.now)
        _record(writing, trip, agent, Outcome.SUCCESS, {"carrier": name})


def mark_lost(catalogue: Catalogue, trip_id: int, agent: str) -> None:
    """A disk is given up: its packages are owed to the next one, as they were.

    Raises:
        RuleError: ``COURIER-NO-TRIP``.
        IllegalTransition: It has come back already.
    """
    with catalogue.write() as writing:
        trip = _trip(writing, trip_id)
        couriers.transit(writing, trip, TripEvent.LOSE)
        box.clear_notice(writing, LATE, _place(trip))
        _record(writing, trip, agent, Outcome.FAILURE, {"lost": True})


def note_late(catalogue: Catalogue, late_days: int) -> int:
    """Tell of every disk that should be back, and no longer of those that are; how many are late.

    Args:
        catalogue: Where notices stand.
        late_days: How long a disk may be away.
    """
    with catalogue.write() as writing:
        away = couriers.on_the_way(writing.session)
        late = [trip for trip in away if couriers.is_late(trip, writing.now, late_days)]
        standing = {
            finding.where for finding, _ in box.notices(writing.session) if finding.code == LATE
        }
        for trip in late:
            box.put_notice(writing, _late(writing, trip, late_days))
        for place in standing - {_place(trip) for trip in late}:
            box.clear_notice(writing, LATE, place)
    return len(late)


def _late(writing: Writing, trip: CourierTripRow, late_days: int) -> Finding:
    since = trip.carried_at or trip.prepared_at or trip.begun_at
    values: dict[str, JsonValue] = {
        "place": deposits.destination(writing.session, trip.destination).label,
        "day": f"{since[8:10]}/{since[5:7]}/{since[:4]}",
        "days": late_days,
        "disk": trip.disk_id,
    }
    return Finding(LATE, _place(trip), values)


def _place(trip: CourierTripRow) -> str:
    return f"courier:{trip.id}"


def _trip(writing: Writing, trip_id: int) -> CourierTripRow:
    trip = couriers.by_id(writing.session, trip_id)
    if trip is None:
        finding = Finding("COURIER-NO-TRIP", str(trip_id))
        raise RuleError(f"there is no trip {trip_id}", (finding,), code=finding.code)
    return trip


def _record(
    writing: Writing,
    trip: CourierTripRow,
    agent: str,
    outcome: Outcome,
    facts: dict[str, JsonValue],
) -> None:
    detail: dict[str, JsonValue] = {"destination": trip.destination, "trip": trip.id, **facts}
    draft = EventDraft(EventType.EXPORTING, "courier_disk", trip.disk_id, agent, outcome, detail)
    events.record(writing, draft)
