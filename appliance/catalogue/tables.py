"""The tables as SQLModel classes: rows hold data only, rules live in the domain.

The schema itself is in ``migrations/``; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Integer, LargeBinary, Table, Text
from sqlmodel import Field, SQLModel


def _text(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    return Field(sa_type=Text, **options)


def _number(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    return Field(sa_type=Integer, **options)


def _blob(**options: Any) -> Any:  # noqa: ANN401 - SQLModel's own signature
    return Field(sa_type=LargeBinary, **options)


class Row(SQLModel):
    """The base of every table."""

    __table__: ClassVar[Table]


class Lease(SQLModel):
    """The columns of a record that is worked on: whose it is, and when to try again."""

    owner: str | None = _text(default=None)
    lease_until: str | None = _text(default=None)
    next_attempt: str | None = _text(default=None)
    tries: int = _number(default=0)


class MetaRow(Row, table=True):
    """Facts of this box: its id, the heartbeat of its service."""

    __tablename__ = "meta"
    name: str = _text(primary_key=True)
    value: str = _text()


class AgencyRow(Row, table=True):
    """One agency under one name."""

    __tablename__ = "agency"
    id: int | None = _number(default=None, primary_key=True)
    code: str = _text()
    name: str = _text()
    valid_from: str | None = _text(default=None)
    valid_to: str | None = _text(default=None)
    parent_code: str | None = _text(default=None)
    successor_code: str | None = _text(default=None)


class FondsRow(Row, table=True):
    """A fonds."""

    __tablename__ = "fonds"
    fonds_code: str = _text(primary_key=True)
    name: str = _text()
    archive_code: str = _text()
    creator_code: str = _text()
    status: str = _text()
    period: str = _text()
    language: str = _text()
    history: str = _text()


class InventoryRow(Row, table=True):
    """An inventory of a fonds."""

    __tablename__ = "inventory"
    fonds_code: str = _text(primary_key=True, foreign_key="fonds.fonds_code")
    number: str = _text(primary_key=True)
    title: str = _text()


class FileUnitRow(Row, Lease, table=True):
    """A hồ sơ: its 18 fields and where it stands."""

    __tablename__ = "file_unit"
    id: int | None = _number(default=None, primary_key=True)
    file_code: str = _text(unique=True)
    safe_name: str = _text(unique=True)
    fonds_code: str = _text(foreign_key="fonds.fonds_code")
    inventory_number: str = _text()
    title: str = _text()
    maintenance: str = _text()
    mode: str = _text()
    language: str = _text()
    start_date: str = _text()
    end_date: str = _text()
    keyword: str = _text()
    total_doc: int = _number()
    number_of_paper: int = _number()
    number_of_page: int = _number()
    format: str = _text()
    infor_sign: str = _text()
    confidence_level: str = _text()
    paper_file_code: str = _text()
    risk_recovery: str = _text()
    risk_recovery_status: str = _text()
    description: str = _text()
    state: str = _text(default="registered")
    findings: str = _text(default="[]")
    pages_found: int = _number(default=0)
    objid: str | None = _text(default=None)
    minted_at: str | None = _text(default=None)
    minted_counter: int | None = _number(default=None)


class DocumentRow(Row, table=True):
    """A document of a hồ sơ."""

    __tablename__ = "document"
    file_unit_id: int = _number(primary_key=True, foreign_key="file_unit.id")
    ordinal: int = _number(primary_key=True)
    first_page: int = _number()
    last_page: int = _number()
    fields: str = _text()


class SelectionListRow(Row, table=True):
    """A selection list."""

    __tablename__ = "selection_list"
    list_code: str = _text(primary_key=True)
    title: str = _text()
    state: str = _text()


class SelectionItemRow(Row, table=True):
    """One hồ sơ on a selection list."""

    __tablename__ = "selection_item"
    list_code: str = _text(primary_key=True, foreign_key="selection_list.list_code")
    file_unit_id: int = _number(primary_key=True, foreign_key="file_unit.id")


class ApprovalRow(Row, table=True):
    """The decision that approves a list."""

    __tablename__ = "approval"
    list_code: str = _text(primary_key=True, foreign_key="selection_list.list_code")
    decision_number: str = _text()
    decision_date: str = _text()
    signer: str = _text()
    recorded_at: str = _text()


class BatchRow(Row, Lease, table=True):
    """What one scanner dropped in one go, to be split into hồ sơ by its cover sheets."""

    __tablename__ = "batch"
    id: int | None = _number(default=None, primary_key=True)
    scanner: str = _text()
    place: str = _text()
    state: str = _text()
    opened_at: str = _text()
    last_arrival_at: str = _text()
    findings: str = _text(default="[]")


class MasterRow(Row, Lease, table=True):
    """One dropped file that was taken, and where it stands."""

    __tablename__ = "master"
    id: int | None = _number(default=None, primary_key=True)
    claim_id: str = _text(unique=True)
    scanner: str = _text()
    place: str = _text()
    name: str = _text()
    name_bytes: bytes = _blob()
    batch_id: int | None = _number(default=None, foreign_key="batch.id")
    file_unit_id: int | None = _number(default=None, foreign_key="file_unit.id")
    file_number: int | None = _number(default=None)
    sha256: str = _text()
    xxh3: str = _text()
    size_bytes: int = _number()
    is_read_back: int = _number()
    image_format: str | None = _text(default=None)
    frame_count: int | None = _number(default=None)
    state: str = _text()
    cause: str | None = _text(default=None)
    findings: str = _text(default="[]")
    other_id: int | None = _number(default=None, foreign_key="master.id")
    received_at: str = _text()


class PageRow(Row, Lease, table=True):
    """One frame of a master: a page, its facts and its derivatives."""

    __tablename__ = "page"
    id: int | None = _number(default=None, primary_key=True)
    master_id: int = _number(foreign_key="master.id")
    file_unit_id: int | None = _number(default=None, foreign_key="file_unit.id")
    frame: int = _number()
    number: int | None = _number(default=None)
    sheet_mark: str | None = _text(default=None)
    width_px: int = _number()
    height_px: int = _number()
    dpi: int = _number()
    dpi_source: str = _text()
    mode: str = _text()
    bits_per_pixel: int = _number()
    compression: str = _text()
    has_icc: int = _number()
    orientation: int = _number()
    paper_size: str = _text()
    a4_equivalent: int | None = _number(default=None)
    integrity: str = _text(default="not_checked")
    ink_permille: int | None = _number(default=None)
    quality: str | None = _text(default=None)
    page_hash: str | None = _text(default=None)
    findings: str = _text(default="[]")
    thumbnail_sha256: str | None = _text(default=None)
    view_sha256: str | None = _text(default=None)
    is_derived: int = _number(default=0)
    derivation: str | None = _text(default=None)
    derivative_sha256: str | None = _text(default=None)
    words_sha256: str | None = _text(default=None)
    ocr_confidence: int | None = _number(default=None)


class AnswerRow(Row, table=True):
    """What a person said to a question about a page."""

    __tablename__ = "answer"
    master_id: int = _number(primary_key=True, foreign_key="master.id")
    frame: int = _number(primary_key=True)
    code: str = _text(primary_key=True)
    answer: str = _text()
    agent: str = _text()
    answered_at: str = _text()


class HotFolderRow(Row, table=True):
    """How one scanner's folder is watched, as last probed."""

    __tablename__ = "hot_folder"
    scanner: str = _text(primary_key=True)
    is_configured: int = _number(default=0)
    way: str = _text()
    probed_at: str | None = _text(default=None)
    waiting: int = _number(default=0)
    last_arrival_at: str | None = _text(default=None)


