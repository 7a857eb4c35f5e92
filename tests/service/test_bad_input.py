"""Bad input, end to end: each kind has its code and its sentence on the page, all else is proved.

One running service with real sshd: a good hồ sơ among cut, foreign, unknown, missing and surplus
pages; one destination in order, one with a wrong host key, one whose disk is full.
"""

from __future__ import annotations

import datetime as dt
import html
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from sqlmodel import select

from appliance.catalogue import deposits, masters, register
from appliance.catalogue.tables import DepositRow, MasterRow
from appliance.domain.records import Approval
from appliance.domain.rules import sentence
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.pipeline.register import approve, import_workbook
from appliance.service.parts import PARTS
from appliance.service.running import Service
from appliance.signing.keys import generate_key, load_key
from appliance.sync.farstore import allow_sender, create_store
from appliance.sync.sshd import ForcedCommand, LoopbackSshd
from tests.pipeline.making import workbook_of
from tests.service.making import QuickSite, eventually, page
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.bootstrap import Appliance
    from appliance.catalogue.tables import DestinationRow, FileUnitRow
    from appliance.domain.findings import Finding

pytestmark = pytest.mark.sshd

RECEIVER: Final = Path(__file__).parents[1] / "sync" / "receive_program.py"
_DAY: Final = dt.date(2026, 3, 16)
UNITS: Final = {"HS-good": 2, "HS-cut": 2, "HS-many": 1, "HS-few": 3}


class Running:
    """The running box, and what its catalogue says."""

    def __init__(self, appliance: Appliance, service: Service) -> None:
        self.appliance = appliance
        self.service = service

    def unit(self, code: str) -> FileUnitRow:
        """A hồ sơ."""
        with self.appliance.catalogue.read() as session:
            found = register.file_unit_row(session, code)
        assert found is not None
        return found

    def place(self, name: str) -> DestinationRow:
        """A destination."""
        with self.appliance.catalogue.read() as session:
            return deposits.destination(session, name)

    def reason(self, name: str) -> Finding | None:
        """Why a destination cannot be used."""
        return deposits.finding_from(self.place(name).reason)

    def deposit_reason(self, name: str) -> Finding:
        """Why the one deposit at a destination waits."""
        with self.appliance.catalogue.read() as session:
            row = session.exec(select(DepositRow).where(DepositRow.destination == name)).one()
        finding = deposits.finding_from(row.reason)
        assert finding is not None
        return finding

    def counts(self, name: str) -> dict[DepositState, int]:
        """How the deposits of a destination stand."""
        with self.appliance.catalogue.read() as session:
            return deposits.counts(session, name)

    def parked(self) -> dict[str, Finding]:
        """Why each parked file is parked, by its place."""
        with self.appliance.catalogue.read() as session:
            rows = masters.parked(session, limit=100)
        return {row.place: masters.findings_of(row.findings)[0] for row in rows}

    def is_settled(self) -> bool:
        """Whether everything that can happen has happened."""
        return (
            len(self.parked()) == 3
            and self.counts("province").get(DepositState.PROVED) == 1
            and all(self.unit(code).findings != "[]" for code in ("HS-cut", "HS-many", "HS-few"))
            and self.reason("ministry") is not None
            and self.reason("full") is not None
        )


@pytest.fixture(scope="module")
def full_host(site: QuickSite) -> Iterator[LoopbackSshd]:
    """A third storage host whose disk has ten bytes left."""
    folder = site.folder / "full"
    folder.mkdir()
    (folder / "notes").touch()
    (folder / "notes.faults").write_text("free 10")
    store_key = create_store(folder / "store", "store-full")
    key = load_key(site.folder / "keys" / "box")
    allow_sender(folder / "store", "demo-box", key.public)
    program = (sys.executable, str(RECEIVER), str(folder / "store"), str(folder / "notes"))
    with LoopbackSshd(folder / "sshd", (ForcedCommand(key.public, program),)) as sshd:
        with site.config.open("a", encoding="utf-8") as stream:
            stream.write(
                f'[[destination]]\nname = "full"\nlabel = "Kho đầy"\nhost = "127.0.0.1"\n'
                f'port = {sshd.port}\nuser = "{sshd.user}"\nstore_id = "store-full"\n'
                f'known_hosts = "{sshd.known_hosts_path}"\nstore_key = "{store_key.line()}"\n'
            )
        yield sshd


