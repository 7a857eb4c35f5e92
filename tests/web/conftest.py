"""A real catalogue and store with believable rows, and the application over them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from litestar.testing import TestClient
from PIL import Image, ImageDraw
from sqlmodel import col, select

from appliance.catalogue import box, deposits, events, file_units, masters, register
from appliance.catalogue.deposits import DestinationFacts, StoredReceipt
from appliance.catalogue.engine import Catalogue, open_catalogue
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import DepositRow, FileUnitRow, MasterRow, PackageRow
from appliance.clock import SystemClock
from appliance.disk.store import Store
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.receipts import Attestor, Proof, Receipt, Sidecar
from appliance.domain.records import Approval, FileUnit, Fonds, SelectionList
from appliance.domain.scanners import NO_PROFILES
from appliance.domain.states import (
    DepositEvent,
    FileUnitEvent,
    MasterEvent,
    MasterState,
)
from appliance.pipeline.rescan import RescanDrop
from appliance.web.app import WebContext, create_app
from tests.web.furnishing import Furnisher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response
    from litestar import Litestar

    from appliance.catalogue.engine import Writing
    from appliance.domain.scanners import ScannerProfiles

AGENT: Final = "software:archive-appliance/0.1.0"
BOX_LABEL: Final = "Trung tâm Lưu trữ lịch sử"
BASE_URL: Final = "http://127.0.0.1"
PLACES: Final = (
    DestinationFacts("province", "Kho lưu trữ tỉnh", "ssh", "store-province"),
    DestinationFacts("ministry", "Kho dự phòng của Bộ", "ssh", "store-ministry"),
)
TITLES: Final = (
    "Hồ sơ về việc chia tách địa giới hành chính các xã thuộc huyện Hàm Thuận Bắc",
    "Tập công văn về phòng chống lụt bão mùa mưa năm 1983",
    "Hồ sơ hội nghị tổng kết công tác thủy lợi tỉnh Thuận Hải",
    "Hồ sơ cấp giấy phép khai thác nước khoáng Vĩnh Hảo",
    "Báo cáo kết quả vận động định canh, định cư đồng bào miền núi",
    "Hồ sơ xây dựng cảng cá Phan Thiết giai đoạn I",
)
_DERIVE_STEPS: Final = (
    FileUnitEvent.COMPLETE,
    FileUnitEvent.SETTLE,
    FileUnitEvent.DERIVE,
)


def sha256_of(text: str) -> str:
    """A digest that stands for bytes this test does not need."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Archive:
    """A box's catalogue and store, filled through their own functions."""

    catalogue: Catalogue
    store: Store
    folder: Path

    def beat(self) -> None:
        """The service is alive."""
        with self.catalogue.write() as writing:
            box.beat(writing)

    def set_places(self) -> None:
        """Configure both destinations; both answer."""
        with self.catalogue.write() as writing:
            deposits.configure_destinations(writing, PLACES)
            for place in PLACES:
                deposits.note_contact(writing, place.name, 1_250_000_000_000)

    def register(
        self, count: int, *, first: int = 0, pages: int = 4, is_approved: bool = True
    ) -> None:
        """Register hồ sơ, from the ``first`` on, of ``pages`` pages each, and a list of them."""
        with self.catalogue.write() as writing:
            register.put_fonds(writing, Fonds("TH01", "UBND tỉnh Thuận Hải", "H49"))
            indexes = range(first, first + count)
            codes = tuple(file_code(index) for index in indexes)
            for index, code in zip(indexes, codes, strict=True):
                register.put_file_unit(writing, _file_unit(code, index, pages))
            list_code = f"DM{first:02d}"
            register.put_selection_list(writing, SelectionList(list_code, "Đợt 1", codes))
        if is_approved:
            self.approve(list_code)

    def approve(self, list_code: str) -> None:
        """Record the decision on a list."""
        approval = Approval(list_code, "12/QĐ-SNV", dt.date(2026, 3, 2), "Nguyễn Văn An")
        with self.catalogue.write() as writing:
            register.approve_list(writing, approval)

    @staticmethod
    def code(index: int) -> str:
        """The code of the n-th hồ sơ, 0-based."""
        return file_code(index)

    def unit(self, index: int) -> FileUnitRow:
        """The row of one hồ sơ."""
        with self.catalogue.read() as session:
            found = register.file_unit_row(session, file_code(index))
        assert found is not None
        return found

    def scan(self, index: int, *, pages: int = 4, findings: tuple[Finding, ...] = ()) -> None:
        """Take and inspect the pages of one hồ sơ; ``findings`` are those of its first page."""
        unit = self.unit(index)
        for number in range(1, pages + 1):
            thumbnail = self._picture(f"{unit.file_code} {number}", (283, 400))
            noted = findings if number == 1 else ()
            with self.catalogue.write() as writing:
                self._scan_one(writing, unit, number, thumbnail, noted)
        with self.catalogue.write() as writing:
            current = file_units.by_id(writing.session, unit.id or 0)
            file_units.transit(writing, current, FileUnitEvent.CHANGE, pages_found=pages)

    def _scan_one(
        self,
        writing: Writing,
        unit: FileUnitRow,
        number: int,
        thumbnail: str,
        findings: tuple[Finding, ...],
        *,
        name: str = "",
    ) -> None:
        master = _add_master(writing, unit, number, state=MasterState.ACCEPTED, name=name)
        _note(writing, EventType.INGESTION, "master", master.sha256)
        page = {**_PAGE_FACTS, "master_id": master.id, "file_unit_id": unit.id, "number": number}
        page["thumbnail_sha256"] = thumbnail
        page["findings"] = masters.findings_text(findings)
        masters.put_pages(writing, master.id or 0, [page])
        masters.transit(writing, master, MasterEvent.INSPECT)

    def _picture(self, text: str, size: tuple[int, int]) -> str:
        image = Image.new("RGB", size, "#efe7d2")
        draw = ImageDraw.Draw(image)
        draw.text((40, 30), text, fill="#222222")
        for line in range(70, size[1] - 40, 14):
            draw.line((40, line, size[0] - 40 - line % 50, line), fill="#8a8272")
        path = self.folder / "picture.jpg"
        with path.open("wb") as stream:
            image.save(stream, "JPEG")
        return self.store.add_derivative(path).sha256

    def look(self, index: int, number: int, **facts: object) -> int:
        """Set facts of a page that was scanned, with a view of it; gives its row id."""
        unit = self.unit(index)
        view = self._picture(f"{unit.file_code} {number}", (1131, 1600))
        with self.catalogue.write() as writing:
            pages = masters.pages_of(writing.session, unit.id or 0)
            page_id = next(page.id or 0 for page, master in pages if master.file_number == number)
            masters.update_page(writing, page_id, {"view_sha256": view, **facts})
        return page_id

    def rescan(self, index: int, number: int) -> int:
        """Scan a number again, which replaces it; gives the row id of the earlier master."""
        unit = self.unit(index)
        with self.catalogue.write() as writing:
            earlier = masters.live_with_number(writing.session, unit.id or 0, number)
            assert earlier is not None
            masters.transit(writing, earlier, MasterEvent.REPLACE)
            thumbnail = self._picture(f"{unit.file_code} {number} b", (283, 400))
            self._scan_one(writing, unit, number, thumbnail, (), name=f"{number:05d}.tif")
        return earlier.id or 0

    def park(self, name: str, finding: Finding, *, index: int | None = None) -> int:
        """Put a dropped file aside; gives its row id."""
        unit = self.unit(index) if index is not None else None
        with self.catalogue.write() as writing:
            master = _add_master(
                writing, unit, None, state=MasterState.PARKED, findings=(finding,), name=name
            )
            _note(writing, EventType.PARKING, "master", master.sha256)
        return master.id or 0

    def hold(self, index: int, finding: Finding) -> None:
        """A finding holds a hồ sơ up."""
        unit = self.unit(index)
        with self.catalogue.write() as writing:
            file_units.release(writing, unit, (finding,))

    def derive(self, index: int) -> None:
        """Take a scanned hồ sơ as far as it comes without an approval."""
        unit = self.unit(index)
        for step in _DERIVE_STEPS:
            with self.catalogue.write() as writing:
                current = file_units.by_id(writing.session, unit.id or 0)
                file_units.transit(writing, current, step)

    def seal(self, index: int) -> None:
        """Take a scanned hồ sơ through every state into a package."""
        self.derive(index)
        unit = self.unit(index)
        with self.catalogue.write() as writing:
            file_units.transit(writing, unit, FileUnitEvent.SEAL)
        with self.catalogue.write() as writing:
            for master in masters.live_masters(writing.session, unit.id or 0):
                masters.transit(writing, master, MasterEvent.SEAL)
            for page, _master in masters.pages_of(writing.session, unit.id or 0):
                masters.update_page(writing, page.id or 0, {"is_derived": 1})
            row = _package(writing, unit)
            deposits.add_package(writing, row)
            _note(writing, EventType.PACKAGE_CREATION, "package", row.objid)

    def prove(self, index: int, place: str) -> None:
        """A destination proves that it holds a sealed hồ sơ."""
        unit = self.unit(index)
        with self.catalogue.write() as writing:
            deposit, package = _deposit(writing, unit, place)
            deposits.transit(writing, deposit, DepositEvent.START)
            counter = deposits.destination(writing.session, place).receipt_counter + 1
            deposits.prove(writing, deposit, _receipt(writing, package, place, counter))
            _note(writing, EventType.REPLICATION, "package", package.objid)

    def refuse(self, index: int, place: str, event: DepositEvent) -> None:
        """A deposit does not succeed."""
        unit = self.unit(index)
        with self.catalogue.write() as writing:
            deposit, _package_row = _deposit(writing, unit, place)
            deposits.transit(writing, deposit, DepositEvent.START)
            deposits.transit(writing, deposit, event)

    def execute(self, statement: str, *values: object) -> None:
        """Change rows behind the functions' back, to make them old or wrong."""
        with self.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(statement, tuple(values))


