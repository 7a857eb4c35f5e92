"""How a thing stands, and one judged line: what every verdict is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.canonical import JsonValue


class Level(IntEnum):
    """How a thing stands, best first; the words on the page are fixed and few."""

    GOOD = 0
    WAITING = 1
    WORKING = 2
    STALE = 3
    UNKNOWN = 4
    NEEDS_PERSON = 5
    BROKEN = 6


LEVEL_WORDS: Final[Mapping[Level, tuple[str, str]]] = {
    Level.GOOD: ("tốt – đã kiểm chứng", "good – proved"),
    Level.WAITING: ("chờ", "waiting"),
    Level.WORKING: ("đang làm", "working"),
    Level.STALE: ("cũ", "old"),
    Level.UNKNOWN: ("chưa rõ", "unknown"),
    Level.NEEDS_PERSON: ("cần người", "needs a person"),
    Level.BROKEN: ("hỏng", "broken"),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One judged line: a level, a code of ``verdict_sentences`` and its values."""

    level: Level
    code: str
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    children: tuple[Statement, ...] = ()
