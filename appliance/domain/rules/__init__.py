"""Every rule by its code: sentences are data, Vietnamese first (habit 7)."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Finding, Severity, Verdict, verdict_of
from appliance.domain.rules import (
    audit,
    batch,
    central,
    correction,
    courier,
    deposit,
    disk,
    documents,
    imaging,
    intake,
    package,
    pdf_drop,
    quality,
    recovery,
    register,
    review,
    seal,
    sending,
    signed_pdf,
    text,
)
from appliance.domain.rules.rule import Rule, by_code

__all__ = [
    "HOLDING_CODES",
    "RULES",
    "Rule",
    "is_blocking",
    "judge",
    "rule_of",
    "sentence",
    "source",
    "todo",
]

RULES: Final = by_code(
    (
        *register.RULES,
        *documents.RULES,
        *intake.RULES,
        *batch.RULES,
        *imaging.RULES,
        *pdf_drop.RULES,
        *quality.RULES,
        *review.RULES,
        *disk.RULES,
        *text.RULES,
        *seal.RULES,
        *correction.RULES,
        *signed_pdf.RULES,
        *package.RULES,
        *deposit.RULES,
        *sending.RULES,
        *courier.RULES,
        *central.RULES,
        *recovery.RULES,
        *audit.RULES,
    )
)

HOLDING_CODES: Final = frozenset(
    code for code, rule in RULES.items() if rule.severity is Severity.ERROR or rule.asks
)
"""The findings that hold a hồ sơ up until a person does something: those the verdict counts."""


def rule_of(finding: Finding) -> Rule:
    """The rule that a finding breaks.

    Raises:
        KeyError: No rule has this code: a bug, since every code is listed here.
    """
    return RULES[finding.code]


def is_blocking(finding: Finding) -> bool:
    """Whether the finding stops its object."""
    return rule_of(finding).severity is Severity.ERROR


def judge(findings: tuple[Finding, ...], *, complete: bool) -> Verdict:
    """The verdict over findings; ``complete`` says whether every check was done."""
    return verdict_of((rule_of(f).severity for f in findings), complete=complete)


def sentence(finding: Finding, language: str = "vi") -> str:
    """What happened, in ``vi`` or ``en``, with the finding's values filled in."""
    rule = rule_of(finding)
    return _filled(rule.vi if language == "vi" else rule.en, finding, language)


def todo(finding: Finding, language: str = "vi") -> str:
    """What to do about it, in ``vi`` or ``en``."""
    rule = rule_of(finding)
    return _filled(rule.todo_vi if language == "vi" else rule.todo_en, finding, language)


def source(finding: Finding) -> str:
    """The clause that the finding breaks; a value ``source`` of its own comes before the rule's."""
    said = finding.values.get("source", rule_of(finding).source)
    return _filled(str(said), finding, "en")


class _Values(dict[str, object]):
    """A value that a finding does not carry shows as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "–"


def _filled(text: str, finding: Finding, language: str) -> str:
    """Fill in the values; in English a value ``problem_en`` stands in for ``problem``."""
    values: dict[str, object] = {"where": finding.where, **finding.values}
    if language == "en":
        values |= {n.removesuffix("_en"): v for n, v in values.items() if n.endswith("_en")}
    return text.format_map(_Values(values))
