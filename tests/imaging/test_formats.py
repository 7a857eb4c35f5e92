"""Every way a page image is packed: whole ones give their facts, damage is noticed."""

from __future__ import annotations

import shutil
import struct
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pyvips
from PIL import Image

from appliance.domain import rules
from appliance.imaging.inspection import Integrity, inspect_image
from appliance.imaging.limits import InspectionLimits
from appliance.imaging.structure import WholenessState, wholeness

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.imaging.inspection import Inspection

LIMITS = InspectionLimits()
WIDTH_PX, HEIGHT_PX, DPI = 620, 877, 100


@lru_cache(1)
def _page() -> Image.Image:
    """Paper with noise and blocks of print: no byte of it is like its neighbour."""
    noise = np.random.default_rng(7).integers(-12, 12, (HEIGHT_PX, WIDTH_PX, 3))
    paper = np.full((HEIGHT_PX, WIDTH_PX, 3), 225) + noise
    for top in range(60, 800, 40):
        for left in range(60, 540, 24):
            paper[top : top + 18, left : left + 3 + (top * left) % 15] = (40, 30, 60)
    return Image.fromarray(paper.astype(np.uint8))


def _by_pillow(mode: str, **options: Any) -> Callable[[Path], None]:  # noqa: ANN401 - Pillow's own
    def write(path: Path) -> None:
        _page().convert(mode).save(path, dpi=(DPI, DPI), **options)

    return write


def _by_vips(space: str, writer: str, **options: Any) -> Callable[[Path], None]:  # noqa: ANN401 - libvips's own
    def write(path: Path) -> None:
        image = pyvips.Image.new_from_array(np.asarray(_page())).copy(interpretation="srgb")
        image = image.colourspace(space).copy(xres=DPI / 25.4, yres=DPI / 25.4)
        getattr(image, writer)(str(path), **options)

    return write


def _big_endian(path: Path) -> None:
    """An uncompressed TIFF in the other byte order, in two strips with a gap between them."""
    pixels = np.asarray(_page()).tobytes()
    rows = HEIGHT_PX // 2 + 1
    first = rows * WIDTH_PX * 3
    start = 8 + 2 + 11 * 12 + 4 + 6 + 16 + 16
    tables = start - 32
    entries = [
        (256, 4, 1, WIDTH_PX), (257, 4, 1, HEIGHT_PX), (258, 3, 3, tables - 6),
        (259, 3, 1, 1 << 16), (262, 3, 1, 2 << 16), (273, 4, 2, tables), (277, 3, 1, 3 << 16),
        (278, 4, 1, rows), (279, 4, 2, tables + 8), (282, 5, 1, tables + 16),
        (283, 5, 1, tables + 16),
    ]  # fmt: skip
    head = struct.pack(">2sHIH", b"MM", 42, 8, len(entries))
    body = b"".join(struct.pack(">HHII", *entry) for entry in entries) + bytes(4)
    lists = struct.pack(">3H2I2I2I", 8, 8, 8, start, start + first + 5, first,
                        len(pixels) - first, DPI, 1)  # fmt: skip
    lists = lists.ljust(start - len(head) - len(body), b"\0")
    path.write_bytes(head + body + lists + pixels[:first] + b"gap!!" + pixels[first:])


FORMATS: dict[str, tuple[Callable[[Path], None], str, str, int]] = {
    "raw.tif": (_by_pillow("RGB", compression="raw"), "raw", "colour", 24),
    "gray-raw.tif": (_by_pillow("L", compression="raw"), "raw", "gray", 8),
    "big-endian.tif": (_big_endian, "raw", "colour", 24),
    "bigtiff.tif": (_by_pillow("RGB", big_tiff=True), "raw", "colour", 24),
    "lzw.tif": (_by_pillow("RGB", compression="tiff_lzw"), "lzw", "colour", 24),
    "lzw-predictor.tif": (
        _by_vips("srgb", "tiffsave", compression="lzw", predictor="horizontal"),
        "lzw",
        "colour",
        24,
    ),
    "deflate.tif": (_by_pillow("RGB", compression="tiff_adobe_deflate"), "deflate", "colour", 24),
    "deflate-predictor.tif": (
        _by_vips("srgb", "tiffsave", compression="deflate", predictor="horizontal", tile_height=50),
        "deflate",
        "colour",
        24,
    ),
    "deflate-gray.tif": (
        _by_vips("b-w", "tiffsave", compression="deflate", predictor="none", miniswhite=True),
        "deflate",
        "gray",
        8,
    ),
    "deflate-tiled.tif": (
        _by_vips("srgb", "tiffsave", compression="deflate", tile=True),
        "deflate",
        "colour",
        24,
    ),
    "packbits.tif": (_by_pillow("L", compression="packbits"), "packbits", "gray", 8),
    "g4.tif": (_by_pillow("1", compression="group4"), "g4", "bitonal", 1),
    "g3.tif": (_by_pillow("1", compression="group3"), "g3", "bitonal", 1),
    "g3-2d.tif": (_by_pillow("1", compression="group3", tiffinfo={292: 1}), "g3", "bitonal", 1),
    "jpeg.tif": (_by_pillow("RGB", compression="jpeg", quality=90), "jpeg", "colour", 24),
    "jpeg-tiled.tif": (
        _by_vips("srgb", "tiffsave", compression="jpeg", tile=True),
        "jpeg",
        "colour",
        24,
    ),
    "tiled.tif": (
        _by_vips("srgb", "tiffsave", compression="lzw", tile=True),
        "lzw",
        "colour",
        24,
    ),
    "rgb16.tif": (_by_vips("rgb16", "tiffsave", compression="none"), "raw", "colour", 48),
    "gray16.tif": (_by_vips("grey16", "tiffsave", compression="deflate"), "deflate", "gray", 16),
    "palette.tif": (_by_pillow("P", compression="tiff_lzw"), "lzw", "palette", 8),
    "cmyk.tif": (_by_pillow("CMYK", compression="tiff_lzw"), "lzw", "cmyk", 32),
    "bitonal-raw.tif": (_by_pillow("1", compression="raw"), "raw", "bitonal", 1),
    "baseline.jpg": (_by_pillow("RGB", quality=90), "jpeg", "colour", 24),
    "gray.jpg": (_by_pillow("L", quality=90), "jpeg", "gray", 8),
    "progressive.jpg": (
        _by_pillow("RGB", quality=90, progressive=True),
        "progressive-jpeg",
        "colour",
        24,
    ),
    "cmyk.jpg": (_by_pillow("CMYK", quality=90), "jpeg", "cmyk", 32),
    "rgb.png": (_by_pillow("RGB"), "deflate", "colour", 24),
    "rgba.png": (_by_pillow("RGBA"), "deflate", "colour", 32),
    "gray.png": (_by_pillow("L"), "deflate", "gray", 8),
    "gray-alpha.png": (_by_pillow("LA"), "deflate", "gray", 16),
    "bitonal.png": (_by_pillow("1"), "deflate", "bitonal", 1),
    "palette.png": (_by_pillow("P"), "deflate", "palette", 8),
    "rgb16.png": (_by_vips("rgb16", "pngsave", bitdepth=16), "deflate", "colour", 48),
    "interlaced.png": (_by_vips("srgb", "pngsave", interlace=True), "deflate", "colour", 24),
    "lossless.jp2": (_by_pillow("RGB", irreversible=False), "jp2", "colour", 24),
}
"""How each is written, and the packing, mode and bits a pixel that inspection must state."""

