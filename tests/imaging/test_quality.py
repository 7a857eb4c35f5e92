"""The measures of a page: each on pages drawn for it, and on real scans where they are here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from appliance.domain.page_hash import page_hash_distance
from appliance.domain.policy import BLANK_INK_COMPONENTS, BLANK_INK_PERMILLE
from appliance.domain.rules import is_blocking, sentence
from appliance.imaging.fonts import Face, find_font
from appliance.imaging.headers import Mode
from appliance.imaging.quality.judging import quality_findings
from appliance.imaging.quality.measuring import UNMEASURED, measure_page
from appliance.imaging.quality.values import PageQuality
from tools.quality_damages import read_pages, scanned_again, turned

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from tools.quality_damages import ScannedPage

    Gray = npt.NDArray[np.uint8]

DPI = 150
PAPER = 225
LINES = (
    "Căn cứ Nghị định số 187 ngày 15 tháng 3 năm 1976 của Hội đồng",
    "Chính phủ về tổ chức bộ máy của Ủy ban nhân dân các cấp; theo đề",
    "nghị của ông Trưởng ban Tổ chức chính quyền, nay quyết định giao",
    "cho Phòng Nông nghiệp huyện việc đo đạc lại ruộng đất của hợp tác",
    "xã, lập sổ địa bạ và báo cáo kết quả trước ngày 30 tháng 6.",
)
MEASURED = PageQuality(80, 900, 10, 400, 0, 0, 0, (), is_upside_down=False, page_hash="0" * 64)


def written_page(lines: int = 30, ink: int = 40, first_mm: float = 30) -> Gray:
    """An A4 page of Vietnamese type on old paper, seen by a sensor."""
    page = Image.new("L", (1240, 1754), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(find_font(Face.SERIF)), 26)
    for number in range(lines):
        text = LINES[number % len(LINES)]
        draw.text((150, round(first_mm * DPI / 25.4) + 44 * number), text, font=font, fill=ink)
    noise = np.random.default_rng(lines).normal(0, 3, (1754, 1240))
    return np.clip(np.asarray(page) + noise, 0, 255).astype(np.uint8)


def measured(gray: Gray, mode: Mode = Mode.GRAY) -> PageQuality:
    """The measures of a page at 150 dpi."""
    return measure_page(gray, DPI, mode=mode)


def codes(quality: PageQuality, mode: Mode = Mode.GRAY) -> list[str]:
    """The rule codes that measures give."""
    return [finding.code for finding in quality_findings(quality, "0001.tif", mode=mode)]


@pytest.fixture(scope="module")
def page() -> Gray:
    """A good page; tests must leave it as it is."""
    return written_page()


def rotated(gray: Gray, degrees: float) -> Gray:
    """The page turned clockwise on its own paper."""
    turn = cv2.getRotationMatrix2D((gray.shape[1] / 2, gray.shape[0] / 2), -degrees, 1)
    made = cv2.warpAffine(gray, turn, gray.shape[::-1], borderValue=PAPER)
    return np.asarray(made, np.uint8)


def test_a_good_page_has_no_finding(page: Gray) -> None:
    """Upright type on old paper: level, sharp, unclipped, whole."""
    quality = measured(page)
    assert codes(quality) == []
    assert quality.skew_centidegrees is not None
    assert abs(quality.skew_centidegrees) <= 10
    assert quality.is_upside_down is False
    assert quality.cut_sides == ()
    assert quality.border_permille == 0
    assert len(quality.page_hash) == 64


@pytest.mark.parametrize("degrees", [-5.0, -2.4, -0.8, 1.2, 3.1, 6.0])
def test_skew_is_measured_and_told_above_two_degrees(page: Gray, degrees: float) -> None:
    """Within a seventh of a degree, to the right side."""
    quality = measured(rotated(page, degrees))
    assert quality.skew_centidegrees == pytest.approx(100 * degrees, abs=14)
    assert ("QUALITY-SKEWED" in codes(quality)) == (abs(degrees) > 2)


def test_a_page_without_lines_has_no_skew() -> None:
    """A photograph's skew is unknown, not nought."""
    random = np.random.default_rng(3)
    cloud = np.asarray(cv2.GaussianBlur(random.uniform(0, 1, (1754, 1240)), (0, 0), 12))
    photograph = np.asarray(255 * (cloud - cloud.min()) / np.ptp(cloud), np.uint8)
    assert measured(photograph).skew_centidegrees is None