class TargetReadingRow(Row, table=True):
    """What a target sheet said about a scanner on a day."""

    __tablename__ = "target_reading"
    id: int | None = _number(default=None, primary_key=True)
    master_id: int = _number(unique=True, foreign_key="master.id")
    scanner: str = _text()
    target_id: str = _text()
    read_at: str = _text()
    figures: str = _text()
    findings: str = _text(default="[]")


class PackageRow(Row, table=True):
    """A sealed package."""

    __tablename__ = "package"
    id: int | None = _number(default=None, primary_key=True)
    objid: str = _text(unique=True)
    file_unit_id: int = _number(foreign_key="file_unit.id")
    version: int = _number()
    name: str = _text()
    size_bytes: int = _number()
    sha256: str = _text()
    page_count: int = _number()
    sealed_at: str = _text()
    sidecar: bytes = _blob()
    sidecar_signature: str = _text()


class DestinationRow(Row, table=True):
    """A configured place for copies, and when it was last heard of."""

    __tablename__ = "destination"
    name: str = _text(primary_key=True)
    label: str = _text()
    kind: str = _text()
    store_id: str = _text()
    is_configured: int = _number()
    is_line_up: int | None = _number(default=None)
    last_attempt_at: str | None = _text(default=None)
    last_contact_at: str | None = _text(default=None)
    reason: str | None = _text(default=None)
    free_bytes: int | None = _number(default=None)
    receipt_counter: int = _number(default=0)
    receipt_sha256: str = _text()


class DepositRow(Row, Lease, table=True):
    """One package on its way to one destination."""

    __tablename__ = "deposit"
    id: int | None = _number(default=None, primary_key=True)
    package_id: int = _number(foreign_key="package.id")
    destination: str = _text(foreign_key="destination.name")
    state: str = _text(default="waiting")
    proof: str = _text(default="none")
    reason: str | None = _text(default=None)
    receipt: bytes | None = _blob(default=None)
    receipt_signature: str | None = _text(default=None)
    proved_at: str | None = _text(default=None)


class NoticeRow(Row, table=True):
    """A standing condition of the place."""

    __tablename__ = "notice"
    code: str = _text(primary_key=True)
    place: str = _text(primary_key=True)
    finding: str = _text()
    since: str = _text()


class EventRow(Row, table=True):
    """One custody event of the chain."""

    __tablename__ = "event"
    counter: int = _number(primary_key=True)
    type: str = _text()
    object_kind: str = _text()
    object_id: str = _text()
    at: str = _text()
    clock_trusted: int = _number()
    agent: str = _text()
    outcome: str = _text()
    detail: str = _text()
    previous: str = _text()
    digest: str = _text()


class CounterRow(Row, table=True):
    """A number that triggers keep."""

    __tablename__ = "counter"
    name: str = _text(primary_key=True)
    value: int = _number()
