"""The verdict on one hồ sơ: which of its versions is proved, and whether that is the last word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.domain.verdict import Level, Statement

if TYPE_CHECKING:
    from appliance.domain.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class VersionsFacts:
    """What is recorded of the versions of one hồ sơ.

    Args:
        sealed_version: The newest that is sealed; 0 before the first.
        proved_version: The newest that every configured destination proved; 0 when none.
        is_open: Whether a correction makes another version.
        places: Configured destinations.
    """

    sealed_version: int
    proved_version: int
    is_open: bool
    places: int


def judge_versions(facts: VersionsFacts) -> Statement:
    """One judged line; a version that is proved never stands for a correction that is not."""
    version = facts.sealed_version + facts.is_open
    values: dict[str, JsonValue] = {
        "version": version,
        "proved": facts.proved_version,
        "copies": facts.places + 1,
    }
    if facts.sealed_version == 0:
        return Statement(Level.WAITING, "UNIT-NOT-SEALED", values)
    if facts.proved_version == version:
        return Statement(Level.GOOD, "UNIT-PROVED", values)
    if version == 1:
        return Statement(Level.WORKING, "UNIT-UNPROVED", values)
    code = "UNIT-CORRECTING" if facts.proved_version else "UNIT-CORRECTING-UNPROVED"
    return Statement(Level.WORKING, code, values)
