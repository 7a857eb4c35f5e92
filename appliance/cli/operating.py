"""Commands that run things: ``run``, ``demo``, ``seal``, ``sync``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.catalogue import deposits, file_units, register
from appliance.catalogue.masters import findings_of
from appliance.cli.opening import opened
from appliance.cli.output import say, say_findings
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.states import DepositState, FileUnitState
from appliance.service.demo import run_demo
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.service.signals import stop_requested

if TYPE_CHECKING:
    import argparse

    from appliance.bootstrap import Appliance


def run_service(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT."""
    parts = frozenset(arguments.only or PARTS)
    with stop_requested() as stop, opened(arguments) as appliance:
        service = Service(appliance, parts)
        service.start()
        try:
            if service.address is not None:
                say(f"status page: {service.address}")
            stop.wait()
        finally:
            service.stop()
    return 0


def run_the_demo(arguments: argparse.Namespace) -> int:
    """Run the main job on samples or on given scans."""
    return run_demo(
        arguments.folder, scans=arguments.scans, once=arguments.once, port=arguments.port
    )


def seal_one(arguments: argparse.Namespace) -> int:
    """Seal one hồ sơ that is ready; else say what it waits for."""
    with opened(arguments) as appliance:
        unit_id = _unit_id(appliance, arguments.file_code)
        sealed = appliance.seal_stage().run_once(f"command:{os.getpid()}", arguments.file_code)
        with appliance.catalogue.read() as session:
            unit = file_units.by_id(session, unit_id)
        if unit.state == FileUnitState.SEALED:
            say(f"{unit.file_code}: {'sealed' if sealed else 'was sealed before'}")
            return 0
        say(f"{unit.file_code}: not sealed, it is {unit.state}")
        say_findings(findings_of(unit.findings))
        return 1


def _unit_id(appliance: Appliance, file_code: str) -> int:
    with appliance.catalogue.read() as session:
        unit = register.file_unit_row(session, file_code)
    if unit is None or unit.id is None:
        finding = Finding("INTAKE-UNKNOWN-FILE-UNIT", file_code, {"file_code": file_code})
        raise RuleError("there is no such hồ sơ", (finding,))
    return unit.id


def sync_now(arguments: argparse.Namespace) -> int:
    """Deposit what waits at each destination; 1 when something is still not proved."""
    unproved = 0
    with opened(arguments) as appliance:
        places = [
            place
            for place in appliance.settings.destination
            if arguments.destination in {None, place.name}
        ]
        if not places:
            raise RuleError(f"there is no destination {arguments.destination!r}")
        for place in places:
            stage = appliance.deposit_stage(place)
            with appliance.catalogue.write() as writing:
                deposits.retry_stopped(writing, place.name)
            is_up = stage.probe()
            while is_up and stage.run_once(f"command:{os.getpid()}"):
                is_up = not arguments.once and not stage.is_line_down()
            with appliance.catalogue.read() as session:
                counts = deposits.counts(session, place.name)
            open_count = sum(n for state, n in counts.items() if state != DepositState.PROVED)
            proved = counts.get(DepositState.PROVED, 0)
            say(f"{place.name}: {proved} proved, {open_count} not proved")
            unproved += open_count
    return 1 if unproved else 0
