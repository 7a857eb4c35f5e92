"""What the project's own files may not hold, and what its tests must."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Each pattern has a letter in brackets, so that it does not find itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
MACHINE = re.compile(r"(?<![\w}.])/(wor[k]|far[m]|roo[t])/")


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    """The lines of a file in which the pattern occurs."""
    lines = path.read_text("utf-8").splitlines()
    return [f"{path.name}:{n}: {line}" for n, line in enumerate(lines, 1) if pattern.search(line)]


def undocumented_tests(path: Path) -> list[str]:
    """Test functions of a file without a docstring that ends as a sentence."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            said = (ast.get_docstring(node) or "").strip()
            if not said.endswith("."):
                found.append(f"{path.name}: {node.name}")
    return found


def test_nothing_is_left_unfinished(own_files: tuple[Path, ...]) -> None:
    """No file holds a mark of unfinished work."""
    assert [line for path in own_files for line in lines_with(UNFINISHED, path)] == []


def test_no_path_of_one_machine(own_files: tuple[Path, ...]) -> None:
    """No file names a folder that exists on one developer's machine only."""
    assert [line for path in own_files for line in lines_with(MACHINE, path)] == []


def test_every_test_says_what_it_shows(checkout: Path) -> None:
    """Each test function has a docstring that ends as a sentence."""
    tests = sorted((checkout / "tests").rglob("test_*.py"))
    assert tests
    assert [name for path in tests for name in undocumented_tests(path)] == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNFINISHED, "# " + "TO" + "DO: later"),
        (MACHINE, "open('/" + "work" + "/main/x')"),
        (MACHINE, "see /" + "root/.cache"),
    ],
)
def test_the_patterns_find_what_they_are_for(
    pattern: re.Pattern[str], line: str, tmp_path: Path
) -> None:
    """A line that should not be there is found."""
    path = tmp_path / "file.md"
    path.write_text(f"fine: todo_vi, /var/lib/appliance/work/\n{line}\n", "utf-8")
    assert lines_with(pattern, path) == [f"file.md:2: {line}"]


def test_a_silent_test_is_found(tmp_path: Path) -> None:
    """A test without a sentence is named, one with a sentence is not."""
    path = tmp_path / "test_it.py"
    path.write_text('def test_a():\n    """It is so."""\ndef test_b():\n    pass\n', "utf-8")
    assert undocumented_tests(path) == ["test_it.py: test_b"]
