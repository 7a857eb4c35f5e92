"""Findings, reports and three-valued verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue


class Severity(StrEnum):
    """How much a broken rule weighs."""

    ERROR = "error"
    """Blocks: the object cannot go on until it is mended."""
    WARNING = "warning"
    """Must be settled by a person or a recorded rule."""
    INFO = "info"
    """Said, nothing to settle."""


class Verdict(StrEnum):
    """The outcome of a check; what was not looked at is never a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that an object breaks, or that could not be checked.

    Args:
        code: A rule code of ``domain.rules``.
        where: What it is about: a path inside a package, a page, a row of a spreadsheet.
        values: The facts that fill the rule's sentence, by name.
    """

    code: str
    where: str = ""
    values: Mapping[str, JsonValue] = field(default_factory=dict)

    def to_json(self) -> dict[str, JsonValue]:
        """A plain form for the catalogue and for ``--json``."""
        return {"code": self.code, "where": self.where, "values": dict(self.values)}

    @classmethod
    def from_json(cls, value: dict[str, JsonValue]) -> Finding:
        """Read back what ``to_json`` wrote.

        Raises:
            ValueError: The value is not the plain form of a finding.
        """
        code, where, values = value.get("code"), value.get("where"), value.get("values")
        if not (isinstance(code, str) and isinstance(where, str) and isinstance(values, dict)):
            raise ValueError(f"not a finding: {value!r}")  # noqa: TRY004 - the value is data, not a type
        return cls(code, where, values)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of one object found, and what it looked at.

    Args:
        subject: The object's name.
        findings: Every finding, in the order met.
        checked: Names of the checks that were done to their end.
        not_checked: Names of the checks that were not done; their outcome is unknown.
    """

    subject: str
    findings: tuple[Finding, ...] = ()
    checked: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


def verdict_of(severities: Iterable[Severity], *, complete: bool) -> Verdict:
    """One verdict from the severities of all findings.

    Args:
        severities: Of every finding.
        complete: Whether every check was done; an incomplete check never passes.
    """
    if Severity.ERROR in set(severities):
        return Verdict.FAIL
    return Verdict.PASS if complete else Verdict.NOT_CHECKED
