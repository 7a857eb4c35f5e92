"""Inspection: good scans pass, damage is found, facts are right."""

from __future__ import annotations

import pickle
import zlib
from typing import TYPE_CHECKING

import pytest
import xxhash
from PIL import Image

from appliance.domain import rules
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import IntegrityError
from appliance.imaging.inspection import Inspection, InspectionLimits, inspect_image
from appliance.imaging.reading import ExpectedBytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.domain.findings import Finding

LIMITS = InspectionLimits()

UNNOTICEABLE = {
    "jpg-one-bit-flip.jpg": "the flipped bit still decodes to a legal picture",
    "tif-raw-512B-zeroed-mid.tif": "raw pixels: any byte is a legal picture",
    "jpg-trailing-garbage.jpg": "the picture is whole; the rest is noted",
    "png-trailing-garbage.png": "the picture is whole; the rest is noted",
    "fmtcorpus-old-style-jpeg.tif": "a sound scan of the 1990s; only some libraries refuse it",
    "pillow-old-style-jpeg-compression-no-samplesperpixel.tif": "the same, one tag left out",
    "jpylyzer-is_jpeg.jp2": "a sound JPEG under a wrong name",
    "pillow-broken_exif_dpi.jpg": "sound pixels, broken camera facts",
    "pillow-exif-dpi-zerodivision.jpg": "sound pixels, broken camera facts",
    "pillow-invalid-exif-without-x-resolution.jpg": "sound pixels, broken camera facts",
    "pillow-zero_dpi.jp2": "sound pixels, a resolution of zero",
    "pillow-hopper_unknown_pixel_mode.tif": "sound 32-bit pixels that Pillow alone refuses",
    "pillow-issue_2278.tif": "a sound scan",
    "pillow-multipage_out_of_order.tiff": "a sound chain, only its order on disk is odd",
}
"""Files of the corpus of bad images that hold a whole picture, and why."""


def _inspect(path: Path, limits: InspectionLimits = LIMITS) -> Inspection:
    return inspect_image(path, name=path.name, views_folder=None, limits=limits)


def _codes(inspection: Inspection) -> set[str]:
    return {finding.code for finding in inspection.findings}


def test_every_real_scan_passes_without_an_error(corpus: Path) -> None:
    """No good scan is refused, and every one has a fact for each frame."""
    refused: dict[str, list[Finding]] = {}
    for path in (corpus / "scans").iterdir():
        if path.suffix in {".pdf", ".md"}:
            continue
        inspection = _inspect(path)
        assert inspection.frames
        blocking = [one for one in inspection.findings if rules.is_blocking(one)]
        refused |= {path.name: blocking} if blocking else {}
    assert not refused


def test_every_damaged_file_is_refused(corpus: Path) -> None:
    """Each file of the damaged corpus gets an error, but for those that hold a whole picture."""
    passed = set()
    for path in sorted((corpus / "bad-images").glob("*/*")):
        if not any(rules.is_blocking(one) for one in _inspect(path).findings):
            passed.add(path.name)
    assert passed == set(UNNOTICEABLE)


