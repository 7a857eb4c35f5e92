"""Names that a package may carry: safe on every system, distinct on every system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_PATH_CHARACTERS: Final = 1024
"""Our own; Linux takes 4096 bytes, and a folder to unpack in comes before it."""

MAX_NAME_BYTES: Final = 255
"""What file systems take for one name (Linux, NTFS, exFAT at least)."""

_USUAL: Final = re.compile(r"[A-Za-z0-9._-]+")
_PLAIN: Final = re.compile(r"(?:(?!\.{1,2}(?:/|$))[A-Za-z0-9._-]{1,255}(?:/|$))+(?<!/)")
"""Paths of usual names alone: safe and usual at one look, as nearly all of them are."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def is_unsafe(path: str) -> bool:
    """Whether a path could leave its folder, or cannot be one everywhere."""
    if len(path) <= MAX_PATH_CHARACTERS and _PLAIN.fullmatch(path):
        return False
    parts = path.split("/")
    return (
        not path
        or len(path) > MAX_PATH_CHARACTERS
        or path.startswith("~")
        or _DRIVE.match(path) is not None
        or "\\" in path
        or any(part in {"", ".", ".."} for part in parts)
        or any(len(part.encode("utf-8", "replace")) > MAX_NAME_BYTES for part in parts)
        or any(unicodedata.category(character) in {"Cc", "Cs"} for character in path)
    )


def check_names(paths: Iterable[str]) -> Iterator[Finding]:
    """Hold all paths of a package against the rules, and against each other."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        if is_unsafe(path):
            yield Finding("NAME-UNSAFE", path)
            continue
        if _PLAIN.fullmatch(path) is None and not all(map(_USUAL.fullmatch, path.split("/"))):
            yield Finding("NAME-UNUSUAL", path)
        key = _key(path)
        if key in seen:
            yield Finding("NAME-CLASH", path, {"other": seen[key]})
        seen[key] = path
        folder = key.rpartition("/")[0]
        while folder and folder not in folders:
            folders[folder] = path
            folder = folder.rpartition("/")[0]
    clashes = ((seen[key], folders[key]) for key in seen.keys() & folders.keys())
    yield from (Finding("NAME-CLASH", path, {"other": other}) for path, other in sorted(clashes))


def _key(path: str) -> str:
    """What two names share when some file system takes them for one."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
