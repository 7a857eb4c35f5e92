"""What can be wrong with a workbook as such, in two languages, as ``SHEET-UNREADABLE``."""

from __future__ import annotations

from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding


def unreadable(where: str, vietnamese: str, english: str) -> Finding:
    """A finding that names the place and says what is wrong there.

    Args:
        where: The workbook's name, a sheet, or a cell such as ``Hồ sơ!B7``.
        vietnamese: The problem, in plain Vietnamese.
        english: The same in English.
    """
    return Finding("SHEET-UNREADABLE", where, {"problem": vietnamese, "problem_en": english})


def refusal(findings: tuple[Finding, ...]) -> RuleError:
    """The error that carries such findings; its message names the first place."""
    first = findings[0]
    return RuleError(
        f"the workbook cannot be read, see {first.where}: {first.values['problem_en']}",
        findings,
        code="SHEET-UNREADABLE",
    )
