"""PDF drops that are no plain scans: each is refused by its own rule, and none does harm."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from appliance.domain.rules import sentence
from appliance.imaging import pdf_drop_jbig2
from appliance.imaging.inspection import InspectionLimits, inspect_image
from tests.imaging import scanned_pdfs as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    from appliance.domain.findings import Finding

LIMITS = InspectionLimits(min_dpi=1, min_bits_per_pixel=1)
WHOLE = "q {width} 0 0 {height} 0 0 cm /Im0 Do Q"
ENCRYPTED, ACTIVE, NOT_SCAN, DAMAGED, CODING = (
    f"PDF-DROP-{word}" for word in ("ENCRYPTED", "ACTIVE", "NOT-SCAN", "DAMAGED", "CODING")
)


def judged(path: Path) -> list[Finding]:
    """The findings on a PDF, quality aside."""
    found = inspect_image(path, name="0001.pdf", views_folder=None, limits=LIMITS).findings
    return [one for one in found if one.code.startswith(("PDF-", "IMAGE-TOO", "IMAGE-PIX"))]


@pytest.fixture
def picture(drawn_page: Callable[..., Image.Image]) -> made.Picture:
    """A small JPEG."""
    return made.jpeg(drawn_page(311, 439))


def _action(kind: str, **more: Any) -> Dictionary:  # noqa: ANN401 - keys of a PDF dictionary
    return Dictionary(S=Name(f"/{kind}"), **more)


def _root(key: str, value: object) -> Callable[[Pdf], None]:
    def edit(pdf: Pdf) -> None:
        pdf.Root[f"/{key}"] = value

    return edit


def _page(key: str, value: object) -> Callable[[Pdf], None]:
    def edit(pdf: Pdf) -> None:
        pdf.pages[0].obj[f"/{key}"] = value

    return edit


def _image(key: str, value: object) -> Callable[[Pdf], None]:
    def edit(pdf: Pdf) -> None:
        pdf.pages[0].Resources.XObject["/Im0"][f"/{key}"] = value

    return edit


def _note(**entries: Any) -> Callable[[Pdf], None]:  # noqa: ANN401 - keys of a PDF dictionary
    note = Dictionary(Type=Name.Annot, Rect=Array([10, 10, 90, 40]), **entries)
    return _page("Annots", Array([note]))


def _field(**entries: Any) -> Callable[[Pdf], None]:  # noqa: ANN401 - keys of a PDF dictionary
    def edit(pdf: Pdf) -> None:
        field = pdf.make_indirect(Dictionary(Subtype=Name.Widget, T=String("a"), **entries))
        pdf.Root["/AcroForm"] = Dictionary(Fields=Array([field]))
        pdf.pages[0].obj["/Annots"] = Array([field])

    return edit


_JAVASCRIPT = _action("JavaScript", JS=String("app.alert(1)"))
_FILE = Dictionary(Type=Name.Filespec, F=String("evil.exe"), EF=Dictionary())

REFUSED: dict[str, tuple[Callable[[Pdf], None], str]] = {
    "javascript on opening": (_root("OpenAction", _JAVASCRIPT), ACTIVE),
    "launch on opening": (_root("OpenAction", _action("Launch", F=String("cmd"))), ACTIVE),
    "named javascript": (
        _root("Names", Dictionary(JavaScript=Dictionary(Names=Array([])))),
        ACTIVE,
    ),
    "embedded files": (_root("Names", Dictionary(EmbeddedFiles=Dictionary())), ACTIVE),
    "additional actions": (_page("AA", Dictionary(O=_action("GoTo"))), ACTIVE),
    "a form that submits": (
        _field(FT=Name.Btn, A=_action("SubmitForm", F=String("http://x"))),
        ACTIVE,
    ),
    "an XFA form": (_root("AcroForm", Dictionary(XFA=String("<xdp/>"))), ACTIVE),
    "an attached file": (_note(Subtype=Name.FileAttachment, FS=_FILE), ACTIVE),
    "rich media": (_note(Subtype=Name.RichMedia), ACTIVE),
    "an image in another file": (_image("F", String("//server/share/page.jpg")), ACTIVE),
    "a link to another PDF": (
        _note(Subtype=Name.Link, A=_action("GoToR", F=String("o.pdf"))),
        ACTIVE,
    ),
    "a stamp": (_note(Subtype=Name.Stamp), NOT_SCAN),
    "a soft mask": (_image("SMask", Dictionary()), NOT_SCAN),
    "a larger page": (_page("MediaBox", Array([0, 0, 595, 842])), NOT_SCAN),
    "no size": (_page("MediaBox", Array([0, 0, 0, 0])), DAMAGED),
    "no such image": (_page("Resources", Dictionary()), DAMAGED),
    "a colour space of inks": (
        _image("ColorSpace", Array([Name.Separation, Name.Gold, Name.DeviceRGB])),
        CODING,
    ),
    "another size than stated": (_image("Width", 312), DAMAGED),
    "an unknown filter": (_image("Filter", Name("/NewDecode")), CODING),
    "a hostile matrix": (_page("Contents", 12), NOT_SCAN),
    "a unit of no size": (_page("UserUnit", -1), DAMAGED),
    "numbers that are words": (_image("Height", String("tall")), DAMAGED),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_each_thing_that_is_no_scan_is_refused(
    tmp_path: Path, picture: made.Picture, name: str
) -> None:
    """One change to a good PDF, and the rule of that change refuses it, in two languages."""
    edit, code = REFUSED[name]
    path = made.write_pdf(tmp_path / "page.pdf", [picture], edit=edit)
    (finding,) = judged(path)
    assert finding.code == code
    assert sentence(finding) != sentence(finding, "en")


CONTENTS: dict[str, tuple[str, str]] = {
    "visible text": (f"{WHOLE} BT /F0 12 Tf 20 20 Td (stamped) Tj ET", NOT_SCAN),
    "text of drawn glyphs": (f"{WHOLE} BT 3 Tr /T3 12 Tf 20 20 Td (a) Tj ET", NOT_SCAN),
    "a line over the image": (f"{WHOLE} 0 0 m 100 100 l S", NOT_SCAN),
    "a shading over the image": (f"{WHOLE} /Sh0 sh", NOT_SCAN),
    "two images": (f"{WHOLE} {WHOLE}", NOT_SCAN),
    "nothing": ("q Q", NOT_SCAN),
    "an inline image": ("BI /W 1 /H 1 /CS /G /BPC 8 ID \x01 EI", NOT_SCAN),
    "a small image": ("q 50 0 0 50 0 0 cm /Im0 Do Q", NOT_SCAN),
    "text beside the image": (
        "BT /F0 9 Tf 1 1 Td (a) Tj ET q {width} 0 0 {height} 12 0 cm /Im0 Do Q",
        NOT_SCAN,
    ),
    "a sheared image": ("q {width} 90 0 {height} 0 0 cm /Im0 Do Q", NOT_SCAN),
    "a folded image": ("q {width} 0 0 0 0 0 cm /Im0 Do Q", DAMAGED),
    "a broken placement": ("q 1 0 0 cm /Im0 Do Q", DAMAGED),
    "a form that calls itself": ("/Loop Do", DAMAGED),
}


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_a_page_that_shows_more_or_less_than_one_image_is_refused(
    tmp_path: Path, picture: made.Picture, name: str
) -> None:
    """Born-digital pages, layered compact PDFs and collages are no scans."""
    content, code = CONTENTS[name]

    def add_members(pdf: Pdf) -> None:
        resources = pdf.pages[0].Resources
        resources["/Font"] = Dictionary(T3=Dictionary(Type=Name.Font, Subtype=Name.Type3))
        loop = pdf.make_stream(b"/Loop Do", {"/Subtype": Name.Form, "/BBox": Array([0, 0, 1, 1])})
        resources.XObject["/Loop"] = loop
        loop["/Resources"] = Dictionary(XObject=Dictionary(Loop=loop))

    path = made.write_pdf(tmp_path / "page.pdf", [picture], content=content, edit=add_members)
    (finding,) = judged(path)
    assert finding.code == code


@pytest.mark.parametrize("user", ["", "secret"])
def test_locked_pdfs_are_refused(tmp_path: Path, picture: made.Picture, user: str) -> None:
    """Encryption is refused also where everybody may open the file: its key can be lost."""
    path = made.write_pdf(
        tmp_path / "page.pdf", [picture], encryption=pikepdf.Encryption(owner="own", user=user)
    )
    (finding,) = judged(path)
    assert finding.code == ENCRYPTED


def test_going_to_a_page_on_opening_is_harmless(tmp_path: Path, picture: made.Picture) -> None:
    """Scanner programs set the page to open at; that is no action on anything."""
    go_to = _action("GoTo", D=Array([0, Name.Fit]))
    path = made.write_pdf(tmp_path / "page.pdf", [picture], edit=_root("OpenAction", go_to))
    assert judged(path) == []


def test_an_invisible_signature_is_no_stamp(tmp_path: Path, picture: made.Picture) -> None:
    """A field without a size shows nothing; a digital signature may lie in one."""
    field = _field(FT=Name.Sig, Rect=Array([0, 0, 0, 0]))
    path = made.write_pdf(tmp_path / "page.pdf", [picture], edit=field)
    assert judged(path) == []


def test_a_bomb_is_refused_by_its_size(tmp_path: Path, picture: made.Picture) -> None:
    """OCRmyPDF's bomb: 35 000 × 35 000 two-tone pixels in twelve kilobytes are never unpacked."""
    picture.size_px = (35_000, 35_000)
    picture.entries |= {"/Filter": Name.CCITTFaxDecode, "/BitsPerComponent": 1}
    picture.entries["/ColorSpace"] = Name.DeviceGray
    picture.entries["/DecodeParms"] = Dictionary(K=-1, Columns=35_000)
    (finding,) = judged(made.write_pdf(tmp_path / "page.pdf", [picture]))
    assert finding.code == "IMAGE-TOO-LARGE"