def test_facts_of_a_colour_page(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> None:
    """Size, resolution, depth and paper of an A4 JPEG at 200 dpi are stated and unflagged."""
    path = tmp_path / "page.jpg"
    drawn_page(1654, 2339).save(path, dpi=(200, 200))
    inspection = _inspect(path)
    (facts,) = inspection.frames
    assert not {code for code in _codes(inspection) if code.startswith("IMAGE-")}
    assert (facts.width_px, facts.height_px, facts.dpi, facts.dpi_source) == (
        1654,
        2339,
        200,
        "jfif",
    )
    assert (facts.mode, facts.bits_per_pixel, facts.compression) == ("colour", 24, "jpeg")
    assert (facts.paper_size, facts.has_icc, facts.orientation) == ("A4", False, 1)
    assert facts.quality is not None
    assert 100 < facts.quality.ink_permille < 300
    assert canonical_json(facts.to_json())
    assert pickle.loads(pickle.dumps(inspection)) == inspection  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("mode", "dpi", "codes"),
    [
        ("RGB", 150, {"IMAGE-LOW-DPI"}),
        ("RGB", 72, {"IMAGE-DPI-UNKNOWN"}),
        ("L", 200, {"IMAGE-FEW-BITS"}),
        ("1", 150, {"IMAGE-LOW-DPI", "IMAGE-FEW-BITS"}),
    ],
)
def test_poor_scans_are_flagged(
    tmp_path: Path,
    drawn_page: Callable[..., Image.Image],
    mode: str,
    dpi: int,
    codes: set[str],
) -> None:
    """Low, unbelievable and colourless scans get warnings that do not block."""
    path = tmp_path / "page.tif"
    drawn_page(1240, 1754).convert(mode).save(path, dpi=(dpi, dpi), compression="tiff_lzw")
    inspection = _inspect(path)
    stated = {code for code in _codes(inspection) if code.startswith("IMAGE-")}
    assert stated == codes  # what is measured of the drawing is judged elsewhere
    assert not any(rules.is_blocking(one) for one in inspection.findings)


