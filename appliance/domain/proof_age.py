"""How old a proof may be: one rule for a place, for one hồ sơ and for one deposit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.domain.clock import from_text, later, to_text
from appliance.domain.policy import PROOF_STALE_DAYS

if TYPE_CHECKING:
    import datetime as dt

_DAY_SECONDS = 86_400


def age_seconds(moment: str | None, now: dt.datetime) -> int | None:
    """Seconds since a moment (``clock.to_text``), 0 for one that is still to come; None for None.

    Raises:
        ValueError: The text has another form.
    """
    return None if moment is None else max(0, int((now - from_text(moment)).total_seconds()))


def is_proof_old(proof_age_seconds: int | None) -> bool:
    """Whether a proof is past its time; one whose age nobody knows always is."""
    return proof_age_seconds is None or proof_age_seconds > PROOF_STALE_DAYS * _DAY_SECONDS


def newest_old(now: dt.datetime) -> str:
    """The latest moment (``clock.to_text``) of a proof that is past its time.

    The same rule as ``is_proof_old``, as a bound for questions to the catalogue: an age is told
    in whole seconds, so that the first old one is a second above the limit.
    """
    return later(to_text(now), -(PROOF_STALE_DAYS * _DAY_SECONDS + 1))
