"""The PDF/A writer: streams unchanged, text in its place, the same bytes each time."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re
import shutil
import subprocess
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from appliance.disk.digesting import fingerprint_of
from appliance.domain.errors import IntegrityError, RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.ocr import Word
from appliance.imaging.page_derivative import PageDerivative, words_to_bytes
from appliance.imaging.pdf import PAGES_PER_NODE, PdfInfo, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from appliance.imaging.pdf_font import font_program
from appliance.imaging.pdf_page import page_points
from appliance.imaging.pdf_profiles import cmyk_profile, srgb_profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WORDS = (
    Word("Nghị", 60, 100, 80, 30, 95, 1),
    Word("quyết", 160, 105, 90, 25, 90, 1),
    Word("số", 60, 160, 40, 30, 80, 2),
)


@pytest.fixture
def page(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> PdfPage:
    """A JPEG page at 75 dpi with three words on two lines."""
    master, words = tmp_path / "master.jpg", tmp_path / "words.json"
    drawn_page().save(master, dpi=(150, 150))
    words.write_bytes(words_to_bytes(WORDS))
    derivative = derive_page(master, 1, tmp_path, DerivationOptions(reads_text=False))
    return PdfPage("Tờ 1", derivative, master, words_path=words)


def _check(path: Path, *derivatives: PageDerivative) -> list[str]:
    findings = check_pdf(path, derivatives, name="x.pdf", page_count=len(derivatives))
    return [finding.code for finding in findings]


def test_what_is_written_checks_out(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """A reader of another make finds the pages, the streams and the marks of PDF/A."""
    target = tmp_path / "a.pdf"
    written = write_pdf(target, [page, page], info)
    found = fingerprint_of(target)
    assert (written.size_bytes, written.sha256) == (found.size_bytes, found.sha256)
    assert _check(target, page.derivative, page.derivative) == []


def test_the_image_stream_is_the_master(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """The JPEG inside the PDF has the master's digest."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)
    with pikepdf.open(target) as pdf:
        raw = pdf.pages[0].obj.Resources.XObject["/Im0"].read_raw_bytes()
    assert hashlib.sha256(raw).hexdigest() == fingerprint_of(page.master_path).sha256


