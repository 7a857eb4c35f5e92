"""What a PDF of a package offers beside its pages: bookmarks, labels, facts, a place to sign."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pikepdf
import pytest

from appliance.domain.errors import RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.pdf import PdfaProfile, PdfForm, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from appliance.imaging.pdf_navigation import LABELS_PER_LEAF
from appliance.imaging.pdf_page import page_points

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from appliance.imaging.pdf import PdfInfo

A1B = PdfForm(PdfaProfile.A1B)


@pytest.fixture
def page(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> PdfPage:
    """A JPEG page, A4 at 75 dpi."""
    master = tmp_path / "master.jpg"
    drawn_page().save(master, dpi=(150, 150))
    derivative = derive_page(master, 1, tmp_path, DerivationOptions(reads_text=False))
    return PdfPage("1", derivative, master)


def _checked(path: Path, pages: list[PdfPage], profile: PdfaProfile) -> list[str]:
    derivatives = [page.derivative for page in pages]
    found = check_pdf(path, derivatives, name="x", page_count=len(pages), profile=profile)
    return [finding.code for finding in found]


def _labels(path: Path) -> list[str]:
    with pikepdf.open(path) as pdf:
        return [str(one.label) for one in pdf.pages]


def test_each_document_has_its_bookmark(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """Bookmarks open the page on which a document begins, two of them the same page."""
    target = tmp_path / "a.pdf"
    titles: list[tuple[str, ...]] = [("Quyết định số 12",), (), ("Tờ trình", "Biên bản họp")]
    write_pdf(target, [replace(page, bookmarks=one) for one in titles], info)
    with pikepdf.open(target) as pdf, pdf.open_outline() as outline:
        numbers = {one.obj.objgen: index for index, one in enumerate(pdf.pages)}
        found = [(str(one.title), one.destination) for one in outline.root]
        assert [title for title, _ in found] == ["Quyết định số 12", "Tờ trình", "Biên bản họp"]
        places = [where[0].objgen for _, where in found if isinstance(where, pikepdf.Array)]
        assert [numbers[one] for one in places] == [0, 2, 2]
        assert pdf.Root.PageMode == "/UseOutlines"


def test_without_bookmarks_readers_open_no_list(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """A document of one piece has no outline at all."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)
    with pikepdf.open(target) as pdf:
        assert "/Outlines" not in pdf.Root
        assert "/PageMode" not in pdf.Root


@pytest.mark.parametrize(
    "labels",
    [
        ["1", "2", "3", "4"],
        ["7", "8", "1", "2"],
        ["1", "1v", "2", "2v", "3"],
        ["Tờ 1", "Tờ 1 mặt sau", "3", "4", "007"],
    ],
)
def test_readers_show_the_labels_given(
    tmp_path: Path, page: PdfPage, info: PdfInfo, labels: list[str]
) -> None:
    """Runs of numbers are one rule in the file, and every page still shows its own label."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [replace(page, label=one) for one in labels], info)
    assert _labels(target) == labels


def test_many_odd_labels_stay_within_what_pdf_1_4_allows(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """No array grows beyond the limit of ISO 19005-1: the tree of labels has leaves."""
    labels = [f"{number // 2 + 1}{'v' * (number % 2)}" for number in range(LABELS_PER_LEAF * 2 + 1)]
    target = tmp_path / "a.pdf"
    write_pdf(target, (replace(page, label=one) for one in labels), info)
    with pikepdf.open(target) as pdf:
        assert len(pdf.Root.PageLabels.Kids) == 3
        assert max(len(kid.Nums) for kid in pdf.Root.PageLabels.Kids) <= 2 * LABELS_PER_LEAF
    assert _labels(target) == labels


def test_the_fonds_and_the_code_are_told(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """The packet names the file code and the fonds in fields that PDF/A knows."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], replace(info, fonds="Phông UBND tỉnh <A> (PL)"))
    with pikepdf.open(target) as pdf:
        metadata = pdf.open_metadata()
        assert metadata["dc:identifier"] == "PL.01"
        assert metadata["dc:relation"] == {"Phông UBND tỉnh <A> (PL)"}


def test_a_place_for_the_signature_waits_top_right(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """One empty signature field on page 1, printable, drawn by nothing, inside the paper."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page, page], info)
    width, height = page_points(page.derivative)
    with pikepdf.open(target) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert (str(field.FT), "/V" in field, int(field.F) & 4) == ("/Sig", False, 4)
        assert field.AP.N.read_bytes() == b""
        left, bottom, right, top = (float(one) for one in field.Rect)
        assert width / 2 < (left + right) / 2 < right < width
        assert height * 3 / 4 < bottom < top < height
        assert field.objgen == pdf.pages[0].obj.Annots[0].objgen
        assert "/Annots" not in pdf.pages[1].obj


def test_the_place_for_the_signature_fits_any_paper(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """On paper smaller than the field it takes the whole paper and no more."""
    small = replace(page, derivative=replace(page.derivative, dpi_x=2000, dpi_y=2000))
    target = tmp_path / "a.pdf"
    write_pdf(target, [small], info)
    width, height = page_points(small.derivative)
    with pikepdf.open(target) as pdf:
        left, bottom, right, top = (float(one) for one in pdf.Root.AcroForm.Fields[0].Rect)
    assert (left, bottom) == (0, 0)
    assert [right, top] == pytest.approx([width, height], abs=0.01)


def test_the_place_for_the_signature_can_be_left_out(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """A box whose agency signs elsewhere makes PDFs without any form."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info, form=PdfForm(has_signature_field=False))
    with pikepdf.open(target) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert "/Annots" not in pdf.pages[0].obj
    assert _checked(target, [page], PdfaProfile.A2B) == []


def test_the_older_form_says_so_everywhere(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """PDF/A-1b stands on PDF 1.4 and claims part 1; the check tells the two forms apart."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info, form=A1B)
    assert target.read_bytes().startswith(b"%PDF-1.4\n%")
    with pikepdf.open(target) as pdf:
        assert pdf.open_metadata().pdfa_status == "1B"
    assert _checked(target, [page], PdfaProfile.A1B) == []
    assert set(_checked(target, [page], PdfaProfile.A2B)) == {"PDF-NOT-ARCHIVAL"}


def test_the_older_form_gets_a_derivative_of_jpeg_2000(
    tmp_path: Path, info: PdfInfo, drawn_page: Callable[..., Image.Image]
) -> None:
    """What PDF 1.4 cannot carry is derived for it; what was derived for 2b is refused by name."""
    master = tmp_path / "master.jp2"
    drawn_page().save(master)
    derived = {
        profile: derive_page(
            master, 1, tmp_path, DerivationOptions(reads_text=False, profile=profile)
        )
        for profile in PdfaProfile
    }
    assert derived[PdfaProfile.A2B].recipe == "jp2-unchanged"
    assert derived[PdfaProfile.A1B].recipe == "jpeg q85 made from jp2"
    with pytest.raises(RuleError) as caught:
        write_pdf(
            tmp_path / "a.pdf", [PdfPage("1", derived[PdfaProfile.A2B], master)], info, form=A1B
        )
    assert caught.value.code == "PDF-FORM-UNFIT"
    assert not (tmp_path / "a.pdf").exists()
    image = tmp_path / (derived[PdfaProfile.A1B].image_name or "")
    page = PdfPage("1", derived[PdfaProfile.A1B], master, image)
    write_pdf(tmp_path / "a.pdf", [page], info, form=A1B)
    assert _checked(tmp_path / "a.pdf", [page], PdfaProfile.A1B) == []
