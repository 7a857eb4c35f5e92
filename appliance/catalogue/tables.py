"""The tables as SQLModel classes: rows hold data only, rules live in the domain.

The schema itself is in ``migrations/``; a test holds the two against each other.
"""

from __future__ import annotations

from appliance.catalogue.columns import Lease, Row, blob_column, number_column, text_column


class MetaRow(Row, table=True):
    """Facts of this box: its id, the heartbeat of its service."""

    __tablename__ = "meta"
    name: str = text_column(primary_key=True)
    value: str = text_column()


class AgencyRow(Row, table=True):
    """One agency under one name."""

    __tablename__ = "agency"
    id: int | None = number_column(default=None, primary_key=True)
    code: str = text_column()
    name: str = text_column()
    valid_from: str | None = text_column(default=None)
    valid_to: str | None = text_column(default=None)
    parent_code: str | None = text_column(default=None)
    successor_code: str | None = text_column(default=None)


class FondsRow(Row, table=True):
    """A fonds."""

    __tablename__ = "fonds"
    fonds_code: str = text_column(primary_key=True)
    name: str = text_column()
    archive_code: str = text_column()
    creator_code: str = text_column()
    status: str = text_column()
    period: str = text_column()
    language: str = text_column()
    history: str = text_column()


class InventoryRow(Row, table=True):
    """An inventory of a fonds."""

    __tablename__ = "inventory"
    fonds_code: str = text_column(primary_key=True, foreign_key="fonds.fonds_code")
    number: str = text_column(primary_key=True)
    title: str = text_column()


class FileUnitRow(Row, Lease, table=True):
    """A hồ sơ: its 18 fields and where it stands."""

    __tablename__ = "file_unit"
    id: int | None = number_column(default=None, primary_key=True)
    file_code: str = text_column(unique=True)
    safe_name: str = text_column(unique=True)
    fonds_code: str = text_column(foreign_key="fonds.fonds_code")
    inventory_number: str = text_column()
    title: str = text_column()
    maintenance: str = text_column()
    mode: str = text_column()
    language: str = text_column()
    start_date: str = text_column()
    end_date: str = text_column()
    keyword: str = text_column()
    total_doc: int = number_column()
    number_of_paper: int = number_column()
    number_of_page: int = number_column()
    format: str = text_column()
    infor_sign: str = text_column()
    confidence_level: str = text_column()
    paper_file_code: str = text_column()
    risk_recovery: str = text_column()
    risk_recovery_status: str = text_column()
    description: str = text_column()
    paper_sizes: str = text_column(default="")
    pdf_per: str = text_column(default="")
    state: str = text_column(default="registered")
    findings: str = text_column(default="[]")
    pages_found: int = number_column(default=0)
    objid: str | None = text_column(default=None)
    minted_at: str | None = text_column(default=None)
    minted_counter: int | None = number_column(default=None)
    minted_with: str | None = text_column(default=None)


class DocumentRow(Row, table=True):
    """A document of a hồ sơ."""

    __tablename__ = "document"
    file_unit_id: int = number_column(primary_key=True, foreign_key="file_unit.id")
    ordinal: int = number_column(primary_key=True)
    first_page: int = number_column()
    last_page: int = number_column()
    fields: str = text_column()
    kind: str = text_column(default="text")


class SelectionListRow(Row, table=True):
    """A selection list."""

    __tablename__ = "selection_list"
    list_code: str = text_column(primary_key=True)
    title: str = text_column()
    state: str = text_column()


class SelectionItemRow(Row, table=True):
    """One hồ sơ on a selection list."""

    __tablename__ = "selection_item"
    list_code: str = text_column(primary_key=True, foreign_key="selection_list.list_code")
    file_unit_id: int = number_column(primary_key=True, foreign_key="file_unit.id")


class ApprovalRow(Row, table=True):
    """The decision that approves a list."""

    __tablename__ = "approval"
    list_code: str = text_column(primary_key=True, foreign_key="selection_list.list_code")
    decision_number: str = text_column()
    decision_date: str = text_column()
    signer: str = text_column()
    recorded_at: str = text_column()


class MasterRow(Row, Lease, table=True):
    """One dropped file that was taken, and where it stands."""

    __tablename__ = "master"
    id: int | None = number_column(default=None, primary_key=True)
    claim_id: str = text_column(unique=True)
    scanner: str = text_column()
    place: str = text_column()
    name: str = text_column()
    name_bytes: bytes = blob_column()
    place_bytes: bytes | None = blob_column(default=None)
    batch_id: int | None = number_column(default=None, foreign_key="batch.id")
    file_unit_id: int | None = number_column(default=None, foreign_key="file_unit.id")
    file_number: int | None = number_column(default=None)
    sha256: str = text_column()
    xxh3: str = text_column()
    size_bytes: int = number_column()
    is_read_back: int = number_column()
    image_format: str | None = text_column(default=None)
    frame_count: int | None = number_column(default=None)
    state: str = text_column()
    cause: str | None = text_column(default=None)
    findings: str = text_column(default="[]")
    other_id: int | None = number_column(default=None, foreign_key="master.id")
    received_at: str = text_column()