def test_the_same_facts_give_the_same_bytes(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """Two runs agree to the last byte; another title changes the file's identity."""
    first, second, other = (
        write_pdf(tmp_path / name, [page], facts)
        for name, facts in (("1", info), ("2", info), ("3", replace(info, title="khác")))
    )
    assert first == second
    identities = set()
    for name in "123":
        with pikepdf.open(tmp_path / name) as pdf:
            identities.add(bytes(pdf.trailer.ID[0]))
    assert (other == first, len(identities)) == (False, 2)


def test_the_page_has_the_papers_size(page: PdfPage) -> None:
    """620 x 877 pixels at 150 dpi are 297.6 x 420.96 points; lying pages are turned."""
    assert page_points(page.derivative) == pytest.approx((297.6, 420.96))
    turned = replace(page.derivative, orientation=6)
    assert page_points(turned) == pytest.approx((420.96, 297.6))
    tiny = replace(page.derivative, dpi_x=2400, width_px=10)
    assert page_points(tiny)[0] == 3


def test_title_labels_and_language_are_there(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """Readers show the title and the sheets' own numbers, in Vietnamese."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page, replace(page, label="Tờ 2")], info)
    with pikepdf.open(target) as pdf:
        assert [str(one.label) for one in pdf.pages] == ["Tờ 1", "Tờ 2"]
        assert str(pdf.docinfo.Title) == "Hồ sơ số 1 & phụ lục"
        assert str(pdf.Root.Lang) == "vi"
        metadata = pdf.open_metadata()
        assert metadata["dc:title"] == "Hồ sơ số 1 & phụ lục"
        assert metadata.pdfa_status == "2B"


def _text_of(path: Path) -> str:
    """The text of the first page, by its own ToUnicode map."""
    with pikepdf.open(path) as pdf:
        page = pdf.pages[0]
        codes = page.obj.Resources.Font.F0.ToUnicode.read_bytes().decode("ascii")
        ranges = re.findall(r"<(\w{4})> <(\w{4})> <(\w{4})>", codes)
        assert all(start[:2] == end[:2] and start == to for start, end, to in ranges)
        assert len(ranges) == 256
        shown = [
            bytes(one.operands[0])
            for one in pikepdf.parse_content_stream(page)
            if str(one.operator) == "Tj"
        ]
    return b"".join(shown).decode("utf-16-be")


def test_vietnamese_text_comes_back(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """The invisible words can be taken out again with all their marks."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)
    assert _text_of(target).split() == ["Nghị", "quyết", "số"]


def test_invisible_text_is_never_painted(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """Text is shown in render mode 3 only, and every font is inside."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)
    with pikepdf.open(target) as pdf:
        operators = [
            (str(one.operator), [str(operand) for operand in one.operands])
            for one in pikepdf.parse_content_stream(pdf.pages[0])
        ]
        font = pdf.pages[0].obj.Resources.Font.F0.DescendantFonts[0]
        assert font.FontDescriptor.FontFile2.read_bytes() == font_program()
    names = [name for name, _ in operators]
    assert [values for name, values in operators if name == "Tr"] == [["3"]]
    assert names.index("Tr") < names.index("Tj")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_another_reader_finds_the_words_in_their_places(
    tmp_path: Path, page: PdfPage, info: PdfInfo, orientation: int
) -> None:
    """Poppler extracts the words line by line, at the boxes they were read at."""
    target = tmp_path / "a.pdf"
    turned = replace(page, derivative=replace(page.derivative, orientation=orientation))
    write_pdf(target, [turned], info)
    text = _run("pdftotext", "-layout", str(target), "-")
    assert [line.split() for line in text.split("\n") if line.strip()] == [
        ["Nghị", "quyết"],
        ["số"],
    ]
    boxes = _run("pdftotext", "-bbox", str(target), "-")
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)"', boxes)
    points = [(float(left), float(top), float(right)) for left, top, right in found]
    assert points[0] == pytest.approx((60 * 0.48, 100 * 0.48, 140 * 0.48), abs=0.6)
    assert points[2] == pytest.approx((60 * 0.48, 160 * 0.48, 100 * 0.48), abs=0.6)


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_many_pages_make_a_tree(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """More pages than fit under one node are all found, in order."""
    count = 2 * PAGES_PER_NODE + 3
    pages = [replace(page, label=str(number)) for number in range(count)]
    target = tmp_path / "a.pdf"
    write_pdf(target, pages, info)
    with pikepdf.open(target) as pdf:
        assert len(pdf.Root.Pages.Kids) == 3
        assert [str(one.label) for one in pdf.pages] == [str(number) for number in range(count)]


def test_memory_does_not_grow_with_the_pages(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """Ten times the pages take no more than a few bytes a page more."""
    peaks = []
    for count in (60, 600):
        tracemalloc.start()
        write_pdf(tmp_path / f"{count}.pdf", (page for _ in range(count)), info)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 540 * 600


def test_a_document_that_would_be_too_large_leaves_nothing(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """The limit is a rule with a code, and no part of a file stays."""
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(RuleError) as caught:
        write_pdf(folder / "a.pdf", [page] * 20, info, max_bytes=40_000)
    assert caught.value.code == "PDF-TOO-LARGE"
    assert list(folder.iterdir()) == []


def test_a_taken_name_is_never_replaced(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """What lies under the name stays as it is."""
    target = tmp_path / "a.pdf"
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_pdf(target, [page], info)
    assert target.read_bytes() == b"old"


def test_no_pages_are_no_document(tmp_path: Path, info: PdfInfo) -> None:
    """An empty document is refused and leaves nothing."""
    with pytest.raises(ValueError, match="at least one page"):
        write_pdf(tmp_path / "a.pdf", [], info)
    assert list(tmp_path.iterdir()) == []


def test_a_shorter_master_is_an_integrity_error(
    tmp_path: Path, page: PdfPage, info: PdfInfo
) -> None:
    """A master cut after it was derived stops the document."""
    page.master_path.write_bytes(page.master_path.read_bytes()[:-10])
    with pytest.raises(IntegrityError):
        write_pdf(tmp_path / "a.pdf", [page], info)


@pytest.mark.parametrize("form", ["jpeg", "reversed"])
def test_a_master_that_changed_never_gets_into_a_document(
    tmp_path: Path, info: PdfInfo, drawn_page: Callable[..., Image.Image], form: str
) -> None:
    """Each stream is held against its record while it is copied; one bit stops the document."""
    master = tmp_path / "master"
    if form == "jpeg":
        drawn_page().save(master, "JPEG")
    else:
        options = {"compression": "group4", "tiffinfo": {266: 2}}
        drawn_page().convert("1").save(master, "TIFF", **options)
    derived = derive_page(master, 1, tmp_path, DerivationOptions(reads_text=False))
    data = bytearray(master.read_bytes())
    offset, length = derived.parts[0].spans[0]
    data[offset + length // 2] ^= 1
    master.write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        write_pdf(tmp_path / "a.pdf", [PdfPage("1", derived, master)], info)
    assert caught.value.code == "MASTER-DIFFERS"
    assert not (tmp_path / "a.pdf").exists()


def test_a_moment_without_zone_is_refused() -> None:
    """Dates in a document are facts, and a fact has a time zone."""
    with pytest.raises(ValueError, match="time zone"):
        PdfInfo("t", "i", dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="language"):
        PdfInfo("t", "i", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), language="vi) /X (")


@pytest.fixture
def damaged(tmp_path: Path, page: PdfPage, info: PdfInfo) -> Callable[..., list[str]]:
    """Changes bytes of a written document and gives the codes of its check."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)

    def change(old: bytes, new: bytes) -> list[str]:
        data = target.read_bytes()
        assert old in data
        changed = tmp_path / "changed.pdf"
        changed.write_bytes(data.replace(old, new, 1))
        return _check(changed, page.derivative)

    return change


def test_damage_is_found(damaged: Callable[..., list[str]]) -> None:
    """An image of another size or coding, a lost mark and a broken object have their codes."""
    assert damaged(b"/Width 620", b"/Width 621") == ["PDF-STREAM-DIFFERS"]
    assert damaged(b"/DCTDecode", b"/LZWDecode") == ["PDF-STREAM-DIFFERS"]
    assert damaged(b"\xff\xd9\nendstream", b"\xff\xd9\nendstreaX") == ["PDF-DAMAGED"]
    assert damaged(b"<pdfaid:part>2", b"<pdfaid:part>9") == ["PDF-NOT-ARCHIVAL"]
    assert damaged(b"/OutputIntents", b"/OutputIntentz") == ["PDF-NOT-ARCHIVAL"]
    assert damaged(b"/PageLabels", b"/OpenAction") == ["PDF-NOT-ARCHIVAL"]
    assert "PDF-DAMAGED" in damaged(b"\nxref\n", b"\nxxxx\n")


def test_a_wrong_page_count_is_found(tmp_path: Path, page: PdfPage, info: PdfInfo) -> None:
    """One page where two were expected is said with both numbers."""
    target = tmp_path / "a.pdf"
    write_pdf(target, [page], info)
    (finding,) = check_pdf(target, [page.derivative] * 2, name="a", page_count=2)
    assert (finding.code, finding.values) == ("PDF-PAGE-COUNT", {"found": 1, "expected": 2})


def test_a_file_that_is_no_pdf_is_found(tmp_path: Path) -> None:
    """Anything else than a PDF is damaged."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"no pdf at all")
    assert [one.code for one in check_pdf(path, [], name="a", page_count=0)] == ["PDF-DAMAGED"]


def test_the_srgb_profile_is_the_one_its_licence_names() -> None:
    """The shipped profile is unaltered."""
    digest = hashlib.sha256(srgb_profile()).hexdigest()
    assert digest == "2a92d4bae450b76d8b0aa42193df974d75f62738ecebf74f01c5e75b12a95796"


def test_the_cmyk_profile_means_what_it_says() -> None:
    """A colour engine reads paper as white, black ink as black and cyan as blue-green."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(cmyk_profile()))
    srgb = ImageCms.createProfile("sRGB")
    turn = ImageCms.buildTransform(profile, srgb, "CMYK", "RGB")
    inks = Image.new("CMYK", (3, 1))
    inks.putdata([(0, 0, 0, 0), (0, 0, 0, 255), (255, 0, 0, 0)])
    colours = ImageCms.applyTransform(inks, turn)
    assert colours is not None
    white, black, cyan = np.asarray(colours)[0].tolist()
    assert min(white) > 245
    assert max(black) < 15
    assert cyan[0] < 60
    assert min(cyan[1:]) > 200
