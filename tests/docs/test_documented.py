"""Everything that users meet by name occurs in the documentation."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import re
import tomllib
import typing
from typing import TYPE_CHECKING

import pytest

from appliance.domain import errors, states
from appliance.domain.rules import RULES
from appliance.domain.verdict import LEVEL_WORDS, Level
from appliance.domain.verdict_sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STATES = sorted(
    {
        str(state)
        for kind in (
            states.MasterState,
            states.FileUnitState,
            states.DepositState,
            states.ListState,
        )
        for state in kind
    }
)
ERRORS = errors.ApplianceError.__subclasses__()


def command_names(parser: argparse.ArgumentParser, above: str = "") -> Iterator[str]:
    """Every command of a parser that does something itself, as it is typed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                inner = list(command_names(below, f"{above}{name} "))
                yield from inner or [f"{above}{name}"]


def setting_names(kind: object) -> Iterator[str]:
    """Every key of a settings class and of the settings classes inside it."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        for part in typing.get_args(kind):
            yield from setting_names(part)
        return
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        yield field.name
        yield from setting_names(hints[field.name])


def test_every_command_is_documented(documentation: str) -> None:
    """Each command of the command line occurs in the documentation as it is typed."""
    parser = importlib.import_module("appliance.cli").build_parser()
    names = sorted(set(command_names(parser)))
    missing = [name for name in names if not re.search(rf"`{re.escape(name)}[` ]", documentation)]
    assert names
    assert missing == []


def test_every_setting_is_documented(documentation: str) -> None:
    """Each key of the settings occurs in the documentation, in backticks or in a TOML line."""
    names = sorted(set(setting_names(importlib.import_module("appliance.config").Settings)))
    missing = [
        name
        for name in names
        if not re.search(rf"`(\w+\.)*{name}`|`\[+{name}\]+`|^{name} =", documentation, re.MULTILINE)
    ]
    assert names
    assert missing == []


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_is_documented(code: str, documentation: str) -> None:
    """Each rule has a heading with its code."""
    assert f"### `{code}`\n" in documentation


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_documented(state: str, documentation: str) -> None:
    """Each state has a row in a table of states."""
    assert f"| `{state}` |" in documentation


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_every_verdict_sentence_is_documented(code: str, documentation: str) -> None:
    """Each sentence of the verdict has a row."""
    assert f"| `{code}` |" in documentation


@pytest.mark.parametrize("level", list(Level))
def test_every_level_says_what_to_do(level: Level, checkout: Path) -> None:
    """Operations tell what to do at each level of the verdict."""
    operations = (checkout / "docs" / "operations.md").read_text("utf-8")
    assert f"| **{LEVEL_WORDS[level][0]}** " in operations


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_class_is_documented(kind: type[errors.ApplianceError], checkout: Path) -> None:
    """Operations list each class of errors with its code and exit status."""
    rows = (checkout / "docs" / "operations.md").read_text("utf-8").splitlines()
    row = next(row for row in rows if row.startswith(f"| `{kind.__name__}` |"))
    assert f"`{kind.default_code}`" in row
    assert f"| {kind.exit_status} |" in row


def test_every_dependency_is_argued_for(checkout: Path) -> None:
    """Each package that the program needs has its sentence in the design page."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    design = (checkout / "docs" / "design.md").read_text("utf-8").lower()
    table = [line for line in design.splitlines() if line.startswith("| ")]
    names = [re.split(r"[<>=\[;]", wanted)[0].lower() for wanted in project["dependencies"]]
    assert [name for name in names if not any(name in line for line in table)] == []


def test_walkers_find_nested_names() -> None:
    """The walkers see commands below commands and settings inside settings."""
    parser = argparse.ArgumentParser()
    top = parser.add_subparsers()
    top.add_parser("run")
    top.add_parser("parked").add_subparsers().add_parser("list")

    inner = dataclasses.make_dataclass("Inner", [("wait_seconds", int)])
    outer = dataclasses.make_dataclass("Outer", [("places", tuple[inner, ...])])  # type: ignore[valid-type]  # made at run time
    assert list(command_names(parser)) == ["run", "parked list"]
    assert list(setting_names(outer)) == ["places", "wait_seconds"]


def test_every_error_code_is_documented(documentation: str, checkout: Path) -> None:
    """Each code that an error carries occurs in the documentation, in backticks."""
    raising = re.compile(r'(?:Error|refusal)\((?:[^()]|\([^()]*\))*?code="([A-Z0-9-]+)"', re.DOTALL)
    codes = {
        code
        for path in (checkout / "appliance").rglob("*.py")
        for code in raising.findall(path.read_text("utf-8"))
    }
    missing = sorted(code for code in codes if f"`{code}`" not in documentation)
    assert "SQLITE-TOO-OLD" in codes
    assert missing == []
