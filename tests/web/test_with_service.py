"""The page over a running service: what a person asks for on it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlmodel import col, select

from appliance.bootstrap import open_appliance
from appliance.catalogue.tables import MasterRow
from appliance.config import load_settings
from appliance.pipeline.register import import_workbook
from appliance.pipeline.rescan import WEB_SCANNER
from appliance.service.running import Service
from tests.pipeline.making import workbook_of
from tests.service.making import eventually, lone_settings
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Appliance]:
    """A box without destinations."""
    made = open_appliance(load_settings(lone_settings(tmp_path)))
    yield made
    made.close()


@pytest.fixture
def browser(box: Appliance) -> Iterator[httpx.Client]:
    """A browser on the page of its running service."""
    service = Service(box, frozenset({"watch", "inspect", "web"}))
    service.start()
    try:
        headers = {"sec-fetch-site": "same-origin"}
        with httpx.Client(base_url=service.address or "", headers=headers, timeout=60) as found:
            yield found
    finally:
        service.stop()


def token_on(browser: httpx.Client, address: str) -> dict[str, str]:
    """The token of the forms on a page."""
    found = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', browser.get(address).text)
    assert found is not None
    return {"_csrf_token": found[1]}


def states(box: Appliance) -> list[tuple[str, str]]:
    """Scanner and state of every dropped file, as they came."""
    with box.catalogue.read() as session:
        rows = session.exec(select(MasterRow).order_by(col(MasterRow.id)))
        return [(row.scanner, row.state) for row in rows]


def test_a_group_goes_on_and_a_page_is_replaced(box: Appliance, browser: httpx.Client) -> None:
    """Parked, asked for by a click, inspected; then replaced by an upload, the old one kept."""
    folder = box.settings.paths.drop / "scan01" / "HS-01"
    folder.mkdir()
    (folder / "0001.png").write_bytes(page_bytes(1))
    eventually(lambda: states(box) == [("scan01", "parked")], "the file is parked")
    import_workbook(box.catalogue, workbook_of({"HS-01": 1}))
    form = {**token_on(browser, "/cho-xu-ly"), "cause": "INTAKE-UNKNOWN-FILE-UNIT"}
    assert browser.post("/cho-xu-ly/thu-lai", data=form).status_code == 303
    eventually(lambda: states(box) == [("scan01", "inspected")], "the group went on")
    number = "/ho-so/HS-01/so/1"
    sent = browser.post(
        f"{number}/thay",
        data=token_on(browser, number),
        files={"page": ("again.png", page_bytes(2))},
    )
    assert sent.status_code == 303
    expected = [("scan01", "replaced"), (WEB_SCANNER, "inspected")]
    eventually(lambda: states(box) == expected, "the upload was taken like any other drop")
    page = browser.get(number).text
    assert len(re.findall(r'id="scan-\d+"', page)) == 2
