"""What single pages look like, as far as a program can say."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from appliance.domain.errors import ConfigError
from appliance.samples.drawing import draw_plan
from appliance.samples.encoding import G4_STRIPS, JPEG, write_scan
from appliance.samples.fonts import Face, find_font, load_font
from appliance.samples.inking import Ink, InkSheet, PageSize, a4
from appliance.samples.offices import BINH_THUAN, BINH_THUAN_BEFORE_1975, compose
from appliance.samples.paper import PaperStyle, scan_page
from appliance.samples.script import FILE_UNITS
from appliance.samples.typesetting import typeset
from appliance.samples.wording import PROVINCE, RENEWAL, REPUBLIC, filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.samples.letters import Letter

PLAIN = PaperStyle((240, 236, 226), most_skew_degrees=0.0)
SMALL = PageSize(60, 80, 100)
LEAST_WORDS_READ = 0.8
"""The part of the words that recognition must find; measured 0.93 and more."""


def _random(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


def _letter(index: int, paragraphs: int = 4) -> Letter:
    head = FILE_UNITS[index].head
    return compose(head, "22", "Tu bổ đường", dt.date(1970, 5, 4), _random(), paragraphs=paragraphs)


@pytest.mark.parametrize("letter", "ếữỷặđĐƯỜỘ")
def test_typefaces_have_every_vietnamese_letter(letter: str) -> None:
    """A letter that a typeface lacks would come out as a box, like any other it lacks."""
    for face in Face:
        font = load_font(face, 12, 200)
        assert bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffd"))


def test_missing_typeface_says_what_to_install(tmp_path: Path) -> None:
    """Without the typefaces there is one clear line and a configuration error."""
    with pytest.raises(ConfigError, match="apt install fonts-dejavu-core") as caught:
        find_font(Face.SERIF, (tmp_path, tmp_path / "absent"))
    assert (caught.value.code, caught.value.exit_status) == ("FONT-MISSING", 2)


def test_every_sentence_can_be_filled() -> None:
    """No sentence of any period has a gap without a filler, and none stays open."""
    for wording in (REPUBLIC, PROVINCE, RENEWAL):
        for template in (*wording.opening, *wording.middle, *wording.ending):
            text = filled(template, wording, dt.date(1985, 3, 1), _random())
            assert "{" not in text


def test_periods_have_their_headings() -> None:
    """The nation's heading and the spelling are those of the letter's time."""
    before = compose(BINH_THUAN_BEFORE_1975, "22", "Việc", dt.date(1966, 1, 2), _random())
    after = compose(BINH_THUAN, "02", "Việc", dt.date(1992, 1, 2), _random())
    assert before.head.left[0] == "VIỆT-NAM CỘNG-HÒA"
    assert before.addressee.startswith("Ông Quận-Trưởng quận")
    assert after.head.right[0] == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert [text[:6] for text in after.body[1:]] == [f"Điều {n}" for n in range(1, 5)]


def test_long_letters_take_more_pages() -> None:
    """A letter flows over as many pages as it needs, each of the size asked for."""
    script = FILE_UNITS[0]
    short = typeset(_letter(0, 1), script.look, a4(100), _random())
    long = typeset(_letter(0, 16), script.look, a4(100), _random())
    assert (len(short), len(long)) == (1, 3)
    assert {sheet.layer(Ink.BLACK).size for sheet in long} == {a4(100).size_pixels}


def test_signature_and_seal_have_their_own_inks() -> None:
    """The last page carries blue and red, so that colour in a scan means something."""
    pages = typeset(_letter(0), FILE_UNITS[0].look, a4(100), _random())
    assert pages[-1].layers[Ink.RED].getbbox() is not None
    assert pages[-1].layers[Ink.BLUE].getbbox() is not None


def test_scan_has_the_size_and_mode_asked_for() -> None:
    """A colour scan is RGB, another one 8-bit gray; both have the page's pixels."""
    page = InkSheet(SMALL)
    for in_colour, mode in ((True, "RGB"), (False, "L")):
        image = scan_page(page, None, PLAIN, _random(), in_colour=in_colour)
        assert (image.mode, image.size) == (mode, SMALL.size_pixels)


def test_ink_darkens_and_the_other_side_shows_through() -> None:
    """Ink is far darker than paper, the other side's ink only a little, and mirrored."""
    front, back = InkSheet(SMALL), InkSheet(SMALL)
    front.stroke(((10, 20), (50, 20)), 6)
    back.stroke(((5, 60), (25, 60)), 6)
    style = PaperStyle((240, 236, 226), show_through=0.2, most_skew_degrees=0.0)
    gray = np.asarray(scan_page(front, back, style, _random()).convert("L")).astype(int)
    paper = gray[SMALL.pixels(40), SMALL.pixels(30)]
    ink = gray[SMALL.pixels(20), SMALL.pixels(30)]
    through = gray[SMALL.pixels(60), SMALL.pixels(60 - 15)]
    not_mirrored = gray[SMALL.pixels(60), SMALL.pixels(15)]
    assert paper - ink > 90
    assert 12 < paper - through < 70
    assert abs(paper - not_mirrored) < 25


def test_blank_reverse_is_nearly_blank() -> None:
    """A page without ink of its own keeps only what shows through, none of it dark."""
    image = scan_page(InkSheet(SMALL), None, PLAIN, _random(), in_colour=False)
    assert np.asarray(image).min() > 150


def test_plan_uses_three_inks() -> None:
    """The drawing has lines, water and hatched fields in different inks."""
    plan = draw_plan(PageSize(420, 297, 50), "SƠ ĐỒ", "năm 1978", _random())
    assert set(plan.layers) == {Ink.BLACK, Ink.BLUE, Ink.RED}


def _words(text: str) -> Iterator[str]:
    return (word.casefold() for word in re.findall(r"\w+", text))


@pytest.mark.ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize("index", [0, 2, 4])
def test_typed_pages_can_be_read(tmp_path: Path, index: int) -> None:
    """Text recognition finds most words of typewritten and of printed pages."""
    script = FILE_UNITS[index]
    letter = _letter(index)
    sheets = typeset(letter, script.look, a4(200), _random())
    image = scan_page(sheets[0], None, script.paper, _random())
    write_scan(tmp_path / "page.jpg", [image], JPEG, 200)
    outcome = subprocess.run(
        ["tesseract", str(tmp_path / "page.jpg"), "-", "-l", "vie"],
        capture_output=True,
        check=True,
        text=True,
        env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    read = set(_words(outcome.stdout))
    wanted = [word for paragraph in letter.body for word in _words(paragraph)]
    found = sum(word in read for word in wanted) / len(wanted)
    assert found >= LEAST_WORDS_READ


def test_pages_of_one_scan_stay_in_order(tmp_path: Path) -> None:
    """A multi-page TIFF holds its pages in the order given."""
    pages = [Image.new("L", (40, 30 + 10 * index), 255) for index in range(3)]
    write_scan(tmp_path / "pages.tif", pages, G4_STRIPS, 200)
    with Image.open(tmp_path / "pages.tif") as image:
        heights = []
        for index in range(3):
            image.seek(index)
            heights.append(image.height)
    assert heights == [30, 40, 50]
