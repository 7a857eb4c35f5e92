"""Volumes: every page once, in order, by recorded sizes alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.imaging.pdf_volumes import PAGE_OVERHEAD_BYTES, Volume, VolumeLimits, plan_volumes

MIB = 1024 * 1024
LIMITS = VolumeLimits(max_bytes=10 * MIB, max_pages=4)


def _pages(volumes: tuple[Volume, ...]) -> list[tuple[int, int]]:
    return [(one.first_page, one.last_page) for one in volumes]


@pytest.mark.parametrize(
    ("sizes_mib", "expected"),
    [
        ([], []),
        ([1], [(1, 1)]),
        ([1, 1, 1, 1], [(1, 4)]),
        ([1, 1, 1, 1, 1], [(1, 4), (5, 5)]),
        ([4, 4, 4], [(1, 2), (3, 3)]),
        ([20, 1, 20, 20], [(1, 1), (2, 2), (3, 3), (4, 4)]),
    ],
)
def test_a_volume_takes_what_fits(sizes_mib: list[int], expected: list[tuple[int, int]]) -> None:
    """Bytes and pages both end a volume; a page larger than a volume has one of its own."""
    volumes = plan_volumes([one * MIB for one in sizes_mib], LIMITS)
    assert _pages(volumes) == expected
    assert [(one.number, one.count) for one in volumes] == [
        (number, len(expected)) for number in range(1, len(expected) + 1)
    ]


@given(st.lists(st.integers(0, 3_000_000), max_size=60))
def test_every_page_is_in_one_volume(sizes: list[int]) -> None:
    """The volumes follow one another without gap, and none is over its limits."""
    limits = VolumeLimits(max_bytes=5_000_000, max_pages=7)
    volumes = plan_volumes(sizes, limits)
    listed = [page for one in volumes for page in range(one.first_page, one.last_page + 1)]
    assert listed == list(range(1, len(sizes) + 1))
    for one in volumes:
        held = [size + PAGE_OVERHEAD_BYTES for size in sizes[one.first_page - 1 : one.last_page]]
        assert one.page_count == len(held) <= limits.max_pages
        assert sum(held) <= limits.max_bytes


def test_volumes_are_named_in_sequence() -> None:
    """A title tells which volume it is, unless there is one only."""
    first, second = plan_volumes([6 * MIB, 6 * MIB], LIMITS)
    assert first.titled("Hồ sơ") == "Hồ sơ (tập 1/2)"
    assert second.titled("Hồ sơ") == "Hồ sơ (tập 2/2)"
    (alone,) = plan_volumes([6 * MIB], LIMITS)
    assert alone.titled("Hồ sơ") == "Hồ sơ"
