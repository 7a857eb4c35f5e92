"""Streams taken over with what belongs to them: JPEG out of TIFF, and colour profiles."""

from __future__ import annotations

import hashlib
import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from appliance.domain.errors import IntegrityError, RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.page_derivative import PageDerivative
from appliance.imaging.pdf import PdfaProfile, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from appliance.imaging.pdf_profiles import cmyk_profile, srgb_profile
from appliance.imaging.tiff import read_directories, segments
from appliance.imaging.windows import held_window

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.imaging.pdf import PdfInfo

NO_TEXT = DerivationOptions(reads_text=False)
OLD_FORM = DerivationOptions(reads_text=False, profile=PdfaProfile.A1B)
JPEG_TIFF = {"compression": "jpeg", "tiffinfo": {278: 877}}


def gray_profile() -> bytes:
    """The smallest honest profile of gray: white and one gamma."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 0x0233) + b"\0\0"
    name = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"gray\0" + b"\0" * 79
    words = b"text\0\0\0\0none\0"
    tags = {b"desc": name, b"cprt": words, b"wtpt": white, b"kTRC": curve}
    table, bodies, offset = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for tag, body in tags.items():
        padded = body + b"\0" * (-len(body) % 4)
        table += tag + struct.pack(">II", offset + len(bodies), len(body))
        bodies += padded
    head = struct.pack(">I4sI", offset + len(bodies), b"\0\0\0\0", 0x02400000) + b"scnrGRAYXYZ "
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + bodies


def newer_profile() -> bytes:
    """An sRGB profile of version 4, which PDF/A-2 knows and PDF/A-1 does not."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


PROFILES: dict[str, tuple[str, Callable[[], bytes], dict[str, Any]]] = {
    "colour.jpg": ("RGB", srgb_profile, {}),
    "gray.jpg": ("L", gray_profile, {}),
    "cmyk.jpg": ("CMYK", cmyk_profile, {}),
    "colour.png": ("RGB", srgb_profile, {}),
    "gray.png": ("L", gray_profile, {}),
    "palette.png": ("P", srgb_profile, {}),
    "jpeg.tif": ("RGB", srgb_profile, JPEG_TIFF),
}


def _set_photometric(path: Path, value: int) -> None:
    """Change what a TIFF says its samples mean."""
    data = bytearray(path.read_bytes())
    place = data.find(struct.pack("<HHI", 262, 3, 1))
    assert place > 0
    data[place + 8] = value
    path.write_bytes(data)


def _written(derived: PageDerivative, path: Path, info: PdfInfo) -> Path:
    """A PDF of the page twice, which passes its check."""
    image = path.parent / derived.image_name if derived.image_name else None
    target = path.with_suffix(".pdf")
    write_pdf(target, [PdfPage("1", derived, path, image)] * 2, info)
    assert check_pdf(target, [derived] * 2, name="x", page_count=2) == ()
    return target


@pytest.mark.parametrize(("mode", "samples"), [("RGB", 3), ("L", 1)])
def test_a_jpeg_in_a_tiff_becomes_a_jpeg_in_a_pdf(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo, mode: str, samples: int
) -> None:
    """Tables and strip together are a JPEG that shows the same pixels, all bytes the master's."""
    path = master("jpeg.tif", mode, **JPEG_TIFF)
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.recipe == "jpeg-in-tiff-unchanged with its tables"
    assert (derived.is_passthrough, len(derived.parts), derived.image_name) == (True, 1, None)
    with pikepdf.open(_written(derived, path, info)) as pdf:
        raw = pdf.pages[0].obj.Resources.XObject["/Im0"].read_raw_bytes()
    assert hashlib.sha256(raw).hexdigest() == derived.parts[0].sha256
    assert all(span in path.read_bytes() for span in (raw[2:100], raw[-300:]))
    with Image.open(path) as before, Image.open(io.BytesIO(raw)) as after:
        assert after.format == "JPEG"
        assert len(after.getbands()) == samples
        assert np.array_equal(np.asarray(before), np.asarray(after))


def test_a_jpeg_of_plain_rgb_is_marked_so(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo
) -> None:
    """Three channels that are no YCbCr must not be turned by the reader."""
    path = master("jpeg.tif", "RGB", **JPEG_TIFF)
    _set_photometric(path, 2)
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.parts[0].is_untransformed
    with pikepdf.open(_written(derived, path, info)) as pdf:
        image = pdf.pages[0].obj.Resources.XObject["/Im0"]
        assert image.DecodeParms.ColorTransform == 0