class PageRow(Row, Lease, table=True):
    """One frame of a master: a page, its facts and its derivatives."""

    __tablename__ = "page"
    id: int | None = number_column(default=None, primary_key=True)
    master_id: int = number_column(foreign_key="master.id")
    file_unit_id: int | None = number_column(default=None, foreign_key="file_unit.id")
    frame: int = number_column()
    number: int | None = number_column(default=None)
    sheet_mark: str | None = text_column(default=None)
    width_px: int = number_column()
    height_px: int = number_column()
    dpi: int = number_column()
    dpi_source: str = text_column()
    mode: str = text_column()
    bits_per_pixel: int = number_column()
    compression: str = text_column()
    has_icc: int = number_column()
    orientation: int = number_column()
    paper_size: str = text_column()
    a4_equivalent: int | None = number_column(default=None)
    integrity: str = text_column(default="not_checked")
    ink_permille: int | None = number_column(default=None)
    quality: str | None = text_column(default=None)
    page_hash: str | None = text_column(default=None)
    findings: str = text_column(default="[]")
    thumbnail_sha256: str | None = text_column(default=None)
    view_sha256: str | None = text_column(default=None)
    is_derived: int = number_column(default=0)
    derivation: str | None = text_column(default=None)
    derivative_sha256: str | None = text_column(default=None)
    words_sha256: str | None = text_column(default=None)
    ocr_confidence: int | None = number_column(default=None)


class PackageRow(Row, table=True):
    """A sealed package."""

    __tablename__ = "package"
    id: int | None = number_column(default=None, primary_key=True)
    objid: str = text_column(unique=True)
    file_unit_id: int = number_column(foreign_key="file_unit.id")
    version: int = number_column()
    name: str = text_column()
    size_bytes: int = number_column()
    sha256: str = text_column()
    page_count: int = number_column()
    sealed_at: str = text_column()
    sidecar: bytes = blob_column()
    sidecar_signature: str = text_column()
    pdfs: str = text_column(default="[]")


class DestinationRow(Row, table=True):
    """A configured place for copies, and when it was last heard of."""

    __tablename__ = "destination"
    name: str = text_column(primary_key=True)
    label: str = text_column()
    kind: str = text_column()
    store_id: str = text_column()
    is_configured: int = number_column()
    is_line_up: int | None = number_column(default=None)
    last_attempt_at: str | None = text_column(default=None)
    last_contact_at: str | None = text_column(default=None)
    reason: str | None = text_column(default=None)
    free_bytes: int | None = number_column(default=None)
    receipt_counter: int = number_column(default=0)
    receipt_sha256: str = text_column()
    notes: str = text_column(default="[]")
    partial_count: int | None = number_column(default=None)
    partial_bytes: int | None = number_column(default=None)


class DepositRow(Row, Lease, table=True):
    """One package on its way to one destination."""

    __tablename__ = "deposit"
    id: int | None = number_column(default=None, primary_key=True)
    package_id: int = number_column(foreign_key="package.id")
    destination: str = text_column(foreign_key="destination.name")
    state: str = text_column(default="waiting")
    proof: str = text_column(default="none")
    reason: str | None = text_column(default=None)
    receipt: bytes | None = blob_column(default=None)
    receipt_signature: str | None = text_column(default=None)
    proved_at: str | None = text_column(default=None)
    scrubbed_at: str | None = text_column(default=None)
    size_bytes: int = number_column(default=0)
    send_rank: int = number_column(default=0)
    sent_bytes: int = number_column(default=0)


class NoticeRow(Row, table=True):
    """A standing condition of the place."""

    __tablename__ = "notice"
    code: str = text_column(primary_key=True)
    place: str = text_column(primary_key=True)
    finding: str = text_column()
    since: str = text_column()


class EventRow(Row, table=True):
    """One custody event of the chain."""

    __tablename__ = "event"
    counter: int = number_column(primary_key=True)
    type: str = text_column()
    object_kind: str = text_column()
    object_id: str = text_column()
    at: str = text_column()
    clock_trusted: int = number_column()
    agent: str = text_column()
    outcome: str = text_column()
    detail: str = text_column()
    previous: str = text_column()
    digest: str = text_column()


class CounterRow(Row, table=True):
    """A number that triggers keep."""

    __tablename__ = "counter"
    name: str = text_column(primary_key=True)
    value: int = number_column()
