"""Carried disks in the catalogue: fillings, what each holds, and what came back of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import col, delete, func, insert, select, update

from appliance.catalogue.courier_tables import CourierPackageRow, CourierTripRow
from appliance.catalogue.tables import DepositRow, FileUnitRow, PackageRow
from appliance.domain.canonical import canonical_json
from appliance.domain.clock import later
from appliance.domain.courier import TRIP_TABLE, TripEvent, TripState
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

DEPOSIT_PURPOSE: Final = "deposit"
AUDIT_PURPOSE: Final = "audit"
_ON_THE_WAY: Final = (str(TripState.PREPARED), str(TripState.CARRIED))
_DAY_SECONDS: Final = 86_400
_WAITING: Final = str(DepositState.WAITING)
_PROVED: Final = str(DepositState.PROVED)


def begin(
    writing: Writing, *, disk_id: str, destination: str, mount: str, agent: str
) -> CourierTripRow:
    """The filling of a disk that is to go on: one that was begun, or not yet given away, else new.

    Args:
        writing: Its moment is when a new one begins.
        disk_id: The disk.
        destination: Where it goes.
        mount: Where it is mounted now.
        agent: Who fills it.
    """
    trip = newest(writing.session, disk_id)
    if trip is not None and TripEvent.FILL in TRIP_TABLE[TripState(trip.state)]:
        transit(writing, trip, TripEvent.FILL, mount=mount, agent=agent)
        return trip
    if trip is None or trip.state != TripState.FILLING:
        trip = CourierTripRow(
            disk_id=disk_id,
            destination=destination,
            mount=mount,
            agent=agent,
            begun_at=writing.now,
        )
        writing.session.add(trip)
        writing.session.flush()
    return trip


def transit(
    writing: Writing, trip: CourierTripRow, event: TripEvent, **values: object
) -> TripState:
    """Move a filling to its next state, or change nothing.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    state = advance(TRIP_TABLE, TripState(trip.state), event)
    same = (col(CourierTripRow.id) == trip.id, col(CourierTripRow.state) == trip.state)
    statement = update(CourierTripRow).where(*same).values(state=str(state), **values)
    result: Any = writing.session.execute(statement)
    if result.rowcount != 1:
        raise IllegalTransition(f"trip {trip.id} is no longer {trip.state!r}")
    trip.state = str(state)
    for name, value in values.items():
        setattr(trip, name, value)
    return state


def newest(session: Session, disk_id: str) -> CourierTripRow | None:
    """The newest filling of a disk."""
    statement = (
        select(CourierTripRow)
        .where(CourierTripRow.disk_id == disk_id)
        .order_by(col(CourierTripRow.id).desc())
        .limit(1)
    )
    return session.exec(statement).first()


def by_id(session: Session, trip_id: int) -> CourierTripRow | None:
    """One filling."""
    return session.get(CourierTripRow, trip_id)