_PAGE_FACTS: Final[dict[str, object]] = {
    "frame": 1,
    "width_px": 1654,
    "height_px": 2339,
    "dpi": 200,
    "dpi_source": "file",
    "mode": "RGB",
    "bits_per_pixel": 24,
    "compression": "jpeg",
    "has_icc": 0,
    "orientation": 1,
    "paper_size": "A4",
}


def file_code(index: int) -> str:
    """The code of the n-th hồ sơ: with a slash and Vietnamese letters, as real ones have."""
    return f"TH01/HS-{index + 1:05d}Đ"


def _file_unit(code: str, index: int, pages: int) -> FileUnit:
    fields = {
        "title": TITLES[index % len(TITLES)],
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": "02/01/1983",
        "endDate": "30/12/1983",
        "totalDoc": "2",
        "numberOfPaper": str(pages),
        "numberOfPage": str(pages),
        "confidenceLevel": "02",
        "paperFileCode": f"{index + 1}",
        "riskRecovery": "1",
        "riskRecoveryStatus": "02",
    }
    return FileUnit(code, "TH01", "01", fields)


def _add_master(
    writing: Writing,
    unit: FileUnitRow | None,
    number: int | None,
    *,
    state: MasterState,
    findings: tuple[Finding, ...] = (),
    name: str = "",
) -> MasterRow:
    seed = f"{unit.file_code if unit else ''} {number} {name}"
    name = name or f"{number or 0:04d}.tif"
    row = MasterRow(
        claim_id=sha256_of(f"claim {seed}")[:32],
        scanner="scan01",
        place=f"scan01/{unit.safe_name if unit else 'khong-ro'}/{name}",
        name=name,
        name_bytes=name.encode(),
        file_unit_id=unit.id if unit else None,
        file_number=number,
        sha256=sha256_of(seed),
        xxh3=sha256_of(seed)[:32],
        size_bytes=11_612_345,
        is_read_back=1,
        state=str(state),
        cause=masters.cause_of(findings) if state is MasterState.PARKED else None,
        findings=masters.findings_text(findings),
        received_at=writing.now,
    )
    return masters.add_master(writing, row)


