"""The sample fonds as a whole: what was promised is there, and is made only once."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, check_fields
from appliance.domain.identifiers import code_of, parse_drop_name, safe_name
from appliance.imaging.inspection import InspectionLimits, inspect_image
from appliance.samples import fonds
from appliance.samples.counting import decodable_frames
from appliance.samples.fonds import make_sample_fonds
from appliance.samples.pages import make_file_unit
from appliance.samples.script import FILE_UNITS
from appliance.spreadsheet.reading import read_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.samples.values import SampleFonds

PLACE_COLUMNS = {"fonds_code", "inventory_number", "first_page", "last_page"}


def test_six_file_units_of_about_forty_pages(sample: SampleFonds) -> None:
    """The sample stays small: text recognition of a page costs seconds."""
    assert len(sample.file_units) == 6
    assert 36 <= sample.total_pages <= 44


def test_scans_hold_the_pages_that_the_register_promises(sample: SampleFonds) -> None:
    """Inspection, as intake does it, finds the expected pages and nothing that blocks."""
    found: Counter[str] = Counter()
    for drop in sample.plan:
        found[drop.file_code] += decodable_frames(drop.source)
    assert found == sample.expected_pages


def test_register_keeps_the_field_rules(sample: SampleFonds) -> None:
    """Every row of hồ sơ and documents passes the circular's rules, as imported."""
    workbook = read_workbook(sample.register)
    assert workbook.findings == ()
    for rows, fields in (
        (workbook.file_units, FILE_UNIT_FIELDS),
        (workbook.documents, DOCUMENT_FIELDS),
    ):
        for row in rows:
            values = {name: text for name, text in row.values.items() if name not in PLACE_COLUMNS}
            assert check_fields(fields, values, row.place) == ()


def test_register_agrees_with_itself(sample: SampleFonds) -> None:
    """Lists, fonds, inventories, documents and page counts name each other rightly."""
    workbook = read_workbook(sample.register)
    pages = {row.values["arcFileCode"]: row.values for row in workbook.file_units}
    assert {code: int(row["numberOfPage"]) for code, row in pages.items()} == sample.expected_pages
    assert {row.values["file_code"] for row in workbook.list_items} == set(pages)
    assert {row.values["list_code"] for row in workbook.list_items} == {sample.list_code}
    fonds_codes = {row.values["fonds_code"] for row in workbook.fonds}
    assert {row["fonds_code"] for row in pages.values()} == fonds_codes
    last_pages = {row.values["arcFileCode"]: row.values for row in workbook.documents}
    assert {code: int(row["last_page"]) for code, row in last_pages.items()} == (
        sample.expected_pages
    )


def test_documents_follow_each_other_without_gap(sample: SampleFonds) -> None:
    """The page ranges of documents cover a hồ sơ page by page."""
    next_page: dict[str, int] = {}
    for row in read_workbook(sample.register).documents:
        code, first = row.values["arcFileCode"], int(row.values["first_page"])
        assert first == next_page.get(code, 1)
        next_page[code] = int(row.values["last_page"]) + 1


def test_names_exercise_the_rules(sample: SampleFonds) -> None:
    """Drop names follow the grammar, and one code needs escaping to be a safe name."""
    assert all(parse_drop_name(drop.name) for drop in sample.plan)
    escaped = [code for code in sample.expected_pages if safe_name(code) != code]
    assert len(escaped) == 1
    assert code_of(safe_name(escaped[0])) == escaped[0]


def test_an_empty_reverse_is_suspected_blank(sample: SampleFonds) -> None:
    """The reverse that carries only what shows through is what the blank rule is for."""
    reverse = next(d for d in sample.plan if "Bản đồ" in d.file_code and d.name == "0002.jpg")
    inspection = inspect_image(
        reverse.source, name=reverse.name, views_folder=None, limits=InspectionLimits()
    )
    assert [finding.code for finding in inspection.findings] == ["QUALITY-BLANK-SUSPECTED"]


def test_every_format_of_the_trade_occurs(sample: SampleFonds) -> None:
    """Colour, gray, palette and bitonal; JPEG, PNG and four kinds of TIFF; A4 and A3."""
    kinds, modes, resolutions, frames, widths = set(), set(), set(), set(), set()
    for drop in sample.plan:
        with Image.open(drop.source) as image:
            kinds.add((image.format, image.info.get("compression")))
            modes.add(image.mode)
            resolutions.add(round(float(image.info["dpi"][0])))
            frames.add(getattr(image, "n_frames", 1))
            widths.add(round(image.width / round(float(image.info["dpi"][0])) * 25.4))
    compressions = {compression for _, compression in kinds} - {None}
    assert {kind for kind, _ in kinds} == {"JPEG", "PNG", "TIFF"}
    assert compressions == {"group4", "raw", "tiff_lzw"}
    assert modes == {"1", "L", "P", "RGB"}
    assert resolutions == {200, 300}
    assert max(frames) > 1
    assert widths == {210, 420}


def test_bitonal_scans_have_one_strip_or_many(sample: SampleFonds) -> None:
    """Both ways to cut a Group 4 page occur, since PDF carries them differently."""
    strips = set()
    for drop in sample.plan:
        with Image.open(drop.source) as image:
            if image.info.get("compression") == "group4":
                strips.add(len(image.tag_v2[273]) > 1)  # type: ignore[attr-defined]  # TIFF only
    assert strips == {False, True}


def test_a_second_call_makes_nothing(sample: SampleFonds, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole set is used as it is, so that the demo starts at once the second time."""

    def refuse(*_: object) -> None:
        pytest.fail("a page was made again")

    monkeypatch.setattr(fonds, "make_file_unit", refuse)
    assert make_sample_fonds(sample.folder) == sample


@pytest.mark.parametrize("damage", ["lost", "cut", "note"])
def test_an_incomplete_set_is_made_again(
    sample: SampleFonds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    """A scan that is gone or cut off, or a note that cannot be read, means a new set."""
    folder = tmp_path / "sample"
    shutil.copytree(sample.folder, folder)
    victim = folder / sample.plan[3].source.relative_to(sample.folder)
    if damage == "lost":
        victim.unlink()
    elif damage == "cut":
        victim.write_bytes(victim.read_bytes()[:-1])
    else:
        (folder / "sample.json").write_text("[]")
    monkeypatch.setattr(fonds, "FILE_UNITS", FILE_UNITS[1:2])
    assert len(make_sample_fonds(folder).file_units) == 1


def test_equal_seeds_give_equal_bytes(tmp_path: Path) -> None:
    """The same seed gives the same scans byte by byte, another seed other ones."""
    script = replace(FILE_UNITS[1], documents=FILE_UNITS[1].documents[:1])
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        made = make_file_unit(script, tmp_path / name, seed)
    for scan in made.scans:
        one, two, three = ((tmp_path / f / scan).read_bytes() for f in ("one", "two", "three"))
        assert one == two
        assert one != three
