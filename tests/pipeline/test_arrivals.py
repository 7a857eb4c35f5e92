"""What a dropped file's place and name say, held against the register."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.file_codes import file_unit_named
from appliance.catalogue.masters import findings_of
from appliance.domain.intake import BatchPlace
from appliance.domain.policy import TWIN_SECONDS
from appliance.domain.rules import sentence, todo
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.pipeline.arrivals import arrival_of, parts_of, place_bytes_of
from appliance.watchers.values import Look
from tests.pipeline.making import Bench, codes_of, workbook_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.tables import MasterRow
    from appliance.domain.intake import Arrival
    from appliance.workers.pool import WorkerPool

GOOD = Look(is_image=True, is_whole=True)
FLAT = ScannerProfile(name="flat", grouping=Grouping.COVER_SHEETS, batch_quiet_seconds=30.0)
NAMED = ScannerProfile(
    name="named",
    grouping=Grouping.NAME_TEMPLATE,
    name_template="{archive}-{fonds}-{inventory}-{unit}-{sheet}-{page}",
    file_code_template="{archive}.{fonds}.{inventory}.{unit}",
)
COMPOSED, DECOMPOSED = (unicodedata.normalize(form, "Hồ sơ 1") for form in ("NFC", "NFD"))


def arrival(*parts: str, profile: ScannerProfile | None = None, look: Look = GOOD) -> Arrival:
    """What a file says of itself."""
    return arrival_of(parts, look, waited_seconds=0, profile=profile or ScannerProfile())


@pytest.fixture
def box(tmp_path: Path, pool: WorkerPool) -> Iterator[Bench]:
    """Hồ sơ with ordinary and odd codes, and scanners of every kind."""
    profiles = ScannerProfiles(configured={"flat": FLAT, "named": NAMED})
    made = Bench(tmp_path, pool, profiles=profiles)
    made.register({COMPOSED: 2, "HS-01": 2, "Đx": 1, "Q3.5.1.10": 2, "a_b%": 1})
    made.correct_register(workbook_of({"đX": 1}))  # one workbook may not hold both
    yield made
    made.close()


def drop(box: Bench, data: bytes, *parts: str) -> MasterRow:
    """Drop a file anywhere below the hot folder; its row."""
    claim = box.claim(data, *parts)
    assert box.accept_stage().accept_many([claim]) == 1
    return box.master(claim)


@pytest.mark.parametrize("parts", [("0001.tif",), ("s", "0001.tif"), ("s", "HS", "x", "0001.tif")])
def test_folders_of_file_units_are_one_level_deep(parts: tuple[str, ...]) -> None:
    """Anywhere else nobody knows which hồ sơ is meant."""
    assert arrival(*parts).folder is None


def test_a_flat_scanner_has_a_batch_for_each_place() -> None:
    """Its own folder, or one folder below it; deeper is refused."""
    assert arrival("flat", "1.tif", profile=FLAT).batch == BatchPlace("flat", "flat", 30.0)
    below = arrival("flat", "lô 1", "1.tif", profile=FLAT)
    assert below.batch == BatchPlace("flat", "flat/lô 1", 30.0)
    assert arrival("flat", "a", "b", "1.tif", profile=FLAT).is_too_deep
    assert arrival("1.tif", profile=FLAT).batch is None


@pytest.mark.parametrize(("name", "is_page"), [("Thumbs.db", False), ("7.TIF", True), ("7", False)])
def test_only_what_may_be_a_page_joins_a_batch(name: str, is_page: bool) -> None:  # noqa: FBT001 - a case's outcome
    """What is no image holds a batch up only when it was meant as a page."""
    looked = Look(is_image=False, is_whole=False, problem="lạ", problem_en="strange")
    assert (arrival("flat", name, profile=FLAT, look=looked).batch is not None) == is_page
    assert arrival("flat", name, profile=FLAT).batch is not None


def test_a_template_says_code_and_number() -> None:
    """HD 169/2010 names: the parts make the registered code, sheet and page the order."""
    read = arrival("named", "Q3-5-1-10-4-1.jpg", profile=NAMED)
    assert (read.folder, read.number) == ("Q3.5.1.10", 4001)
    off = arrival("named", "scan 4.jpg", profile=NAMED)
    assert (off.folder, off.number) == ("", None)
    assert NAMED.name_template in off.name_problem.en


def test_a_template_scanner_end_to_end(box: Bench) -> None:
    """Its pages reach their hồ sơ; a name off the template is parked with the template."""
    for name, seed in (("Q3-5-1-10-4-1.png", 1), ("Q3-5-1-10-10-1.png", 2)):
        assert drop(box, page_bytes(seed), "named", name).state == "accepted"
    box.settle(seal=False)
    assert box.unit("Q3.5.1.10").pages_found == 2
    off = drop(box, page_bytes(3), "named", "0001.png")
    assert codes_of(off) == ["INTAKE-BAD-NAME"]
    assert NAMED.name_template in sentence(findings_of(off.findings)[0])


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        (DECOMPOSED, COMPOSED),
        (f" {COMPOSED} ", COMPOSED),
        (COMPOSED.upper(), COMPOSED),
        ("hs-01", "HS-01"),
        ("HS-01", "HS-01"),
        ("Đx", "Đx"),
        ("A_B%", "a_b%"),
    ],
)
def test_a_folder_means_the_one_code_that_fits(box: Bench, folder: str, code: str) -> None:
    """syncthing#430, nextcloud#10087: forms and case of letters never make a second hồ sơ."""
    row = drop(box, page_bytes(1), "scan01", folder, "0001.png")
    assert (row.state, row.file_unit_id) == ("accepted", box.unit(code).id)
    assert row.place_bytes == place_bytes_of(("scan01", folder, "0001.png"))


