"""Structural wholeness: told without decoding, safe on hostile bytes."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.imaging.headers import Kind
from appliance.imaging.structure import WholenessState, wholeness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

FORMATS: dict[str, tuple[dict[str, Any], Kind]] = {
    "raw.tif": ({"compression": "raw"}, Kind.TIFF),
    "lzw.tif": ({"compression": "tiff_lzw"}, Kind.TIFF),
    "big.tif": ({"big_tiff": True}, Kind.TIFF),
    "baseline.jpg": ({"quality": 80}, Kind.JPEG),
    "progressive.jpg": ({"progressive": True}, Kind.JPEG),
    "page.png": ({}, Kind.PNG),
    "page.jp2": ({}, Kind.JP2),
}


@pytest.fixture(params=sorted(FORMATS))
def whole(
    request: pytest.FixtureRequest, tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> Path:
    """One whole image of each format."""
    name: str = request.param
    path = tmp_path / name
    drawn_page().save(path, **FORMATS[name][0])
    return path


def test_whole_images_are_whole(whole: Path) -> None:
    """Every format is recognised by its bytes and found complete."""
    found = wholeness(whole)
    assert (found.kind, found.state) == (FORMATS[whole.name][1], WholenessState.WHOLE)
    assert (found.frame_count, found.trailing_bytes, found.problem) == (1, 0, "")


@pytest.mark.parametrize("percent", [0, 1, 30, 60, 99])
def test_a_file_that_is_still_growing_is_unfinished(whole: Path, percent: int) -> None:
    """mayan-edms#456: Any beginning of an image waits for more, and says why in two languages."""
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * percent // 100])
    found = wholeness(whole)
    assert found.state is WholenessState.UNFINISHED
    assert found.problem
    assert found.problem_en


def test_the_last_bytes_decide(whole: Path) -> None:
    """A file that lacks only its last two bytes is unfinished, but for TIFF's spare tail."""
    data = whole.read_bytes()
    whole.write_bytes(data[:-2])
    expected = {WholenessState.UNFINISHED}
    if FORMATS[whole.name][1] is Kind.TIFF:
        expected.add(WholenessState.WHOLE)  # the end of the last directory may be left out
    assert wholeness(whole).state in expected


def test_a_preallocated_file_is_unfinished(tmp_path: Path, whole: Path) -> None:
    """A file of full length whose tail was never written has a hole and waits.

    Story: libvips#1946, #2309.
    """
    data = whole.read_bytes()
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as stream:
        stream.write(data)
        stream.truncate(len(data) + 8 * 1024 * 1024)
    assert wholeness(sparse).state is WholenessState.UNFINISHED


@pytest.mark.parametrize("written_bytes", [8, 40, 100])
def test_zeros_to_the_end_may_still_be_written(
    tmp_path: Path, whole: Path, written_bytes: int
) -> None:
    """An upload that wrote its full length in zeros first waits, however little is there yet."""
    data = whole.read_bytes()
    path = tmp_path / "filled"
    path.write_bytes(data[:written_bytes].ljust(len(data) + 4096, b"\0"))
    assert wholeness(path).state is WholenessState.UNFINISHED


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    """A special file under an image's name is answered at once."""
    path = tmp_path / "page.tif"
    os.mkfifo(path)
    assert wholeness(path).state is WholenessState.UNFINISHED