def test_every_frame_of_a_multi_page_file_is_judged(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """Damage in the second frame is found there, named so, and the others keep their facts."""
    path = tmp_path / "three.tif"
    pages = [drawn_page(600, 800 + 10 * index) for index in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    assert [one.height_px for one in _inspect(path).frames] == [800, 810, 820]
    with Image.open(path) as image:
        image.seek(1)
        tags = image.tag_v2  # type: ignore[attr-defined]  # only TIFF images carry tags
        length, offset = max(zip(tags[279], tags[273], strict=True))
    data = bytearray(path.read_bytes())
    data[offset + length // 4 : offset + length // 2] = bytes(length // 2 - length // 4)
    path.write_bytes(data)
    inspection = _inspect(path)
    errors = [one.where for one in inspection.findings if one.code == "IMAGE-NOT-DECODABLE"]
    assert errors == ["three.tif#2"]
    assert [one.frame for one in inspection.frames] == [1, 3]


def test_damage_in_the_last_rows_is_found(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """The decoder reads to the last row although the view is smaller and its height odd."""
    path = tmp_path / "page.png"
    drawn_page(2481, 3507).save(path, dpi=(300, 300))
    data = bytearray(path.read_bytes())
    assert not _codes(_inspect(path)) & {"IMAGE-NOT-DECODABLE"}
    end = data.rindex(b"IEND") - 4
    crc = slice(end - 4, end)
    data[end - 5] ^= 0xFF
    start = data.rindex(b"IDAT")
    data[crc] = zlib.crc32(data[start : end - 4]).to_bytes(4, "big")
    path.write_bytes(data)
    assert "IMAGE-NOT-DECODABLE" in _codes(_inspect(path))


def test_a_bomb_is_refused_by_its_header(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """A frame above the limit is never decoded, and the finding says both numbers."""
    path = tmp_path / "page.png"
    drawn_page().save(path)
    inspection = _inspect(path, InspectionLimits(max_frame_pixels=1000))
    (finding,) = inspection.findings
    assert (finding.code, inspection.frames) == ("IMAGE-TOO-LARGE", ())
    assert finding.values == {"pixels": 620 * 877, "limit": 1000}


def test_a_file_too_large_to_hold_is_streamed(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """The streaming decoder gives the same facts as the one in memory, and is as strict."""
    path = tmp_path / "page.jpg"
    drawn_page(1654, 2339).save(path, dpi=(200, 200), quality=90)
    streaming = InspectionLimits(max_held_bytes=10)
    held, streamed = _inspect(path).frames[0], _inspect(path, streaming).frames[0]
    assert held.quality is not None
    assert streamed.quality is not None
    assert abs(held.quality.ink_permille - streamed.quality.ink_permille) <= 2
    assert (held.width_px, held.paper_size) == (streamed.width_px, streamed.paper_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = bytes(4096)
    path.write_bytes(data)
    assert "IMAGE-NOT-DECODABLE" in _codes(_inspect(path, streaming))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_are_small_and_upright(
    tmp_path: Path, drawn_page: Callable[..., Image.Image], orientation: int
) -> None:
    """The red corner of the page is where the orientation puts it."""
    upright = drawn_page(600, 880)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    turn = undo.get(orientation)
    stored = upright if turn is None else upright.transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / "page.jpg"
    stored.save(path, exif=exif, quality=95)
    inspection = inspect_image(path, name="p", views_folder=tmp_path, limits=LIMITS)
    thumbnail = inspection.frames[0].thumbnail
    assert thumbnail is not None
    assert thumbnail.path == tmp_path / "page.jpg-1.thumb.jpg"
    with Image.open(thumbnail.path) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 400)
        assert picture.width < picture.height
        red, green, _ = picture.getpixel((60, 30))  # type: ignore[misc]  # a pixel of an RGB picture
        assert red > 150 > green


def test_empty_pages_are_suspected_and_written_ones_not(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """Clean, dusty and black-bordered paper looks blank; a line of print does not."""
    noise = Image.effect_noise((1240, 1754), 6).point(lambda value: value + 90)
    dusty = noise.copy()
    for place in range(100, 1100, 50):
        dusty.putpixel((place, place), 0)
    bordered = Image.new("L", (1240, 1754), 0)
    bordered.paste(noise.crop((0, 0, 1000, 1500)), (120, 100))
    printed = noise.copy()
    printed.paste(drawn_page(200, 300).convert("L"), (500, 700))
    suspected = {}
    for name, page in {"clean": noise, "dust": dusty, "border": bordered, "ink": printed}.items():
        path = tmp_path / f"{name}.png"
        page.save(path, dpi=(150, 150))
        suspected[name] = "QUALITY-BLANK-SUSPECTED" in _codes(_inspect(path))
    assert suspected == {"clean": True, "dust": True, "border": True, "ink": False}


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "group4"])
@pytest.mark.parametrize("place", ["magic", "rows", "strips", "end"])
def test_other_bytes_than_recorded_are_that_and_nothing_else(
    tmp_path: Path, drawn_page: Callable[..., Image.Image], compression: str | None, place: str
) -> None:
    """Rows are decoded before all is compared; no other verdict and no picture comes of them."""
    path, views = tmp_path / "page.tif", tmp_path / "views"
    views.mkdir()
    page = drawn_page(1240, 1754)
    page.convert("1" if compression == "group4" else "RGB").save(path, compression=compression)
    data = bytearray(path.read_bytes())
    expected = ExpectedBytes(xxhash.xxh3_128_hexdigest(bytes(data)), len(data))
    assert inspect_image(
        path, name="p", views_folder=None, limits=LIMITS, expected=expected
    ).frames, "as recorded it is a page"
    directory = int.from_bytes(data[4:8], "little")
    data[{"magic": 0, "rows": len(data) // 2, "strips": directory + 9, "end": -1}[place]] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(IntegrityError) as caught:
        inspect_image(path, name="p", views_folder=views, limits=LIMITS, expected=expected)
    assert caught.value.code == "MASTER-DIFFERS"
    assert list(views.iterdir()) == []


def test_memory_that_runs_out_is_a_finding(
    tmp_path: Path,
    drawn_page: Callable[..., Image.Image],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A decoder that gets no memory parks this file with its own code."""

    def starve(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("appliance.imaging.frames.decode_view", starve)
    path = tmp_path / "page.png"
    drawn_page().save(path)
    assert _codes(_inspect(path)) == {"IMAGE-DECODER-CRASHED"}


def test_findings_speak_two_languages(tmp_path: Path) -> None:
    """A refusal reads as a sentence in Vietnamese and in English."""
    path = tmp_path / "empty.tif"
    path.write_bytes(b"")
    (finding,) = _inspect(path).findings
    assert rules.sentence(finding) == "Không giải mã được ảnh empty.tif: tệp rỗng."
    assert rules.sentence(finding, "en") == "The image empty.tif cannot be decoded: it is empty."
