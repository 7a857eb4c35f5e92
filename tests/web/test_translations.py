"""Every text of the screens has its English, and the table holds nothing else."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from jinja2 import nodes

import appliance.web
from appliance.domain.field_sets import AIP_FIELDS
from appliance.domain.fields import FILE_UNIT_FIELDS
from appliance.domain.verdict import LEVEL_WORDS, Level
from appliance.web.language import language_named
from appliance.web.screen import make_environment

WEB_FOLDER = Path(appliance.web.__file__).parent
SAYING_NAMES = {"_", "say", "marked"}


def texts_of_templates() -> set[str]:
    """Every constant text that a template says."""
    environment = make_environment("")
    found = set()
    for name in environment.list_templates():
        source = (WEB_FOLDER / "templates" / name).read_text("utf-8")
        for call in environment.parse(source).find_all(nodes.Call):
            said = isinstance(call.node, nodes.Name) and call.node.name in SAYING_NAMES
            if said and isinstance(call.args[0], nodes.Const):
                found.add(call.args[0].value)
    return found


def texts_of_code() -> set[str]:
    """Every constant text that the code says or marks."""
    found = set()
    for path in WEB_FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                text = getattr(node.args[0], "value", None)
                if name in SAYING_NAMES and isinstance(text, str):
                    found.add(text)
    return found


def test_english_is_complete_and_holds_nothing_else() -> None:
    """The table has exactly the texts that templates, code and field labels say."""
    described = (FILE_UNIT_FIELDS, *AIP_FIELDS.documents.values())
    labels = {field.label for fields in described for field in fields}
    said = texts_of_templates() | texts_of_code() | labels
    table = json.loads((WEB_FOLDER / "translations" / "en.json").read_text("utf-8"))
    assert len(said) > 100
    assert said == table.keys()
    assert all(text.strip() for text in table.values())


def test_english_names_the_values_that_vietnamese_names() -> None:
    """A translation fills in the same values, or it would show braces."""
    for vietnamese, english in language_named("en").translations.items():
        for text in (vietnamese, english):
            assert text.count("{") == text.count("}")
        assert _names(vietnamese) == _names(english), vietnamese


def _names(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_every_level_has_a_word_and_an_icon_of_its_own() -> None:
    """Colour never stands alone: each level has a mark for the page and for the tab."""
    icons = {level.name.lower().replace("_", "-") for level in Level}
    drawn = {path.stem.removeprefix("icon-") for path in WEB_FOLDER.glob("static/icon-*.svg")}
    assert icons <= drawn
    assert len({words[0] for words in LEVEL_WORDS.values()}) == len(Level)
