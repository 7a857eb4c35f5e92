"""The mark of one package at one destination, as every screen shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from appliance.domain.proof_age import age_seconds
from appliance.domain.unit_verdict import judge_deposit
from appliance.domain.verdict import Level
from appliance.web.labels import DEPOSIT_WORDS, PROOF_OLD_WORD

if TYPE_CHECKING:
    import datetime as dt

    from appliance.domain.states import DepositState


@dataclass(frozen=True, slots=True)
class DepositMark:
    """How one package stands at one destination.

    Args:
        state: As recorded.
        level: Judged by the domain.
        word: What the screens say of it; to be translated.
        proved_at: Of the newest read-back (``clock.to_text``); None before the first.
    """

    state: DepositState
    level: Level
    word: str
    proved_at: str | None

    @classmethod
    def of(cls, state: DepositState, proved_at: str | None, now: dt.datetime) -> Self:
        """Judge a deposit."""
        level = judge_deposit(state, age_seconds(proved_at, now))
        word = PROOF_OLD_WORD if level is Level.STALE else DEPOSIT_WORDS[state]
        return cls(state, level, word, proved_at)

    @property
    def level_of_earlier_version(self) -> Level:
        """Of a hồ sơ under correction: what is proved there is the version before."""
        return max(self.level, Level.WORKING)
