"""PDF drops: each page's one image is taken out unchanged and read like any other."""

from __future__ import annotations

import io
import shutil
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String
from PIL import Image, ImageCms

from appliance.imaging.decoding import decode_view
from appliance.imaging.headers import FrameHeader, Mode
from appliance.imaging.inspection import InspectionLimits, inspect_image
from appliance.imaging.pdf_drop import PdfFrame, open_pdf
from appliance.imaging.windows import open_window
from tests.imaging import scanned_pdfs as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = InspectionLimits(min_dpi=100, min_bits_per_pixel=1)


def frames_of(path: Path) -> list[PdfFrame]:
    """Every page of a PDF, taken out."""
    with open_window(path) as window, open_pdf(window, path) as pdf:
        return [pdf.frame(number) for number in range(1, pdf.page_count + 1)]


def only_frame(path: Path) -> PdfFrame:
    """The one page of a PDF, taken out."""
    (frame,) = frames_of(path)
    return frame


def shown(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The pixels of the one page, as stored."""
    return decode_view(only_frame(path).source, 1)


def facts_of(frame: FrameHeader) -> tuple[object, ...]:
    """What the table of codings compares."""
    return frame.mode, frame.bits_per_sample, frame.compression


@pytest.fixture
def page(drawn_page: Callable[..., Image.Image]) -> Image.Image:
    """A small coloured page: odd sides, so that rows end inside a byte."""
    return drawn_page(311, 439)


CODINGS = {
    "jpeg": ("RGB", made.jpeg, (Mode.COLOUR, 8, "jpeg"), 12),
    "gray-jpeg": ("L", made.jpeg, (Mode.GRAY, 8, "jpeg"), 12),
    "cmyk-jpeg": ("CMYK", made.jpeg, (Mode.CMYK, 8, "jpeg"), None),
    "jp2": ("RGB", made.jp2, (Mode.COLOUR, 8, "jp2"), 12),
    "g4": ("1", made.fax, (Mode.BITONAL, 1, "g4"), 0),
    "flate": ("RGB", made.flate, (Mode.COLOUR, 8, "deflate"), 0),
    "gray-flate": ("L", made.flate, (Mode.GRAY, 8, "deflate"), 0),
    "png-rows": ("RGB", made.flate_with_predictor, (Mode.COLOUR, 8, "deflate"), 0),
    "gray-png-rows": ("L", made.flate_with_predictor, (Mode.GRAY, 8, "deflate"), 0),
    "lzw": ("RGB", made.lzw, (Mode.COLOUR, 8, "lzw"), 0),
    "run-length": ("L", made.run_length, (Mode.GRAY, 8, "packbits"), 0),
    "plain": ("RGB", made.plain, (Mode.COLOUR, 8, "raw"), 0),
    "cmyk-flate": ("CMYK", made.flate, (Mode.CMYK, 8, "deflate"), None),
}


@pytest.mark.parametrize("name", sorted(CODINGS))
def test_each_coding_decodes_to_the_scanned_picture(
    tmp_path: Path, page: Image.Image, name: str
) -> None:
    """Whatever the scanner's packing, the picture that comes out is the one that went in."""
    mode, coder, facts, tolerance = CODINGS[name]
    stored = page.convert(mode)
    path = made.write_pdf(tmp_path / "page.pdf", [coder(stored)])
    frame = only_frame(path).source.frame
    assert facts_of(frame) == facts
    assert (frame.width_px, frame.height_px, frame.dpi.source) == (311, 439, "pdf")
    assert (round(frame.dpi.x), round(frame.dpi.y), frame.orientation) == (150, 150, 1)
    pixels = shown(path)
    assert pixels.shape[:2] == (439, 311)
    if tolerance is not None:
        wanted = np.asarray(stored.convert("L" if mode in {"1", "L"} else "RGB"), np.int16)
        assert np.abs(pixels.astype(np.int16) - wanted).mean() <= tolerance


def test_the_stream_is_taken_out_bit_for_bit(tmp_path: Path, page: Image.Image) -> None:
    """A JPEG inside a PDF is the file that the scanner's camera chip made, byte for byte."""
    picture = made.jpeg(page)
    path = made.write_pdf(tmp_path / "page.pdf", [picture])
    assert only_frame(path).taken.data == picture.data


@pytest.mark.parametrize(("is_black_one", "decode"), [(False, None), (True, [1, 0])])
def test_black_stays_black_in_a_fax_image(
    tmp_path: Path, page: Image.Image, decode: list[int] | None, *, is_black_one: bool
) -> None:
    """Both ways to say which bit is black give the same page."""
    picture = made.fax(page.convert("1"), is_black_one=is_black_one)
    if decode:
        picture.entries["/Decode"] = Array(decode)
    path = made.write_pdf(tmp_path / "page.pdf", [picture])
    assert shown(path).mean() > 128


def test_a_reversed_fax_image_is_shown_reversed(tmp_path: Path, page: Image.Image) -> None:
    """Values that the PDF turns round are turned round, as every reader shows them."""
    picture = made.fax(page.convert("1"), is_black_one=True)
    assert shown(made.write_pdf(tmp_path / "page.pdf", [picture])).mean() < 128


def test_a_group_3_fax_is_read(tmp_path: Path, page: Image.Image) -> None:
    """Old fax machines' coding in PDF decodes to the same bits."""
    stored = page.convert("1")
    path = made.write_pdf(tmp_path / "page.pdf", [made.fax(stored, "group3")])
    assert np.array_equal(shown(path), np.asarray(stored.convert("L")))


def test_a_palette_keeps_its_colours(tmp_path: Path, page: Image.Image) -> None:
    """Samples that are places in a table of colours give those colours."""
    stored = page.quantize(16)
    path = made.write_pdf(tmp_path / "page.pdf", [made.palette(stored)])
    assert only_frame(path).source.frame.mode is Mode.PALETTE
    assert np.array_equal(shown(path), np.asarray(stored.convert("RGB")))


def test_a_jpeg_packed_once_more_is_unpacked(tmp_path: Path, page: Image.Image) -> None:
    """Programs that squeeze PDFs put Deflate around JPEG; the JPEG inside is untouched."""
    picture = made.jpeg(page)
    original, picture.data = picture.data, zlib.compress(picture.data)
    picture.entries["/Filter"] = Array([Name.FlateDecode, Name.DCTDecode])
    path = made.write_pdf(tmp_path / "page.pdf", [picture])
    assert only_frame(path).taken.data == original


def test_an_image_mask_is_black_ink_on_white(tmp_path: Path, page: Image.Image) -> None:
    """A stencil, which paints its zeros black, is a two-tone page."""
    picture = made.fax(page.convert("1"))
    del picture.entries["/ColorSpace"]
    picture.entries["/ImageMask"] = True
    path = made.write_pdf(tmp_path / "page.pdf", [picture])
    assert only_frame(path).source.frame.mode is Mode.BITONAL
    assert shown(path).mean() > 128


PLACEMENTS = {
    1: ("{width} 0 0 {height} 0 0", 0),
    2: ("-{width} 0 0 {height} {width} 0", 0),
    3: ("-{width} 0 0 -{height} {width} {height}", 0),
    4: ("{width} 0 0 -{height} 0 {height}", 0),
    6: ("{width} 0 0 {height} 0 0", 90),
    8: ("{width} 0 0 {height} 0 0", 270),
    5: ("{width} 0 0 -{height} 0 {height}", 90),
    7: ("{width} 0 0 -{height} 0 {height}", 270),
}


@pytest.mark.parametrize("orientation", sorted(PLACEMENTS))
def test_placement_and_turning_give_the_orientation(
    tmp_path: Path, page: Image.Image, orientation: int
) -> None:
    """Each way a page can lie is one of the eight orientations that TIFF and Exif know."""
    matrix, rotate = PLACEMENTS[orientation]
    path = made.write_pdf(
        tmp_path / "page.pdf", [made.jpeg(page)], content=f"q {matrix} cm /Im0 Do Q", rotate=rotate
    )
    assert only_frame(path).source.frame.orientation == orientation


def test_resolutions_of_rows_and_columns_are_told_apart(tmp_path: Path, page: Image.Image) -> None:
    """A fax of 204 by 98 dpi keeps both numbers."""
    content = "q {width} 0 0 {height} 0 0 cm 1 0 0 1 0 0 cm /Im0 Do Q"

    def stretch(pdf: Pdf) -> None:
        box = pdf.pages[0].MediaBox
        box[3] = float(box[3]) * 2
        pdf.pages[0].obj["/Contents"] = pdf.make_stream(
            f"q {box[2]} 0 0 {box[3]} 0 0 cm /Im0 Do Q".encode("ascii")
        )

    path = made.write_pdf(
        tmp_path / "page.pdf", [made.jpeg(page)], dpi=200, content=content, edit=stretch
    )
    dpi = only_frame(path).source.frame.dpi
    assert (round(dpi.x), round(dpi.y)) == (200, 100)


def test_larger_units_make_larger_pages(tmp_path: Path, page: Image.Image) -> None:
    """Drawings beyond 5 m state their size in larger units; the resolution follows."""

    def enlarge(pdf: Pdf) -> None:
        pdf.pages[0].obj["/UserUnit"] = 2

    path = made.write_pdf(tmp_path / "page.pdf", [made.jpeg(page)], dpi=300, edit=enlarge)
    assert round(only_frame(path).source.frame.dpi.x) == 150


def test_an_invisible_text_layer_is_no_drawing(tmp_path: Path, page: Image.Image) -> None:
    """Text that the scanner's own reader laid under the page is not painted, so it is a scan."""

    def add_form(pdf: Pdf) -> None:
        text = b"BT 3 Tr /F0 12 Tf 20 20 Td (read) Tj ET"
        form = pdf.make_stream(text, {"/Subtype": Name.Form, "/BBox": Array([0, 0, 9, 9])})
        pdf.pages[0].Resources.XObject["/Text"] = form

    content = "q {width} 0 0 {height} 0 0 cm /Im0 Do Q /Text Do"
    path = made.write_pdf(tmp_path / "page.pdf", [made.jpeg(page)], content=content, edit=add_form)
    assert only_frame(path).source.frame.compression == "jpeg"


def test_what_the_image_covers_wholly_cannot_be_seen(tmp_path: Path, page: Image.Image) -> None:
    """A page that is painted white before its image is laid on is a scan."""
    content = "1 g 0 0 {width} {height} re f q {width} 0 0 {height} 0 0 cm /Im0 Do Q"
    path = made.write_pdf(tmp_path / "page.pdf", [made.jpeg(page)], content=content)
    assert only_frame(path).source.frame.compression == "jpeg"


def test_objects_in_packed_streams_are_found(tmp_path: Path, page: Image.Image) -> None:
    """Modern files keep their objects in packed streams, with a packed table."""
    path = made.write_pdf(
        tmp_path / "page.pdf",
        [made.jpeg(page), made.fax(page.convert("1"))],
        object_stream_mode=ObjectStreamMode.generate,
    )
    assert [one.taken.coding for one in frames_of(path)] == ["DCTDecode", "CCITTFaxDecode"]


def test_inspection_states_facts_of_every_page(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """A PDF of three pages is three frames, with pictures for the screen, in order."""
    page = drawn_page()
    pictures = [made.jpeg(page), made.fax(page.convert("1")), made.flate(page)]
    path = made.write_pdf(tmp_path / "0001.pdf", pictures)
    views = tmp_path / "views"
    views.mkdir()
    found = inspect_image(path, name="0001.pdf", views_folder=views, limits=LIMITS)
    assert (found.kind, [one.frame for one in found.frames]) == ("pdf", [1, 2, 3])
    assert [one.mode for one in found.frames] == ["colour", "bitonal", "colour"]
    assert [one.integrity.value for one in found.frames] == ["not_checked", "not_checked", "pass"]
    assert [one.dpi_source for one in found.frames] == ["pdf"] * 3
    assert all(one.thumbnail and one.view for one in found.frames)
    assert [one.where for one in found.findings if one.code == "IMAGE-NOT-DECODABLE"] == []


def test_a_turned_page_is_seen_upright(tmp_path: Path, page: Image.Image) -> None:
    """The picture for the screen is turned as the PDF turns its page."""
    path = made.write_pdf(tmp_path / "page.pdf", [made.jpeg(page)], rotate=90)
    views = tmp_path / "views"
    views.mkdir()
    (facts,) = inspect_image(path, name="p", views_folder=views, limits=LIMITS).frames
    assert facts.view is not None
    with Image.open(facts.view.path) as view:
        assert view.width > view.height


@pytest.mark.parametrize(
    ("name", "pages", "codings"),
    [
        ("ocrmypdf-ccitt.pdf", 1, {"CCITTFaxDecode"}),
        ("ocrmypdf-kcs.pdf", 1, {"CCITTFaxDecode"}),
        ("paperless-fax.pdf", 3, {"CCITTFaxDecode"}),
        ("ocrmypdf-jbig2.pdf", 1, {"JBIG2Decode"}),
        ("ocrmypdf-linn.pdf", 1, {"JBIG2Decode"}),
        ("ocrmypdf-skew.pdf", 1, {"JBIG2Decode"}),
        ("ocrmypdf-rotated_skew.pdf", 1, {"JBIG2Decode"}),
    ],
)
def test_real_scanned_pdfs_are_read(corpus: Path, name: str, pages: int, codings: set[str]) -> None:
    """Files of real scanners and fax machines give all their pages, mostly white, near 300 dpi."""
    if "JBIG2Decode" in codings and shutil.which("jbig2dec") is None:
        pytest.skip("the program jbig2dec is not installed")
    frames = frames_of(corpus / "scans" / name)
    assert len(frames) == pages
    assert {one.taken.coding for one in frames} == codings
    for one in frames:
        assert round(one.source.frame.dpi.x / 10) == 30
        assert decode_view(one.source, 2).mean() > 128


def test_a_two_tone_palette_is_black_and_white(tmp_path: Path, page: Image.Image) -> None:
    """A fax whose table of colours says white first is the same page as one without a table."""
    stored = page.convert("1")
    picture = made.fax(stored, is_black_one=True)
    space = Array([Name.Indexed, Name.DeviceGray, 1, String(b"\xff\x00")])
    picture.entries["/ColorSpace"] = space
    assert shown(made.write_pdf(tmp_path / "page.pdf", [picture])).mean() > 128


def test_a_colour_profile_comes_along(tmp_path: Path, page: Image.Image) -> None:
    """The profile that the PDF keeps beside the image is known to belong to it."""
    buffer = io.BytesIO(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())

    def add_profile(pdf: Pdf) -> None:
        profile = pdf.make_stream(buffer.getvalue(), Dictionary(N=3))
        image = pdf.pages[0].Resources.XObject["/Im0"]
        image["/ColorSpace"] = Array([Name.ICCBased, profile])

    path = made.write_pdf(tmp_path / "page.pdf", [made.flate(page)], edit=add_profile)
    assert only_frame(path).source.frame.has_icc
    assert np.array_equal(shown(path), np.asarray(page))