def test_a_folder_that_could_mean_two_codes_is_asked_about(box: Bench) -> None:
    """Both codes are named; nothing is guessed."""
    row = drop(box, page_bytes(1), "scan01", "ĐX", "0001.png")
    (finding,) = findings_of(row.findings)
    assert (row.state, finding.code) == ("parked", "INTAKE-CODE-AMBIGUOUS")
    assert "Đx, đX" in sentence(finding)


@pytest.mark.parametrize("folder", ["HS-02", "HSx01", "aXb%", "HS-0%", "_S-01"])
def test_no_sign_of_a_name_is_a_wild_card(box: Bench, folder: str) -> None:
    """What SQL takes for a wild card is a letter like any other."""
    with box.catalogue.read() as session:
        named = file_unit_named(session, folder)
    assert (named.unit, named.similar) == (None, ())


@pytest.mark.parametrize(
    "second",
    [
        ("scan01", DECOMPOSED, "0017.png"),
        ("scan01", COMPOSED, "17.png"),
        ("scan01", COMPOSED, "0017.PNG"),
        ("scan01", COMPOSED.upper(), "0017.png"),
        ("scan07", COMPOSED, "0017.png"),
    ],
)
def test_twins_of_one_number_are_asked_about(box: Bench, second: tuple[str, ...]) -> None:
    """owncloud#12104: of NFC and NFD twins neither is overwritten or replaced."""
    first = drop(box, page_bytes(1), "scan01", COMPOSED, "0017.png")
    twin = drop(box, page_bytes(2), *second)
    assert (twin.state, codes_of(twin)) == ("parked", ["INTAKE-NAME-TWIN"])
    assert [row.state for row in box.masters() if row.id == first.id] == ["accepted"]
    finding = findings_of(twin.findings)[0]
    assert first.place in sentence(finding)
    assert "–" not in sentence(finding, "en") + todo(finding, "en")


def test_the_same_path_later_is_a_rescan(box: Bench) -> None:
    """One path holds one file: what comes under it again was written after the first was taken."""
    drop(box, page_bytes(1), "scan01", "HS-01", "0017.png")
    again = drop(box, page_bytes(2), "scan01", "HS-01", "0017.png")
    assert (again.state, codes_of(again)) == ("accepted", ["INTAKE-RESCANNED"])


def test_another_name_much_later_is_a_rescan(box: Bench) -> None:
    """A page scanned again as JPEG next day takes the number of the TIFF."""
    drop(box, page_bytes(1), "scan01", "HS-01", "0017.png")
    box.clock.advance(TWIN_SECONDS + 1)
    again = drop(box, page_bytes(2), "scan01", "HS-01", "17.png")
    assert (again.state, codes_of(again)) == ("accepted", ["INTAKE-RESCANNED"])


def test_twins_with_the_same_bytes_are_one_page(box: Bench) -> None:
    """Copied under two forms of its name, a page counts once."""
    drop(box, page_bytes(1), "scan01", COMPOSED, "0017.png")
    twin = drop(box, page_bytes(1), "scan01", DECOMPOSED, "0017.png")
    assert (twin.state, codes_of(twin)) == ("duplicate", ["INTAKE-DUPLICATE"])


@pytest.mark.parametrize(
    "name",
    [
        b"0017\n.png",
        b" 0017.png",
        b"0017 (1).png",
        b"0017_R.png",
        b"trang \xb5\xf9.png",
        "\u200b0017.png".encode(),
        "００１７.png".encode(),
        b"x" * 251 + b".png",
    ],
)
def test_an_odd_name_is_kept_byte_for_byte_and_explained(box: Bench, name: bytes) -> None:
    """bagit-python#12: what a manifest could not carry is told, nothing is renamed."""
    row = drop(box, page_bytes(1), "scan01", "HS-01", os.fsdecode(name))
    assert (row.state, codes_of(row), row.name_bytes) == ("parked", ["INTAKE-BAD-NAME"], name)
    finding = findings_of(row.findings)[0]
    for language in ("vi", "en"):
        told = sentence(finding, language)
        assert "–" not in told.replace("0–9", "")
        assert len(told.splitlines()) == 1


def test_the_bytes_of_a_place_go_and_come_back() -> None:
    """Legacy letters and line breaks survive, part by part."""
    parts = ("scan01", os.fsdecode(b"H\xe5 s\xac"), "a\nb.tif")
    assert parts_of(place_bytes_of(parts)) == parts
    assert place_bytes_of(parts) == b"scan01/H\xe5 s\xac/a\nb.tif"


def test_a_look_at_a_broken_name_never_beats_its_place() -> None:
    """Too deep is told first: the name would be in vain."""
    deep = replace(FLAT, grouping=Grouping.NAME_TEMPLATE, name_template="{file_code}-{page}")
    assert arrival("flat", "a", "b", "x.tif", profile=deep).is_too_deep
