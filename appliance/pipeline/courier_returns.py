"""What becomes of a filling when its disk comes back, and of what the destination said of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, courier_proofs, couriers, events
from appliance.catalogue.events import EventDraft
from appliance.domain.courier import TripEvent
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState

if TYPE_CHECKING:
    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.domain.canonical import JsonValue
    from appliance.domain.courier_papers import TakenReport

SPOILED: Final = frozenset({"FAR-COPY-DAMAGED", "FAR-COPY-MISSING"})
"""What a destination says of a copy that is none any more: the next disk brings it again."""


@dataclass(slots=True)
class Imported:
    """What the receipts of a disk brought.

    Args:
        trip_id: The filling that came back; 0 when the disk brought nothing.
        proved: Packages that are proved now and were not.
        renewed: Packages whose proof is younger now.
        known: Receipts that said nothing new.
        findings: What was refused, there or here.
    """

    trip_id: int = 0
    proved: int = 0
    renewed: int = 0
    known: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no receipt was believed."""
        return not (self.proved or self.renewed or self.known)


@dataclass(frozen=True, slots=True)
class TripBack:
    """A disk that came back.

    Args:
        destination: From where.
        disk_id: The disk.
        report: What the destination said, its signature checked; None when nothing.
        agent: Who took it in here.
    """

    destination: str
    disk_id: str
    report: TakenReport | None
    agent: str


def record_return(catalogue: Catalogue, back: TripBack, imported: Imported) -> None:
    """Close the filling that a disk brings back, in one step with what was said of it."""
    with catalogue.write() as writing:
        trip = _trip(writing, back)
        if trip is None:
            return
        imported.trip_id = trip.id or 0
        if back.report is not None and back.report.taken_at != trip.taken_at:
            _send_again(writing, back, back.report)
        imported.findings += _not_taken(back)
        proved_count = couriers.proved_of(writing.session, imported.trip_id, back.destination)
        couriers.transit(
            writing,
            trip,
            TripEvent.IMPORT,
            imported_at=writing.now,
            proved_count=proved_count,
            taken_at=back.report.taken_at if back.report is not None else trip.taken_at,
            findings=couriers.findings_column(imported.findings),
        )
        detail: dict[str, JsonValue] = {
            "destination": back.destination,
            "trip": imported.trip_id,
            "proved": imported.proved,
            "renewed": imported.renewed,
            "refused": len(imported.findings),
        }
        draft = EventDraft(
            EventType.VALIDATION, "courier_disk", back.disk_id, back.agent, detail=detail
        )
        events.record(writing, draft)


def _trip(writing: Writing, back: TripBack) -> CourierTripRow | None:
    """The filling that a disk brings back, as the destination names it, else its newest."""
    named = couriers.by_id(writing.session, back.report.trip) if back.report is not None else None
    if named is None or named.disk_id != back.disk_id:
        named = couriers.newest(writing.session, back.disk_id)
    if named is None or named.destination != back.destination:
        return None
    return named if couriers.may_import(named) else None


def _send_again(writing: Writing, back: TripBack, report: TakenReport) -> None:
    """A copy that the destination read and found damaged or gone is owed again."""
    for outcome in report.outcomes:
        found = courier_proofs.package_and_deposit(writing.session, outcome.objid, back.destination)
        if outcome.code not in SPOILED or found is None:
            continue
        package, deposit = found
        is_later = deposit.proved_at is not None and deposit.proved_at < report.taken_at
        if deposit.state == DepositState.PROVED and is_later:
            finding = Finding(outcome.code, back.destination, {"problem": "courier"})
            audit_records.find_far_damage(writing, deposit, package, finding, back.agent)
            audit_records.send_again(writing, deposit, package, back.agent, put_aside=False)


def _not_taken(back: TripBack) -> list[Finding]:
    """What the destination could not take, one finding for each reason."""
    outcomes = back.report.outcomes if back.report is not None else ()
    reasons = Counter(one.code for one in outcomes if one.code)
    return [
        Finding("COURIER-NOT-TAKEN", back.destination, {"count": count, "reason": code})
        for code, count in reasons.most_common()
    ]
