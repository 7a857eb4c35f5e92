"""What E-ARK's own validator says: structure, schema and the Schematron rules of CSIP 2.1.0."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.referees.installed import EARK_PYTHON, HERE, need, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.referees.subjects import Subject


OF_A_SIP: Final = {
    "CSIPSTR6": "the circular's SIP has no PREMIS",
    "CSIP32": "the same",
    "CSIP91": "the same: its amdSec is empty",
    "SIP2": "the circular's PROFILE is that of CSIP",
    "SIP14": "asks the CREATOR for a note that CSIP15 wants to be the software's version",
}
"""What the validator has against a SIP_hoso, and why it stays so."""


def _reports(*folders: Path) -> list[dict[str, Any]]:
    """One report for each package, in their order."""
    need(EARK_PYTHON)
    _, said = run(EARK_PYTHON, HERE / "eark_runner.py", *folders)
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert len(found) == len(folders), said
    return found


def _complaints(report: dict[str, Any]) -> set[str]:
    """Rules that the package breaks, warnings too; and what is not well-formed or valid."""
    structure, metadata = report["structure"], report["metadata"] or {}
    schema, rules = (metadata.get(f"{kind}_results", {}) for kind in ("schema", "schematron"))
    messages = [*structure["messages"], *schema.get("messages", ()), *rules.get("messages", ())]
    found = {one["rule_id"] for one in messages if one["severity"] not in {"Info", "Information"}}
    if structure["status"] != "WellFormed":
        found.add("not well-formed")
    return found if schema.get("status") == "VALID" else found | {"schema"}


def test_eark_validator_calls_every_package_valid(subjects: dict[str, Subject]) -> None:
    """Well-formed and valid, without an error or a warning; of a SIP only what is argued above."""
    reports = _reports(*(one.aip for one in subjects.values()))
    found = {name: _complaints(report) for name, report in zip(subjects, reports, strict=True)}
    assert found.pop("sip_hoso") == set(OF_A_SIP)
    assert {name: complaints for name, complaints in found.items() if complaints} == {}


@pytest.mark.parametrize(
    ("pattern", "replacement", "rule"),
    [
        (r' OBJID="[^"]*"', "", "CSIP1"),
        (r'(<mets [^>]*)\bTYPE="Mixed"', r'\1TYPE="AIP"', "CSIP2"),
        (r'(<metsHdr [^>]*)csip:OAISPACKAGETYPE="AIP"', r"\1", "CSIP9"),
    ],
)
def test_eark_validator_would_have_noticed(
    subjects: dict[str, Subject], tmp_path: Path, pattern: str, replacement: str, rule: str
) -> None:
    """The referee is awake: what CSIP demands is missed where it is taken away."""
    spoiled = tmp_path / subjects["least"].aip.name
    shutil.copytree(subjects["least"].aip, spoiled)
    mets = spoiled / "METS.xml"
    text, count = re.subn(pattern, replacement, mets.read_text("utf-8"), count=1)
    assert count == 1
    mets.write_text(text, "utf-8")
    (report,) = _reports(spoiled)
    assert rule in _complaints(report)
