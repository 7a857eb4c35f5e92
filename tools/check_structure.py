"""Holds the shape of the code: sizes, cycles, and a domain that touches nothing.

Run as ``python -m tools.check_structure`` in the checkout; prints the sizes and every fault, and
ends with status 1 when there is one. A function's length is its lines without its docstring,
blank lines and comments; a file's length is all its lines.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PACKAGE: Final = "appliance"
CHECKED_FOLDERS: Final = (PACKAGE, "tests", "tools", "benchmarks")
MAX_FILE_LINES: Final = 300
MAX_TEST_FILE_LINES: Final = 500
"""Tests are lists of small cases: a longer file is read one case at a time."""
MAX_FUNCTION_LINES: Final = 80
MAX_USUAL_FUNCTION_LINES: Final = 40
MAX_MEDIAN_FUNCTION_LINES: Final = 10
MAX_LONG_PERCENT: Final = 10

TOUCHING_MODULES: Final = frozenset(
    (
        *("asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"),
        *("shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading"),
        *("time", "urllib", "uuid"),
    )
)
"""Modules of the standard library that read the world or change it: not for the domain."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function and its length in lines of code."""

    where: str
    lines: int


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file, parsed.

    Args:
        path: Relative to the checkout.
        text: Its text.
        tree: Its syntax tree.
    """

    path: Path
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted module name."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def read_sources(root: Path, folders: Iterable[str]) -> list[Source]:
    """Every Python file below the folders that exist, by path."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    texts = [(path, path.read_text("utf-8")) for path in paths]
    return [Source(path.relative_to(root), text, ast.parse(text)) for path, text in texts]


def functions_of(source: Source) -> Iterator[Function]:
    """Every function of a file, nested ones too, with its lines of code."""
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{source.path}:{node.lineno} {node.name}"
            yield Function(where, sum(_is_code(lines[i - 1]) for i in _body_lines(node)))


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    """Line numbers of a function, without those of its docstring."""
    first = node.body[0]
    has_docstring = ast.get_docstring(node) is not None
    doc = range(first.lineno, (first.end_lineno or 0) + 1) if has_docstring else range(0)
    return (n for n in range(node.lineno, (node.end_lineno or 0) + 1) if n not in doc)


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def size_faults(sources: Iterable[Source]) -> list[str]:
    """Files and functions above their bounds, and names that say nothing."""
    faults = []
    for source in sources:
        count = len(source.text.splitlines())
        most = MAX_TEST_FILE_LINES if source.path.parts[0] == "tests" else MAX_FILE_LINES
        if count > most:
            faults.append(f"{source.path}: {count} lines, at most {most}")
        if source.path.stem in {"utils", "helpers", "misc", "common"}:
            faults.append(f"{source.path}: a file is named after what it does")
        faults += [
            f"{function.where}: {function.lines} lines, at most {MAX_FUNCTION_LINES}"
            for function in functions_of(source)
            if function.lines > MAX_FUNCTION_LINES
        ]
    return faults


def share_faults(functions: list[Function]) -> list[str]:
    """Whether the functions as a whole are as short as they should be."""
    if not functions:
        return ["no functions found"]
    middle = median(function.lines for function in functions)
    long = [f for f in functions if f.lines > MAX_USUAL_FUNCTION_LINES]
    faults = []
    if middle > MAX_MEDIAN_FUNCTION_LINES:
        faults.append(f"the median function has {middle} lines, not {MAX_MEDIAN_FUNCTION_LINES}")
    if len(long) * 100 > MAX_LONG_PERCENT * len(functions):
        faults += [f"{f.where}: one of too many above {MAX_USUAL_FUNCTION_LINES}" for f in long]
    return faults


def domain_faults(sources: Iterable[Source]) -> list[str]:
    """Imports of the domain beyond itself and the untouching part of the standard library."""
    domain = f"{PACKAGE}.domain"
    return [
        f"{source.path}: the domain may not import {name}"
        for source in sources
        if f"{source.module}.".startswith(f"{domain}.")
        for name in _imported(ast.walk(source.tree))
        if not f"{name}.".startswith(f"{domain}.") and not _is_untouching(name)
    ]


def _is_untouching(name: str) -> bool:
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names and top not in TOUCHING_MODULES


def _imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Dotted names that a file imports; ``from a import b`` gives ``a.b``."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_graph(sources: Iterable[Source]) -> dict[str, set[str]]:
    """Which module of the package imports which, imports for types alone left out."""
    own = {source.module: source for source in sources}
    return {
        name: {
            target
            for imported in _imported(_without_type_imports(source.tree))
            if (target := _module_in(imported, own)) is not None and target != name
        }
        for name, source in own.items()
    }


def _module_in(name: str, own: Mapping[str, Source]) -> str | None:
    return next((n for n in (name, name.rpartition(".")[0]) if n in own), None)


def _without_type_imports(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under ``if TYPE_CHECKING``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _without_type_imports(node)


def cycle_faults(graph: Mapping[str, set[str]]) -> list[str]:
    """One line for each module that reaches itself, the shortest way round."""
    loops = ((name, _way_back(graph, name)) for name in sorted(graph))
    return [f"import cycle: {' -> '.join(way)}" for name, way in loops if way and name == min(way)]


def _way_back(graph: Mapping[str, set[str]], start: str) -> list[str]:
    ways, seen = [[start]], {start}
    for way in ways:
        for target in sorted(graph[way[-1]]):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def faults_of(root: Path) -> list[str]:
    """Every fault of the checkout at ``root``."""
    sources = read_sources(root, CHECKED_FOLDERS)
    own = [source for source in sources if source.path.parts[0] == PACKAGE]
    functions = [function for source in own for function in functions_of(source)]
    return [
        *size_faults(sources),
        *share_faults(functions),
        *domain_faults(own),
        *cycle_faults(import_graph(own)),
    ]


def _print_sizes(root: Path) -> None:
    lengths = sorted(f.lines for s in read_sources(root, [PACKAGE]) for f in functions_of(s))
    usual = lengths[len(lengths) * (100 - MAX_LONG_PERCENT) // 100]
    print(
        f"{len(lengths)} functions: median {median(lengths):g} lines, "
        f"nine in ten at most {usual}, longest {lengths[-1]}"
    )


def main() -> int:
    """Print sizes and faults; 1 when there is a fault."""
    root = Path(__file__).resolve().parent.parent
    faults = faults_of(root)
    for fault in faults:
        print(fault)
    _print_sizes(root)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
