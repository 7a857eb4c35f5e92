"""The command ``audit``: read copies again now, hold restore drills, go on after damage."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import audits
from appliance.catalogue.audit_overview import coverage
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.standing import read_standing
from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.config.auditing import audit_plan
from appliance.domain.audits import BOX_PLACE, DrillOutcome
from appliance.domain.coverage import judge_coverage
from appliance.domain.errors import RuleError
from appliance.domain.verdict import words
from appliance.pipeline.agents import LOCAL_AGENT
from appliance.pipeline.audit import Halted, continue_after_damage
from appliance.service.auditing import WORK_SECONDS, audit_stages

if TYPE_CHECKING:
    import argparse

    from appliance.bootstrap import Appliance
    from appliance.catalogue.audit_tables import AuditSliceRow
    from appliance.catalogue.drills import DrillResult
    from appliance.pipeline.audit import AuditStage
    from appliance.pipeline.drill import DrillStage

    Place = tuple[AuditStage, DrillStage | None]

BOX: Final = "box"
"""How people name this box among the places."""


def audit_now(arguments: argparse.Namespace) -> int:
    """Audit, drill, or let audits go on; 0 when nothing is wrong with any copy looked at."""
    with opened(arguments) as appliance:
        if arguments.go_on is not None:
            return _go_on(appliance, _place_named(arguments.go_on))
        places = _chosen(appliance, arguments.destination)
        if arguments.drill:
            return _drill(places, as_json=arguments.json)
        budget = audit_plan(appliance.settings).budget_seconds
        if arguments.budget is not None:
            budget = arguments.budget * 60
        return _audit(appliance, places, budget, as_json=arguments.json)


def _chosen(appliance: Appliance, name: str | None) -> list[Place]:
    wanted = None if name is None else _place_named(name)
    places = [one for one in audit_stages(appliance) if wanted in {None, one[0].place}]
    if not places:
        raise RuleError(f"there is no place {name!r} that can be audited over a line")
    return places


def _place_named(name: str) -> str:
    return BOX_PLACE if name in {BOX, BOX_PLACE} else name


def _go_on(appliance: Appliance, place: str) -> int:
    was_halted = continue_after_damage(appliance.catalogue, place, LOCAL_AGENT)
    say(f"{place}: {'audits go on' if was_halted else 'audits had not stopped'}")
    return 0 if was_halted else 1


def _audit(appliance: Appliance, places: list[Place], budget: int, *, as_json: bool) -> int:
    rows, is_fine = [], True
    for stage, _ in places:
        row = _audited(stage, budget)
        is_fine = is_fine and row is not None and not (row.damaged or row.finding)
        if row is not None:
            rows.append(row)
            _send_repaired(appliance, row)
        if not as_json:
            _say_slice(stage.place, row)
    with appliance.catalogue.read() as session:
        standing = read_standing(session, appliance.clock.now())
        judged = [judge_coverage(one) for one in coverage(session, standing)]
    if as_json:
        lines = [
            {"code": one.code, "level": one.level.name.lower(), "vi": words(one)} for one in judged
        ]
        say_json({"slices": [_slice_json(row) for row in rows], "coverage": [*lines]})
    else:
        for one in judged:
            say(f"  {words(one)}")
    return 0 if is_fine else 1


def _audited(stage: AuditStage, budget_seconds: int) -> AuditSliceRow | None:
    """One slice, until it ends or the place cannot be reached; None when a person must look."""
    try:
        slice_id = stage.ask(budget_seconds)
    except Halted:
        return None
    while stage.work(slice_id, WORK_SECONDS) is None:
        with stage.catalogue.read() as session:
            if audits.slice_by_id(session, slice_id).finding is not None:
                break
    with stage.catalogue.read() as session:
        return audits.slice_by_id(session, slice_id)


def _send_repaired(appliance: Appliance, row: AuditSliceRow) -> None:
    """What made way at a destination is sent again now, as any deposit."""
    places = {one.name: one for one in appliance.settings.destination}
    if row.repaired and row.place in places:
        appliance.deposit_stage(places[row.place]).run_once(f"command:{os.getpid()}")


def _say_slice(place: str, row: AuditSliceRow | None) -> None:
    if row is None:
        say(f"{place}: stopped after too much damage; see the page of audits")
        return
    counts = f"{row.proved} proved, {row.scrubbed} compared, {row.damaged} damaged"
    say(f"{place}: {counts}, {row.repaired} repaired ({row.outcome or 'not finished'})")
    finding = finding_from(row.finding)
    say_findings(() if finding is None else (finding,))


def _slice_json(row: AuditSliceRow) -> dict[str, Any]:
    finding = finding_from(row.finding)
    facts = row.model_dump(exclude={"id", "finding"})
    return {**facts, "finding": None if finding is None else finding_json(finding)}


def _drill(places: list[Place], *, as_json: bool) -> int:
    """Hold a restore drill at each destination; 0 when each was held and passed."""
    results = [drill.hold() for _, drill in places if drill is not None]
    if as_json:
        say_json({"drills": [_drill_json(one) for one in results]})
    else:
        for one in results:
            name = one.package.name if one.package is not None else "–"
            say(f"{one.destination}: {one.outcome} ({name}, seed {one.seed})")
            say_findings(one.findings)
    passed = [one.outcome is DrillOutcome.PASSED for one in results]
    return 0 if passed and all(passed) else 1


def _drill_json(result: DrillResult) -> dict[str, Any]:
    return {
        "destination": result.destination,
        "outcome": str(result.outcome),
        "objid": result.package.objid if result.package is not None else None,
        "seed": result.seed,
        "candidates": result.candidates,
        "findings": [finding_json(one) for one in result.findings],
        "facts": dict(result.facts),
    }
