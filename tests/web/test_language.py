"""How numbers, sizes, moments and ages are written in both languages."""

from __future__ import annotations

import pytest

from appliance.domain.findings import Finding
from appliance.domain.verdict import Level, Statement
from appliance.web.language import language_named

VI, EN = language_named("vi"), language_named("en")
NOW = "2026-11-22T17:00:00.000000Z"


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [(0, "0", "0"), (999, "999", "999"), (10234, "10.234", "10,234"), (-1500, "-1.500", "-1,500")],
)
def test_numbers_are_grouped(value: int, vi: str, en: str) -> None:
    """Thousands are set apart by a point, in English by a comma."""
    assert VI.number(value) == vi
    assert EN.number(value) == en


@pytest.mark.parametrize(
    ("size_bytes", "vi"),
    [
        (0, "0\u00a0byte"),
        (999, "999\u00a0byte"),
        (1000, "1,0\u00a0kB"),
        (48_211_004, "48,2\u00a0MB"),
        (1_250_000_000_000, "1,2\u00a0TB"),
        (5_000_000_000_000_000, "5000,0\u00a0TB"),
    ],
)
def test_sizes_are_decimal(size_bytes: int, vi: str) -> None:
    """Sizes step by a thousand and stop at terabytes."""
    assert VI.size(size_bytes) == vi
    assert EN.size(size_bytes) == vi.replace(",", ".")


def test_moments_are_local() -> None:
    """A moment of the catalogue shows as the day and time of Vietnam."""
    assert VI.moment(NOW) == "23/11/2026 00:00:00"


@pytest.mark.parametrize(
    ("moment", "vi"),
    [
        ("2026-11-22T17:00:00.000000Z", "vừa xong"),
        ("2026-11-22T18:00:00.000000Z", "vừa xong"),  # the clock was set back since
        ("2026-11-22T16:59:01.000000Z", "59 giây trước"),
        ("2026-11-22T16:59:00.000000Z", "1 phút trước"),
        ("2026-11-22T16:00:00.000000Z", "1 giờ trước"),
        ("2026-11-21T17:00:00.000000Z", "1 ngày trước"),
        ("2023-11-22T17:00:00.000000Z", "1.096 ngày trước"),
    ],
)
def test_ages_round_down_to_their_largest_unit(moment: str, vi: str) -> None:
    """An age never claims to be younger than its unit says."""
    assert VI.ago(moment, NOW) == vi


def test_verdict_sentences_group_their_numbers() -> None:
    """The domain's sentence is said with grouped numbers and keeps its texts."""
    line = Statement(Level.GOOD, "COUNTS-AGREE", {"came_in": 1204345, "accounted": 1204345})
    assert VI.statement(line) == "Đã nhận 1.204.345 tệp, mỗi tệp đều có chỗ trong sổ."
    assert EN.statement(line).startswith("1,204,345 dropped files")


def test_findings_speak_both_languages() -> None:
    """A finding's sentence and advice come from its rule, in the language asked for."""
    finding = Finding("INTAKE-RESCANNED", "", {"name": "a.tif"})
    assert VI.finding(finding).startswith("Tệp “a.tif” được quét lại")
    assert EN.todo(finding).startswith("Nothing to do")


def test_an_unknown_language_is_vietnamese() -> None:
    """Whatever a cookie or an address holds, the page speaks one of its languages."""
    assert language_named("fr").code == "vi"
    assert language_named(None).code == "vi"
