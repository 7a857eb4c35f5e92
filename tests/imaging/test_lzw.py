"""LZW strips by libtiff itself: the same pixels and the same refusals as libvips has."""

from __future__ import annotations

import io
import random
import struct
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
import pyvips
from PIL import Image

from appliance.imaging import lzw
from appliance.imaging.bands import picture_bands
from appliance.imaging.decoding import decode_view, eight_bit, open_frame
from appliance.imaging.headers import FrameSource
from appliance.imaging.lzw import has_small_strips, lzw_bands
from appliance.imaging.problems import BadStructure
from appliance.imaging.strips import is_plain
from appliance.imaging.tiff import Directory, read_directories, segments
from appliance.imaging.tiff_header import read_tiff_header
from appliance.imaging.tiff_tags import Tag
from appliance.imaging.windows import held_window, open_window

if TYPE_CHECKING:
    from collections.abc import Callable

MUTANTS: Final = 60
"""Of each file; long runs of the same comparison stand in docs/performance.md."""


@lru_cache
def _page(mode: str) -> Image.Image:
    """Noisy paper with print, of odd sides: rows and strips never come out even."""
    noise = np.random.default_rng(5).integers(-9, 9, (203, 157, 3))
    paper = np.full((203, 157, 3), 225) + noise
    paper[20:180:14, 12:140] = 40
    return Image.fromarray(paper.astype(np.uint8)).convert(mode)


def _by_pillow(mode: str, **tags: int) -> Callable[[], bytes]:
    def write() -> bytes:
        buffer = io.BytesIO()
        info = {getattr(Tag, name): value for name, value in tags.items()}
        _page(mode).save(buffer, "TIFF", compression="tiff_lzw", tiffinfo=info)
        return buffer.getvalue()

    return write


def _by_vips(mode: str, **options: str | int) -> Callable[[], bytes]:
    def write() -> bytes:
        space = "b-w" if mode == "L" else "srgb"
        image = pyvips.Image.new_from_array(np.asarray(_page(mode))).copy(interpretation=space)
        data: bytes = image.tiffsave_buffer(compression="lzw", **options)
        return data

    return write


