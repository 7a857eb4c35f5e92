"""Finding our own sheets: ours always, others' codes never."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp
from PIL import Image, UnidentifiedImageError

from appliance.imaging.marks import UNREADABLE, FoundMark, find_mark
from appliance.imaging.symbols import qr_modules
from tests.reports.making import blank, draw_flags, drawn_sheet, paste

if TYPE_CHECKING:
    from pathlib import Path

DPI = 150
PAYLOAD = "AA1:H:H11.BTH.1957.01"


def foreign_code(side_mm: float) -> Image.Image:
    """A document with a QR code of somebody else."""
    page = blank(DPI)
    modules = qr_modules("https://example.vn/hoa-don/1957?so=17")
    paste(page, modules, (20.0, 20.0), (side_mm, side_mm), DPI)
    return page


def broken(page: Image.Image, corner_mm: float, side_mm: float) -> np.ndarray:
    """A page with a good part of a code of so many millimetres rubbed out, its corners left."""
    pixels = np.array(page)
    first = round((corner_mm + side_mm * 0.3) / 25.4 * DPI)
    last = round((corner_mm + side_mm * 0.7) / 25.4 * DPI)
    pixels[first:last, first:last] = 255
    return pixels


@pytest.mark.parametrize(
    "payload", [PAYLOAD, "AA1:R:Hồ sơ Đ/1:17", "AA1:T:target-01", "AA1:H:" + "ữ" * 100]
)
def test_a_sheet_is_found_and_read(payload: str) -> None:
    """Each kind of sheet gives its text to the letter."""
    found = find_mark(np.asarray(drawn_sheet(payload, DPI)), DPI)
    assert found == FoundMark(payload, is_readable=True)


def test_an_empty_page_is_no_sheet() -> None:
    """Neither a page with a line of text nor noise is taken for a sheet."""
    noise = np.random.default_rng(1).integers(0, 255, (1754, 1240), dtype=np.uint8)
    assert find_mark(np.asarray(blank(DPI)), DPI) is None
    assert find_mark(noise, DPI) is None


@pytest.mark.parametrize("side_mm", [15.0, 25.0, 35.0])
def test_the_code_of_somebody_else_is_no_sheet(side_mm: float) -> None:
    """Whole or broken, a code on a document stays a page."""
    page = foreign_code(side_mm)
    assert find_mark(np.asarray(page), DPI) is None
    assert find_mark(broken(page, 20.0, side_mm), DPI) is None


def test_a_foreign_bar_code_is_no_sheet() -> None:
    """Only a bar that says AA1 to the letter is a flag."""
    page = blank(DPI)
    code = zxingcpp.create_barcode("AA12", zxingcpp.BarcodeFormat.Code128)
    bars = np.asarray(zxingcpp.write_barcode_to_image(code, scale=1)) == 0
    paste(page, bars[:1], (20.0, 20.0), (70.0, 20.0), DPI)
    assert find_mark(np.asarray(page), DPI) is None


def test_flag_bars_alone_are_a_sheet_to_be_looked_at() -> None:
    """When both codes are gone, a bar still says that this was a sheet."""
    page = blank(DPI)
    draw_flags(page, DPI)
    assert find_mark(np.asarray(page), DPI) == UNREADABLE


def test_a_broken_code_of_our_size_is_a_sheet_to_be_looked_at() -> None:
    """Bars torn off and the code rubbed: its size alone still asks a person."""
    page = blank(DPI)
    paste(page, qr_modules(PAYLOAD), (20.0, 20.0), (60.0, 60.0), DPI)
    assert find_mark(broken(page, 20.0, 60.0), DPI) == UNREADABLE


@pytest.mark.parametrize("payload", ["AA1:H:", "AA1:X:HS-01", "AA1:R:HS-01:0", "AA1:"])
def test_our_prefix_with_another_grammar_is_looked_at(payload: str) -> None:
    """A sheet of another release is not guessed at."""
    assert find_mark(np.asarray(drawn_sheet(payload, DPI)), DPI) == UNREADABLE


def test_two_sheets_in_one_picture_contradict_each_other() -> None:
    """Nobody can say whose the pages behind them are."""
    page = drawn_sheet(PAYLOAD, DPI)
    paste(page, qr_modules("AA1:H:other"), (16.0, 221.0), (60.0, 60.0), DPI)
    assert find_mark(np.asarray(page), DPI) == UNREADABLE


def test_what_is_larger_than_a3_is_not_searched() -> None:
    """A map of A1 is no sheet of ours, and reading it would take seconds."""
    page = Image.new("L", (3508, 4967), 255)  # A1 at 150 dpi
    page.paste(drawn_sheet(PAYLOAD, DPI), (0, 0))
    assert find_mark(np.asarray(page), DPI) is None


def test_no_real_scan_is_taken_for_a_sheet(corpus: Path) -> None:
    """Text, music, plates, graph paper and stamps of real archives are pages."""
    looked = 0
    for path in sorted((corpus / "scans").iterdir()):
        try:
            with Image.open(path) as picture:
                picture.draft("L", (1600, 1600))
                picture.thumbnail((1754, 1754))
                gray = np.asarray(picture.convert("L"))
        except (UnidentifiedImageError, OSError):
            continue  # a PDF, or a text that says where the scans come from
        looked += 1
        assert find_mark(gray, DPI) is None, path.name
    assert looked >= 20
