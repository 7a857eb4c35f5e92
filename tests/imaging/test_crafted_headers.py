"""Crafted headers: numbers that are none and repetitions without end cost no reader its footing."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.imaging import jpeg_header
from appliance.imaging.structure import WholenessState, wholeness
from appliance.imaging.tiff import read_directories
from appliance.imaging.tiff_tags import Tag
from appliance.pipeline import looking
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NUMBERS = (float("nan"), float("inf"), float("-inf"), 1e300, -1.0)
_TAGS = (Tag.SUBFILE, Tag.WIDTH, Tag.BITS, Tag.COMPRESSION, Tag.SAMPLES, Tag.PLANAR,
         Tag.ROWS_PER_STRIP, Tag.ORIENTATION, Tag.RESOLUTION_UNIT, Tag.X_RESOLUTION)  # fmt: skip


def tiff_with(tag: int, number: float) -> bytes:
    """A TIFF of ten by ten pixels, one of whose tags holds a double."""
    whole = {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 273: 300, 279: 100}
    entries = {key: struct.pack("<HHII", key, 4, 1, value) for key, value in whole.items()}
    entries[tag] = struct.pack("<HHII", tag, 12, 1, 200)
    table = struct.pack("<H", len(entries)) + b"".join(entries[key] for key in sorted(entries))
    head = struct.pack("<2sHI", b"II", 42, 8) + table + bytes(4)
    return (head.ljust(200, b"\x01") + struct.pack("<d", number)).ljust(400, b"\x01")


@pytest.mark.parametrize("number", _NUMBERS)
@pytest.mark.parametrize("tag", _TAGS)
def test_a_tag_that_is_no_number_is_a_verdict(tmp_path: Path, tag: int, number: float) -> None:
    """Whatever a tag holds, the answer is one of the three, never a fault of the reader."""
    path = tmp_path / "0001.tif"
    path.write_bytes(tiff_with(tag, number))
    assert wholeness(path).state in set(WholenessState)


def test_a_width_that_is_no_number_is_no_picture(tmp_path: Path) -> None:
    """It is told as a page without a size."""
    path = tmp_path / "0001.tif"
    path.write_bytes(tiff_with(Tag.WIDTH, float("nan")))
    found = wholeness(path)
    assert (found.state, found.problem_en) == (
        WholenessState.NOT_IMAGE,
        "a TIFF page states no size",
    )


def exif_of(orientation: int) -> bytes:
    """An APP1 segment with an orientation."""
    exif = Image.Exif()
    exif[Tag.ORIENTATION] = orientation
    body = b"Exif\0\0" + exif.tobytes().removeprefix(b"Exif\0\0")
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def test_a_thousand_exif_segments_cost_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each could hold ten thousand directories over each other: only the first is read."""
    reads = counted(monkeypatch, read_directories)
    page = page_bytes(1, "JPEG")
    path = tmp_path / "0001.jpg"
    path.write_bytes(page[:2] + exif_of(6) + exif_of(3) * 1000 + page[2:])
    assert wholeness(path).state is WholenessState.WHOLE
    assert len(reads) == 1
    assert Image.open(io.BytesIO(path.read_bytes())).size == Image.open(io.BytesIO(page)).size


def counted(monkeypatch: pytest.MonkeyPatch, true: Callable[..., object]) -> list[object]:
    """A list that grows with every list of directories that a JPEG's reader reads."""
    reads: list[object] = []

    def read(window: object) -> object:
        reads.append(window)
        return true(window)

    monkeypatch.setattr(jpeg_header, "read_directories", read)
    return reads


def test_a_fault_of_a_reader_is_a_finding_on_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is parked with a reason, and logged; the intake goes on."""

    def fail(_path: object) -> object:
        raise RecursionError("too deep")

    monkeypatch.setattr(looking, "wholeness", fail)
    look = looking.look_at(tmp_path / "0001.tif")
    assert (look.is_image, look.is_whole) == (False, False)
    assert "RecursionError" in look.problem_en


def test_a_disk_that_cannot_read_is_no_finding_on_the_file(tmp_path: Path) -> None:
    """The bytes may be good: that is tried again, and not judged."""
    with pytest.raises(FileNotFoundError):
        looking.look_at(tmp_path / "gone.tif")
