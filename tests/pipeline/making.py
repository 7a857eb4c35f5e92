"""A whole box without its service: real catalogue, store, claims and worker processes."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from appliance.bootstrap import look_at
from appliance.catalogue import deposits, register
from appliance.catalogue.deposits import DestinationFacts
from appliance.catalogue.engine import open_catalogue
from appliance.catalogue.masters import findings_of
from appliance.catalogue.tables import DepositRow, EventRow, FileUnitRow, MasterRow, PackageRow
from appliance.disk.store import Store
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.domain.records import Approval
from appliance.domain.scanners import NO_PROFILES, ScannerProfiles
from appliance.imaging.derivation import DerivationOptions
from appliance.imaging.limits import InspectionLimits
from appliance.pipeline.accept import AcceptStage
from appliance.pipeline.assemble import AssembleStage
from appliance.pipeline.deposit import DepositStage
from appliance.pipeline.derive import DeriveStage
from appliance.pipeline.inspect import InspectStage
from appliance.pipeline.parked import ParkedStage
from appliance.pipeline.register import approve, import_workbook
from appliance.pipeline.seal import SealStage
from appliance.signing.allowed import AllowedSigner
from appliance.signing.keys import generate_key, load_key
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from appliance.watchers.claims import Claim
from tests.sync.fakes import FakeRemote
from tests.watchers.making import MovingClock, page_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pytest

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.domain.findings import Finding
    from appliance.pipeline.register import Imported

BOX_ID: Final = "box-01"
LIST_CODE: Final = "DM-01"
PATIENCE_SECONDS: Final = 900.0
PLACES: Final = (
    DestinationFacts("province", "Kho lưu trữ tỉnh", "ssh", "store-province"),
    DestinationFacts("ministry", "Kho lưu trữ bộ", "ssh", "store-ministry"),
)
FONDS_ROW: Final = WorkbookRow(
    {"fonds_code": "TH", "name": "Ủy ban nhân dân tỉnh Thuận Hải", "archive_code": "H11"},
    "Phông",
    3,
)


def unit_row(file_code: str, pages: int, number: int = 3, **changes: str) -> WorkbookRow:
    """A row of the sheet of hồ sơ, as an archivist fills it in."""
    values = {
        "fonds_code": "TH",
        "arcFileCode": file_code,
        "title": f"Tập công văn về thủy lợi, {file_code}",
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": "02/01/1983",
        "endDate": "30/12/1983",
        "totalDoc": "1",
        "numberOfPaper": str(pages),
        "numberOfPage": str(pages),
        "paperFileCode": "12",
        "riskRecovery": "1",
        "riskRecoveryStatus": "02",
    }
    return WorkbookRow({**values, **changes}, "Hồ sơ", number)


def list_row(file_code: str, list_code: str = LIST_CODE) -> WorkbookRow:
    """A row of the sheet of selection lists."""
    values = {"list_code": list_code, "title": "Đợt 1", "file_code": file_code}
    return WorkbookRow(values, "Danh mục", 3)


def workbook_of(pages: Mapping[str, int]) -> Workbook:
    """A register of hồ sơ with their expected pages, all on one list."""
    return Workbook(
        fonds=(FONDS_ROW,),
        file_units=tuple(unit_row(c, n, i) for i, (c, n) in enumerate(pages.items(), start=3)),
        list_items=tuple(list_row(code) for code in pages),
    )


@dataclass
class Bench:
    """A box in a folder.

    Args:
        folder: Everything lies in it.
        executor: Inspects and derives.
        clock: The box's.
        options: How pages are derived; without reading text unless told.
        profiles: What is known of the scanners.
    """

    folder: Path
    executor: Executor
    clock: MovingClock = field(default_factory=MovingClock)
    options: DerivationOptions = field(default_factory=lambda: DerivationOptions(reads_text=False))
    profiles: ScannerProfiles = NO_PROFILES

    def __post_init__(self) -> None:
        key_path = self.folder / "key"
        self.key = load_key(key_path) if key_path.exists() else generate_key(key_path, BOX_ID)
        self.catalogue = open_catalogue(self.folder / "state" / "catalogue.db", self.clock)
        self.store = Store(self.folder / "state" / "store")
        self.claimed = self.folder / "drop" / ".claimed"
        self.work = self.folder / "state" / "work"
        self._claims = 0

    def close(self) -> None:
        """Close the catalogue."""
        self.catalogue.close()

    # the stages, as the service makes them

    def accept_stage(self) -> AcceptStage:
        """Claims become masters."""
        return AcceptStage(self.catalogue, self.store, self.claimed, look_at, self.profiles)

    def inspect_stage(self) -> InspectStage:
        """Masters are decoded."""
        return InspectStage(
            self.catalogue,
            self.store,
            self.executor,
            self.claimed,
            self.profiles,
            InspectionLimits(),
            32,
        )

    def assemble_stage(self) -> AssembleStage:
        """Hồ sơ become complete and reviewed."""
        return AssembleStage(self.catalogue, 32)

    def derive_stage(self, batch: int = 32) -> DeriveStage:
        """Pages are derived."""
        return DeriveStage(
            self.catalogue, self.store, self.executor, self.work, self.options, batch
        )

    def seal_stage(self) -> SealStage:
        """Hồ sơ become packages."""
        return SealStage(self.catalogue, self.store, self.work, self.key, BOX_ID)

    def parked_stage(self) -> ParkedStage:
        """Parked files are judged again."""
        return ParkedStage(self.catalogue, self.store, look_at, self.profiles, "person:tester")

    def deposit_stage(self, remote: FakeRemote, place: str = "province") -> DepositStage:
        """Packages go to a far side in memory."""
        return DepositStage(self.catalogue, self.store, place, lambda: remote, 32)

    # what people and scanners do

    def register(self, pages: Mapping[str, int], *, approved: bool = True) -> Imported:
        """Import a register, and approve its list."""
        imported = import_workbook(self.catalogue, workbook_of(pages))
        if approved:
            self.approve()
        return imported

    def correct_register(self, workbook: Workbook) -> None:
        """Import hồ sơ anew, without touching their approved list."""
        corrected = Workbook(fonds=workbook.fonds, file_units=workbook.file_units)
        import_workbook(self.catalogue, corrected)

    def approve(self) -> int:
        """Record the decision on the list."""
        day = dt.date(2026, 3, 16)
        return approve(self.catalogue, Approval(LIST_CODE, "12/QĐ-SNV", day, "Nguyễn Văn An"))

    def claim(self, data: bytes, *parts: str) -> Claim:
        """A dropped file that was claimed."""
        self._claims += 1
        claim_id = f"{self._claims:032x}"
        path = self.claimed.joinpath(claim_id, *parts)
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        return Claim(claim_id, path, parts)

    def drop(self, file_code: str, name: str, data: bytes) -> MasterRow:
        """Drop, claim and accept a file; its row."""
        claim = self.claim(data, "scan01", file_code, name)
        assert self.accept_stage().accept_many([claim]) == 1
        return self.master(claim)

    def drop_pages(self, file_code: str, count: int, *, first_seed: int = 1) -> None:
        """Drop good pages 1 to ``count``."""
        for number in range(1, count + 1):
            self.drop(file_code, f"{number:04d}.png", page_bytes(first_seed + number - 1))

    def settle(self, *, seal: bool = True) -> None:
        """Run every stage until none finds work."""
        stages = [
            self.inspect_stage().run_once,
            self.assemble_stage().run_once,
            self.derive_stage().run_once,
            *([self.seal_stage().run_once] if seal else []),
        ]
        while sum([run("test:1") for run in stages]):
            pass

    def sealed(self, pages: Mapping[str, int]) -> list[PackageRow]:
        """Register, drop and seal some hồ sơ."""
        self.with_places()
        self.register(pages)
        for index, (code, count) in enumerate(pages.items()):
            self.drop_pages(code, count, first_seed=1 + 100 * index)
        self.settle()
        return self.packages()

    def with_places(self) -> None:
        """Configure both destinations."""
        with self.catalogue.write() as writing:
            deposits.configure_destinations(writing, PLACES)

    def far_side(self, place: str = "province") -> FakeRemote:
        """A far side in memory that knows this box."""
        key = generate_key(self.folder / f"store-{place}-key", place)
        signers = (AllowedSigner(BOX_ID, self.key.public, (PACKAGE_NAMESPACE,)),)
        return FakeRemote(f"store-{place}", key, signers)

    # what is recorded

    def master(self, claim: Claim) -> MasterRow:
        """The row of a claim."""
        with self.catalogue.read() as session:
            return session.exec(select(MasterRow).where(MasterRow.claim_id == claim.claim_id)).one()

    def masters(self) -> list[MasterRow]:
        """Every master as it came."""
        with self.catalogue.read() as session:
            return list(session.exec(select(MasterRow).order_by(col(MasterRow.id))))

    def unit(self, file_code: str) -> FileUnitRow:
        """The row of a hồ sơ."""
        with self.catalogue.read() as session:
            found = register.file_unit_row(session, file_code)
        assert found is not None
        return found

    def unit_findings(self, file_code: str) -> tuple[Finding, ...]:
        """What holds a hồ sơ up."""
        return findings_of(self.unit(file_code).findings)

    def packages(self) -> list[PackageRow]:
        """Every sealed package."""
        with self.catalogue.read() as session:
            return list(session.exec(select(PackageRow).order_by(col(PackageRow.id))))

    def package_path(self, package: PackageRow) -> Path:
        """Where a package lies."""
        with self.catalogue.read() as session:
            unit = session.get_one(FileUnitRow, package.file_unit_id)
        return self.store.package_path(unit.fonds_code, unit.file_code, package.objid)

    def deposits(self, place: str = "province") -> list[DepositRow]:
        """The deposits of one destination."""
        with self.catalogue.read() as session:
            statement = select(DepositRow).where(DepositRow.destination == place)
            return list(session.exec(statement.order_by(col(DepositRow.id))))

    def events(self, kind: str) -> list[dict[str, object]]:
        """The details of every event of a type, in order."""
        with self.catalogue.read() as session:
            statement = select(EventRow).where(EventRow.type == kind)
            rows = session.exec(statement.order_by(col(EventRow.counter))).all()
        return [json.loads(row.detail) for row in rows]


def codes_of(row: MasterRow) -> list[str]:
    """The rule codes on a master."""
    return [finding.code for finding in findings_of(row.findings)]


def count_transactions(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that grows by one for every write transaction from now on."""
    begun: list[int] = []
    true_write = type(bench.catalogue).write

    def write(catalogue: Catalogue) -> AbstractContextManager[Writing]:
        begun.append(1)
        return true_write(catalogue)

    monkeypatch.setattr(type(bench.catalogue), "write", write)
    return begun
