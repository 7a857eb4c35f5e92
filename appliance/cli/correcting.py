"""Commands about later versions: ``correct``, ``signed import``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.opening import opened
from appliance.cli.output import finding_json, say, say_findings, say_json
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Verdict
from appliance.domain.identifiers import nfc
from appliance.domain.rules import judge
from appliance.domain.signatures import Trust
from appliance.pipeline import corrections
from appliance.pipeline.agents import LOCAL_AGENT

if TYPE_CHECKING:
    import argparse

    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.corrections import Correction
    from appliance.pipeline.signed_pdfs import SignedOutcome


def correct_one(arguments: argparse.Namespace) -> int:
    """Open, finish or withdraw a correction."""
    code = nfc(arguments.file_code)
    with opened(arguments) as appliance, appliance.catalogue.write() as writing:
        if arguments.finish:
            said, found = "finished", corrections.finish(writing, code, LOCAL_AGENT)
        elif arguments.withdraw:
            said, found = "withdrawn", corrections.withdraw(writing, code, LOCAL_AGENT)
        else:
            said = "open"
            found = corrections.start(writing, code, arguments.reason, LOCAL_AGENT)
    if arguments.json:
        say_json({"file_code": code, "correction": said, **_facts(found)})
    else:
        say(f"{code}: correction {said}, version {found.row.version}")
        _say_changes(found)
    return 0


def _facts(found: Correction) -> dict[str, JsonValue]:
    changes = found.changes
    return {
        "version": found.row.version,
        "predecessor": found.predecessor_objid,
        "added": [*changes.added],
        "replaced": [*changes.replaced],
        "removed": [*changes.removed],
        "fields": [*changes.fields],
        "documents": [*changes.documents, *changes.new_documents],
        "signed": [*changes.signed],
    }


def _say_changes(found: Correction) -> None:
    for name, values in _facts(found).items():
        if values and isinstance(values, list):
            say(f"  {name}: {', '.join(map(str, values))}")


def import_signed(arguments: argparse.Namespace) -> int:
    """Verify and take signed PDFs in; 1 unless each is taken and its signer is known."""
    for path in arguments.paths:
        if not path.is_file():
            raise ConfigError(f"there is no file {path}")
    with opened(arguments) as appliance, appliance.worker_pool() as pool:
        stage = appliance.signed_pdf_stage(pool)
        outcomes = stage.take(arguments.paths, LOCAL_AGENT)
    verdicts = [_verdict(one) for one in outcomes]
    if arguments.json:
        pairs = zip(outcomes, verdicts, strict=True)
        say_json({"files": [_row(one, verdict) for one, verdict in pairs]})
    else:
        for one, verdict in zip(outcomes, verdicts, strict=True):
            where = f" → {one.file_code}, version {one.version}" if one.version else ""
            say(f"{verdict.upper():<12} {one.name}{where}")
            say_findings(one.findings)
    return 0 if all(verdict is Verdict.PASS for verdict in verdicts) else 1


def _verdict(outcome: SignedOutcome) -> Verdict:
    """What was not held against a trusted root is taken, and never green."""
    is_known = all(one.trust is Trust.TRUSTED for one in outcome.signatures)
    return judge(outcome.findings, complete=is_known)


def _row(outcome: SignedOutcome, verdict: Verdict) -> dict[str, JsonValue]:
    return {
        "name": outcome.name,
        "verdict": str(verdict),
        "file_code": outcome.file_code,
        "version": outcome.version,
        "signatures": [one.to_json() for one in outcome.signatures],
        "findings": [finding_json(finding) for finding in outcome.findings],
    }
