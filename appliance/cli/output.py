"""What commands print: plain lines for people, canonical facts for ``--json``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from appliance.domain.errors import RuleError
from appliance.domain.rules import rule_of, sentence, source, todo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue
    from appliance.domain.errors import ApplianceError
    from appliance.domain.findings import Finding, Verdict


def say(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Mapping[str, JsonValue]) -> None:
    """Print facts as indented JSON."""
    say(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def say_findings(findings: Iterable[Finding]) -> None:
    """Print findings: code, Vietnamese sentence, what to do, and who asks for it."""
    for finding in findings:
        rule = rule_of(finding)
        say(f"  [{rule.severity}] {finding.code}: {sentence(finding)}")
        say(f"      → {todo(finding)}")
        if clause := source(finding):
            say(f"      ({clause})")


def finding_json(finding: Finding) -> dict[str, JsonValue]:
    """A finding with its severity, both sentences and the clause that it breaks."""
    return {
        **finding.to_json(),
        "severity": str(rule_of(finding).severity),
        "vi": sentence(finding),
        "en": sentence(finding, "en"),
        "todo_vi": todo(finding),
        "todo_en": todo(finding, "en"),
        "source": source(finding),
    }


def verdict_row(
    subject: str, verdict: Verdict, findings: Iterable[Finding], **more: object
) -> dict[str, Any]:
    """What was judged, as facts."""
    listed = [finding_json(finding) for finding in findings]
    return {"subject": subject, "verdict": str(verdict), "findings": listed, **more}


def say_verdict(subject: str, verdict: Verdict, findings: Iterable[Finding]) -> None:
    """Print what was judged, and why."""
    say(f"{verdict.upper():<12} {subject}")
    say_findings(findings)


def say_error(problem: ApplianceError, *, as_json: bool) -> None:
    """Print an error on standard error, with its findings when a rule refused."""
    findings = problem.findings if isinstance(problem, RuleError) else ()
    if as_json:
        facts: dict[str, JsonValue] = {
            "error": problem.code,
            "message": str(problem),
            "findings": [finding_json(finding) for finding in findings],
        }
        sys.stderr.write(json.dumps(facts, ensure_ascii=False) + "\n")
        return
    sys.stderr.write(f"appliance: {problem.code}: {problem}\n")
    for finding in findings:
        sys.stderr.write(f"  {finding.code}: {sentence(finding)}\n      → {todo(finding)}\n")
