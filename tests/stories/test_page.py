"""The page of stories: every line has a thread, an answer, and tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parents[2]
THREAD = re.compile(r"[\w-]+(?: PR)?#\d+")
SHOWN_BY = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
HEADINGS = ("elsewhere", "---", "name")
STORIES = 60
"""More than so many were known when the page was begun."""


class Story(NamedTuple):
    """A line of the page."""

    elsewhere: str
    threads: str
    here: str
    shown_by: str


def stories(page: str) -> list[Story]:
    """The lines of a page that have four columns, without their headings."""
    rows = (line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| "))
    cells = [[cell.strip() for cell in row] for row in rows]
    return [
        Story(*row) for row in cells if len(row) == len(Story._fields) and row[0] not in HEADINGS
    ]


def sentence_of(path: str, name: str, checkout: Path) -> str | None:
    """The docstring of a test, read without importing it; None when there is no such test."""
    place = checkout / path
    if not place.is_file():
        return None
    for node in ast.walk(ast.parse(place.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_docstring(node) or ""
    return None


def faults(story: Story, checkout: Path) -> list[str]:
    """What is wrong with a line: a column is empty, or its tests do not show it."""
    threads = THREAD.findall(story.threads)
    tests = SHOWN_BY.findall(story.shown_by)
    found = [f"{story.elsewhere}: no {name}" for name, cell in story._asdict().items() if not cell]
    if not threads:
        return [*found, f"{story.elsewhere}: no thread"]
    if not tests:
        fits = story.shown_by.startswith("does not fit: ")
        return found if fits else [*found, f"{story.elsewhere}: neither a test nor a reason"]
    said = [sentence_of(path, name, checkout) for path, name in tests]
    found += [f"no test {one}" for one, text in zip(tests, said, strict=True) if text is None]
    if not any(names(said[0] or "", thread) for thread in threads):
        found.append(f"{tests[0][1]} names none of {threads}")
    return found


def names(sentence: str, thread: str) -> bool:
    """Whether a sentence names a thread, and not one whose number only begins alike."""
    return re.search(rf"(?<![\w-]){re.escape(thread)}(?!\d)", sentence) is not None


def test_every_story_has_an_answer_and_a_test() -> None:
    """Each line is whole, its tests are there, and the first names its thread."""
    told = stories((CHECKOUT / "docs" / "stories.md").read_text("utf-8"))
    assert len(told) > STORIES
    assert len({story.threads for story in told}) == len(told)
    assert [fault for story in told for fault in faults(story, CHECKOUT)] == []


def test_a_line_without_its_test_is_noticed(tmp_path: Path) -> None:
    """A missing test, a test of another story and a missing reason are told."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text('def test_a():\n    """one#12: it is so."""\n')
    page = (
        "| elsewhere | threads | here | shown by |\n|---|---|---|---|\n"
        "| good | one#12, two#3 | done | `tests/test_it.py::test_a` |\n"
        "| other | one#1 | done | `tests/test_it.py::test_a` |\n"
        "| gone | one#12 | done | `tests/test_it.py::test_b` |\n"
        "| apart | one#4 | done | does not fit: there is no such thing |\n"
        "| bare | one#5 | done | to be written |\n"
    )
    told = [faults(story, tmp_path) for story in stories(page)]
    assert [len(found) for found in told] == [0, 1, 2, 0, 1]
