"""Derivation: the stream stays as it is where PDF can carry it, and the record says so."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from appliance.domain.canonical import canonical_json
from appliance.domain.errors import RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.page_derivative import PageDerivative, read_words
from appliance.imaging.views import upright

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_TEXT = DerivationOptions(reads_text=False)

UNCHANGED: dict[str, tuple[str, dict[str, Any], str]] = {
    "colour.jpg": ("RGB", {}, "DCTDecode"),
    "progressive.jpg": ("RGB", {"progressive": True}, "DCTDecode"),
    "gray.jpg": ("L", {}, "DCTDecode"),
    "cmyk.jpg": ("CMYK", {}, "DCTDecode"),
    "colour.png": ("RGB", {}, "FlateDecode"),
    "gray.png": ("L", {}, "FlateDecode"),
    "bitonal.png": ("1", {}, "FlateDecode"),
    "palette.png": ("P", {}, "FlateDecode"),
    "colour.jp2": ("RGB", {}, "JPXDecode"),
    "strips.tif": ("1", {"compression": "group4", "tiffinfo": {278: 100}}, "CCITTFaxDecode"),
    "reversed.tif": ("1", {"compression": "group4", "tiffinfo": {266: 2}}, "CCITTFaxDecode"),
}
MADE: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "raw.tif": ("RGB", {}, "DCTDecode", "jpeg q85"),
    "lzw.tif": ("L", {"compression": "tiff_lzw"}, "DCTDecode", "jpeg q85"),
    "jpeg.tif": ("RGB", {"compression": "jpeg"}, "DCTDecode", "jpeg q85"),
    "alpha.png": ("RGBA", {}, "DCTDecode", "jpeg q85"),
    "bitonal.tif": ("1", {}, "CCITTFaxDecode", "g4 made without loss"),
    "packbits.tif": ("1", {"compression": "packbits"}, "CCITTFaxDecode", "g4 made without loss"),
    "palette.tif": ("P", {"compression": "tiff_lzw"}, "FlateDecode", "flate made without loss"),
}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty work folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", sorted(UNCHANGED))
def test_streams_pass_unchanged(master: Callable[..., Path], work: Path, name: str) -> None:
    """What PDF can carry is pointed at in the master, and nothing is written."""
    mode, options, filter_name = UNCHANGED[name]
    path = master(name, mode, **options)
    page = derive_page(path, 1, work, NO_TEXT)
    assert page.is_passthrough
    assert (page.parts[0].filter_name, page.parts[0].source) == (filter_name, "master")
    assert sum(part.height_px for part in page.parts) == 877
    assert list(work.iterdir()) == []
    if len(page.parts) == 1 and not page.parts[0].reverses_bits:
        data = path.read_bytes()
        stream = b"".join(data[start : start + size] for start, size in page.parts[0].spans)
        assert hashlib.sha256(stream).hexdigest() == page.parts[0].sha256


@pytest.mark.parametrize("name", sorted(MADE))
def test_other_masters_get_a_derivative(master: Callable[..., Path], work: Path, name: str) -> None:
    """What PDF cannot carry is made anew, recorded so, and the same each time."""
    mode, options, filter_name, recipe = MADE[name]
    path = master(name, mode, **options)
    page = derive_page(path, 1, work, NO_TEXT)
    assert not page.is_passthrough
    assert page.image_name is not None
    assert page.recipe.startswith(recipe)
    assert (page.parts[0].filter_name, page.parts[0].source) == (filter_name, "derivative")
    first = (work / page.image_name).read_bytes()
    assert derive_page(path, 1, work, NO_TEXT) == page
    assert (work / page.image_name).read_bytes() == first


def test_a_bitonal_derivative_loses_no_pixel(master: Callable[..., Path], work: Path) -> None:
    """The G4 stream made of raw bits decodes to the same bits."""
    path = master("bitonal.tif", "1")
    page = derive_page(path, 1, work, NO_TEXT)
    assert page.image_name is not None
    with Image.open(path) as before, Image.open(work / page.image_name) as after:
        assert after.mode == "1"
        assert before.tobytes() == after.tobytes()


def test_an_adobe_cmyk_picture_is_marked_inverted(master: Callable[..., Path], work: Path) -> None:
    """CMYK with the Adobe mark counts ink the other way round, and the record says it."""
    (part,) = derive_page(master("cmyk.jpg", "CMYK"), 1, work, NO_TEXT).parts
    assert (part.colours, part.is_inverted) == ("cmyk", True)


def test_bytes_after_the_image_stay_out(master: Callable[..., Path], work: Path) -> None:
    """What a scanner appended to a JPEG does not travel into the PDF."""
    path = master("colour.jpg", "RGB")
    size = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"appended")
    (part,) = derive_page(path, 1, work, NO_TEXT).parts
    assert part.spans == ((0, size),)


def test_the_plain_form_reads_back(master: Callable[..., Path], work: Path) -> None:
    """A derivative's record survives canonical JSON; anything else is refused."""
    options = {"compression": "group4", "tiffinfo": {278: 100}}
    page = derive_page(master("strips.tif", "1", **options), 1, work, NO_TEXT)
    assert len(page.parts) == 9
    assert PageDerivative.from_json(json.loads(canonical_json(page.to_json()))) == page
    for broken in ({}, {**page.to_json(), "parts": 1}, {**page.to_json(), "other": 1}):
        with pytest.raises(ValueError, match="not a page derivative"):
            PageDerivative.from_json(broken)


def test_a_frame_that_is_not_there_is_refused(master: Callable[..., Path], work: Path) -> None:
    """Asking for a second frame of one is a finding, not a crash."""
    with pytest.raises(RuleError) as caught:
        derive_page(master("colour.jpg", "RGB"), 2, work, NO_TEXT)
    (finding,) = caught.value.findings
    assert finding.code == "DERIVE-FAILED"
    assert finding.values["problem"]


def test_a_damaged_master_is_refused(master: Callable[..., Path], work: Path) -> None:
    """A master that no longer decodes gives a finding that says why."""
    path = master("lzw.tif", "RGB", compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    data[200 : len(data) // 2] = bytes(len(data) // 2 - 200)
    path.write_bytes(data)
    with pytest.raises(RuleError) as caught:
        derive_page(path, 1, work, NO_TEXT)
    assert caught.value.code == "DERIVE-FAILED"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_follows_the_standard(
    drawn_page: Callable[..., Image.Image], orientation: int
) -> None:
    """Turning for views and for the reader of text agrees with another library's turning."""
    stored = drawn_page(60, 90).convert("L")
    exif = stored.getexif()
    exif[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(stored))
    assert np.array_equal(upright(np.asarray(stored), orientation), expected)


@pytest.mark.ocr
@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
def test_text_is_read_upright_and_stored(text_page: Path, work: Path) -> None:
    """A page that lies on its side is read as it stands, and its words fit the upright page."""
    turned = text_page.with_name("turned.jpg")
    exif = Image.Exif()
    exif[274] = 6
    with Image.open(text_page) as page:
        page.transpose(Image.Transpose.ROTATE_90).save(turned, exif=exif, dpi=(200, 200))
    derived = derive_page(turned, 1, work, DerivationOptions())
    assert derived.words_name is not None
    words = read_words(work / derived.words_name)
    assert [word.text for word in words][:2] == ["ARCHIVE", "RECORD"]
    assert (derived.text_outcome, derived.word_count) == ("found", len(words))
    assert 190 < words[0].top < 260
    assert derived.text_engine.startswith("tesseract ")
