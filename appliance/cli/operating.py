"""Commands that run the box itself: ``run``, ``seal``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.catalogue import file_units, register
from appliance.catalogue.masters import findings_of
from appliance.cli.opening import opened
from appliance.cli.output import say, say_findings
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitState
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
