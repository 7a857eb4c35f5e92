"""The values of the page of carried disks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import couriers, deposits
from appliance.domain.courier import TRIP_TABLE, TripEvent, TripState
from appliance.domain.errors import RuleError, StorageError
from appliance.domain.states import DepositState
from appliance.web.language import marked

if TYPE_CHECKING:
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.domain.findings import Finding
    from appliance.pipeline.couriers import Couriers

TRIPS_SHOWN: Final = 50
"""Our own: fillings on one screen."""

TRIP_WORDS: Final = {
    TripState.FILLING: marked("đang ghi, hoặc dở dang"),
    TripState.PREPARED: marked("đã chuẩn bị, chờ giao"),
    TripState.CARRIED: marked("đã giao, đang đi"),
    TripState.IMPORTED: marked("đã về, đã nhập biên nhận"),
    TripState.LOST: marked("đã mất"),
}
"""What people call each state of a filling."""


@dataclass(frozen=True, slots=True)
class MountView:
    """A folder in which disks are mounted.

    Args:
        path: The folder.
        is_there: Whether a disk is mounted in it.
        free_bytes: Room on that disk; 0 when there is none.
        trip: The newest filling of that disk; None when it never was this box's.
        findings: Why it is no disk of this box, if so.
    """

    path: Path
    is_there: bool
    free_bytes: int
    trip: TripLine | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A destination that disks are carried to.

    Args:
        name: Its name.
        label: How people call it.
        waiting: Packages that it lacks.
        away: How many of them are on disks on their way.
        proved: Packages that it proved.
        returned_at: When a disk last came back; None when none did.
    """

    name: str
    label: str
    waiting: int
    away: int
    proved: int
    returned_at: str | None


@dataclass(frozen=True, slots=True)
class TripLine:
    """One filling.

    Args:
        row: As recorded.
        place: How people call its destination.
        word: Its state, in Vietnamese.
        is_late: Whether it should be back.
        may_carry: Whether it can be handed to somebody.
        may_lose: Whether it can be given up.
        findings: What was wrong with it.
    """

    row: CourierTripRow
    place: str
    word: str
    is_late: bool
    may_carry: bool
    may_lose: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CourierView:
    """Everything on the page of carried disks.

    Args:
        mounts: Where disks can be; as configured.
        places: Where disks can be carried to.
        trips: Fillings, the newest first.
        next_key: The last one shown, when there are more; None at the end.
        late_days: How long a disk may be away.
    """

    mounts: tuple[MountView, ...]
    places: tuple[PlaceLine, ...]
    trips: tuple[TripLine, ...]
    next_key: int | None
    late_days: int


def read_couriers(
    session: Session, carrying: Couriers, now: str, before_id: int | None
) -> CourierView:
    """Read the page.

    Args:
        session: A read transaction.
        carrying: The configured disks and places.
        now: The present moment, as ``clock.to_text``.
        before_id: Only fillings before this one; None = from the newest.
    """
    rows = couriers.trips(session, limit=TRIPS_SHOWN + 1, before_id=before_id)
    shown = rows[:TRIPS_SHOWN]
    return CourierView(
        mounts=tuple(_mount(session, carrying, path, now) for path in carrying.mounts),
        places=tuple(_place(session, place.destination) for place in carrying.places),
        trips=tuple(_trip(session, row, now, carrying.late_days) for row in shown),
        next_key=shown[-1].id if len(rows) > len(shown) else None,
        late_days=carrying.late_days,
    )


def _mount(session: Session, carrying: Couriers, path: Path, now: str) -> MountView:
    """A disk is another file system than the store's: an empty mount point is none."""
    try:
        is_there = path.stat().st_dev != carrying.store.root.stat().st_dev
        found = os.statvfs(path)
    except OSError:
        is_there = False
    if not is_there:
        return MountView(path, is_there=False, free_bytes=0)
    free_bytes = found.f_bavail * found.f_frsize
    try:
        row = carrying.newest_trip(session, path)
    except RuleError as problem:
        return MountView(path, is_there, free_bytes, findings=problem.findings)
    except StorageError:  # taken out, or failing: whoever works with it is told why
        return MountView(path, is_there, free_bytes)
    trip = None if row is None else _trip(session, row, now, carrying.late_days)
    return MountView(path, is_there, free_bytes, trip)


def _place(session: Session, name: str) -> PlaceLine:
    counts = deposits.counts(session, name)
    return PlaceLine(
        name=name,
        label=deposits.destination(session, name).label,
        waiting=counts.get(DepositState.WAITING, 0),
        away=couriers.packages_away(session).get(name, 0),
        proved=counts.get(DepositState.PROVED, 0),
        returned_at=couriers.last_return(session, name),
    )


def _trip(session: Session, row: CourierTripRow, now: str, late_days: int) -> TripLine:
    state = TripState(row.state)
    return TripLine(
        row=row,
        place=deposits.destination(session, row.destination).label,
        word=TRIP_WORDS[state],
        is_late=couriers.is_late(row, now, late_days),
        may_carry=TripEvent.CARRY in TRIP_TABLE[state],
        may_lose=TripEvent.LOSE in TRIP_TABLE[state],
        findings=couriers.findings_of(row),
    )
