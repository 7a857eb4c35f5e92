"""What no format can prove of its own pixels is said wherever a page is shown."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, Final

import pytest
from lxml import etree
from PIL import Image
from sqlmodel import col, select

from appliance.bootstrap import open_appliance
from appliance.catalogue.tables import MasterRow
from appliance.config import load_settings
from appliance.domain.custody import EventType
from appliance.pipeline.register import import_workbook
from appliance.service.running import Service
from tests.pipeline.making import workbook_of
from tests.service.making import eventually, lone_settings, page
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance
    from tests.service.watching import Watching

PROVED: Final = "tổng kiểm tra trong tệp khớp"
NOT_CHECKED: Final = "chưa kiểm được: định dạng này không tự chứng minh từng điểm ảnh"
FORMS: Final[dict[str, tuple[str, str, dict[str, str], str]]] = {
    "0001.tif": ("TIFF", "RGB", {}, NOT_CHECKED),
    "0002.tif": ("TIFF", "L", {"compression": "packbits"}, NOT_CHECKED),
    "0003.tif": ("TIFF", "L", {"compression": "tiff_lzw"}, NOT_CHECKED),
    "0004.tif": ("TIFF", "1", {"compression": "group4"}, NOT_CHECKED),
    "0005.tif": ("TIFF", "L", {"compression": "tiff_adobe_deflate"}, PROVED),
    "0006.jpg": ("JPEG", "RGB", {}, NOT_CHECKED),
    "0007.jp2": ("JPEG2000", "L", {}, NOT_CHECKED),
    "0008.png": ("PNG", "RGB", {}, PROVED),
}
"""Name, Pillow's name, mode and options, and what the screen says of the page."""


def page_in(name: str, seed: int) -> bytes:
    """A page in one of ``FORMS``."""
    form, mode, options, _ = FORMS[name]
    picture = Image.open(io.BytesIO(page_bytes(seed))).convert(mode)
    buffer = io.BytesIO()
    picture.save(buffer, form, dpi=(200, 200), **options)
    return buffer.getvalue()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Appliance]:
    """A box without destinations that awaits one page of each format."""
    made = open_appliance(load_settings(lone_settings(tmp_path)))
    import_workbook(made.catalogue, workbook_of({"HS-01": len(FORMS)}))
    yield made
    made.close()


def inspected(box: Appliance) -> list[str]:
    """The names of the pages that were decoded to their last row."""
    with box.catalogue.read() as session:
        wanted = select(MasterRow).where(MasterRow.state == "inspected")
        return [row.name for row in session.exec(wanted.order_by(col(MasterRow.name)))]


def test_each_page_says_on_its_screen_what_was_not_checked(box: Appliance) -> None:
    """Through the service from the hot folder to the screen, for every format that is taken."""
    folder = box.settings.paths.drop / "scan01" / "HS-01"
    folder.mkdir()
    for seed, name in enumerate(FORMS, start=1):
        (folder / name).write_bytes(page_in(name, seed))
    service = Service(box, frozenset({"watch", "inspect", "web"}))
    service.start()
    try:
        eventually(lambda: inspected(box) == [*FORMS], "every page is inspected")
        told = {}
        for number, name in enumerate(FORMS, start=1):
            (address,) = set(
                re.findall(r"/trang/\d+", page(service.address, f"/ho-so/HS-01/so/{number}"))
            )
            told[name] = re.findall(r'id="page-integrity">([^<]+)<', page(service.address, address))
    finally:
        service.stop()
    assert told == {name: [words] for name, (_, _, _, words) in FORMS.items()}


def test_each_master_says_in_its_package_what_was_not_checked(watching: Watching) -> None:
    """The event of its inspection, sealed in PREMIS, names what nobody could check."""
    bench = watching.bench
    bench.register({"HS-01": len(FORMS)})
    for seed, name in enumerate(FORMS, start=1):
        bench.drop("HS-01", name, page_in(name, seed))
    bench.settle()
    names = {master.sha256: master.name for master in bench.masters()}
    (package,) = bench.packages()
    told = {
        names[str(body["object_id"])]: body["detail"]["integrity"]
        for body in sealed_events(bench.package_path(package))
        if body["type"] == EventType.VALIDATION and body["object_id"] in names
    }
    expected = {PROVED: "pass", NOT_CHECKED: "not_checked"}
    assert told == {name: expected[words] for name, (_, _, _, words) in FORMS.items()}


def sealed_events(package: Path) -> list[dict[str, Any]]:
    """The custody events that the PREMIS of the masters tells."""
    with zipfile.ZipFile(package) as archive:
        (path,) = (one for one in archive.namelist() if one.endswith("/PREMIS_rep2.xml"))
        details = etree.fromstring(archive.read(path)).iter("{*}eventDetail")
    texts = [one.text or "" for one in details]
    return [json.loads(text) for text in texts if text.startswith("{")]
