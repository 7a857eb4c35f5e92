"""Commands that show things: ``status``, ``parked list``, ``doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.catalogue import masters
from appliance.catalogue.overview import box_facts
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.states import MasterState
from appliance.domain.verdict import LEVEL_WORDS, Level, words
from appliance.service.doctor import examine

if TYPE_CHECKING:
    import argparse

    from appliance.domain.verdict import BoxFacts, Statement

_MANY = 10_000


def show_status(arguments: argparse.Namespace) -> int:
    """Print the verdict; 0 only when it is good."""
    with opened(arguments) as appliance:
        statement = appliance.verdict()
        with appliance.catalogue.read() as session:
            facts = box_facts(session, appliance.clock.now())
    if arguments.json:
        say_json({"verdict": statement_json(statement), "counts": counts_json(facts)})
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
    """Print what is parked; 1 when something is."""
    with opened(arguments) as appliance, appliance.catalogue.read() as session:
        rows = masters.parked(session, limit=_MANY)
    if arguments.json:
        listed = [
            {
                "id": row.id,
                "place": row.place,
                "sha256": row.sha256,
                "findings": [finding_json(f) for f in masters.findings_of(row.findings)],
            }
            for row in rows
        ]
        say_json({str(MasterState.PARKED): listed})
    else:
        for row in rows:
            say(f"{row.id}  {row.place}")
            say_findings(masters.findings_of(row.findings))
        say(f"{len(rows)} parked")
    return 1 if rows else 0


def retry_parked(arguments: argparse.Namespace) -> int:
    """Judge parked files again; 1 when some stay parked."""
    with opened(arguments) as appliance:
        with appliance.catalogue.read() as session:
            everything = {row.id or 0 for row in masters.parked(session, limit=_MANY)}
        wanted = frozenset(arguments.id or everything)
        freed = appliance.parked_stage("person:command-line").retry(wanted)
    say(f"{freed} of {len(wanted)} left the parked list")
    return 0 if freed == len(wanted) else 1


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
