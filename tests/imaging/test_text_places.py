"""A search hit is marked where the word stands: read by tesseract, written, found by poppler."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass, replace
from html import unescape
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import Word
from appliance.imaging.page_derivative import words_to_bytes
from appliance.imaging.pdf import PdfPage, write_pdf
from appliance.imaging.text_lines import text_lines
from appliance.samples.fonts import Face, load_font

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.imaging.pdf import PdfInfo

DPI = 300
SIZE_POINTS = 13.0
WIDTH_PX, HEIGHT_PX = 1750, 1000
LINES = (
    "Căn cứ Luật Tổ chức Hội đồng nhân dân và Ủy ban",
    "nhân dân ngày 30 tháng 6 năm 1989; xét đề nghị của",
    "Giám đốc Sở Thủy lợi tại tờ trình số 45 ngày 12",
    "tháng 5 về việc tu bổ đập nước và kênh mương ở các",
    "huyện phía nam của tỉnh trong mùa khô năm nay, nhằm",
    "bảo đảm nước tưới cho vụ hè thu và đời sống nhân dân",
)
STORED_TURNS = {
    1: None,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}
"""By orientation: what makes the stored picture of an upright one."""
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)
needs_programs = pytest.mark.skipif(
    shutil.which("tesseract") is None or shutil.which("pdftotext") is None,
    reason="tesseract or poppler-utils is not installed",
)


@dataclass(frozen=True)
class Box:
    """A word on the page, in points from its upper left corner."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half its height."""
        return (self.top + self.bottom) / 2


def drawn_words(page: Image.Image) -> list[Box]:
    """Draw the lines, and say where each word came."""
    font, draw, boxes = load_font(Face.SERIF, SIZE_POINTS, DPI), ImageDraw.Draw(page), []
    for number, line in enumerate(LINES):
        base = 150 + 140 * number
        draw.text((150, base), line, font=font, fill=40, anchor="ls")
        for found in re.finditer(r"\S+", line):
            left = 150 + font.getlength(line[: found.start()])
            right = 150 + font.getlength(line[: found.end()])
            inked = (left, right, base - 0.8 * font.size, base + 0.2 * font.size)
            boxes.append(Box(found[0], *(value * 72 / DPI for value in inked)))
    return boxes


def turned(box: Box, degrees: float) -> Box:
    """Where a word is after the page was turned about its middle, against the clock."""
    across, down = WIDTH_PX / 2 * 72 / DPI, HEIGHT_PX / 2 * 72 / DPI
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x, y = (box.left + box.right) / 2 - across, box.middle - down
    right, lower = x * cosine + y * sine + across, y * cosine - x * sine + down
    width, height = box.right - box.left, box.bottom - box.top
    place = (right - width / 2, right + width / 2, lower - height / 2, lower + height / 2)
    return Box(box.text, *place)


def written_pdf(folder: Path, scan: Path, info: PdfInfo) -> Path:
    """The scan as a PDF with its text."""
    derived = derive_page(scan, 1, folder, DerivationOptions())
    assert derived.words_name is not None
    image = folder / derived.image_name if derived.image_name else None
    page = PdfPage("1", derived, scan, image, folder / derived.words_name)
    target = folder / "page.pdf"
    write_pdf(target, [page], info)
    return target


def found_words(pdf: Path) -> list[Box]:
    """The words that poppler finds, where it marks them."""
    command = ["pdftotext", "-bbox", str(pdf), "-"]
    answer = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    pattern = r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>'
    return [
        Box(unescape(text), *map(float, (left, right, top, bottom)))
        for left, top, right, bottom, text in re.findall(pattern, answer)
    ]


@pytest.mark.ocr
@needs_programs
@pytest.mark.parametrize(
    ("orientation", "dpi", "degrees"),
    [
        (1, (300, 300), 0.0),
        (3, (300, 300), 0.0),
        (6, (300, 300), 0.0),
        (8, (300, 300), 0.0),
        (1, (300, 150), 0.0),
        (6, (150, 200), 0.0),
        (1, (200, 200), 1.8),
        (6, (300, 200), -1.8),
    ],
)
def test_words_are_marked_where_they_were_drawn(
    tmp_path: Path, info: PdfInfo, orientation: int, dpi: tuple[int, int], degrees: float
) -> None:
    """Turned, of two resolutions, crooked: nine words in ten are found and lie under their mark."""
    page = Image.new("L", (WIDTH_PX, HEIGHT_PX), 235)
    drawn = [turned(box, degrees) for box in drawn_words(page)]
    page = page.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=235)
    turn = STORED_TURNS[orientation]
    stored = page if turn is None else page.transpose(turn)
    size = (round(stored.width * dpi[0] / DPI), round(stored.height * dpi[1] / DPI))
    scan = tmp_path / "scan.tif"
    stored.resize(size, Image.Resampling.BOX).save(scan, dpi=dpi, tiffinfo={274: orientation})
    found = found_words(written_pdf(tmp_path, scan, info))
    assert all(unicodedata.is_normalized("NFC", box.text) for box in found)
    marked = [box for box in drawn if any(is_marked(box, mark) for mark in found)]
    assert len(marked) >= 0.9 * len(drawn)