@pytest.fixture(scope="module")
def box(site: QuickSite, full_host: LoopbackSshd) -> Iterator[Running]:
    """The service after it has met everything bad at once, for as long as it takes."""
    del full_host  # it is in the settings by now
    known_hosts = site.folder / "sshd" / "ministry" / "known_hosts"
    name = known_hosts.read_text().split()[0]
    stranger = generate_key(site.folder / "stranger", "another host")
    known_hosts.write_text(f"{name} {stranger.public.line()}\n")
    appliance = site.opened()
    workbook = workbook_of(UNITS)
    import_workbook(appliance.catalogue, workbook)
    approve(appliance.catalogue, Approval("DM-01", "12/QĐ", _DAY, "Nguyễn Văn An"))
    service = Service(appliance, frozenset(PARTS))
    service.start()
    try:
        _drop_everything(site)
        made = Running(appliance, service)
        eventually(made.is_settled, "every bad input is explained, the good one proved")
        yield made
    finally:
        service.stop()
        appliance.close()


def _drop_everything(site: QuickSite) -> None:
    site.scan_pages("HS-good", 2, first_seed=1)
    site.scan("HS-good", "readme.txt", b"no image at all")
    site.scan("HS-cut", "0001.tif", page_bytes(11, "TIFF"))
    site.scan("HS-cut", "0002.tif", page_bytes(12, "TIFF")[:-4000])
    site.scan_pages("HS-many", 2, first_seed=21)
    site.scan_pages("HS-few", 2, first_seed=31)
    site.scan("HS-khong-co", "0001.png", page_bytes(41))


def shown(text: str, finding: Finding) -> bool:
    """Whether a page says the finding's Vietnamese sentence."""
    return sentence(finding) in html.unescape(text)


def test_the_good_unit_is_proved_all_the_same(box: Running) -> None:
    """Nothing around it keeps the good hồ sơ from its proof."""
    assert box.unit("HS-good").state == FileUnitState.SEALED
    assert box.counts("province") == {DepositState.PROVED: 1}


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("scan01/HS-cut/0002.tif", "INTAKE-INCOMPLETE"),
        ("scan01/HS-good/readme.txt", "INTAKE-NOT-IMAGE"),
        ("scan01/HS-khong-co/0001.png", "INTAKE-UNKNOWN-FILE-UNIT"),
    ],
)
def test_a_file_that_is_no_page_is_parked_and_explained(
    box: Running, place: str, code: str
) -> None:
    """A truncated image, a non-image and an unknown code: each with its sentence on the page."""
    finding = box.parked()[place]
    assert finding.code == code
    assert shown(page(box.service.address, "/cho-xu-ly"), finding)


@pytest.mark.parametrize(
    ("unit", "code"), [("HS-many", "PAGES-TOO-MANY"), ("HS-few", "PAGES-TOO-FEW")]
)
def test_a_wrong_page_count_is_explained(box: Running, unit: str, code: str) -> None:
    """A page too many and too few: the hồ sơ waits and says why."""
    (finding,) = masters.findings_of(box.unit(unit).findings)
    assert (box.unit(unit).state, finding.code) == (FileUnitState.SCANNING, code)
    assert shown(page(box.service.address, f"/ho-so/{box.unit(unit).safe_name}"), finding)


def test_a_wrong_host_key_blocks_its_place_only(box: Running) -> None:
    """Nothing is sent there, nothing is refused, and the status page asks for a person."""
    finding = box.reason("ministry")
    assert finding is not None
    assert finding.code == "HOST-KEY-CHANGED"
    assert box.counts("ministry") == {DepositState.WAITING: 1}
    text = html.unescape(page(box.service.address, "/"))
    assert "Kho lưu trữ Bộ Nội vụ" in text
    assert finding.code in text or "đã đổi" in text


def test_a_full_disk_there_waits_for_room(box: Running, site: QuickSite) -> None:
    """The deposit waits with its reason; when there is room it is proved by itself."""
    assert box.counts("full").keys() <= {DepositState.WAITING, DepositState.SENDING}
    finding = box.deposit_reason("full")
    assert finding.code == "FAR-DISK-FULL"
    eventually(
        lambda: "không đủ chỗ" in html.unescape(page(box.service.address, "/")),
        "the status page says that the disk there is full",
    )
    (site.folder / "full" / "notes.faults").write_text("")
    eventually(
        lambda: box.counts("full") == {DepositState.PROVED: 1}, "the deposit at the mended place"
    )


def test_everything_that_came_in_is_in_one_state(box: Running) -> None:
    """Ten drops, ten rows: nothing is lost and nothing is counted twice."""
    with box.appliance.catalogue.read() as session:
        states = [row.state for row in session.exec(select(MasterRow))]
    assert len(states) == 10
    assert states.count(MasterState.PARKED) == 3
    assert states.count(MasterState.SEALED) == 2
    assert box.appliance.verdict().level.name == "NEEDS_PERSON"


def test_the_status_page_says_so_in_both_languages(box: Running) -> None:
    """The top line is the worst child, in Vietnamese first and in English on request."""
    assert "cần người" in page(box.service.address, "/").casefold()
    assert "needs a person" in page(box.service.address, "/?lang=en", "en").casefold()