def test_bytes_after_the_end_are_tolerated_and_counted(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """Scanner software appends things to JPEG and PNG; the image is whole all the same."""
    for name in ("a.jpg", "a.png"):
        path = tmp_path / name
        drawn_page().save(path)
        path.write_bytes(path.read_bytes() + b"x" * 77)
        found = wholeness(path)
        assert (found.state, found.trailing_bytes) == (WholenessState.WHOLE, 77)


def test_an_exif_thumbnail_does_not_end_the_image(
    tmp_path: Path, drawn_page: Callable[..., Image.Image]
) -> None:
    """The end mark of a JPEG inside a JPEG's own segment is not the image's."""
    inner = tmp_path / "inner.jpg"
    drawn_page(60, 80).save(inner)
    outer = tmp_path / "outer.jpg"
    drawn_page().save(outer, comment=inner.read_bytes())
    data = outer.read_bytes()
    assert wholeness(outer).state is WholenessState.WHOLE
    outer.write_bytes(data[: len(data) // 2])
    assert wholeness(outer).state is WholenessState.UNFINISHED


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"GIF89a" + b"\0" * 20, "GIF"),
        (b"PK\x03\x04" + b"\0" * 20, "ZIP"),
        (b"just some text, no image", "not an image"),
    ],
)
def test_other_files_are_no_images(tmp_path: Path, content: bytes, word: str) -> None:
    """What is no page image is said to be none, whatever its extension."""
    path = tmp_path / "page.tif"
    path.write_bytes(content)
    found = wholeness(path)
    assert (found.kind, found.state) == (Kind.UNKNOWN, WholenessState.NOT_IMAGE)
    assert word in found.problem_en


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"\xff\xd8", b"II*\0"])
def test_a_beginning_that_may_become_an_image_waits(tmp_path: Path, content: bytes) -> None:
    """Nothing, zeros and the first bytes of a format are all unfinished."""
    path = tmp_path / "page.jpg"
    path.write_bytes(content)
    assert wholeness(path).state is WholenessState.UNFINISHED


def _tiff_directory(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def test_a_chain_of_directories_that_loops_is_refused(tmp_path: Path) -> None:
    """A directory that names itself as the next one ends at once, and no wait can mend it."""
    path = tmp_path / "loop.tif"
    path.write_bytes(b"II*\0" + struct.pack("<I", 8) + _tiff_directory([(256, 4, 1, 5)], 8))
    found = wholeness(path)
    assert found.state is WholenessState.NOT_IMAGE
    assert "loops" in found.problem_en


def test_absurd_strip_counts_are_refused_unread(tmp_path: Path) -> None:
    """A directory that claims four thousand million strips costs no memory."""
    rows = [(256, 4, 1, 1), (257, 4, 1, 2**32 - 1), (278, 4, 1, 1)]
    tables = [(273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8)]
    path = tmp_path / "strips.tif"
    path.write_bytes(b"II*\0" + struct.pack("<I", 8) + _tiff_directory([*rows, *tables], 0))
    assert wholeness(path).state is WholenessState.NOT_IMAGE


def test_reduced_views_are_no_pages(tmp_path: Path, drawn_page: Callable[..., Image.Image]) -> None:
    """A thumbnail that a scanner adds as a second frame is not counted as a page."""
    path = tmp_path / "two.tif"
    first, second = drawn_page(), drawn_page(62, 88)
    second.encoderinfo = {"tiffinfo": {254: 1}}
    first.save(path, save_all=True, append_images=[second])
    pages = wholeness(path).frame_count
    second.encoderinfo = {}
    first.save(path, save_all=True, append_images=[second])
    assert (pages, wholeness(path).frame_count) == (1, 2)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_bytes_never_raise(whole: Path, data: st.DataObject) -> None:
    """Whatever bytes are overwritten, the answer is one of three, and it comes."""
    original = whole.read_bytes()
    offset = data.draw(st.integers(0, min(len(original) - 1, 600)))
    patch = data.draw(st.binary(min_size=1, max_size=12))
    try:
        whole.write_bytes(original[:offset] + patch + original[offset + len(patch) :])
        assert wholeness(whole).state in WholenessState
    finally:
        whole.write_bytes(original)


def test_every_real_scan_is_whole(corpus: Path) -> None:
    """No real scan is kept waiting for bytes that will never come."""
    scans = [path for path in (corpus / "scans").iterdir() if path.suffix not in {".pdf", ".md"}]
    states = {path.name: wholeness(path).state for path in scans}
    assert len(states) > 20
    assert set(states.values()) == {WholenessState.WHOLE}
