"""Commands that make papers: ``cover-sheets``, ``target-sheet``."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.cli.opening import opened
from appliance.cli.output import say
from appliance.disk.durable import storage_errors
from appliance.domain.errors import ConfigError
from appliance.domain.identifiers import nfc
from appliance.domain.sheets import MAX_NUMBER
from appliance.reports.cover_sheets import cover_sheets_pdf
from appliance.reports.sheets_of_list import sheets_of_list
from appliance.reports.target_sheet import target_sheet_pdf

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def print_cover_sheets(arguments: argparse.Namespace) -> int:
    """Write the cover sheets of an approved list, or one rescan sheet, as a PDF."""
    only = [nfc(code) for code in arguments.only or ()]
    number = None
    if arguments.rescan is not None:
        code, number = nfc(arguments.rescan[0]), _number(arguments.rescan[1])
        only = [code]
    with opened(arguments) as appliance, appliance.catalogue.read() as session:
        sheets = sheets_of_list(session, arguments.list_code, only)
    pdf = cover_sheets_pdf(
        [replace(sheet, number=number) for sheet in sheets], both_sides=arguments.both_sides
    )
    _write(arguments.out, pdf)
    say(f"{arguments.out}: {len(sheets)} sheets")
    return 0


def print_target_sheet(arguments: argparse.Namespace) -> int:
    """Write one target sheet as a PDF; needs no settings and no catalogue."""
    try:
        pdf = target_sheet_pdf(arguments.id)
    except ValueError as problem:
        raise ConfigError(
            f"--id {arguments.id!r}: letters, digits, dots and hyphens, 40 at most"
        ) from problem
    _write(arguments.out, pdf)
    say(f"{arguments.out}: {arguments.id}")
    return 0


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a sheet that is cut off in the printer is worse than none."""
    with storage_errors(f"cannot write {path}"):
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_bytes(data)
        os.replace(unfinished, path)  # noqa: PTH105 - the name says that it replaces


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= MAX_NUMBER:
        return int(text)
    raise ConfigError(f"--rescan needs a number from 1 to {MAX_NUMBER}, not {text!r}")
