"""What sheets say: one grammar, read and written to the letter."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.identifiers import nfc
from appliance.domain.sheets import MAX_NUMBER, Sheet, SheetKind, format_sheet, parse_sheet

CODES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=100).filter(
    lambda text: nfc(text) == text
)


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (Sheet(SheetKind.COVER, "H11.LTLS.01"), "AA1:H:H11.LTLS.01"),
        (Sheet(SheetKind.COVER, "a:b:7"), "AA1:H:a:b:7"),
        (Sheet(SheetKind.RESCAN, "a:b", 7), "AA1:R:a:b:7"),
        (Sheet(SheetKind.RESCAN, "Hồ sơ Đ/1", MAX_NUMBER), "AA1:R:Hồ sơ Đ/1:999999"),
        (Sheet(SheetKind.TARGET, "target-01"), "AA1:T:target-01"),
    ],
)
def test_each_kind_is_written_and_read(sheet: Sheet, text: str) -> None:
    """The text is exactly this, and reads back as the sheet."""
    assert format_sheet(sheet) == text
    assert parse_sheet(text) == sheet


@given(code=CODES, number=st.integers(1, MAX_NUMBER))
def test_any_file_code_goes_and_comes_back(code: str, number: int) -> None:
    """Whatever letters, signs and colons a code has, it is never mistaken."""
    for sheet in (Sheet(SheetKind.COVER, code), Sheet(SheetKind.RESCAN, code, number)):
        assert parse_sheet(format_sheet(sheet)) == sheet


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AA1",
        "AA1:",
        "AA1:H",
        "AA1:H:",
        "AA1:h:HS-01",
        "AA2:H:HS-01",
        " AA1:H:HS-01",
        "AA1:H: HS-01",
        "AA1:H:HS-01\n",
        "AA1:H:" + "x" * 101,
        "AA1:H:" + unicodedata.normalize("NFD", "Hồ sơ"),
        "AA1:H:HS\u200b01",
        "AA1:R:HS-01",
        "AA1:R:HS-01:",
        "AA1:R:HS-01:0",
        "AA1:R:HS-01:07",
        "AA1:R:HS-01:٣",
        "AA1:R:HS-01:1000000",
        "AA1:R::7",
        "AA1:T:",
        "AA1:T:-x",
        "AA1:T:mẫu",
        "AA1:X:HS-01",
        "?",
    ],
)
def test_what_is_not_the_grammar_is_no_sheet(text: str) -> None:
    """Nothing is guessed: another release's, a stranger's or a damaged text is none."""
    assert parse_sheet(text) is None


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(SheetKind.COVER, ""),
        Sheet(SheetKind.COVER, "x" * 101),
        Sheet(SheetKind.COVER, "a\nb"),
        Sheet(SheetKind.COVER, "HS-01", 3),
        Sheet(SheetKind.RESCAN, "HS-01"),
        Sheet(SheetKind.RESCAN, "HS-01", 0),
        Sheet(SheetKind.TARGET, "a b"),
    ],
)
def test_what_could_not_be_read_back_is_not_printed(sheet: Sheet) -> None:
    """A sheet that would say something else is refused before it is printed."""
    with pytest.raises(ValueError, match="no sheet can carry"):
        format_sheet(sheet)
