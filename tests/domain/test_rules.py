"""Every rule: texts in two languages, fillable, never an exception on the page."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Finding, Severity, Verdict
from appliance.domain.rules import RULES, is_blocking, judge, rule_of, sentence, source, todo
from appliance.domain.rules.rule import Rule, by_code

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue

EVERY_RULE = [pytest.param(rule, id=code) for code, rule in RULES.items()]
EVERY_SEVERITY = {
    severity: [c for c, r in RULES.items() if r.severity is severity] for severity in Severity
}


def _names(text: str) -> set[str]:
    """The placeholders of a text; a form that ``format_map`` could choke on fails here."""
    names = set()
    for _before, name, spec, conversion in string.Formatter().parse(text):
        if name is not None:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name), f"not a plain name: {{{name}}}"
            assert not spec
            assert conversion is None
            names.add(name)
    return names


@pytest.mark.parametrize("rule", EVERY_RULE)
class TestEveryRule:
    """What holds of each."""

    def test_code_is_stable_in_form(self, rule: Rule) -> None:
        """Capitals, digits and hyphens, as people read them to each other on the telephone."""
        assert re.fullmatch(r"[A-Z0-9]+(?:-[A-Z0-9]+)*", rule.code)

    def test_texts_are_sentences(self, rule: Rule) -> None:
        """All four are there, trimmed, and end as sentences do."""
        for text in (rule.vi, rule.todo_vi, rule.en, rule.todo_en):
            assert text == text.strip()
            assert len(text) > len("Nothing.")
            assert text.endswith((".", "?"))

    def test_the_languages_differ(self, rule: Rule) -> None:
        """Vietnamese is no copy of the English, and is written with its marks."""
        assert rule.vi != rule.en
        assert rule.todo_vi != rule.todo_en
        assert re.search(r"[À-ỹ]", rule.vi)
        assert re.search(r"[À-ỹ]", rule.todo_vi)
        assert not re.search(r"[À-ỹ]", rule.en + rule.todo_en)

    def test_placeholders_can_be_filled(self, rule: Rule) -> None:
        """Only plain names in braces; English asks for no more facts than Vietnamese has."""
        spoken = _names(rule.vi) | _names(rule.todo_vi) | {"where"}
        in_english = {name.removesuffix("_en") for name in _names(rule.en) | _names(rule.todo_en)}
        assert in_english <= spoken | {"file_code"}

    def test_missing_values_never_raise(self, rule: Rule) -> None:
        """A finding of an older release lacks a fact: a dash shows, the page stands."""
        bare = Finding(rule.code)
        for language in ("vi", "en"):
            for text in (sentence(bare, language), todo(bare, language)):
                assert "{" not in text
                assert text

    def test_values_are_shown(self, rule: Rule) -> None:
        """Each value that the sentence names is in it, whatever it holds."""
        names = _names(rule.vi) - {"where"}
        values = {name: f"<{name} {{0}} {{x}}>" for name in names}
        text = sentence(Finding(rule.code, "PLACE", values))
        assert all(value in text for value in values.values())
        assert ("PLACE" in text) == ("where" in _names(rule.vi))


def test_codes_index_themselves() -> None:
    """The index and the rules agree, and there is one for each code."""
    assert all(code == rule.code for code, rule in RULES.items())
    assert len(RULES) > 100


def test_two_rules_of_one_code_are_refused() -> None:
    """A second sentence for a code would hide the first."""
    rule = RULES["LINE-DOWN"]
    with pytest.raises(ValueError, match="LINE-DOWN"):
        by_code((rule, rule))


def test_a_code_without_a_rule_is_a_bug() -> None:
    """It is not papered over."""
    with pytest.raises(KeyError):
        rule_of(Finding("NO-SUCH-RULE"))


def test_english_uses_the_english_problem() -> None:
    """``problem_en`` stands in for ``problem`` where English is read, and only there."""
    finding = Finding(
        "INTAKE-NOT-IMAGE", "x", {"name": "1.tif", "problem": "tệp rỗng", "problem_en": "empty"}
    )
    assert "tệp rỗng" in sentence(finding, "vi")
    assert "empty" in sentence(finding, "en")
    assert "tệp rỗng" not in sentence(finding, "en")


def test_a_problem_without_english_is_still_told() -> None:
    """A problem that has one wording shows it in both languages."""
    for code, rule in RULES.items():
        if "problem" in _names(rule.vi):
            told = sentence(Finding(code, "x", {"problem": "0xC0FFEE"}), "en")
            assert "0xC0FFEE" in told, code


@pytest.mark.parametrize(
    ("code", "values", "clause"),
    [
        ("METS-PROFILE", {"rule": "CSIP24"}, "E-ARK CSIP 2.1.0, CSIP24"),
        ("METS-PROFILE", {"rule": "TT05", "source": "TT 05/2025"}, "TT 05/2025"),
        ("FIELD-MISSING", {"field": "title"}, "TT 05/2025/TT-BNV, Phụ lục I, title"),
        ("PATH-MISSING", {}, ""),
    ],
)
def test_a_finding_names_its_clause(code: str, values: dict[str, JsonValue], clause: str) -> None:
    """The clause is the rule's, filled in with the finding's values, or the finding's own."""
    assert source(Finding(code, "x", values)) == clause


@pytest.mark.parametrize("severity", Severity)
def test_only_errors_block(severity: Severity) -> None:
    """Every rule blocks or not by its severity alone."""
    blocking = {is_blocking(Finding(code)) for code in EVERY_SEVERITY[severity]}
    assert blocking == {severity is Severity.ERROR}


@pytest.mark.parametrize(
    ("severities", "complete", "verdict"),
    [
        ((), True, Verdict.PASS),
        ((), False, Verdict.NOT_CHECKED),
        ((Severity.WARNING, Severity.INFO), True, Verdict.PASS),
        ((Severity.WARNING,), False, Verdict.NOT_CHECKED),
        ((Severity.ERROR,), True, Verdict.FAIL),
        ((Severity.INFO, Severity.ERROR), False, Verdict.FAIL),
    ],
)
def test_what_was_not_looked_at_never_passes(
    severities: tuple[Severity, ...], verdict: Verdict, *, complete: bool
) -> None:
    """One error fails; without any, only a complete check passes."""
    findings = tuple(Finding(EVERY_SEVERITY[severity][0]) for severity in severities)
    assert judge(findings, complete=complete) is verdict
