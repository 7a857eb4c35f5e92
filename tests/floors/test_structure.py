"""The check of sizes, cycles and the domain's imports finds what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.check_structure import (
    MAX_FILE_LINES,
    MAX_FUNCTION_LINES,
    cycle_faults,
    domain_faults,
    faults_of,
    functions_of,
    import_graph,
    read_sources,
    share_faults,
    size_faults,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tools.check_structure import Source


def sources_of(root: Path, files: dict[str, str]) -> list[Source]:
    """Write files of a package and read them as the check does."""
    for name, text in files.items():
        path = root / "appliance" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return read_sources(root, ["appliance"])


def function_of(lines: int) -> str:
    """A function of so many lines of code."""
    return "def f():\n" + "    pass\n" * (lines - 1)


def test_the_project_has_no_fault(checkout: Path) -> None:
    """The project keeps its own bounds."""
    assert faults_of(checkout) == []


def test_docstrings_comments_and_blank_lines_do_not_count(tmp_path: Path) -> None:
    """The length of a function is its lines of code."""
    text = 'def f():\n    """One.\n\n    Two.\n    """\n    # why\n\n    return 1\n'
    (source,) = sources_of(tmp_path, {"a.py": text})
    assert [function.lines for function in functions_of(source)] == [2]


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("a.py", function_of(MAX_FUNCTION_LINES), 0),
        ("a.py", function_of(MAX_FUNCTION_LINES + 1), 1),
        ("a.py", "x = 1\n" * MAX_FILE_LINES, 0),
        ("a.py", "x = 1\n" * (MAX_FILE_LINES + 1), 1),
        ("utils.py", "x = 1\n", 1),
    ],
)
def test_sizes_are_bounded(name: str, text: str, count: int, tmp_path: Path) -> None:
    """A file or function at its bound passes, one line more is a fault."""
    assert len(size_faults(sources_of(tmp_path, {name: text}))) == count


@pytest.mark.parametrize(
    ("lengths", "count"),
    [([10] * 9 + [41], 0), ([5] * 8 + [41, 42], 2), ([11] * 10, 1), ([], 1)],
)
def test_most_functions_are_short(lengths: list[int], count: int, tmp_path: Path) -> None:
    """The median and the share of long functions are bounded."""
    text = "\n".join(function_of(lines) for lines in lengths)
    (source,) = sources_of(tmp_path, {"a.py": text})
    assert len(share_faults(list(functions_of(source)))) == count


@pytest.mark.parametrize(
    ("line", "is_fault"),
    [
        ("import re", False),
        ("from appliance.domain import codes", False),
        ("import os.path", True),
        ("from time import time", True),
        ("import numpy", True),
        ("from appliance.disk import store", True),
        ("def f():\n    import socket", True),
    ],
)
def test_the_domain_touches_nothing(line: str, is_fault: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a case's outcome
    """The domain imports itself and what neither reads nor changes the world."""
    sources = sources_of(tmp_path, {"domain/__init__.py": "", "domain/a.py": f"{line}\n"})
    assert bool(domain_faults(sources)) is is_fault


def test_a_cycle_is_named_once(tmp_path: Path) -> None:
    """Three modules that import each other in a ring are one fault."""
    ring = {"a.py": "import appliance.b", "b.py": "from appliance.c import x"}
    sources = sources_of(tmp_path, {**ring, "c.py": "from appliance import a"})
    expected = "import cycle: appliance.a -> appliance.b -> appliance.c -> appliance.a"
    assert cycle_faults(import_graph(sources)) == [expected]


def test_an_import_for_types_makes_no_cycle(tmp_path: Path) -> None:
    """What is imported for types alone is never run, so it closes no ring."""
    back = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from appliance.a import x\n"
    sources = sources_of(tmp_path, {"a.py": "import appliance.b", "b.py": back})
    assert cycle_faults(import_graph(sources)) == []
