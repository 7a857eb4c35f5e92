"""What commands print: plain lines for people, canonical facts for ``--json``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from appliance.domain.errors import RuleError
from appliance.domain.rules import rule_of, sentence, todo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue
    from appliance.domain.errors import ApplianceError
    from appliance.domain.findings import Finding


def say(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: Mapping[str, JsonValue]) -> None:
    """Print facts as indented JSON."""
    say(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def say_findings(findings: Iterable[Finding]) -> None:
    """Print findings: code, Vietnamese sentence, what to do."""
    for finding in findings:
        rule = rule_of(finding)
        say(f"  [{rule.severity}] {finding.code}: {sentence(finding)}")
        say(f"      → {todo(finding)}")


def finding_json(finding: Finding) -> dict[str, JsonValue]:
    """A finding with its severity and both sentences."""
    return {
        **finding.to_json(),
        "severity": str(rule_of(finding).severity),
        "vi": sentence(finding),
        "en": sentence(finding, "en"),
        "todo_vi": todo(finding),
        "todo_en": todo(finding, "en"),
    }


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