@pytest.mark.parametrize(("sigma_px", "is_told"), [(0.5, False), (2.0, True), (3.0, True)])
def test_blur_is_told(page: Gray, sigma_px: float, *, is_told: bool) -> None:
    """Out of focus by four pixels of a scan at 300 dpi is told, by one is not."""
    random = np.random.default_rng(5)
    soft = cv2.GaussianBlur(page.astype(np.float32), (0, 0), sigma_px)
    noisy = np.clip(soft + random.normal(0, 3, soft.shape), 0, 255).astype(np.uint8)
    assert ("QUALITY-BLURRED" in codes(measured(noisy))) is is_told


def test_a_bitonal_page_has_neither_blur_nor_tone(page: Gray) -> None:
    """What was made black and white tells nothing of focus and light."""
    bitonal = np.asarray(np.where(page < 128, 0, 255), np.uint8)
    quality = measured(bitonal, Mode.BITONAL)
    assert quality.sharpness_permille is None
    assert quality.bright_clip_permille is None
    assert quality.dark_clip_permille is None
    assert codes(quality, Mode.BITONAL) == []


def test_blank_backs_are_shown_never_dropped() -> None:
    """naps2#440: a bare sheet is suspected blank, a few lines and a seal are not."""
    empty = measured(written_page(lines=0))
    assert codes(empty) == ["QUALITY-BLANK-SUSPECTED"]
    assert empty.page_hash == ""
    assert "QUALITY-BLANK-SUSPECTED" not in codes(measured(written_page(lines=2)))


def test_pieces_are_counted_where_their_number_says_something(page: Gray) -> None:
    """A line in small type has little ink in many pieces; a full page is not counted."""
    line = written_page(lines=1)
    assert measured(line).ink_permille < BLANK_INK_PERMILLE
    assert (measured(line).ink_components or 0) >= BLANK_INK_COMPONENTS
    assert codes(measured(line)) == []
    assert measured(page).ink_permille > BLANK_INK_PERMILLE
    assert measured(page).ink_components is None


def test_a_dark_border_is_no_ink() -> None:
    """An empty page within a black frame is still empty."""
    framed = written_page(lines=0)
    framed[:, -150:] = 20
    framed[-60:] = 20
    quality = measured(framed)
    assert quality.ink_permille == 0
    assert quality.border_permille == pytest.approx(150, abs=15)
    assert set(codes(quality)) == {"QUALITY-BLANK-SUSPECTED", "QUALITY-BLACK-BORDER"}


def test_a_page_on_dark_glass_loses_nothing_to_the_border(page: Gray) -> None:
    """Dark wedges at the corners of a page that lies askew are border, its words are not."""
    turn = cv2.getRotationMatrix2D((620, 877), 1.5, 1)
    lying = np.asarray(cv2.warpAffine(page, turn, (1240, 1754), borderValue=30), np.uint8)
    quality = measured(lying)
    assert 5 < quality.border_permille < 60
    assert quality.ink_permille == pytest.approx(measured(page).ink_permille, rel=0.1)
    assert quality.cut_sides == ()


def test_a_dark_page_is_not_called_empty() -> None:
    """A book's black cover fills the picture: no border, and nothing blank about it."""
    cover = np.full((1754, 1240), 30, np.uint8)
    cover[600:700, 300:900] = 200
    quality = measured(cover)
    assert quality.border_permille == 0
    assert "QUALITY-BLANK-SUSPECTED" not in codes(quality)


@pytest.mark.parametrize(
    ("side", "cut"),
    [
        ("left", np.s_[:, 300:]),
        ("right", np.s_[:, :800]),
        ("top", np.s_[400:, :]),
        ("bottom", np.s_[:1000, :]),
    ],
)
def test_a_page_cut_through_its_words_is_told(
    page: Gray, side: str, cut: tuple[slice, ...]
) -> None:
    """Words at the edge of the picture say on which side something is missing."""
    quality = measured(np.ascontiguousarray(page[cut]))
    assert quality.cut_sides == (side,)
    assert "QUALITY-CONTENT-CUT" in codes(quality)


