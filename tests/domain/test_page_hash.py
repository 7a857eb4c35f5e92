"""The distance of page hashes."""

from __future__ import annotations

import pytest

from appliance.domain.page_hash import page_hash_distance

ONE = "0" * 64


@pytest.mark.parametrize(
    ("other", "distance"),
    [(ONE, 0), ("f" * 64, 1000), ("f" * 16 + "0" * 48, 250), ("0" * 63 + "1", 3), ("", 1000)],
)
def test_bits_are_counted(other: str, distance: int) -> None:
    """Thousandths of the bits that differ; a blank page is like no other, not even a blank one."""
    assert page_hash_distance(ONE, other) == distance
    assert page_hash_distance(other, ONE) == distance
    assert page_hash_distance("", "") == 1000


@pytest.mark.parametrize("wrong", ["0" * 63, "0" * 65, "g" * 64, " "])
def test_other_texts_are_refused(wrong: str) -> None:
    """What is no page hash has no distance."""
    with pytest.raises(ValueError, match=r"not a page hash|invalid literal"):
        page_hash_distance(ONE, wrong)