SILENT_HOLES = {"raw", "packbits", "g3", "progressive-jpeg", "jp2"}
"""Packings in which a run of zeros may stand for pixels as legal as any: zeros are a correction
of nothing in a later scan of a progressive JPEG, and any bytes are a stream to the arithmetic
decoder of JPEG 2000."""


def _inspect(path: Path, limits: InspectionLimits = LIMITS) -> Inspection:
    return inspect_image(path, name="p", views_folder=None, limits=limits)


def _is_refused(inspection: Inspection) -> bool:
    return any(map(rules.is_blocking, inspection.findings))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same page in each packing, side by side."""
    folder = tmp_path_factory.mktemp("pages")
    for name, (write, *_) in FORMATS.items():
        write(folder / name)
    return folder


@pytest.fixture(params=sorted(FORMATS))
def packed(request: pytest.FixtureRequest, pages: Path, tmp_path: Path) -> Path:
    """A copy of one of them, to be damaged."""
    return Path(shutil.copy(pages / request.param, tmp_path))


def test_a_whole_page_states_its_facts(packed: Path) -> None:
    """Size, packing, mode, bits and what the format proves are right, held and streamed."""
    _, compression, mode, bits = FORMATS[packed.name]
    held, streamed = _inspect(packed), _inspect(packed, InspectionLimits(max_held_bytes=10))
    assert not _is_refused(held)
    (facts,) = held.frames
    assert (facts.width_px, facts.height_px) == (WIDTH_PX, HEIGHT_PX)
    assert (facts.compression, facts.mode, facts.bits_per_pixel) == (compression, mode, bits)
    is_proved = compression == "deflate"
    assert facts.integrity is (Integrity.PASS if is_proved else Integrity.NOT_CHECKED)
    assert [one.compression for one in streamed.frames] == [compression]


def test_every_packing_gives_the_same_picture(packed: Path, tmp_path: Path) -> None:
    """What is shown looks like the page, whichever decoder made it: nothing inverted or shifted."""
    (facts,) = inspect_image(
        packed, name="p", views_folder=tmp_path, limits=InspectionLimits()
    ).frames
    assert facts.view is not None
    with Image.open(facts.view.path) as shown:
        got = np.asarray(shown.convert("L").resize((80, 113), Image.Resampling.BOX), np.int16)
    page = _page().convert("L")
    expected = np.asarray(page.resize((80, 113), Image.Resampling.BOX), np.int16)
    differences = np.abs(got - expected)
    tolerance = 40 if facts.bits_per_pixel == 1 or facts.mode == "cmyk" else 12
    assert np.median(differences) <= tolerance
    assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.9


def test_a_cut_page_is_refused(packed: Path) -> None:
    """Whatever is missing at the end, the page is not good, and the watcher calls it unfinished."""
    data = packed.read_bytes()
    for kept_bytes in (len(data) * 60 // 100, len(data) - 300):
        packed.write_bytes(data[:kept_bytes])
        assert _is_refused(_inspect(packed))
        assert wholeness(packed).state is not WholenessState.WHOLE


def test_a_page_with_a_zeroed_part_is_refused(packed: Path) -> None:
    """4 KiB of zeros in the middle of packed pixels are noticed by every packing that can."""
    data = bytearray(packed.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4096] = bytes(len(data[middle : middle + 4096]))
    packed.write_bytes(data)
    if FORMATS[packed.name][1] in SILENT_HOLES:
        assert all(one.integrity is Integrity.NOT_CHECKED for one in _inspect(packed).frames)
    else:
        assert _is_refused(_inspect(packed))


def test_a_flipped_bit_is_refused_where_the_format_can_tell(packed: Path) -> None:
    """A page that passes after one bit was flipped is never said to be proved."""
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0x10
    packed.write_bytes(data)
    found = _inspect(packed)
    proved = [one for one in found.frames if one.integrity is Integrity.PASS]
    assert not proved
    if FORMATS[packed.name][1] == "deflate":
        assert _is_refused(found)