@needs_poppler
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("clockwise", [90, 180, 270])
def test_words_of_a_page_the_wrong_way_up_are_marked_where_they_lie(
    tmp_path: Path, info: PdfInfo, orientation: int, clockwise: int
) -> None:
    """Upside down or on its side: found on the page as it lies, and its lines stay whole."""
    page = Image.new("L", (WIDTH_PX, HEIGHT_PX), 235)
    drawn = [laid(box, clockwise) for box in drawn_words(page)]
    pdf = pdf_of_words(tmp_path, info, drawn, clockwise, orientation)
    found = found_words(pdf)
    if clockwise != 180:
        drawn, found = [across(box) for box in drawn], [across(box) for box in found]
    assert len(found) == len(drawn)
    assert all(any(is_marked(box, mark) for mark in found) for box in drawn)
    answer = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True)
    lines = [line for line in answer.stdout.decode("utf-8").splitlines() if line.strip()]
    assert sorted(line.split() for line in lines) == sorted(line.split() for line in LINES)


def pdf_of_words(
    folder: Path, info: PdfInfo, boxes: list[Box], clockwise: int, orientation: int
) -> Path:
    """A page with words that were found on it when it was turned back."""
    size = (WIDTH_PX, HEIGHT_PX) if clockwise == 180 else (HEIGHT_PX, WIDTH_PX)
    stored = size if orientation < 5 else size[::-1]
    scan, words = folder / "scan.tif", folder / "words.json"
    Image.new("L", stored, 235).save(scan, dpi=(DPI, DPI), tiffinfo={274: orientation})
    words.write_bytes(words_to_bytes([pixel_word(number, box) for number, box in numbered(boxes)]))
    blank = derive_page(scan, 1, folder, DerivationOptions(reads_text=False))
    derived = replace(blank, text_turn_degrees=360 - clockwise)
    image = folder / derived.image_name if derived.image_name else None
    target = folder / "page.pdf"
    write_pdf(target, [PdfPage("1", derived, scan, image, words)], info)
    return target


def numbered(boxes: list[Box]) -> list[tuple[int, Box]]:
    """The words with the numbers of their lines."""
    counts = [number for number, line in enumerate(LINES, start=1) for _ in line.split()]
    return list(zip(counts, boxes, strict=True))


def pixel_word(line: int, box: Box) -> Word:
    """A word as it is stored."""
    left, right, top, bottom = (
        round(value * DPI / 72) for value in (box.left, box.right, box.top, box.bottom)
    )
    return Word(box.text, left, top, right - left, bottom - top, 90, line)


def across(box: Box) -> Box:
    """The box with its axes exchanged."""
    return Box(box.text, box.top, box.bottom, box.left, box.right)


def laid(box: Box, clockwise: int) -> Box:
    """Where a word is on the page that was turned clockwise."""
    width, height = WIDTH_PX * 72 / DPI, HEIGHT_PX * 72 / DPI
    match clockwise:
        case 90:
            place = (height - box.bottom, height - box.top, box.left, box.right)
        case 180:
            place = (width - box.right, width - box.left, height - box.bottom, height - box.top)
        case _:
            place = (box.top, box.bottom, width - box.right, width - box.left)
    return Box(box.text, *place)


def is_marked(box: Box, mark: Box) -> bool:
    """Whether a mark lies on a word: within 1 mm at both ends, and no half line off."""
    is_beside = abs(box.left - mark.left) < 3 and abs(box.right - mark.right) < 3
    return box.text == mark.text and is_beside and abs(box.middle - mark.middle) < SIZE_POINTS / 2


@pytest.mark.ocr
@needs_programs
def test_lines_of_a_crooked_page_stay_lines(tmp_path: Path, info: PdfInfo) -> None:
    """Copied from the PDF, the text of a crooked page comes line by line."""
    page = Image.new("L", (WIDTH_PX, HEIGHT_PX), 235)
    drawn_words(page)
    scan = tmp_path / "scan.png"
    page.rotate(1.8, Image.Resampling.BILINEAR, fillcolor=235).save(scan, dpi=(DPI, DPI))
    pdf = written_pdf(tmp_path, scan, info)
    answer = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True)
    lines = [line for line in answer.stdout.decode("utf-8").splitlines() if line.strip()]
    assert len(lines) == len(LINES)
    assert [line.split()[:2] for line in lines] == [line.split()[:2] for line in LINES]


def test_a_straight_line_is_as_its_boxes_are() -> None:
    """Too few words say nothing of the slope, so boxes of other heights stay where they are."""
    words = (Word("Nghị", 60, 100, 80, 30, 95, 1), Word("quyết", 160, 105, 90, 25, 90, 1))
    (line,) = text_lines(words)
    assert (line.top_px, line.height_px, line.slope) == (100, 30, 0)
    assert [line.sunk_px(word) for word in words] == [0, 0]