def test_overexposed_and_crushed_pages_are_told(page: Gray) -> None:
    """Paper beyond white and ink below black have lost their tone."""
    bright = np.clip(page.astype(np.int16) + 40, 0, 255).astype(np.uint8)
    assert "QUALITY-CLIPPED" in codes(measured(bright))
    dark = np.asarray(page.copy(), np.uint8)
    dark[1200:1500, 200:900] = 0
    quality = measured(dark)
    assert quality.dark_clip_permille == pytest.approx(97, abs=10)
    assert "QUALITY-CLIPPED" in codes(quality)


def test_a_page_on_its_head_is_told(page: Gray) -> None:
    """Vietnamese carries its marks above the letters: turned by half a turn they hang below."""
    quality = measured(np.ascontiguousarray(page[::-1, ::-1]))
    assert quality.is_upside_down is True
    assert "QUALITY-UPSIDE-DOWN" in codes(quality)


def test_capitals_do_not_tell_which_way_is_up() -> None:
    """Without small letters there is no above and below: not known, and no alarm."""
    sheet = Image.new("L", (1240, 1754), PAPER)
    font = ImageFont.truetype(str(find_font(Face.SANS)), 30)
    for number in range(28):
        draw = ImageDraw.Draw(sheet)
        draw.text((150, 150 + 50 * number), "HHEEIINNMMHHEEIIMMNNHHEEMM", font=font, fill=40)
    assert measured(np.asarray(sheet)).is_upside_down is None


def test_the_same_page_again_is_alike_and_another_is_not(page: Gray) -> None:
    """Shift, tone and noise hardly change the hash; another page has another."""
    random = np.random.default_rng(11)
    shifted = np.roll(page, (4, -5), axis=(0, 1)).astype(np.float32)
    again = np.clip(shifted * 0.9 + random.normal(0, 4, page.shape), 0, 255).astype(np.uint8)
    other = written_page(lines=17, first_mm=60)
    hashes = [measured(one).page_hash for one in (page, again, other)]
    assert page_hash_distance(hashes[0], hashes[1]) < 150
    assert page_hash_distance(hashes[0], hashes[2]) > 250


def test_resolution_hardly_matters(page: Gray) -> None:
    """A view at 200 dpi gives what one at 150 dpi gives."""
    finer = np.asarray(cv2.resize(page, None, fx=4 / 3, fy=4 / 3), np.uint8)
    one, other = measured(page), measure_page(finer, 200, mode=Mode.GRAY)
    assert other.ink_permille == pytest.approx(one.ink_permille, rel=0.15)
    assert other.is_upside_down is one.is_upside_down
    assert page_hash_distance(one.page_hash, other.page_hash) < 60


def test_colour_is_measured_by_its_brightness(page: Gray) -> None:
    """RGB pixels of a gray page give the measures of the gray page."""
    colour = np.ascontiguousarray(np.repeat(page[:, :, None], 3, axis=2))
    assert measured(colour, Mode.COLOUR) == measured(page)


@pytest.mark.parametrize("shape", [(1, 1), (20, 900), (63, 63), (3000, 40)])
def test_scraps_are_not_measured(shape: tuple[int, int]) -> None:
    """A picture too small to be a page is neither blank nor anything else."""
    quality = measured(np.full(shape, 255, np.uint8))
    assert quality == UNMEASURED
    assert codes(quality) == []


@pytest.mark.parametrize("value", [0, 90, 255])
def test_flat_pictures_do_not_trip_a_measure(value: int) -> None:
    """A picture of one gray value gives an answer, whatever it is."""
    quality = measured(np.full((900, 700), value, np.uint8))
    assert quality.skew_centidegrees is None
    assert quality.is_upside_down is None


