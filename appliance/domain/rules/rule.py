"""What a rule is: a stable code, how much it weighs, and its sentences in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.findings import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Sentences may name values of the finding in braces, as ``{expected}``.

    Args:
        code: Stable for ever, such as ``PAGES-TOO-FEW``.
        severity: How much a break of it weighs.
        vi: What happened, in plain Vietnamese.
        todo_vi: What to do, in plain Vietnamese.
        en: What happened, in English.
        todo_en: What to do, in English.
        retries: Whether the appliance tries again by itself when the cause may have passed.
        asks: Whether only a person's answer settles it; no recorded rule does.
        source: The clause that demands it; values in braces, as in sentences. Empty for rules of
            our own that no format asks for.
    """

    code: str
    severity: Severity
    vi: str
    todo_vi: str
    en: str
    todo_en: str
    retries: bool = False
    asks: bool = False
    source: str = ""


def by_code(rules: Iterable[Rule]) -> Mapping[str, Rule]:
    """Index rules by their codes.

    Raises:
        ValueError: Two rules share a code.
    """
    index: dict[str, Rule] = {}
    for rule in rules:
        if rule.code in index:
            raise ValueError(f"two rules have the code {rule.code}")
        index[rule.code] = rule
    return index