def trips(
    session: Session, *, limit: int, before_id: int | None = None
) -> Sequence[CourierTripRow]:
    """Fillings, the newest first.

    Args:
        session: A read transaction.
        limit: At most so many.
        before_id: Only those before this one; None = from the newest.
    """
    statement = select(CourierTripRow).order_by(col(CourierTripRow.id).desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(col(CourierTripRow.id) < before_id)
    return session.exec(statement).all()


def on_the_way(session: Session) -> Sequence[CourierTripRow]:
    """Fillings that have not come back and are not given up, the oldest first."""
    is_away = col(CourierTripRow.state).in_(_ON_THE_WAY)
    return session.exec(
        select(CourierTripRow).where(is_away).order_by(col(CourierTripRow.id))
    ).all()


def may_import(trip: CourierTripRow) -> bool:
    """Whether a filling can come back: it was finished, however long ago."""
    return TripEvent.IMPORT in TRIP_TABLE[TripState(trip.state)]


def packages_away(session: Session) -> Mapping[str, int]:
    """How many packages are on disks that have not come back, by destination; none: not named."""
    statement = (
        select(CourierTripRow.destination, func.count(func.distinct(CourierPackageRow.package_id)))
        .join(CourierTripRow, col(CourierTripRow.id) == CourierPackageRow.trip_id)
        .where(col(CourierTripRow.state).in_(_ON_THE_WAY))
        .where(CourierPackageRow.purpose == DEPOSIT_PURPOSE)
        .group_by(col(CourierTripRow.destination))
    )
    return dict(session.exec(statement).all())


def last_return(session: Session, destination: str) -> str | None:
    """When a disk last came back from a destination; None when none ever did."""
    statement = select(func.max(CourierTripRow.imported_at)).where(
        CourierTripRow.destination == destination
    )
    return session.exec(statement).one()


def is_late(trip: CourierTripRow, now: str, late_days: int) -> bool:
    """Whether a filling is away for longer than it should be.

    Args:
        trip: Any.
        now: The present moment, as ``clock.to_text``.
        late_days: How long a disk may be away.
    """
    since = trip.carried_at or trip.prepared_at
    return (
        trip.state in _ON_THE_WAY
        and since is not None
        and later(since, late_days * _DAY_SECONDS) < now
    )


def owed(
    session: Session, destination: str, disk_id: str, *, fresh_since: str
) -> Sequence[tuple[int, str, int]]:
    """What a disk to a destination should carry, in the order of the queue.

    What another disk carries there is left out, unless that disk has been away for too long.

    Args:
        session: A read transaction.
        destination: Where it goes.
        disk_id: The disk; what it carries already is not left out.
        fresh_since: Disks that left before this moment are taken for lost.

    Returns:
        Row id, OBJID and size in bytes of each package.
    """
    left_at = func.coalesce(CourierTripRow.carried_at, CourierTripRow.prepared_at)
    elsewhere = (
        select(CourierPackageRow.package_id)
        .join(CourierTripRow, col(CourierTripRow.id) == CourierPackageRow.trip_id)
        .where(CourierTripRow.destination == destination)
        .where(CourierTripRow.disk_id != disk_id)
        .where(col(CourierTripRow.state).in_(_ON_THE_WAY))
        .where(CourierPackageRow.purpose == DEPOSIT_PURPOSE)
        .where(left_at >= fresh_since)
    )
    statement = (
        select(PackageRow.id, PackageRow.objid, PackageRow.size_bytes)
        .join(DepositRow, col(DepositRow.package_id) == PackageRow.id)
        .where(DepositRow.destination == destination)
        .where(DepositRow.state == _WAITING)
        .where(col(PackageRow.id).not_in(elsewhere))
        .order_by(col(DepositRow.send_rank), col(DepositRow.id))
    )
    return [(key or 0, objid, size) for key, objid, size in session.exec(statement)]


def oldest_proofs(
    session: Session, destination: str, *, before: str, limit: int
) -> Sequence[tuple[int, str, str, str]]:
    """What should be read again at a destination, the oldest proof first.

    Args:
        session: A read transaction.
        destination: The place.
        before: Only what was read before this moment.
        limit: At most so many.

    Returns:
        Row id of the package, fonds code, file code and OBJID of each.
    """
    statement = (
        select(PackageRow.id, FileUnitRow.fonds_code, FileUnitRow.file_code, PackageRow.objid)
        .join(DepositRow, col(DepositRow.package_id) == PackageRow.id)
        .join(FileUnitRow, col(FileUnitRow.id) == PackageRow.file_unit_id)
        .where(DepositRow.destination == destination)
        .where(DepositRow.state == _PROVED)
        .where(col(DepositRow.proved_at) < before)
        .order_by(col(DepositRow.proved_at), col(DepositRow.id))
        .limit(limit)
    )
    return [(key or 0, fonds, code, objid) for key, fonds, code, objid in session.exec(statement)]


def are_proved(session: Session, destination: str, objids: Iterable[str]) -> set[str]:
    """Which of some packages a destination has proved."""
    found: set[str] = set()
    for chunk in _chunks(sorted(objids)):
        statement = (
            select(PackageRow.objid)
            .join(DepositRow, col(DepositRow.package_id) == PackageRow.id)
            .where(DepositRow.destination == destination)
            .where(DepositRow.state == _PROVED)
            .where(col(PackageRow.objid).in_(chunk))
        )
        found |= set(session.exec(statement))
    return found


def put_packages(
    writing: Writing, trip_id: int, carried: Iterable[int], audited: Iterable[int]
) -> None:
    """Record what a filling holds, in place of what was recorded before."""
    session = writing.session
    session.execute(delete(CourierPackageRow).where(col(CourierPackageRow.trip_id) == trip_id))
    rows = [
        {"trip_id": trip_id, "package_id": package_id, "purpose": purpose}
        for purpose, ids in ((DEPOSIT_PURPOSE, carried), (AUDIT_PURPOSE, audited))
        for package_id in ids
    ]
    if rows:
        session.execute(insert(CourierPackageRow), rows)


def proved_of(session: Session, trip_id: int, destination: str) -> int:
    """How many packages that a filling carried are proved at its destination by now."""
    statement = (
        select(func.count())
        .select_from(CourierPackageRow)
        .join(DepositRow, col(DepositRow.package_id) == CourierPackageRow.package_id)
        .where(CourierPackageRow.trip_id == trip_id)
        .where(CourierPackageRow.purpose == DEPOSIT_PURPOSE)
        .where(DepositRow.destination == destination)
        .where(DepositRow.state == _PROVED)
    )
    return session.exec(statement).one()


def findings_column(findings: Iterable[Finding]) -> str:
    """Findings as the text of a column."""
    return canonical_json([one.to_json() for one in findings]).decode("utf-8")


def findings_of(trip: CourierTripRow) -> tuple[Finding, ...]:
    """What was wrong with a filling."""
    return tuple(Finding.from_json(one) for one in json.loads(trip.findings))


def _chunks(values: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    """Few enough at a time for one statement."""
    return (values[at : at + size] for at in range(0, len(values), size))
