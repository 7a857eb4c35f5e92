"""Structural readers on hostile bytes: they answer or refuse, within a budget of reads.

A few hundred examples each, always the same; ``make soak`` gives many more, new ones each time.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.imaging.jp2_header import SIGNATURE as JP2_SIGNATURE
from appliance.imaging.jpeg_header import read_jpeg_header
from appliance.imaging.pdf_drop_tail import read_pdf_tail
from appliance.imaging.png_header import SIGNATURE as PNG_SIGNATURE
from appliance.imaging.problems import BadStructure
from appliance.imaging.structure import WholenessState, read_header, wholeness
from appliance.imaging.tiff import read_directories
from appliance.imaging.windows import held_window
from tests.fuzz.making import (
    EXAMPLES,
    SEEDS,
    Counted,
    Mutation,
    fuzzing,
    mutated,
    mutations,
    pdf_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.imaging.windows import ByteWindow

MAX_LOOKS = 20_000
MAX_READ_TIMES = 200
"""A reader may look at the same bytes again, for tables that overlap, but not without end."""
SPARE_BYTES = 1024 * 1024
MAGICS = (
    b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"\xff\xd8\xff", PNG_SIGNATURE,
    JP2_SIGNATURE, b"%PDF-1.4\n",
)  # fmt: skip


def look_over(data: bytes, reader: Callable[[ByteWindow], object] = read_header) -> bool:
    """Read, within the budget; whether the reader found nothing wrong."""
    counted = Counted(data)
    reasons: tuple[str, ...] = ()
    try:
        reader(counted.window())
    except BadStructure as bad:
        reasons = (bad.problem.vi, bad.problem.en)
    assert all(reasons)
    assert counted.looks <= MAX_LOOKS
    assert counted.read_bytes <= MAX_READ_TIMES * len(data) + SPARE_BYTES
    return not reasons


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_damaged_images_are_answered(name: str) -> None:
    """Any change to a whole image gives an answer or a reason, in bounded reads."""
    seed = SEEDS[name]()
    assert look_over(seed)

    @fuzzing()
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        look_over(mutated(seed, changes))

    answers()


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_parts_of_two_images_are_answered(name: str) -> None:
    """The head of one image with the tail of another is answered, whatever their formats."""
    seed = SEEDS[name]()
    others = [make() for make in SEEDS.values()]

    @fuzzing(EXAMPLES // 3)
    @given(st.sampled_from(others), st.integers(0, 2**32), st.integers(0, 2**32))
    def answers(other: bytes, end: int, start: int) -> None:
        look_over(seed[: end % len(seed)] + other[start % len(other) :])

    answers()


@pytest.mark.parametrize("magic", MAGICS)
def test_anything_after_a_magic_is_answered(magic: bytes) -> None:
    """A right beginning and nonsense after it."""
    reader = read_pdf_tail if magic.startswith(b"%PDF") else read_header

    @fuzzing()
    @given(st.binary(max_size=4096))
    def answers(rest: bytes) -> None:
        look_over(magic + rest, reader)

    answers()


_SCAN_PARTS = st.sampled_from(
    [b"\xff\x00", b"\xff\xd0", b"\xff\xd7", b"\xff\xff\xff\x00", b"\0", b"\xd9", b"A" * 500]
)


@fuzzing()
@given(st.lists(_SCAN_PARTS, max_size=40), st.integers(0, 9), st.integers(4080, 4110))
def test_a_scan_is_followed_to_its_first_mark(parts: list[bytes], fills: int, before: int) -> None:
    """Stuffed zeros, restart marks and fill bytes are passed, wherever a look ends; no mark is."""
    seed = SEEDS["baseline.jpg"]()
    start = seed.index(b"\xff\xda") + 2
    start += int.from_bytes(seed[start : start + 2], "big")
    scan = b"A" * before + b"".join(parts) + b"\xff" * fills + b"\xff\xd9"
    header = read_jpeg_header(held_window(seed[:start] + scan + b"after\xff\xd9"))
    assert header.trailing_bytes == len(b"after\xff\xd9")


@pytest.mark.parametrize("name", ["exif.jpg"])
def test_damaged_exif_never_stops_a_good_picture(name: str) -> None:
    """Whatever stands in the camera's notes, the pixels beside them are read."""
    seed = SEEDS[name]()
    start = seed.index(b"Exif\0\0") + 6
    end = start - 8 + int.from_bytes(seed[start - 8 : start - 6], "big")

    @fuzzing()
    @given(st.integers(0, 2**32), st.binary(min_size=1, max_size=16))
    def reads(place: int, material: bytes) -> None:
        at = start + place % (end - start - len(material))
        assert look_over(seed[:at] + material + seed[at + len(material) :], read_jpeg_header)

    reads()


