"""Registers made for folders that people bring along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.domain.errors import ConfigError
from appliance.domain.fields import FILE_UNIT_FIELDS, check_fields
from appliance.domain.identifiers import parse_drop_name, safe_name
from appliance.samples.counting import decodable_frames
from appliance.samples.scans import make_register_for_scans
from appliance.spreadsheet.reading import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus" / "scans"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Puts a file below the folder of scans."""

    def write(name: str, data: bytes = b"x") -> Path:
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return write


def _pages_by_size(path: Path) -> int:
    """A stand-in for inspection: a file holds as many frames as bytes."""
    return path.stat().st_size


def test_each_sub_folder_is_a_file_unit(tmp_path: Path, put: Callable[[str, bytes], Path]) -> None:
    """Sub-folders become hồ sơ with their scans in natural order, deeper ones included."""
    put("Hồ sơ 2/trang 10.tif", b"xx")
    put("Hồ sơ 2/trang 9.JPG", b"x")
    put("Hồ sơ 2/phụ lục/1.png", b"x")
    put("Hồ sơ 10/1.tif", b"x")
    made = make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)
    assert made.expected_pages == {"Hồ sơ 2": 4, "Hồ sơ 10": 1}
    assert [(drop.source.name, drop.name) for drop in made.plan] == [
        ("trang 9.JPG", "0001.jpg"),
        ("trang 10.tif", "0002.tif"),
        ("1.png", "0003.png"),
        ("1.tif", "0001.tif"),
    ]


def test_loose_scans_are_a_file_unit_of_their_own(
    tmp_path: Path, put: Callable[[str, bytes], Path]
) -> None:
    """Files beside sub-folders are not forgotten: they go under the folder's own name."""
    put("1.tif", b"x")
    put("a/1.tif", b"xx")
    made = make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)
    assert made.expected_pages == {"scans": 1, "a": 2}


def test_what_cannot_be_decoded_is_dropped_all_the_same(
    tmp_path: Path, put: Callable[[str, bytes], Path]
) -> None:
    """Every file gets a drop under a name of the grammar; pages count only the decodable."""
    put("a/1.tif", b"x")
    put("a/notes", b"")
    put("a/Thumbs.db", b"")
    put("a/.hidden.metadata", b"")
    put("junk/readme.md", b"")
    made = make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)
    assert made.expected_pages == {"a": 1}
    assert {drop.file_code for drop in made.plan} == {"a", "junk"}
    assert len(made.plan) == 5
    assert made.plan[0].source.name == "1.tif"  # a number without a page would be a gap
    assert all(parse_drop_name(drop.name) for drop in made.plan)


def test_register_keeps_the_field_rules(tmp_path: Path, put: Callable[[str, bytes], Path]) -> None:
    """The register made can be imported as it is, and lists what is to be approved."""
    put("a/1.tif", b"x")
    made = make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)
    workbook = read_workbook(made.register)
    for row in workbook.file_units:
        values = {name: text for name, text in row.values.items() if name != "fonds_code"}
        assert check_fields(FILE_UNIT_FIELDS, values, row.place) == ()
    listed = [(row.values["list_code"], row.values["file_code"]) for row in workbook.list_items]
    assert listed == [(made.list_code, "a")]


def test_odd_folder_names_become_good_codes(
    tmp_path: Path, put: Callable[[str, bytes], Path]
) -> None:
    """Long, hidden, decomposed and look-alike names become codes that are legal and unique."""
    names = ["ệ" * 80, "ệ" * 79 + "x", ".ẩn", "a\nb", "a_b", "Ho\u0302\u0300 so", "Hồ so", "x. "]
    for name in names:
        put(f"{name}/1.tif", b"x")
    made = make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)
    codes = list(made.expected_pages)
    assert len(codes) == len(set(codes)) == len(names)
    assert {"ẩn", "a_b", "a_b-2", "Hồ so", "Hồ so-2", "x"} <= set(codes)
    for code in codes:
        assert safe_name(code)
        assert len(code.encode()) <= 255


def test_an_unchanged_folder_is_not_looked_through_twice(
    tmp_path: Path, put: Callable[[str, bytes], Path]
) -> None:
    """A second start decodes nothing; a changed folder is looked through again."""
    put("a/1.tif", b"x")
    asked: list[str] = []

    def count(path: Path) -> int:
        asked.append(path.name)
        return 1

    scans, out = tmp_path / "scans", tmp_path / "out"
    first = make_register_for_scans(scans, out, frames_of=count)
    assert make_register_for_scans(scans, out, frames_of=count) == first
    assert asked == ["1.tif"]
    put("a/2.tif", b"x")
    assert make_register_for_scans(scans, out, frames_of=count).expected_pages == {"a": 2}


def test_own_folder_inside_the_scans_is_left_out(
    tmp_path: Path, put: Callable[[str, bytes], Path]
) -> None:
    """The register that is written below the scans is never taken for a scan."""
    put("a/1.tif", b"x")
    out = tmp_path / "scans" / "var"
    for _ in range(2):
        made = make_register_for_scans(tmp_path / "scans", out, frames_of=_pages_by_size)
        assert made.expected_pages == {"a": 1}


def test_nothing_to_scan_is_said(tmp_path: Path, put: Callable[[str, bytes], Path]) -> None:
    """No folder, or no page image in it, is a configuration error that says so."""
    with pytest.raises(ConfigError, match="there is no folder"):
        make_register_for_scans(tmp_path / "absent", tmp_path / "out", frames_of=_pages_by_size)
    put("readme.md", b"")
    with pytest.raises(ConfigError, match="can be decoded"):
        make_register_for_scans(tmp_path / "scans", tmp_path / "out", frames_of=_pages_by_size)


def test_decodable_frames_counts_what_inspection_accepts(tmp_path: Path) -> None:
    """All frames of a whole TIFF count, none of a cut one, none of a text."""
    pages = [Image.new("L", (64, 48), 200) for _ in range(3)]
    whole, cut, text = tmp_path / "a.tif", tmp_path / "b.tif", tmp_path / "c.tif"
    pages[0].save(whole, save_all=True, append_images=pages[1:], dpi=(200, 200))
    cut.write_bytes(whole.read_bytes()[: 64 * 48 // 2])
    text.write_text("không phải ảnh")
    assert [decodable_frames(path) for path in (whole, cut, text)] == [3, 0, 0]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real scans is not beside us")
def test_real_scans_are_one_file_unit(tmp_path: Path) -> None:
    """The corpus of real scans gives one hồ sơ, and a drop for every file in it."""
    made = make_register_for_scans(CORPUS, tmp_path, frames_of=decodable_frames)
    assert list(made.expected_pages) == ["scans"]
    assert made.total_pages >= 25
    assert len(made.plan) == sum(path.is_file() for path in CORPUS.iterdir())
