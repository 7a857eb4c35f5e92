"""Commands that show things: ``status``, ``parked``, ``doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.catalogue import deposits, halts, masters, parked, sending
from appliance.catalogue.overview import box_facts
from appliance.catalogue.parked import Wanted
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.config.sending import bandwidths
from appliance.domain.clock import to_text
from appliance.domain.verdict import LEVEL_WORDS, Level, words
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.parked import set_aside
from appliance.service.doctor import examine

if TYPE_CHECKING:
    import argparse

    from appliance.bootstrap import Appliance
    from appliance.catalogue.tables import MasterRow
    from appliance.domain.canonical import JsonValue
    from appliance.domain.verdict import BoxFacts, Statement


def show_status(arguments: argparse.Namespace) -> int:
    """Print the verdict; 0 only when it is good."""
    with opened(arguments) as appliance:
        statement = appliance.verdict()
        with appliance.catalogue.read() as session:
            facts = box_facts(session, appliance.clock.now())
    if arguments.json:
        facts_json = {"verdict": statement_json(statement), "counts": counts_json(facts)}
        say_json({**facts_json, "sending": _sending_json(appliance)})
    else:
        say(f"{LEVEL_WORDS[statement.level][0].upper()}  {words(statement)}")
        for child in statement.children:
            say(f"  {LEVEL_WORDS[child.level][0]:<22} {words(child)}")
    return 0 if statement.level is Level.GOOD else 1


def statement_json(statement: Statement) -> dict[str, Any]:
    """A statement and its children as plain facts."""
    return {
        "level": statement.level.name.lower(),
        "code": statement.code,
        "vi": words(statement),
        "en": words(statement, "en"),
        "children": [statement_json(child) for child in statement.children],
    }


def _sending_json(appliance: Appliance) -> dict[str, JsonValue]:
    """What each destination still lacks, and when it has it at its usual speed."""
    with appliance.catalogue.read() as session:
        places = deposits.destinations(session)
        bounds = bandwidths(appliance.settings)
        is_halted, now = bool(halts.halts(session)), appliance.clock.now()
        found = sending.estimates(session, places, bounds, now, is_halted=is_halted)
    return {
        name: {
            "queue_bytes": one.queue_bytes,
            "bytes_per_second": round(one.bytes_per_second) or None,
            "finish_at": None if one.finish_at is None else to_text(one.finish_at),
        }
        for name, one in found.items()
    }


def counts_json(facts: BoxFacts) -> dict[str, Any]:
    """The pipeline's counts as plain facts."""
    return {
        "came_in": facts.came_in,
        "masters": {str(state): count for state, count in facts.masters.items()},
        "file_units": {str(state): count for state, count in facts.file_units.items()},
        "proved_everywhere": facts.proved_everywhere,
        "places": {
            place.name: {str(state): count for state, count in place.deposits.items()}
            for place in facts.places
        },
    }


def list_parked(arguments: argparse.Namespace) -> int:
    """Print what is parked, the oldest first; 1 when something is."""
    wanted = Wanted(cause=arguments.cause)
    with opened(arguments) as appliance, appliance.catalogue.read() as session:
        rows = parked.listed(session, wanted, limit=arguments.limit)
        total = parked.how_many(session, wanted)
        groups = parked.groups(session, to_text(appliance.clock.now()))
    if arguments.json:
        listed: list[JsonValue] = [_parked_json(row) for row in rows]
        say_json({"parked": listed, "total": total})
    else:
        for group in groups:
            say(f"{group.count:>8}  {group.code}")
        for row in rows:
            say(f"{row.id}  {row.place}")
            say_findings(masters.findings_of(row.findings))
        rest = f", {len(rows)} of them listed" if len(rows) < total else ""
        say(f"{total} parked{rest}")
    return 1 if total else 0


def _parked_json(row: MasterRow) -> dict[str, JsonValue]:
    return {
        "id": row.id,
        "place": row.place,
        "sha256": row.sha256,
        "cause": row.cause,
        "received_at": row.received_at,
        "findings": [finding_json(finding) for finding in masters.findings_of(row.findings)],
    }


def retry_parked(arguments: argparse.Namespace) -> int:
    """Judge parked files again, now; 1 when some stay parked."""
    wanted = Wanted(ids=frozenset(arguments.id) or None, cause=arguments.cause)
    with opened(arguments) as appliance:
        with appliance.catalogue.read() as session:
            total = parked.how_many(session, wanted)
        freed = appliance.parked_stage(LOCAL_AGENT).retry(wanted)
    say(f"{freed} of {total} left the parked list")
    return 0 if freed == total else 1


def set_parked_aside(arguments: argparse.Namespace) -> int:
    """Take parked files off the list, as history; 1 when one of them is not parked."""
    wanted = Wanted(ids=frozenset(arguments.id))
    with opened(arguments) as appliance:
        done = set_aside(appliance.catalogue, wanted, LOCAL_AGENT)
    say(f"{done} of {len(wanted.ids or ())} set aside; their bytes are kept")
    return 0 if done == len(wanted.ids or ()) else 1


def show_doctor(arguments: argparse.Namespace) -> int:
    """Examine the installation; 1 when something must be done."""
    results = examine(arguments.config)
    if arguments.json:
        rows = [{"check": r.name, "ok": r.is_ok, "advice": r.advice} for r in results]
        say_json({"checks": rows})
    else:
        for result in results:
            mark = {True: "ok  ", False: "BAD ", None: "note"}[result.is_ok]
            say(f"{mark} {result.name}: {result.advice}")
    return 1 if any(result.is_ok is False for result in results) else 0