def test_measures_survive_the_catalogue(page: Gray) -> None:
    """Written and read back they are the same."""
    quality = measured(page)
    assert PageQuality.from_json(quality.to_json()) == quality


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ink_permille", "8"),
        ("ink_permille", True),
        ("ink_components", "8"),
        ("cut_sides", ["inside"]),
        ("is_upside_down", 1),
        ("page_hash", None),
    ],
)
def test_other_values_are_no_measures(name: str, value: object) -> None:
    """What another hand wrote into the catalogue is refused."""
    with pytest.raises(ValueError, match=r"not|neither|no whole"):
        PageQuality.from_json({**MEASURED.to_json(), name: value})  # type: ignore[dict-item]  # wrong on purpose
    with pytest.raises(ValueError, match="not the measures"):
        PageQuality.from_json({})


def test_findings_say_what_was_measured() -> None:
    """Figures stand in the sentences as people write them, and none stops a page."""
    bad = replace(MEASURED, skew_centidegrees=-312, cut_sides=("left", "bottom"))
    skewed, cut = quality_findings(bad, "0001.tif", mode=Mode.GRAY)
    assert "3,1°" in sentence(skewed, "vi")
    assert "3.1°" in sentence(skewed, "en")
    assert "(trái, dưới)" in sentence(cut, "vi")
    assert "(left, bottom)" in sentence(cut, "en")
    assert not is_blocking(skewed)
    assert not is_blocking(cut)


@pytest.fixture(scope="module")
def scans(corpus: Path) -> list[ScannedPage]:
    """The real scans that the box decodes."""
    return list(read_pages(corpus / "scans"))


TRUE_FINDINGS = {
    "deskew-2-music.png": {"QUALITY-SKEWED"},
    "deskew-3-skewed-black-corners.png": {"QUALITY-SKEWED", "QUALITY-CONTENT-CUT"},
    "lept-amoris-150dpi-skew-thumb.jpg": {"QUALITY-CONTENT-CUT"},
    "notesA1-colour-300dpi.jpg": {"QUALITY-CONTENT-CUT"},
    "unpaper-001-A4-skewed-black-border.png": {"QUALITY-SKEWED"},
    "unpaper-004-A4-gray-blurred.png": {"QUALITY-BLURRED"},
}
"""What is true of the real scans, and one false alarm: frayed black corners of ``deskew-3``."""


def test_real_scans_get_the_findings_that_are_true_of_them(scans: list[ScannedPage]) -> None:
    """No real page is called blank, crooked, blurred, cut or upside down that is not."""
    about_tone = {"QUALITY-CLIPPED", "QUALITY-BLACK-BORDER"}
    found = {
        page.name: {one.code for one in quality_findings(page.measured(), "", mode=page.mode)}
        for page in scans
    }
    assert len(found) >= 20
    assert {n: told - about_tone for n, told in found.items() if told - about_tone} == TRUE_FINDINGS


def test_real_scans_turned_are_measured(scans: list[ScannedPage]) -> None:
    """The estimate follows a known turn of two and a half degrees, but for a page or two."""
    errors = []
    for page in scans:
        base = page.measured().skew_centidegrees
        again = page.measured(turned(page, 2.5)).skew_centidegrees
        if base is not None and again is not None:
            errors.append(abs(again - base - 250))
    assert len(errors) >= 15
    assert sum(error > 30 for error in errors) <= 2


def test_real_scans_scanned_again_are_alike(scans: list[ScannedPage]) -> None:
    """One page scanned in two formats is found; no two other pages are as near."""
    random = np.random.default_rng(13)
    hashes = {page.name: page.measured().page_hash for page in scans}
    tiff, jp2 = hashes["kant-0020-colour-jpegtiff-icc.tif"], hashes["kant-0020.jp2"]
    assert page_hash_distance(tiff, jp2) <= 20
    apart = [
        page_hash_distance(one, other)
        for name, one in hashes.items()
        for other_name, other in hashes.items()
        if name < other_name
        and {name, other_name} - {"kant-0020-colour-jpegtiff-icc.tif", "kant-0020.jp2"}
    ]
    assert min(apart) > 250
    again = [
        page_hash_distance(hashes[p.name], p.measured(scanned_again(p, random)).page_hash)
        for p in scans
    ]
    assert float(np.median(again)) < 130