def _in_big_endian(write: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same strips where they were, under a directory in the other byte order."""

    def rewrite() -> bytes:
        data = write()
        window = held_window(data)
        directory = read_directories(window)[0]
        starts, lengths = zip(*segments(window, directory), strict=True)
        tables = len(data) + len(data) % 2
        samples = directory.number(Tag.SAMPLES, 1)
        numbers = struct.pack(f">{2 * len(starts)}I3H", *starts, *lengths, 8, 8, 8)
        bits_at, lengths_at = tables + 8 * len(starts), tables + 4 * len(starts)
        entries = [
            *((tag, 4, 1, directory.number(tag)) for tag in (Tag.WIDTH, Tag.HEIGHT)),
            (Tag.BITS, 3, samples, bits_at if samples > 1 else 8 << 16),
            (Tag.COMPRESSION, 3, 1, 5 << 16),
            (Tag.PHOTOMETRIC, 3, 1, directory.number(Tag.PHOTOMETRIC) << 16),
            (Tag.STRIP_OFFSETS, 4, len(starts), tables),
            (Tag.SAMPLES, 3, 1, samples << 16),
            (Tag.ROWS_PER_STRIP, 4, 1, directory.number(Tag.ROWS_PER_STRIP)),
            (Tag.STRIP_COUNTS, 4, len(starts), lengths_at),
            (Tag.PREDICTOR, 3, 1, directory.number(Tag.PREDICTOR, 1) << 16),
        ]
        place = tables + len(numbers)
        packed = b"".join(struct.pack(">HHII", *entry) for entry in entries)
        listed = struct.pack(">H", len(entries)) + packed + bytes(4)
        head = struct.pack(">2sHI", b"MM", 42, place)
        return head + data[8:].ljust(tables - 8, b"\0") + numbers + listed

    return rewrite


WRITERS: Final[dict[str, Callable[[], bytes]]] = {
    "pillow": _by_pillow("RGB", ROWS_PER_STRIP=16),
    "pillow, gray, one strip": _by_pillow("L", ROWS_PER_STRIP=203),
    "pillow, predictor, odd rows": _by_pillow("RGB", ROWS_PER_STRIP=13, PREDICTOR=2),
    "libvips, predictor": _by_vips("RGB", predictor="horizontal", tile_height=24),
    "libvips, BigTIFF, two rows a strip": _by_vips(
        "RGB", predictor="none", bigtiff=True, tile_height=2
    ),
    "libvips, white is zero": _by_vips("L", predictor="none", miniswhite=True, tile_height=30),
    "big-endian": _in_big_endian(_by_pillow("RGB", ROWS_PER_STRIP=11)),
    "big-endian, predictor, gray": _in_big_endian(_by_pillow("L", ROWS_PER_STRIP=40, PREDICTOR=2)),
}


@pytest.fixture(params=sorted(WRITERS))
def written(request: pytest.FixtureRequest) -> bytes:
    """A sound page of each writer."""
    return WRITERS[request.param]()


def _opened(data: bytes) -> tuple[FrameSource, Directory]:
    window = held_window(data)
    header = read_tiff_header(window)
    return FrameSource(Path("p.tif"), header, header.frames[0], data), read_directories(window)[0]


def _by_libtiff(data: bytes) -> bytes | None:
    """Every pixel, or None when the page is refused."""
    source, directory = _opened(data)
    try:
        bands = lzw_bands(held_window(data), source, directory)
        return b"".join(band.tobytes() for band in bands)
    except BadStructure:
        return None


def _by_libvips(data: bytes) -> bytes | None:
    try:
        bands = picture_bands(eight_bit(open_frame(_opened(data)[0])))
        return b"".join(band.tobytes() for band in bands)
    except pyvips.Error:
        return None


def test_a_sound_page_has_its_very_pixels(written: bytes, tmp_path: Path) -> None:
    """Held or streamed, whoever wrote it, in strips of any height."""
    source, directory = _opened(written)
    assert is_plain(source.frame, directory)
    pixels = _page("RGB" if source.frame.samples == 3 else "L").tobytes()
    assert _by_libtiff(written) == pixels
    path = tmp_path / "p.tif"
    path.write_bytes(written)
    with open_window(path) as window:
        streamed = FrameSource(path, source.image, source.frame)
        bands = lzw_bands(window, streamed, directory)
        assert b"".join(band.tobytes() for band in bands) == pixels


def _flip(data: bytearray, start: int, length: int, chooser: random.Random) -> None:
    for _ in range(chooser.choice((1, 1, 4))):
        data[start + chooser.randrange(length)] ^= 1 << chooser.randrange(8)


def _overwrite(data: bytearray, start: int, length: int, chooser: random.Random) -> None:
    size = min(length, chooser.choice((1, 3, 16, 200)))
    at = start + chooser.choice((0, chooser.randrange(length - size + 1), length - size))
    data[at : at + size] = chooser.choice((bytes(size), b"\xff" * size, chooser.randbytes(size)))


def _lose_the_end(data: bytearray, start: int, length: int, chooser: random.Random) -> None:
    """What follows moves up: the strip ends in the beginning of the next."""
    size = min(length - 1, chooser.choice((1, 2, 3, 4, 30)))
    del data[start + length - size : start + length]
    data += bytes(size)


def _lose_a_byte(data: bytearray, start: int, length: int, chooser: random.Random) -> None:
    """The rest of the strip moves up by one."""
    del data[start + chooser.randrange(length)]
    data.insert(start + length - 1, 0)


_DAMAGES: Final = (_flip, _overwrite, _lose_the_end, _lose_a_byte)


def _tables_damaged(data: bytearray, directory: Directory, chooser: random.Random) -> None:
    """A strip is said to be shorter or longer, or two strips change places."""
    tag = chooser.choice((Tag.STRIP_COUNTS, Tag.STRIP_OFFSETS))
    table = directory.tables[tag]
    element = directory.order + table.type_format
    size = struct.calcsize(element)
    one, other = (table.offset + size * chooser.randrange(table.count) for _ in range(2))
    if tag == Tag.STRIP_OFFSETS:
        data[one : one + size], data[other : other + size] = (
            data[other : other + size],
            data[one : one + size],
        )
        return
    (stated,) = struct.unpack_from(element, data, one)
    struct.pack_into(element, data, one, max(stated + chooser.choice((-40, -3, -2, -1, 1, 50)), 1))


def _damaged(data: bytes, chooser: random.Random) -> bytes:
    mutant = bytearray(data)
    window = held_window(data)
    directory = read_directories(window)[0]
    if chooser.random() < 0.25:
        _tables_damaged(mutant, directory, chooser)
    else:
        place = chooser.choice(segments(window, directory))
        chooser.choice(_DAMAGES)(mutant, *place, chooser)
    return bytes(mutant)


def _is_followed(data: bytes) -> bool:
    """Whether the structure still allows a decoder to be asked."""
    try:
        source, directory = _opened(data)
    except BadStructure:
        return False
    return source.frame.compression == "lzw" and is_plain(source.frame, directory)


def test_damage_is_refused_as_by_libvips(written: bytes) -> None:
    """Of seeded mutants each is refused by both, or gives the same pixels by both."""
    chooser = random.Random(20)
    mutants = [_damaged(written, chooser) for _ in range(MUTANTS)]
    verdicts = [(_by_libtiff(one), _by_libvips(one)) for one in mutants if _is_followed(one)]
    assert all(ours == theirs for ours, theirs in verdicts)
    assert sum(ours is None for ours, _ in verdicts) > MUTANTS // 4


def test_the_old_order_of_codes_is_read_as_libvips_reads_it(written: bytes) -> None:
    """A strip that begins as LZW before TIFF 6.0 did has one verdict."""
    (start, _), *_ = segments(held_window(written), _opened(written)[1])
    old = written[:start] + b"\0\1" + written[start + 2 :]
    assert _by_libtiff(old) == _by_libvips(old)


@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_a_view_does_not_depend_on_the_strips(
    written: bytes, factor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strips of any height, in groups of any size, shrink to the view that libvips gives."""
    source, directory = _opened(written)
    view = decode_view(source, factor)
    monkeypatch.setattr(lzw, "_GROUP_BYTES", 20_000)
    in_small_groups = decode_view(source, factor)
    monkeypatch.setattr(lzw, "MAX_STRIP_BYTES", 0)
    assert not has_small_strips(source.frame, directory)
    assert np.array_equal(view, in_small_groups)
    assert np.array_equal(view, decode_view(source, factor))


def test_a_strip_that_claims_the_whole_file_is_not_copied(written: bytes) -> None:
    """No more of a strip is taken than its rows can have been packed into."""
    source, directory = _opened(written)
    padded = written + bytes(2_000_000)
    held = FrameSource(source.path, source.image, source.frame, padded)
    (start, _), *_ = segments(held_window(written), directory)
    places = [(start, len(padded) - start)]
    (taken,) = lzw._packed(held_window(padded), held, places, 10)
    assert len(taken) < 20_000