@pytest.mark.parametrize("packed", [False, True])
def test_damaged_pdf_tails_are_answered(tmp_path: Path, *, packed: bool) -> None:
    """Any change near the end of a PDF gives an answer or a reason, in bounded reads."""
    seed = pdf_bytes(tmp_path, packed=packed)
    assert look_over(seed, read_pdf_tail)
    start = max(seed.rindex(b"startxref") - 1200, 0)

    @fuzzing()
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        look_over(seed[:start] + mutated(seed[start:], changes), read_pdf_tail)

    answers()


@pytest.mark.parametrize("name", sorted(set(SEEDS) - {"raw.tif", "big.tif", "pages.tif"}))
def test_no_cut_image_is_whole(tmp_path: Path, name: str) -> None:
    """Every proper beginning of an image waits for its rest."""
    seed = SEEDS[name]()
    spare = 8 if name.endswith(".tif") else 0  # the place of a next page may be left out
    path = tmp_path / name

    @fuzzing(EXAMPLES // 3)
    @given(st.integers(0, len(seed) - 1 - spare))
    def waits(length: int) -> None:
        path.write_bytes(seed[:length])
        assert wholeness(path).state is WholenessState.UNFINISHED

    waits()


@pytest.mark.parametrize("name", ["raw.tif", "big.tif"])
def test_no_tiff_without_its_pixels_is_whole(tmp_path: Path, name: str) -> None:
    """A TIFF whose pixels end the file lacks something as soon as one byte is gone."""
    seed = SEEDS[name]()
    path = tmp_path / name
    path.write_bytes(seed[:-9])
    assert wholeness(path).state is WholenessState.UNFINISHED


def test_scans_without_number_are_not_read_again_and_again() -> None:
    """A JPEG of nothing but scan headers costs no more than a few reads of itself."""
    scans = b"\xff\xda\0\x02" * 15_000
    counted = Counted(b"\xff\xd8" + scans)
    with pytest.raises(BadStructure):
        read_jpeg_header(counted.window())
    assert counted.read_bytes <= 2000 * len(counted.data)


def test_tags_that_repeat_are_read_once() -> None:
    """Four thousand times the same long tag costs one reading of it."""
    entry = struct.pack("<HHII", 258, 3, 1024, 60_000)
    body = struct.pack("<H", 4000) + entry * 4000 + bytes(4)
    data = (b"II*\0" + struct.pack("<I", 8) + body).ljust(70_000, b"\0")
    counted = Counted(data)
    assert len(read_directories(counted.window())) == 1
    assert counted.read_bytes <= 2 * len(data)


def test_directories_that_overlap_are_counted_together() -> None:
    """Thousands of directories over the same bytes are refused by what they hold together."""
    count = 4000
    table = b"".join(struct.pack("<HHII", 700 + n, 3, 1, 0) for n in range(count))
    data = bytearray(b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", count) + table)
    data += bytes(12 * count + 16)
    offsets = range(8, 8 + 12 * 1000, 12)
    for here, following in zip(offsets, [*offsets[1:], 0], strict=True):
        struct.pack_into("<H", data, here, count)
        place = here + 2 + 12 * count
        struct.pack_into("<I", data, place, following)
    counted = Counted(bytes(data))
    with pytest.raises(BadStructure):
        read_directories(counted.window())
    assert counted.read_bytes <= MAX_READ_TIMES * len(data)