def test_a_picture_larger_than_its_bytes_can_be_is_refused(
    tmp_path: Path, picture: made.Picture
) -> None:
    """A stream that stops early has no rows for the promised size."""
    picture.size_px = (20_000, 20_000)
    picture.data = zlib.compress(b"\0" * 1000)
    picture.entries |= {"/Filter": Name.FlateDecode, "/ColorSpace": Name.DeviceGray}
    (finding,) = judged(made.write_pdf(tmp_path / "page.pdf", [picture]))
    assert finding.code == "IMAGE-PIXELS-IMPOSSIBLE"


def test_operators_that_unpack_without_end_are_stopped(
    tmp_path: Path, picture: made.Picture
) -> None:
    """A page whose operators unpack to a hundred megabytes is refused before they are held."""

    def flood(pdf: Pdf) -> None:
        packed = zlib.compress(b"q Q " * 25_000_000, 9)
        pdf.pages[0].obj["/Contents"] = pdf.make_stream(packed, Filter=Name.FlateDecode)

    (finding,) = judged(made.write_pdf(tmp_path / "page.pdf", [picture], edit=flood))
    assert finding.code == DAMAGED


def test_one_bad_page_is_named(tmp_path: Path, picture: made.Picture) -> None:
    """Of three pages the second has a stamp: the finding says so, and the others are read."""

    def stamp(pdf: Pdf) -> None:
        note = Dictionary(Subtype=Name.Stamp, Rect=Array([10, 10, 90, 40]))
        pdf.pages[1].obj["/Annots"] = Array([note])

    path = made.write_pdf(tmp_path / "page.pdf", [picture] * 3, edit=stamp)
    found = inspect_image(path, name="0001.pdf", views_folder=None, limits=LIMITS)
    assert [one.frame for one in found.frames] == [1, 3]
    assert [one.where for one in found.findings if one.code == NOT_SCAN] == ["0001.pdf#2"]


