"""Believable rows for the catalogue tests, put there through its own functions."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select, update

from appliance.catalogue import deposits, masters, register
from appliance.catalogue.deposits import DestinationFacts, StoredReceipt
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.tables import DepositRow, MasterRow, PackageRow
from appliance.domain.custody import EventType
from appliance.domain.records import FileUnit, Fonds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import FileUnitRow

FONDS = Fonds(
    fonds_code="P01",
    name="Ủy ban nhân dân tỉnh",
    archive_code="LT01",
    creator_code="H11",
    period="1976-1991",
    history="Thành lập năm 1976",
)
FIELDS: Mapping[str, str] = {
    "title": "Hồ sơ về việc đo đạc ruộng đất",
    "maintenance": "01",
    "mode": "01",
    "language": "01",
    "startDate": "1976",
    "endDate": "12/1977",
    "totalDoc": "12",
    "numberOfPaper": "40",
    "numberOfPage": "2",
    "riskRecovery": "1",
    "riskRecoveryStatus": "02",
}
PROVINCE = DestinationFacts("province", "Kho lưu trữ tỉnh", "ssh", "province-1")
MINISTRY = DestinationFacts("ministry", "Kho của Bộ", "ssh", "ministry-1")
DRAFT = EventDraft(EventType.REGISTRATION, "register", "register", "software:test/1")
PROOF: Mapping[str, Any] = {
    "proof": "read_back",
    "receipt": b"{}",
    "receipt_signature": "sig",
    "proved_at": "2026-03-02T08:00:00.000000Z",
}
"""What a proved deposit's row holds."""
CLAIM = Claim("part:1", limit=10, seconds=60)


def sha256_of(text: str) -> str:
    """A digest that looks like one."""
    return hashlib.sha256(text.encode()).hexdigest()


def add_unit(writing: Writing, file_code: str = "H1") -> FileUnitRow:
    """A registered hồ sơ of the one fonds."""
    register.put_fonds(writing, FONDS)
    register.put_file_unit(writing, FileUnit(file_code, FONDS.fonds_code, "01", FIELDS))
    row = register.file_unit_row(writing.session, file_code)
    assert row is not None
    return row


def new_master(number: int = 1, file_unit_id: int | None = None, **values: object) -> MasterRow:
    """A master that waits for inspection, not yet in the catalogue."""
    columns: dict[str, object] = {
        "claim_id": f"claim-{file_unit_id}-{number}",
        "scanner": "scan01",
        "place": f"scan01/H1/{number:04d}.tif",
        "name": f"{number:04d}.tif",
        "name_bytes": f"{number:04d}.tif".encode(),
        "file_unit_id": file_unit_id,
        "file_number": number,
        "sha256": sha256_of(f"{file_unit_id}-{number}"),
        "xxh3": "0" * 32,
        "size_bytes": 1000,
        "is_read_back": 1,
        "state": "accepted",
        "received_at": "2026-03-02T08:00:00.000000Z",
    }
    if values.get("state") == "parked":
        columns["cause"] = "INTAKE-BAD-NAME"
    return MasterRow.model_validate({**columns, **values})


def add_master(
    writing: Writing, number: int = 1, file_unit_id: int | None = None, **values: object
) -> MasterRow:
    """A master that waits for inspection."""
    return masters.add_master(writing, new_master(number, file_unit_id, **values))


def page_of(master: MasterRow, frame: int = 1, **values: object) -> dict[str, object]:
    """The columns of a page."""
    columns: dict[str, object] = {
        "master_id": master.id,
        "file_unit_id": master.file_unit_id,
        "frame": frame,
        "width_px": 2480,
        "height_px": 3508,
        "dpi": 300,
        "dpi_source": "file",
        "mode": "RGB",
        "bits_per_pixel": 24,
        "compression": "lzw",
        "has_icc": 0,
        "orientation": 1,
        "paper_size": "A4",
    }
    return {**columns, **values}


def add_package(
    writing: Writing, file_unit_id: int, version: int = 1, *, size_bytes: int = 5000
) -> PackageRow:
    """A sealed package; every configured destination is owed it."""
    objid = f"urn:uuid:{file_unit_id}-{version}"
    row = PackageRow(
        objid=objid,
        file_unit_id=file_unit_id,
        version=version,
        name=f"{objid}.zip",
        size_bytes=size_bytes,
        sha256=sha256_of(objid),
        page_count=2,
        sealed_at=writing.now,
        sidecar=b"{}",
        sidecar_signature="sig",
    )
    return deposits.add_package(writing, row)


def receipt(counter: int = 1) -> StoredReceipt:
    """A receipt that was verified."""
    return StoredReceipt(b"{}", "sig", counter, sha256_of(f"receipt-{counter}"))


def deposit_to(writing: Writing, package: PackageRow, place: str) -> DepositRow:
    """The deposit of a package at a place."""
    statement = select(DepositRow).where(DepositRow.package_id == package.id)
    return writing.session.exec(statement.where(DepositRow.destination == place)).one()


def set_deposit(catalogue: Catalogue, deposit_id: int, **values: object) -> None:
    """Set columns of a deposit, past every rule but the database's."""
    with catalogue.write() as writing:
        one = update(DepositRow).where(col(DepositRow.id) == deposit_id)
        writing.session.execute(one.values(**values))


def deposit_row(catalogue: Catalogue, deposit_id: int) -> DepositRow:
    """A deposit as it stands."""
    with catalogue.read() as session:
        return session.get_one(DepositRow, deposit_id)
