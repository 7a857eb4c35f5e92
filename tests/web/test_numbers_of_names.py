"""The number that a parked file has on the screens is the one that intake reads in its name."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from appliance.domain.findings import Finding
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.pipeline.arrivals import number_of
from appliance.web.app import create_app
from tests.web.conftest import BASE_URL, Archive, context_over

BROKEN = Finding("IMAGE-NOT-DECODABLE", "x", {"problem": "dữ liệu bị cắt cụt"})
BY_TEMPLATE = ScannerProfile(
    name="scan01",
    grouping=Grouping.NAME_TEMPLATE,
    name_template="{fonds}-{unit}-{page}",
    file_code_template="{fonds}.{unit}",
)
BY_SHEETS = ScannerProfile(name="scan01", grouping=Grouping.COVER_SHEETS)
BY_FOLDER = ScannerProfile(name="scan01")


@pytest.mark.parametrize(
    ("profile", "place", "number"),
    [
        (BY_TEMPLATE, "scan01/TH01-00001-0003.tif", 3),
        (BY_TEMPLATE, "scan01/lo1/TH01-00001-0012.tif", 12),
        (BY_FOLDER, "scan01/HS-1/0007.tif", 7),
        (BY_SHEETS, "scan01/lo1/0007.tif", None),
    ],
)
def test_screens_and_intake_read_one_number(
    archive: Archive, profile: ScannerProfile, place: str, number: int | None
) -> None:
    """By template, by folder, or not at all: the list and the page of a number say the same."""
    name = place.rpartition("/")[2]
    archive.register(1)
    archive.scan(0, pages=2)
    archive.park(name, BROKEN, index=0)
    archive.execute("UPDATE master SET place = ?, file_number = NULL WHERE name = ?", place, name)
    known = ScannerProfiles(configured={"scan01": profile})
    with archive.catalogue.read() as session:
        (row,) = session.connection().exec_driver_sql(
            "SELECT * FROM master WHERE name = ?", (name,)
        )
    assert number_of(row, profile) == number  # type: ignore[arg-type]  # a row by its columns
    with TestClient(create_app(context_over(archive, profiles=known)), base_url=BASE_URL) as client:
        parked = client.get("/cho-xu-ly").text
        assert (f"tệp số {number}" in parked) == (number is not None)
        assert ("tệp số" in parked) == (number is not None)
        unit = f"/ho-so/{archive.unit(0).safe_name}"
        for asked in (3, 7, 12):
            shown = f'id="scan-{row.id}"' in client.get(f"{unit}/so/{asked}").text
            assert shown == (asked == number)