def test_a_damaged_stream_is_found_by_its_decoder(tmp_path: Path, picture: made.Picture) -> None:
    """figgy#3509: a JPEG that lost its middle is found at the door, not when the PDF is made."""
    middle = len(picture.data) // 2
    picture.data = picture.data[:middle] + b"\0" * 200 + picture.data[middle + 200 :]
    path = made.write_pdf(tmp_path / "page.pdf", [picture])
    found = inspect_image(path, name="0001.pdf", views_folder=None, limits=LIMITS)
    assert [one.code for one in found.findings] == ["IMAGE-NOT-DECODABLE"]


def test_jbig2_without_its_decoder_is_refused_in_words(
    tmp_path: Path, picture: made.Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the program is not installed, the scanner's setting is what can be changed."""
    monkeypatch.setattr(pdf_drop_jbig2, "PROGRAM", "no-such-program")
    picture.entries |= {"/Filter": Name.JBIG2Decode, "/BitsPerComponent": 1}
    picture.entries["/ColorSpace"] = Name.DeviceGray
    (finding,) = judged(made.write_pdf(tmp_path / "page.pdf", [picture]))
    assert finding.code == CODING
    assert "JBIG2" in sentence(finding)


def test_damaged_jbig2_is_refused(tmp_path: Path, picture: made.Picture) -> None:
    """What the decoder complains about is damage, though it would go on."""
    if not pdf_drop_jbig2.can_decode():
        pytest.skip("the program jbig2dec is not installed")
    picture.entries |= {"/Filter": Name.JBIG2Decode, "/BitsPerComponent": 1}
    picture.entries["/ColorSpace"] = Name.DeviceGray
    (finding,) = judged(made.write_pdf(tmp_path / "page.pdf", [picture]))
    assert finding.code == DAMAGED


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bad-images/third-party/encryption_openpassword.pdf", ENCRYPTED),
        ("bad-images/third-party/ocrmypdf-hugemono-35000px-bomb.pdf", "IMAGE-TOO-LARGE"),
        ("bad-images/third-party/ocrmypdf-jbig2_baddevicen.pdf", CODING),
        ("bad-images/third-party/T02-02_002_page-tree-kids-links-recursive.pdf", DAMAGED),
        ("bad-images/third-party/T03_001_no-cross-reference-table.pdf", DAMAGED),
        ("bad-images/third-party/T04_002_EOF-missing.pdf", DAMAGED),
        ("bad-images/third-party/veraPDFHiResWrongObjectID.pdf", DAMAGED),
        ("pdfa-own/fail-encrypted.pdf", ENCRYPTED),
        ("pdfa-own/fail-javascript.pdf", ACTIVE),
        ("pdfa-own/fail-truncated.pdf", DAMAGED),
        ("pdfa-own/fail-visible-font-not-embedded.pdf", NOT_SCAN),
        ("pdfa-own/pass-invisible-font-not-embedded.pdf", ""),
        ("pdfa-own/pass-jp2-ccitt.pdf", ""),
        ("pdfa-own/pass-jpeg-ccitt.pdf", ""),
    ],
)
def test_known_files_get_the_right_verdict(corpus: Path, name: str, code: str) -> None:
    """Files that other projects keep as bad are refused for what is bad about them."""
    assert [one.code for one in judged(corpus / name)] == ([code] if code else [])
