"""Commands about the register: ``template``, ``import``, ``approve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.errors import ConfigError
from appliance.domain.records import Approval
from appliance.pipeline import register
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.spreadsheet.reading import read_workbook
from appliance.spreadsheet.workbook import Workbook
from appliance.spreadsheet.writing import write_workbook

if TYPE_CHECKING:
    import argparse


def write_template(arguments: argparse.Namespace) -> int:
    """Write an empty register workbook; one that is there already stays.

    Raises:
        ConfigError: Something of this name exists.
    """
    if arguments.workbook.exists():
        raise ConfigError(f"{arguments.workbook} exists: name a new file")
    write_workbook(arguments.workbook, Workbook())
    say(f"{arguments.workbook}: fill in one row for each hồ sơ from row 3, then import it")
    return 0


def import_register(arguments: argparse.Namespace) -> int:
    """Import a workbook; what waited for its hồ sơ is looked at again."""
    with opened(arguments) as appliance:
        workbook = read_workbook(arguments.workbook)
        imported = register.import_workbook(appliance.catalogue, workbook)
        freed = appliance.parked_stage(SOFTWARE_AGENT).retry()
        appliance.batch_stage().retry()
    if arguments.json:
        say_json(
            {
                "fonds": imported.fonds,
                "file_units": imported.file_units,
                "lists": imported.lists,
                "freed": freed,
                "findings": [finding_json(finding) for finding in imported.findings],
            }
        )
        return 0
    say(
        f"{imported.fonds} fonds, {imported.file_units} hồ sơ, {imported.lists} lists; "
        f"{freed} parked files went on"
    )
    say_findings(imported.findings)
    return 0


def approve_list(arguments: argparse.Namespace) -> int:
    """Record an approval."""
    approval = Approval(arguments.list_code, arguments.decision, arguments.date, arguments.signer)
    with opened(arguments) as appliance:
        freed = register.approve(appliance.catalogue, approval)
        appliance.batch_stage().retry()
    say(f"{arguments.list_code}: approved, {freed} hồ sơ may be sealed")
    return 0
