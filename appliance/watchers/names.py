"""Which names are not meant for us, not finished, or say that a scanner is still writing."""

from __future__ import annotations

import fnmatch
import re
from typing import Final

CANARY_PREFIX: Final = ".appliance-canary-"
"""Begins the names of our own probes."""

_TEMPORARY_SUFFIXES: Final = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".lck")
_FOREIGN_NAMES: Final = frozenset({"thumbs.db", "desktop.ini"})


def is_foreign_name(name: str) -> bool:
    """Whether a name belongs to a file that is not meant for us, or not finished."""
    lower = name.lower()
    return (
        name.startswith((".", "~"))
        or lower.endswith(_TEMPORARY_SUFFIXES)
        or lower in _FOREIGN_NAMES
    )


class NamePatterns:
    """Patterns as ``fnmatch`` has them, in any case.

    Args:
        patterns: Such as ``*.LCK``; none matches nothing.
    """

    def __init__(self, patterns: tuple[str, ...]) -> None:
        joined = "|".join(fnmatch.translate(pattern) for pattern in patterns)
        self._expression = re.compile(joined, re.IGNORECASE) if patterns else None

    def __bool__(self) -> bool:
        """Whether anything can match at all."""
        return self._expression is not None

    def matches(self, name: str) -> bool:
        """Whether a name fits one of them."""
        return self._expression is not None and self._expression.match(name) is not None