def _note(writing: Writing, kind: EventType, object_kind: str, object_id: str) -> None:
    events.record(writing, EventDraft(kind, object_kind, object_id, AGENT, detail={"pages": 4}))


def _package(writing: Writing, unit: FileUnitRow) -> PackageRow:
    objid = object_id(f"0198c0de-0000-7000-8000-{unit.id or 0:012d}")
    counter, head = events.head(writing.session)
    sidecar = Sidecar(
        objid=objid,
        file_code=unit.file_code,
        fonds_code=unit.fonds_code,
        version=1,
        name=f"{object_folder(objid)}.zip",
        size_bytes=48_211_004,
        sha256=sha256_of(objid),
        block_bytes=1024 * 1024,
        blocks=(sha256_of("block")[:32],) * 46,
        sealed_at=writing.now,
        box_id="box-1",
        event_counter=counter,
        event_head=head,
    )
    return PackageRow(
        objid=objid,
        file_unit_id=unit.id or 0,
        version=1,
        name=sidecar.name,
        size_bytes=sidecar.size_bytes,
        sha256=sidecar.sha256,
        page_count=unit.pages_found,
        sealed_at=writing.now,
        sidecar=sidecar.to_bytes(),
        sidecar_signature="-----BEGIN SSH SIGNATURE-----\nsidecar\n",
    )


def _deposit(writing: Writing, unit: FileUnitRow, place: str) -> tuple[DepositRow, PackageRow]:
    statement = (
        select(DepositRow, PackageRow)
        .join(PackageRow, col(DepositRow.package_id) == col(PackageRow.id))
        .where(PackageRow.file_unit_id == unit.id, DepositRow.destination == place)
    )
    return writing.session.exec(statement).one()


