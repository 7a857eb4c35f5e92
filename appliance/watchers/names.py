"""Which names are not meant for us, not finished, or say that a scanner is still writing."""

from __future__ import annotations

import fnmatch
import re
from typing import Final

CANARY_PREFIX: Final = ".appliance-canary-"
"""Begins the names of our own probes."""

_TEMPORARY_SUFFIXES: Final = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".lck")
_FOREIGN_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", "lost+found"})
"""Of Windows, and of a disk mounted as the hot folder: that one is root's, closed to us."""
_OWN_PREFIX: Final = ".appliance-"
_SILENT_PREFIXES: Final = ("._", ".trash", ".recycle", ".snapshot")
"""What file managers, Samba and file systems keep for themselves: no page was ever meant by it."""
_SILENT_NAMES: Final = _FOREIGN_NAMES | {
    ".ds_store",
    ".apdisk",
    ".directory",
    ".temporaryitems",
    ".claimed",  # the box's own
}


def is_foreign_name(name: str) -> bool:
    """Whether a name belongs to a file that is not meant for us, or not finished."""
    lower = name.lower()
    return (
        name.startswith((".", "~"))
        or lower.endswith(_TEMPORARY_SUFFIXES)
        or lower in _FOREIGN_NAMES
    )


def is_silent_name(name: str) -> bool:
    """Whether a name that is passed over may stay for ever without a word."""
    lower = name.lower()
    return lower in _SILENT_NAMES or lower.startswith((_OWN_PREFIX, *_SILENT_PREFIXES))


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
