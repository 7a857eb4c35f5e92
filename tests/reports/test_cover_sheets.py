"""Cover sheets: what is printed reads back after a poor scan, and says itself to people."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pikepdf
import pytest
from PIL import Image

from appliance.domain.sheets import parse_sheet
from appliance.imaging.marks import FoundMark, find_mark
from appliance.reports.cover_sheets import cover_sheets_pdf
from tests.reports.making import CODE, LONG_CODE, needs_poppler, printed, sheet

if TYPE_CHECKING:
    from pathlib import Path

SCAN_DPI = 200
VIEW_DPI = 150


def poor_scan(page: Image.Image, *, angle_degrees: float, seed: int) -> np.ndarray:
    """A page as a worn bitonal scanner gives it: skewed, speckled, G4, made a view of 150 dpi."""
    random = np.random.default_rng(seed)
    turned = page.rotate(angle_degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    gray = np.asarray(turned, dtype=np.int16) + random.normal(0, 40, turned.size[::-1])
    speckled = np.where(random.random(gray.shape) < 0.01, 255 - gray, gray)
    stream = io.BytesIO()
    bitonal = Image.fromarray(np.where(speckled > 128, 255, 0).astype(np.uint8)).convert("1")
    bitonal.save(stream, "TIFF", compression="group4", dpi=(SCAN_DPI, SCAN_DPI))
    scanned = Image.open(stream).convert("L")
    size = (scanned.width * VIEW_DPI // SCAN_DPI, scanned.height * VIEW_DPI // SCAN_DPI)
    return np.asarray(scanned.resize(size, Image.Resampling.BOX))


@needs_poppler
@pytest.mark.parametrize("code", [CODE, LONG_CODE, "Hồ sơ 1:2 (Đ/c)"])
@pytest.mark.parametrize("angle_degrees", [0.0, 3.0, -7.0, 180.0, 90.0])
def test_a_printed_sheet_reads_back_after_a_poor_scan(
    code: str, angle_degrees: float, tmp_path: Path
) -> None:
    """200 dpi, one bit, specks, skew and any way up: the code is read to the letter."""
    made = sheet(code)
    (page,) = printed(cover_sheets_pdf([made]), tmp_path, SCAN_DPI)
    found = find_mark(poor_scan(page, angle_degrees=angle_degrees, seed=1), VIEW_DPI)
    assert found == FoundMark(made.payload, is_readable=True)
    sheet_said = parse_sheet(made.payload)
    assert sheet_said is not None
    assert sheet_said.code == code


@needs_poppler
def test_one_corner_is_enough(tmp_path: Path) -> None:
    """A stamp over one of the two codes loses nothing."""
    made = sheet(number=17)
    (page,) = printed(cover_sheets_pdf([made]), tmp_path, VIEW_DPI)
    for half in ((0, 0, page.width, page.height // 2), (0, page.height // 2, *page.size)):
        covered = page.copy()
        covered.paste(255, half)
        assert find_mark(np.asarray(covered), VIEW_DPI) == FoundMark(made.payload, is_readable=True)


@needs_poppler
def test_a_sheet_that_cannot_be_read_is_still_known_for_one(tmp_path: Path) -> None:
    """naps2#440: a separator that is missed merges two files; a flag bar says that it is one."""
    (page,) = printed(cover_sheets_pdf([sheet()]), tmp_path, VIEW_DPI)
    pixels = np.array(page)
    height, width = pixels.shape
    across, down = round(78 / 210 * width), round(78 / 297 * height)
    pixels[:down, -across:] = 200
    pixels[-down:, :across] = 200
    assert find_mark(pixels, VIEW_DPI) == FoundMark("", is_readable=False)


def test_the_same_list_gives_the_same_bytes() -> None:
    """Sheets printed again are the same sheets; another code gives others."""
    sheets = [sheet("HS-01"), sheet("HS-02")]
    assert cover_sheets_pdf(sheets) == cover_sheets_pdf(sheets)
    assert cover_sheets_pdf(sheets) != cover_sheets_pdf(sheets[:1])


@pytest.mark.parametrize(("both_sides", "count"), [(False, 2), (True, 4)])
def test_each_sheet_is_one_a4_page_or_two(both_sides: bool, count: int) -> None:  # noqa: FBT001 - a case's setting
    """For scanners that scan both sides each sheet is there twice, on A4."""
    pdf = cover_sheets_pdf([sheet("HS-01"), sheet("HS-02")], both_sides=both_sides)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        boxes = [[round(float(side)) for side in page.mediabox] for page in document.pages]
        fonts = {
            str(font["/BaseFont"])
            for page in document.pages
            for font in page["/Resources"]["/Font"].values()
        }
    assert boxes == [[0, 0, 595, 842]] * count
    assert all(re.match(r"/[A-Z]{6}\+DejaVu", font) for font in fonts)


@needs_poppler
def test_people_read_what_the_register_says(tmp_path: Path) -> None:
    """Code, title, fonds, pages, list and decision stand on the sheet in Vietnamese letters."""
    long = replace(sheet(LONG_CODE), title="Hồ sơ về đập Đồng Cam " * 45)
    (tmp_path / "sheets.pdf").write_bytes(cover_sheets_pdf([sheet(), long]))
    command = ["pdftotext", "-layout", str(tmp_path / "sheets.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    first, second = (" ".join(page.split()) for page in text.split("\f")[:2])
    for said in (
        CODE,
        "TỜ BÌA HỒ SƠ",
        "Tòa Hành chánh tỉnh Bình Thuận",
        "Số trang dự kiến: 64",
        "Danh mục DM-01, Quyết định số 12/QĐ-SNV ngày 16/03/2026",
        "Đặt tờ này trước trang đầu tiên của hồ sơ",
    ):
        assert said in first
    assert second.count("Đồng Cam") >= 40
    assert "Danh mục DM-01" in second


@needs_poppler
def test_a_rescan_sheet_says_which_number_it_replaces(tmp_path: Path) -> None:
    """A person must see that this sheet replaces pages, and from which number on."""
    (tmp_path / "sheets.pdf").write_bytes(cover_sheets_pdf([sheet(number=17)]))
    command = ["pdftotext", "-layout", str(tmp_path / "sheets.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "TỜ QUÉT LẠI" in text
    assert "thay số 17" in text
