"""Carried disks at the box: ``courier prepare``, ``import``, ``list``, ``carried``, ``lost``."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from appliance.catalogue import couriers
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.clock import to_text
from appliance.pipeline.agents import person_agent
from appliance.pipeline.courier_trips import mark_carried, mark_lost, note_late
from appliance.service.backing_up import backup_stage

if TYPE_CHECKING:
    import argparse

    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.domain.canonical import JsonValue

_GB: Final = 1_000_000_000
_TRIPS_LISTED: Final = 1000
"""Our own: fillings that one listing shows, the newest first."""


def prepare_disk(arguments: argparse.Namespace) -> int:
    """Fill a disk with what a destination lacks; 1 when something had no room."""
    limit_bytes = None if arguments.size_limit is None else int(arguments.size_limit * _GB)
    with opened(arguments) as appliance:
        prepared = appliance.couriers(backup_stage(appliance)).prepare(
            arguments.destination, arguments.disk, _agent(), limit_bytes
        )
    imported = prepared.imported
    if arguments.json:
        facts = asdict(prepared)
        facts["imported"] = None if imported is None else _imported_facts(imported)
        say_json(facts)
    elif not prepared.trip_id:
        say(f"{arguments.destination}: nothing waits for a disk")
    else:
        say(
            f"{arguments.disk}: ready, trip {prepared.trip_id}: {prepared.package_count} packages, "
            f"{prepared.size_bytes} bytes, all read back; {prepared.left_count} had no room"
        )
    if imported is not None and not arguments.json:
        say_findings(imported.findings)
    return 1 if prepared.left_count else 0


def import_disk(arguments: argparse.Namespace) -> int:
    """Take in the receipts that a disk brings back; 1 when not every package was taken."""
    with opened(arguments) as appliance:
        imported = appliance.couriers().import_disk(arguments.disk, _agent())
        note_late(appliance.catalogue, appliance.settings.courier.late_days)
    if arguments.json:
        say_json(_imported_facts(imported))
    else:
        say(
            f"{arguments.disk}: {imported.proved} newly proved, {imported.renewed} proofs renewed, "
            f"{imported.known} known before"
        )
        say_findings(imported.findings)
    return 1 if imported.findings else 0


def list_trips(arguments: argparse.Namespace) -> int:
    """Every filling of a disk, the newest first; 1 when one is late."""
    with opened(arguments) as appliance:
        late_days = appliance.settings.courier.late_days
        now = to_text(appliance.clock.now())
        with appliance.catalogue.read() as session:
            rows = couriers.trips(session, limit=_TRIPS_LISTED)
    late = {row.id for row in rows if couriers.is_late(row, now, late_days)}
    if arguments.json:
        say_json({"trips": [_trip_facts(row, is_late=row.id in late) for row in rows]})
    else:
        for row in rows:
            say(_trip_line(row, is_late=row.id in late))
    return 1 if late else 0


def say_carried(arguments: argparse.Namespace) -> int:
    """Record who took a prepared disk away."""
    with opened(arguments) as appliance:
        mark_carried(appliance.catalogue, arguments.trip, arguments.by, _agent())
    say(f"trip {arguments.trip}: carried by {arguments.by}")
    return 0


def say_lost(arguments: argparse.Namespace) -> int:
    """Give a disk up; its packages are owed as before."""
    with opened(arguments) as appliance:
        mark_lost(appliance.catalogue, arguments.trip, _agent())
    say(f"trip {arguments.trip}: lost; its packages go with another disk")
    return 0


def _agent() -> str:
    return person_agent(getpass.getuser())


def _imported_facts(imported: object) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = asdict(imported)  # type: ignore[call-overload]  # a dataclass
    facts["findings"] = [finding_json(one) for one in imported.findings]  # type: ignore[attr-defined]  # as above
    return facts


def _trip_facts(row: CourierTripRow, *, is_late: bool) -> dict[str, JsonValue]:
    findings = [finding_json(one) for one in couriers.findings_of(row)]
    return {**row.model_dump(), "findings": findings, "is_late": is_late}


def _trip_line(row: CourierTripRow, *, is_late: bool) -> str:
    state = f"{row.state} (late)" if is_late else row.state
    when = row.imported_at or row.carried_at or row.prepared_at or row.begun_at
    return (
        f"{row.id:>5}  {state:<16} {row.destination:<16} {row.package_count:>6} packages "
        f"{row.proved_count:>6} proved  {when}  {row.carrier}".rstrip()
    )
