"""One rule on the age of a proof, for one proof and for questions to the catalogue."""

from __future__ import annotations

import datetime as dt

import pytest

from appliance.domain.clock import from_text, to_text
from appliance.domain.policy import PROOF_STALE_DAYS
from appliance.domain.proof_age import age_seconds, is_proof_old, newest_old

NOW = dt.datetime(2026, 6, 1, 8, 0, 0, 250_000, tzinfo=dt.UTC)


@pytest.mark.parametrize("microseconds", [-2_000_000, -1, 0, 1, 999_999, 1_000_000, 2_000_000])
def test_the_bound_of_a_question_is_the_rule_itself(microseconds: int) -> None:
    """A proof is at or before the bound exactly when its age says that it is old."""
    limit = dt.timedelta(days=PROOF_STALE_DAYS) + dt.timedelta(microseconds=microseconds)
    proved_at = to_text(NOW - limit)
    assert (proved_at <= newest_old(NOW)) == is_proof_old(age_seconds(proved_at, NOW))


def test_the_bound_is_old_and_a_moment_later_is_not() -> None:
    """The bound itself is the newest proof that is past its time."""
    bound = newest_old(NOW)
    after = to_text(from_text(bound) + dt.timedelta(microseconds=1))
    assert is_proof_old(age_seconds(bound, NOW))
    assert not is_proof_old(age_seconds(after, NOW))
