"""Pages of a PDF drop are derived: the scanner's own streams go into the PDF/A untouched."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from appliance.domain.errors import RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from tests.imaging import scanned_pdfs as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_TEXT = DerivationOptions(reads_text=False)
UNCHANGED = {
    "jpeg": ("RGB", made.jpeg, "DCTDecode"),
    "cmyk-jpeg": ("CMYK", made.jpeg, "DCTDecode"),
    "jp2": ("RGB", made.jp2, "JPXDecode"),
    "g4": ("1", made.fax, "CCITTFaxDecode"),
    "png-rows": ("RGB", made.flate_with_predictor, "FlateDecode"),
}
MADE = {
    "flate": ("RGB", made.flate, "DCTDecode", "jpeg q85"),
    "plain": ("L", made.plain, "DCTDecode", "jpeg q85"),
    "palette": ("P", made.palette, "FlateDecode", "flate made without loss"),
    "g3": ("1", lambda image: made.fax(image, "group3"), "CCITTFaxDecode", "g4 made without loss"),
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty work folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", sorted(UNCHANGED))
def test_streams_pass_unchanged(
    tmp_path: Path, work: Path, drawn_page: Callable[..., Image.Image], name: str
) -> None:
    """The very stream of the scanner's PDF is the stream of ours."""
    mode, coder, filter_name = UNCHANGED[name]
    picture = coder(drawn_page().convert(mode))
    master = made.write_pdf(tmp_path / "0001.pdf", [picture])
    page = derive_page(master, 1, work, NO_TEXT)
    assert (page.recipe, page.is_passthrough) == ("pdf-image-unchanged", True)
    (part,) = page.parts
    assert (part.source, part.filter_name) == ("derivative", filter_name)
    assert part.sha256 == hashlib.sha256(picture.data).hexdigest()
    assert page.image_name is not None
    target = tmp_path / "out.pdf"
    write_pdf(target, [PdfPage("1", page, master, work / page.image_name)], _info())
    assert check_pdf(target, [page], name="out", page_count=1) == ()
    with pikepdf.open(target) as pdf:
        assert pdf.pages[0].Resources.XObject["/Im0"].read_raw_bytes() == picture.data


@pytest.mark.parametrize("name", sorted(MADE))
def test_other_streams_follow_the_ordinary_policy(
    tmp_path: Path, work: Path, drawn_page: Callable[..., Image.Image], name: str
) -> None:
    """What PDF/A cannot carry, or would carry at great length, is made anew and said to be."""
    mode, coder, filter_name, recipe = MADE[name]
    master = made.write_pdf(tmp_path / "0001.pdf", [coder(drawn_page().convert(mode))])
    page = derive_page(master, 1, work, NO_TEXT)
    assert not page.is_passthrough
    assert page.recipe.startswith(recipe)
    assert page.parts[0].filter_name == filter_name
    assert [path.name for path in work.iterdir()] == [page.image_name]


def test_each_page_has_its_own_turn_and_size(
    tmp_path: Path, work: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """Resolution and orientation come from the PDF's page, not from the JPEG inside."""
    picture = made.jpeg(drawn_page(), dpi=(72, 72))
    master = made.write_pdf(tmp_path / "0001.pdf", [picture] * 2, dpi=200, rotate=90)
    page = derive_page(master, 2, work, NO_TEXT)
    assert (page.frame, page.orientation, page.dpi_x, page.dpi_y) == (2, 6, 200, 200)


@pytest.mark.ocr
def test_text_of_a_pdf_page_is_read(tmp_path: Path, work: Path) -> None:
    """The machine reads the words of a page that came in a PDF."""
    image = Image.new("L", (1165, 1654), 255)
    draw = ImageDraw.Draw(image)
    draw.text((120, 200), "ARCHIVE RECORD", font=ImageFont.load_default(size=80), fill=0)
    master = made.write_pdf(tmp_path / "0001.pdf", [made.jpeg(image)], dpi=200)
    page = derive_page(master, 1, work, DerivationOptions())
    assert page.word_count >= 2


def test_a_page_that_is_no_scan_is_refused(
    tmp_path: Path, work: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """A master that was changed after its inspection gives a finding that says why."""
    master = made.write_pdf(
        tmp_path / "0001.pdf", [made.jpeg(drawn_page())], content="q 9 0 0 9 0 0 cm /Im0 Do Q"
    )
    with pytest.raises(RuleError) as caught:
        derive_page(master, 1, work, NO_TEXT)
    (finding,) = caught.value.findings
    assert (finding.code, bool(finding.values["problem"])) == ("DERIVE-FAILED", True)
    with pytest.raises(RuleError, match="frame 2"):
        derive_page(master, 2, work, NO_TEXT)


def _info() -> PdfInfo:
    return PdfInfo("Hồ sơ", "HS-01", dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