def _receipt(writing: Writing, package: PackageRow, place: str, counter: int) -> StoredReceipt:
    event_counter, event_head = events.head(writing.session)
    receipt = Receipt(
        objid=package.objid,
        name=package.name,
        size_bytes=package.size_bytes,
        sha256=package.sha256,
        proof=str(Proof.READ_BACK),
        attestor=str(Attestor.FAR_SIDE),
        cache_possible=False,
        read_at=writing.now,
        store_id=f"store-{place}",
        counter=counter,
        previous="0" * 64,
        box_id="box-1",
        event_counter=event_counter,
        event_head=event_head,
    )
    data = receipt.to_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return StoredReceipt(data, "-----BEGIN SSH SIGNATURE-----\nreceipt\n", counter, digest)


def send(client: TestClient[Litestar], page: str, address: str, **request: Any) -> Response:  # noqa: ANN401 - httpx's own
    """Send a form as a browser does that has loaded a page: with its token; follows nothing."""
    token = re.search(r'name="_csrf_token" value="([0-9a-f]+)"', client.get(page).text)
    data = {**request.pop("data", {}), "_csrf_token": token[1] if token else ""}
    headers = {"sec-fetch-site": "same-origin", **request.pop("headers", {})}
    return client.post(address, data=data, headers=headers, follow_redirects=False, **request)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty box whose service is alive and whose destinations answer."""
    catalogue = open_catalogue(tmp_path / "catalogue.db", SystemClock())
    found = Archive(catalogue, Store(tmp_path / "store"), tmp_path)
    found.beat()
    found.set_places()
    yield found
    catalogue.close()


@pytest.fixture(scope="session")
def furnisher(tmp_path_factory: pytest.TempPathFactory) -> Furnisher:
    """What was furnished in this session."""
    return Furnisher(tmp_path_factory.mktemp("furnished"))


@pytest.fixture
def good(archive: Archive, furnisher: Furnisher) -> Archive:
    """Two hồ sơ, scanned, sealed and proved at both places."""
    return furnisher.furnish(archive, "good", _make_good)


def _make_good(archive: Archive) -> None:
    archive.register(2)
    for index in range(2):
        archive.scan(index)
        archive.seal(index)
        for place in PLACES:
            archive.prove(index, place.name)


@pytest.fixture
def troubled(archive: Archive, furnisher: Furnisher) -> Archive:
    """Six hồ sơ in many states, parked files, a line that is down and a standing notice."""
    return furnisher.furnish(archive, "troubled", _make_troubled)


def _make_troubled(archive: Archive) -> None:
    archive.register(6)
    archive.scan(0)
    archive.seal(0)
    archive.prove(0, "province")
    low = Finding("IMAGE-LOW-DPI", "1", {"dpi": 150, "limit": 200})
    archive.scan(1, findings=(low,))
    archive.scan(2, pages=2)
    few = Finding("PAGES-TOO-FEW", file_code(2), {"found": 2, "expected": 4})
    archive.hold(2, few)
    archive.scan(3, pages=3)
    many = Finding("PAGES-TOO-MANY", file_code(3), {"found": 5, "expected": 4})
    archive.hold(3, many)
    unknown = Finding("INTAKE-UNKNOWN-FILE-UNIT", "", {"file_code": "HS-99", "name": "0001.tif"})
    for number in range(1, 4):
        archive.park(f"{number:04d}.tif", unknown)
    broken = Finding("IMAGE-NOT-DECODABLE", "0007.tif", {"problem": "dữ liệu bị cắt cụt"})
    archive.park("0007.tif", broken, index=1)
    with archive.catalogue.write() as writing:
        box.put_notice(writing, Finding("INTAKE-FOLDER-GONE", "/srv/drop/scan02"))
        deposits.note_no_contact(writing, "ministry", Finding("LINE-DOWN", "Kho dự phòng của Bộ"))


@pytest.fixture
def app(archive: Archive) -> Litestar:
    """The application over the box of ``archive``."""
    return app_over(archive)


def app_over(archive: Archive) -> Litestar:
    """The application over a box."""
    return create_app(context_over(archive))


def context_over(
    archive: Archive, *, may_change: bool = True, profiles: ScannerProfiles = NO_PROFILES
) -> WebContext:
    """What the screens of a box need, with a hot folder of its own."""
    drop = archive.folder / "drop"
    drop.mkdir(exist_ok=True)
    return WebContext(
        catalogue=archive.catalogue,
        store=archive.store,
        clock=SystemClock(),
        box_label=BOX_LABEL,
        may_change=may_change,
        rescans=RescanDrop(drop),
        scanner_labels={"scan01": "Máy quét tầng 2"},
        profiles=profiles,
    )


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    """A browser without eyes."""
    with TestClient(app, base_url=BASE_URL) as found:
        yield found