def test_a_strip_without_its_end_is_not_carried(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """A reader of TIFF may forgive it, a PDF gets what that reader decoded."""
    path = master("jpeg.tif", "RGB", **JPEG_TIFF)
    data = path.read_bytes()
    window = held_window(data)
    ((offset, length),) = segments(window, read_directories(window)[0])
    assert data[offset + length - 2 : offset + length] == b"\xff\xd9"
    path.write_bytes(data[: offset + length - 2] + b"\0\0" + data[offset + length :])
    with pytest.raises(RuleError) as caught:
        derive_page(path, 1, tmp_path, NO_TEXT)
    assert caught.value.code == "DERIVE-FAILED"


def test_several_strips_of_jpeg_get_a_derivative(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """Seams between strips of a lossy picture would show."""
    path = master("jpeg.tif", "RGB", compression="jpeg", tiffinfo={278: 96})
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.recipe.startswith("jpeg q85 made from jpeg")


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_colour_profile_goes_along(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo, name: str
) -> None:
    """The profile in the PDF is the master's, once for all pages; the stream stays."""
    mode, profile, options = PROFILES[name]
    path = master(name, mode, icc_profile=profile(), **options)
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.is_passthrough
    assert "left out" not in derived.recipe
    target = _written(derived, path, info)
    with pikepdf.open(target) as pdf:
        spaces = [one.obj.Resources.XObject["/Im0"].ColorSpace for one in pdf.pages]
        bases = [one[1] if one[0] == "/Indexed" else one for one in spaces]
        assert {str(base[0]) for base in bases} == {"/ICCBased"}
        assert bases[0][1].read_bytes() == profile()
        assert int(bases[0][1].N) == {"L": 1, "CMYK": 4}.get(mode, 3)
        assert len({base[1].objgen for base in bases}) == 1


def test_a_profile_that_the_form_does_not_know_is_applied(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """PDF/A-1 knows version 2 only: the colours are turned into sRGB there, and kept in PDF/A-2."""
    path = master("colour.jpg", "RGB", icc_profile=newer_profile())
    kept = derive_page(path, 1, tmp_path, NO_TEXT)
    assert (kept.recipe, kept.parts[0].profile is None) == ("jpeg-unchanged", False)
    turned = derive_page(path, 1, tmp_path, OLD_FORM)
    assert (turned.recipe, turned.is_passthrough) == ("jpeg q85 made from jpeg", False)
    assert turned.parts[0].profile is None


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all",
        srgb_profile()[:-1],
        gray_profile(),
        srgb_profile()[:12] + b"link" + srgb_profile()[16:],
    ],
    ids=["rubbish", "cut", "for gray", "a link"],
)
def test_a_profile_that_means_nothing_is_left_out_and_said(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo, profile: bytes
) -> None:
    """A damaged profile, or one for another kind of picture, stays out of the PDF."""
    path = master("colour.jpg", "RGB", icc_profile=profile)
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.recipe == "jpeg-unchanged, unusable colour profile left out"
    with pikepdf.open(_written(derived, path, info)) as pdf:
        assert pdf.pages[0].obj.Resources.XObject["/Im0"].ColorSpace == "/DeviceRGB"


def _with_profile_inside(jp2: bytes, method: int) -> bytes:
    """The same JP2 with a profile in place of the number of its colour space."""
    place = jp2.index(b"colr") - 4
    (length,) = struct.unpack(">I", jp2[place : place + 4])
    body = bytes((method, 0, 0)) + srgb_profile()
    box = struct.pack(">I", 8 + len(body)) + b"colr" + body
    head = jp2.index(b"jp2h") - 4
    (head_length,) = struct.unpack(">I", jp2[head : head + 4])
    longer = struct.pack(">I", head_length + len(box) - length)
    return jp2[:head] + longer + jp2[head + 4 : place] + box + jp2[place + length :]


@pytest.mark.parametrize(
    ("method", "recipe"), [(2, "jp2-unchanged"), (3, "jpeg q85 made from jp2")]
)
def test_a_jpeg_2000_tells_its_colours_itself(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo, method: int, recipe: str
) -> None:
    """A simple profile inside a JP2 is read by every viewer; one of tables is not relied upon."""
    path = master("colour.jp2", "RGB")
    path.write_bytes(_with_profile_inside(path.read_bytes(), method))
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.recipe == recipe
    with pikepdf.open(_written(derived, path, info)) as pdf:
        image = pdf.pages[0].obj.Resources.XObject["/Im0"]
        assert ("/ColorSpace" in image) == (method != 2)


def test_a_packed_profile_that_never_ends_is_left_out(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """A profile that unpacks to more than any profile has is not unpacked to its end."""
    bomb = srgb_profile() + bytes(64 * 1024 * 1024)
    path = master("colour.png", "RGB", icc_profile=bomb)
    assert path.stat().st_size < 1024 * 1024
    derived = derive_page(path, 1, tmp_path, NO_TEXT)
    assert derived.recipe == "png-data-unchanged, unusable colour profile left out"


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_lossless_derivative_keeps_every_pixel(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo, mode: str
) -> None:
    """Where the fonds wants it, what PDF cannot carry becomes Deflate with its profile."""
    profile = srgb_profile() if mode == "RGB" else gray_profile()
    path = master("lzw.tif", mode, compression="tiff_lzw", icc_profile=profile)
    options = DerivationOptions(reads_text=False, is_lossless=True, max_dpi=100)
    derived = derive_page(path, 1, tmp_path, options)
    assert derived.recipe == "flate made without loss from lzw"
    with pikepdf.open(_written(derived, path, info)) as pdf:
        image = pdf.pages[0].obj.Resources.XObject["/Im0"]
        assert image.ColorSpace[1].read_bytes() == profile
        pixels = np.frombuffer(image.read_bytes(), np.uint8)
    with Image.open(path) as before:
        assert np.array_equal(pixels, np.asarray(before).ravel())
    assert derive_page(path, 1, tmp_path, options) == derived


def test_a_lossless_derivative_of_layers_says_what_it_is(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """Transparency cannot stay, so the record does not claim that nothing was lost."""
    path = master("alpha.png", "RGBA")
    options = DerivationOptions(reads_text=False, is_lossless=True)
    derived = derive_page(path, 1, tmp_path, options)
    assert derived.recipe == "flate made in 8-bit sRGB from deflate"


def test_a_derivative_may_be_smaller_than_its_page(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo
) -> None:
    """Fewer pixels, the same paper; the picture still fills the page."""
    path = master("raw.tif", "RGB")
    options = DerivationOptions(reads_text=False, max_dpi=75)
    derived = derive_page(path, 1, tmp_path, options)
    assert derived.recipe == "jpeg q85 at 75 dpi made from raw"
    assert (derived.width_px, derived.parts[0].width_px) == (620, 310)
    with pikepdf.open(_written(derived, path, info)) as pdf:
        box = [float(one) for one in pdf.pages[0].mediabox]
        (drawing,) = [
            [float(one) for one in step.operands]
            for step in pikepdf.parse_content_stream(pdf.pages[0])
            if str(step.operator) == "cm"
        ]
    assert box == pytest.approx([0, 0, 297.6, 420.96])
    assert drawing == pytest.approx([297.6, 0, 0, 420.96, 0, 0])


def test_what_pdf_carries_is_never_made_smaller(
    master: Callable[..., Path], tmp_path: Path
) -> None:
    """The limit is for derivatives; a stream that passes stays as the scanner wrote it."""
    options = DerivationOptions(reads_text=False, max_dpi=75, is_lossless=True)
    derived = derive_page(master("colour.jpg", "RGB"), 1, tmp_path, options)
    assert (derived.recipe, derived.parts[0].width_px) == ("jpeg-unchanged", 620)


def test_an_inverted_gray_derivative_shows_what_the_master_shows(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo
) -> None:
    """TIFF that counts from white to black keeps its meaning without loss."""
    path = master("white.tif", "L", compression="tiff_lzw")
    with Image.open(path) as picture:
        shown = 255 - np.asarray(picture)
    _set_photometric(path, 0)
    options = DerivationOptions(reads_text=False, is_lossless=True)
    derived = derive_page(path, 1, tmp_path, options)
    with pikepdf.open(_written(derived, path, info)) as pdf:
        pixels = pdf.pages[0].obj.Resources.XObject["/Im0"].read_bytes()
    assert np.array_equal(np.frombuffer(pixels, np.uint8), shown.ravel())


def test_old_records_without_the_new_facts_read_back(
    master: Callable[..., Path], tmp_path: Path, info: PdfInfo
) -> None:
    """A page that an earlier release derived goes into a PDF, checked by its SHA-256."""
    path = master("colour.jpg", "RGB")
    plain = derive_page(path, 1, tmp_path, NO_TEXT).to_json()
    (part,) = plain["parts"] if isinstance(plain["parts"], list) else []
    assert isinstance(part, dict)
    for name in ("xxh3", "profile", "is_untransformed"):
        del part[name]
    derived = PageDerivative.from_json(plain)
    assert (derived.parts[0].xxh3, derived.parts[0].profile) == ("", None)
    _written(derived, path, info).unlink()
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        _written(derived, path, info)
