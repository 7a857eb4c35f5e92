"""Texts of an element by the paths that lead to them, taken in one walk, not by many searches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.packaging.verify.xml import PREMIS

if TYPE_CHECKING:
    from appliance.packaging.verify.xml import Element

_PREFIXES: Final = {"p": PREMIS}
_PREFIXED: Final = re.compile(r"\b(\w+):(?=\w)")


def first_text(element: Element, tag: str) -> str:
    """The trimmed text of the first child with this tag; empty if none."""
    child = next(element.iterchildren(tag), None)
    return "" if child is None else (child.text or "").strip()


def spelt_out(path: str) -> str:
    """The path without prefixes, as lxml spells its tags."""
    return _PREFIXED.sub(lambda match: f"{{{_PREFIXES[match[1]]}}}", path)


class Texts(dict[str, list[str]]):
    """What stands in an element, by the path that leads there (``spelt_out``), in its order.

    One walk over an element costs as much as a few searches in it.

    Args:
        root: The element; may be changed afterwards.
        parents: Paths of the elements to look into (``parents_of``).
    """

    def __init__(self, root: Element, parents: frozenset[str]) -> None:
        super().__init__()
        self._walk(root, "", parents)

    def first(self, path: str) -> str:
        """The trimmed text of the first element that a path names; empty if none."""
        return self[path][0].strip() if path in self else ""

    def every(self, path: str) -> list[str]:
        """The trimmed texts of all elements that a path names."""
        return [text.strip() for text in self.get(path, ())]

    def _walk(self, element: Element, lead: str, parents: frozenset[str]) -> None:
        for child in element:
            path = lead + child.tag
            if path in parents:
                self._walk(child, f"{path}/", parents)
            elif path in self:
                self[path].append(child.text or "")
            else:
                self[path] = [child.text or ""]


def parents_of(*paths: str) -> frozenset[str]:
    """Every path on the way to these; all without prefixes (``spelt_out``)."""
    parents = set()
    for path in paths:
        while "/{" in path:
            path = path.rpartition("/{")[0]  # noqa: PLW2901 - up to the first part
            parents.add(path)
    return frozenset(parents)
