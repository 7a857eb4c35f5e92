"""The verdict on one hồ sơ: which of its versions is proved, and whether that is the last word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.proof_age import is_proof_old
from appliance.domain.states import DepositState
from appliance.domain.verdict import Level, Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.canonical import JsonValue

_DEPOSIT_LEVELS: Final[Mapping[DepositState, Level]] = {
    DepositState.WAITING: Level.WAITING,
    DepositState.SENDING: Level.WORKING,
    DepositState.PROVED: Level.GOOD,
    DepositState.REFUSED: Level.NEEDS_PERSON,
    DepositState.DAMAGED: Level.BROKEN,
    DepositState.FAR_DAMAGED: Level.BROKEN,
}


@dataclass(frozen=True, slots=True)
class VersionsFacts:
    """What is recorded of the versions of one hồ sơ.

    Args:
        sealed_version: The newest that is sealed; 0 before the first.
        proved_version: The newest that every configured destination proved; 0 when none.
        is_open: Whether a correction makes another version.
        places: Configured destinations.
        oldest_proof_age_seconds: Of the oldest proof of ``proved_version`` at any of them; None
            when nothing is proved.
    """

    sealed_version: int
    proved_version: int
    is_open: bool
    places: int
    oldest_proof_age_seconds: int | None


def judge_versions(facts: VersionsFacts) -> Statement:
    """One judged line.

    A version that is proved never stands for a correction that is not, and a proof that is past
    its time never stands for a fresh one.
    """
    version = facts.sealed_version + facts.is_open
    values: dict[str, JsonValue] = {
        "version": version,
        "proved": facts.proved_version,
        "copies": facts.places + 1,
    }
    level, code = _level_and_code(facts, version)
    return Statement(level, code, values)


def _level_and_code(facts: VersionsFacts, version: int) -> tuple[Level, str]:
    """The first row that applies decides."""
    is_proved = facts.proved_version > 0
    is_last_word = facts.proved_version == version
    is_old = is_proof_old(facts.oldest_proof_age_seconds)
    rows = (
        (facts.sealed_version == 0, Level.WAITING, "UNIT-NOT-SEALED"),
        (is_last_word and is_old, Level.STALE, "UNIT-PROOF-OLD"),
        (is_last_word, Level.GOOD, "UNIT-PROVED"),
        (version == 1, Level.WORKING, "UNIT-UNPROVED"),
        (is_proved and is_old, Level.STALE, "UNIT-CORRECTING-PROOF-OLD"),
        (is_proved, Level.WORKING, "UNIT-CORRECTING"),
        (True, Level.WORKING, "UNIT-CORRECTING-UNPROVED"),
    )
    return next((level, code) for applies, level, code in rows if applies)


def judge_deposit(state: DepositState, proof_age_seconds: int | None) -> Level:
    """How one package stands at one destination.

    Args:
        state: Of the deposit.
        proof_age_seconds: Since the newest read-back there; None before the first.
    """
    if state is DepositState.PROVED and is_proof_old(proof_age_seconds):
        return Level.STALE
    return _DEPOSIT_LEVELS[state]
