"""Findings as the text of a column, and the cause that a parked file is listed under."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.domain.canonical import canonical_json
from appliance.domain.findings import Finding
from appliance.domain.rules import is_blocking

if TYPE_CHECKING:
    from collections.abc import Iterable


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as the text of a column."""
    return canonical_json([finding.to_json() for finding in findings]).decode("utf-8")


def findings_of(text: str) -> tuple[Finding, ...]:
    """Findings from the text of a column."""
    return tuple(Finding.from_json(value) for value in json.loads(text))


def cause_of(findings: Iterable[Finding]) -> str:
    """The code that a parked file is listed under: its first error."""
    found = tuple(findings)
    blocking = [finding.code for finding in found if is_blocking(finding)]
    return next(iter(blocking or [finding.code for finding in found]), "STAGE-FAILED")
