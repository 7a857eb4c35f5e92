"""One file, whatever it is: a package, a sidecar, a receipt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.domain.findings import Finding, Report
from appliance.domain.receipts import RECEIPT_FORMAT, SIDECAR_FORMAT
from appliance.packaging.verify.package import CHECKS, check_package
from appliance.packaging.verify.papers import MAX_PAPER_BYTES, check_receipt, check_sidecar
from appliance.packaging.verify.zip_contents import zip_members

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.packaging.verify.options import Options


def check_file(path: Path, options: Options) -> tuple[Report, ...]:
    """Check a file by what it is; one that the disk does not give back is told so."""
    try:
        match paper_format(path):
            case "":
                reading = zip_members(path, options.jobs, options.on_read)
                return (check_package(path.name, reading, options),)
            case form if form == RECEIPT_FORMAT:
                return (check_receipt(path, options),)
            case form if form == SIDECAR_FORMAT:
                return check_sidecar(path, options)
            case _:
                return (not_understood(path, "PATH-UNKNOWN"),)
    except OSError as problem:
        return (not_read(path, problem),)


def paper_format(path: Path) -> str:
    """The format that a JSON file names; empty for what is no JSON file.

    Raises:
        OSError: It cannot be read.
    """
    if path.suffix != ".json":
        return ""
    if path.stat().st_size > MAX_PAPER_BYTES:
        return "too large"
    try:
        values = json.loads(path.read_bytes())
    except (ValueError, RecursionError):  # no JSON, or too deep or long a number
        return "unreadable"
    return str(values.get("format", "none")) if isinstance(values, dict) else "none"


def not_understood(path: Path, code: str) -> Report:
    """Nothing could be checked, for one reason."""
    return Report(path.name, (Finding(code, str(path)),), (), ("container",))


def not_read(path: Path, problem: OSError) -> Report:
    """The disk did not give back what should be checked."""
    facts = {"problem": problem.strerror or str(problem)}
    return Report(path.name, (Finding("READ-FAILED", str(path), {**facts}),), (), CHECKS)
