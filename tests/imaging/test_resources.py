"""Inspection keeps to its bounds: bytes compared, memory, promises of headers, pictures made."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pyvips
import xxhash
from PIL import Image

from appliance.domain import rules
from appliance.domain.errors import IntegrityError
from appliance.domain.paper import a4_equivalent, largest_frame_pixels
from appliance.imaging.headers import FrameHeader, Mode, StatedDpi
from appliance.imaging.inspection import ExpectedBytes, InspectionLimits, inspect_image
from appliance.imaging.packing import fewest_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.imaging.inspection import Inspection

LIMITS = InspectionLimits()
STREAMING = replace(LIMITS, max_held_bytes=10)
A0_PX = (9920, 14032)
A0_MEMORY_MIB = 150

_MEASURE = (
    "import sys\n"
    "from pathlib import Path\n"
    "from appliance.imaging.inspection import InspectionLimits, inspect_image\n"
    "path = Path(sys.argv[1])\n"
    "found = inspect_image(path, name='p', views_folder=path.parent, limits=InspectionLimits())\n"
    "status = Path('/proc/self/status').read_text()\n"
    "print(len(found.frames), int(status.split('VmHWM:')[1].split()[0]) // 1024)\n"
)


def _codes(inspection: Inspection) -> set[str]:
    return {finding.code for finding in inspection.findings}


@pytest.mark.parametrize("limits", [LIMITS, STREAMING], ids=["held", "streamed"])
def test_bytes_are_compared_with_what_was_written(
    tmp_path: Path, drawn_page: Callable[..., Image.Image], limits: InspectionLimits
) -> None:
    """The bytes that were written pass, and one changed bit stops it with its own code."""
    path = tmp_path / "page.tif"
    drawn_page().save(path)
    data = path.read_bytes()
    expected = ExpectedBytes(xxhash.xxh3_128_hexdigest(data), len(data))
    named = {"name": "p", "views_folder": None, "limits": limits}
    assert len(inspect_image(path, expected=expected, **named).frames) == 1  # type: ignore[arg-type]  # by name
    path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
    with pytest.raises(IntegrityError) as caught:
        inspect_image(path, expected=expected, **named)  # type: ignore[arg-type]  # the same
    assert caught.value.code == "MASTER-DIFFERS"


def test_pictures_are_what_is_said_of_them(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """A picture for reading and a small one are written, with their own digests and sizes."""
    path = tmp_path / "page.png"
    drawn_page(1654, 2339).save(path, dpi=(200, 200))
    (facts,) = inspect_image(path, name="p", views_folder=tmp_path, limits=LIMITS).frames
    for made, side_px in ((facts.view, 1760), (facts.thumbnail, 400)):
        assert made is not None
        data = made.path.read_bytes()
        assert (made.size_bytes, made.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        with Image.open(made.path) as picture:
            assert max(picture.size) == side_px
            assert picture.width / picture.height == pytest.approx(1654 / 2339, rel=0.01)


def test_a_small_page_is_not_enlarged(tmp_path: Path) -> None:
    """A picture is never larger than the page it shows."""
    path = tmp_path / "small.png"
    Image.new("RGB", (300, 200), "white").save(path)
    (facts,) = inspect_image(path, name="p", views_folder=tmp_path, limits=LIMITS).frames
    assert facts.view is not None
    with Image.open(facts.view.path) as picture:
        assert picture.width <= 300
        assert picture.height <= 200


def test_an_odd_sliver_is_shown(tmp_path: Path) -> None:
    """A strip one pixel wide goes through every shrinking step without a fault."""
    path = tmp_path / "sliver.tif"
    Image.new("L", (1, 5001), 128).save(path)
    (facts,) = inspect_image(path, name="p", views_folder=tmp_path, limits=LIMITS).frames
    assert (facts.width_px, facts.height_px) == (1, 5001)


def _write_a0(folder: Path, name: str) -> Path:
    noise = np.random.default_rng(3).integers(230, 233, (1024, 1024, 3), np.uint8)
    noise = noise // 8 * 8 if "lzw" in name else noise  # packing noise takes longest of all
    noise[100:900:40] = 30
    tile = pyvips.Image.new_from_array(noise).copy(interpretation="srgb", xres=11.8, yres=11.8)
    page = tile.replicate(10, 14).crop(0, 0, *A0_PX)
    path = folder / name
    if name.endswith("jpg"):
        page.jpegsave(str(path), Q=80)
    else:
        packing = "lzw" if "lzw" in name else "none"
        page.tiffsave(str(path), compression=packing, tile="tiled" in name, tile_height=64 * 2)
    return path


@pytest.mark.parametrize("name", ["a0.jpg", "a0-raw.tif", "a0-lzw.tif", "a0-tiled.tif"])
def test_an_a0_takes_little_memory(tmp_path: Path, name: str) -> None:
    """A whole inspection of an A0 at 300 dpi, 417 MB of pixels, stays below 150 MiB."""
    path = _write_a0(tmp_path, name)
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "VIPS_CONCURRENCY": "1"},  # as the pool starts its children
    )
    path.unlink()
    frames, peak_mib = map(int, done.stdout.split())
    assert frames == 1
    assert peak_mib <= A0_MEMORY_MIB


def test_the_largest_legal_page_passes_its_limit() -> None:
    """An A0 at 600 dpi is below the limit of a scanner for A0, and an A3 scanner's is smaller.

    Story: paperless-ng#1428, paperless-ngx#416.
    """
    a0_pixels = round(841 / 25.4 * 600) * round(1189 / 25.4 * 600)
    assert a0_pixels < largest_frame_pixels("A0", 600) <= LIMITS.max_frame_pixels
    assert largest_frame_pixels("A3", 300) < a0_pixels / 8


@pytest.mark.parametrize("packing", ["tiff_adobe_deflate", "tiff_lzw", "group4", "packbits"])
def test_an_empty_page_is_no_bomb(tmp_path: Path, packing: str) -> None:
    """Paper without a mark packs to almost nothing, and is still a page like any other."""
    mode = "1" if packing == "group4" else "L"
    pages = [Image.new(mode, (2480, 3508), "white") for _ in range(3)]
    path = tmp_path / "empty.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression=packing, dpi=(300, 300))
    found = inspect_image(path, name="p", views_folder=None, limits=LIMITS)
    assert len(found.frames) == 3
    assert not any(map(rules.is_blocking, found.findings))


def test_an_empty_jpeg_and_png_are_no_bombs(tmp_path: Path) -> None:
    """The same for the other packings, whose empty pages are as small."""
    page = Image.new("L", (2480, 3508), "white")
    for name in ("p.jpg", "p.png"):
        page.save(tmp_path / name, dpi=(300, 300), progressive=True, optimize=True)
        found = inspect_image(tmp_path / name, name="p", views_folder=None, limits=LIMITS)
        assert len(found.frames) == 1


def test_frames_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    """A thousand pages that all point at the same strip are refused by the header."""
    page = tmp_path / "page.tif"
    Image.new("L", (2480, 3508), 90).save(page, compression="tiff_lzw")
    path = tmp_path / "bomb.tif"
    path.write_bytes(_with_repeated_directory(page.read_bytes(), 1000))
    found = inspect_image(path, name="p", views_folder=None, limits=LIMITS)
    assert _codes(found) == {"IMAGE-PIXELS-IMPOSSIBLE"}
    assert not found.frames
    few = replace(LIMITS, max_frames=10)
    found = inspect_image(path, name="p", views_folder=None, limits=few)
    assert "IMAGE-TOO-MANY-FRAMES" in _codes(found)


def _with_repeated_directory(data: bytes, times: int) -> bytes:
    """The only directory of a little-endian TIFF, chained to copies of itself."""
    place = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[place : place + 2], "little")
    directory = data[place : place + 2 + entries * 12]
    step, start = len(directory) + 4, len(data) + len(data) % 2
    chain = b"".join(
        directory + (start + step * (index + 1) if index + 1 < times else 0).to_bytes(4, "little")
        for index in range(times)
    )
    return data[:4] + start.to_bytes(4, "little") + data[8:].ljust(start - 8, b"\0") + chain


@pytest.mark.parametrize(
    ("compression", "bits", "bound"),
    [("raw", 24, 300_000), ("deflate", 8, 96), ("g4", 1, 12), ("jpeg", 24, 195), ("jp2", 24, 0)],
)
def test_the_fewest_bytes_follow_from_the_packing(compression: str, bits: int, bound: int) -> None:
    """No page of 100 000 pixels fits into fewer bytes than its packing can reach."""
    frame = FrameHeader(
        1, 0, 1000, 100, Mode.OTHER, bits, 1, compression, StatedDpi(), has_icc=False
    )
    assert fewest_bytes(frame) == bound


def test_a4_equivalents_follow_the_practice() -> None:
    """Sizes count by their area, ten per cent over a size still counts as it."""
    counted = {
        name: a4_equivalent(*sides)
        for name, sides in {
            "receipt": (80, 120), "A5": (148, 210), "A4": (297, 210), "folio": (216, 330),
            "legal": (216, 356), "A3": (297, 420), "A1": (594, 841), "roll": (900, 1300),
        }.items()
    }  # fmt: skip
    assert counted == {
        "receipt": 1, "A5": 1, "A4": 1, "folio": 2, "legal": 2, "A3": 2, "A1": 8, "roll": 16,
    }  # fmt: skip


def test_a_palette_of_two_is_judged_as_bitonal(tmp_path: Path) -> None:
    """Black and white in a palette is two-valued: pure white paper is no fault of it."""
    page = Image.effect_noise((1654, 2339), 40).point(lambda value: 255 * (value > 60), "1")
    path = tmp_path / "page.png"
    page.convert("P").quantize(2).save(path, bits=1, dpi=(200, 200))
    found = inspect_image(path, name="p", views_folder=None, limits=LIMITS)
    assert (found.frames[0].mode, found.frames[0].bits_per_pixel) == ("palette", 1)
    assert "QUALITY-CLIPPED" not in _codes(found)


def test_an_a4_page_at_300_dpi_is_halved_exactly_for_reading(tmp_path: Path) -> None:
    """The commonest page is neither blurred nor slowed by another step between."""
    path = tmp_path / "page.tif"
    Image.new("RGB", (2480, 3508), "white").save(path, dpi=(300, 300))
    (facts,) = inspect_image(path, name="p", views_folder=tmp_path, limits=LIMITS).frames
    assert facts.view is not None
    with Image.open(facts.view.path) as picture:
        assert picture.size == (1240, 1754)
