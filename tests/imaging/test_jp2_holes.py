"""Holes in JPEG 2000: zeros where no coder writes them are noticed, and no sound picture is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from appliance.imaging.inspection import InspectionLimits, inspect_image
from appliance.imaging.jp2_holes import has_hole
from appliance.imaging.structure import WholenessState, wholeness
from appliance.imaging.windows import held_window

if TYPE_CHECKING:
    from pathlib import Path

SIZE_PX = (900, 1200)
CODED: dict[str, dict[str, object]] = {
    "lossless": {},
    "layers": {
        "irreversible": True, "quality_mode": "rates", "quality_layers": [80, 40, 20, 10],
    },
    "precincts": {"precinct_size": (256, 256), "progression": "RPCL"},
    "tiles": {"tile_size": (256, 256)},
}  # fmt: skip


def pictures() -> dict[str, Image.Image]:
    """Paper with nothing on it, noise, and a drawing."""
    noise = np.random.default_rng(1).integers(0, 256, SIZE_PX[::-1], np.uint8)
    drawing = Image.new("RGB", SIZE_PX, "white")
    drawing.paste((20, 30, 90), (100, 100, 700, 130))
    return {
        "blank": Image.new("RGB", SIZE_PX, "white"),
        "black": Image.new("L", SIZE_PX, 0),
        "noise": Image.fromarray(noise),
        "drawing": drawing,
    }


def code_stream(picture: Image.Image, coded: str) -> bytes:
    """A picture as a bare code stream."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG2000", no_jp2=True, **CODED[coded])
    return buffer.getvalue()


def holed(data: bytes, length: int) -> bytes:
    """Zeros in place of some bytes in the middle."""
    at = len(data) // 2
    return data[:at] + bytes(length) + data[at + length :]


@pytest.mark.parametrize("coded", CODED)
@pytest.mark.parametrize("kind", ["blank", "black", "noise", "drawing"])
def test_sound_pictures_have_no_holes(kind: str, coded: str) -> None:
    """Packets without content are zeros too, and a page without ink is nothing else."""
    assert not has_hole(held_window(code_stream(pictures()[kind], coded)))


@pytest.mark.parametrize("coded", CODED)
def test_a_hole_of_a_disk_block_is_noticed(coded: str) -> None:
    """What a file system hands out for a block that was never written."""
    data = code_stream(pictures()["noise"], coded)
    assert has_hole(held_window(holed(data, 4096)))


def test_a_hole_larger_than_a_look_is_noticed() -> None:
    """Zeros over several megabytes, with the data going on behind them."""
    noise = np.random.default_rng(1).integers(0, 256, (2400, 2400), np.uint8)
    data = code_stream(Image.fromarray(noise), "lossless")
    assert has_hole(held_window(holed(data, 2_500_000)))


def test_zeros_at_the_end_of_a_tile_are_padding() -> None:
    """Some writers fill their tiles up; nothing of the picture is behind."""
    data = code_stream(pictures()["noise"], "lossless")
    at = data.index(b"\xff\x90") + 6
    filled = int.from_bytes(data[at : at + 4], "big") + 5000
    padded = data[:at] + filled.to_bytes(4, "big") + data[at + 4 : -2] + bytes(5000) + data[-2:]
    assert not has_hole(held_window(padded))


@pytest.mark.parametrize("style", [0x01, 0x40])
def test_other_coders_are_not_judged(style: int) -> None:
    """Where bits pass the arithmetic coder by, zeros may be anything."""
    data = bytearray(holed(code_stream(pictures()["noise"], "lossless"), 4096))
    data[data.index(b"\xff\x52") + 12] |= style
    assert not has_hole(held_window(bytes(data)))


def test_tiles_coded_in_ways_of_their_own_are_not_judged() -> None:
    """A coding that one component or tile has for itself says nothing of the others."""
    data = holed(code_stream(pictures()["noise"], "lossless"), 4096)
    at = data.index(b"\xff\x52")
    own = b"\xff\x53\x00\x09" + bytes(7)
    assert not has_hole(held_window(data[:at] + own + data[at:]))


def test_a_page_with_a_hole_waits_and_is_then_refused(tmp_path: Path) -> None:
    """A file that grows out of order may still be filled; what stays so is no page."""
    buffer = io.BytesIO()
    pictures()["noise"].save(buffer, "JPEG2000")
    path = tmp_path / "0001.jp2"
    path.write_bytes(holed(buffer.getvalue(), 512))
    assert wholeness(path).state is WholenessState.UNFINISHED
    found = inspect_image(path, name=path.name, views_folder=None, limits=InspectionLimits())
    assert [(one.code, one.values["problem"]) for one in found.findings] == [
        ("IMAGE-NOT-DECODABLE", "tệp thiếu một phần dữ liệu ảnh JPEG 2000 (chỗ đó chỉ có số 0)")
    ]
    assert not found.frames


@pytest.mark.parametrize(
    ("offset", "value"),
    [(8, 0), (24, 0), (16, 2**32 - 1), (40, 2**32 - 1)],
    ids=["no width", "no tile", "it ends before it begins", "thousands of components"],
)
def test_headers_that_claim_anything_cost_nothing(offset: int, value: int) -> None:
    """Sides that end before they begin, and more packets than bytes: nothing is known then."""
    data = bytearray(code_stream(pictures()["noise"], "lossless"))
    data[offset : offset + 4] = value.to_bytes(4, "big")
    assert not has_hole(held_window(bytes(data)))
