"""What a package is written from: read in one transaction, then plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance import __version__
from appliance.catalogue import deposits, events, masters, register
from appliance.disk.digesting import fingerprint_of
from appliance.domain.agencies import name_on
from appliance.domain.clock import from_text
from appliance.domain.codes import DIGITISED, OTHER_TYPE
from appliance.domain.custody import GENESIS
from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.records import Document
from appliance.imaging.page_derivative import PageDerivative
from appliance.imaging.pdf import PdfInfo, PdfPage, write_pdf
from appliance.imaging.pdf_check import check_pdf
from appliance.packaging.facts import MasterFact, PackageFacts, PdfFact
from appliance.packaging.write.names import pdf_name
from appliance.pipeline.agents import SOFTWARE_NAME
from appliance.pipeline.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
    from appliance.disk.store import Store
    from appliance.domain.custody import CustodyEvent
    from appliance.domain.records import Approval, FileUnit, Fonds

_SUBJECT_CHARACTERS: Final = 500
"""TT 05/2025: length of ``subject``."""


@dataclass(frozen=True, slots=True)
class SealRecord:
    """Everything recorded of a hồ sơ that is about to be sealed.

    Args:
        unit: With its 18 fields.
        fonds: Its fonds.
        archive_name: The archive's name on the day of the seal.
        approval: The decision that allows it.
        documents: As registered; none means one for the whole hồ sơ.
        masters: By number.
        pages: With their masters, by number.
        events: Of the hồ sơ and its masters, up to the minted counter.
        objid: Minted.
        minted_at: The time of the seal.
        minted_counter: The event counter then.
        minted_head: The chain's head then.
        version: Of the package.
    """

    unit: FileUnit
    fonds: Fonds
    archive_name: str
    approval: Approval
    documents: tuple[Document, ...]
    masters: tuple[MasterRow, ...]
    pages: tuple[tuple[PageRow, MasterRow], ...]
    events: tuple[CustodyEvent, ...]
    objid: str
    minted_at: str
    minted_counter: int
    minted_head: str
    version: int


def read_record(session: Session, row: FileUnitRow) -> SealRecord:
    """Read what a minted hồ sơ is sealed from.

    Raises:
        RuleError: It is not approved, or has no fonds: the seal cannot go on.
    """
    unit_id = row.id or 0
    fonds = register.fonds_of(session, row.fonds_code)
    approval = register.approval_of(session, unit_id)
    if fonds is None or approval is None or not (row.objid and row.minted_at):
        raise RuleError(f"{row.file_code} is not approved, registered and minted")
    live = tuple(masters.live_masters(session, unit_id))
    counter = row.minted_counter or 0
    own = events.events_of(session, "file_unit", (row.file_code,), up_to=counter)
    digests = tuple(sorted({master.sha256 for master in live}))
    theirs = events.events_of(session, "master", digests, up_to=counter)
    return SealRecord(
        unit=register.as_file_unit(row),
        fonds=fonds,
        archive_name=_archive_name(session, fonds.archive_code, row.minted_at),
        approval=approval,
        documents=register.documents_of(session, unit_id),
        masters=live,
        pages=tuple((page, master) for page, master in masters.pages_of(session, unit_id)),
        events=tuple(sorted((*own, *theirs), key=lambda event: event.counter)),
        objid=row.objid,
        minted_at=row.minted_at,
        minted_counter=counter,
        minted_head=events.digest_at(session, counter) or GENESIS,
        version=deposits.newest_version(session, unit_id) + 1,
    )


def _archive_name(session: Session, archive_code: str, minted_at: str) -> str:
    day = from_text(minted_at).date()
    return name_on(register.agencies(session), archive_code, day) or archive_code


def write_unit_pdf(record: SealRecord, store: Store, folder: Path) -> PdfFact:
    """Write and check the PDF/A of the whole hồ sơ.

    Raises:
        RuleError: The PDF does not pass its check.
        IntegrityError: A master or derivative is not what was recorded.
    """
    name = pdf_name(record.unit.file_code)
    target = folder / name
    info = PdfInfo(
        title=record.unit.fields["title"],
        identifier=record.unit.file_code,
        created=from_text(record.minted_at),
    )
    found = write_pdf(target, _pdf_pages(record, store), info)
    derivatives = (derivative_of(page) for page, _master in record.pages)
    findings = check_pdf(target, derivatives, name=name, page_count=len(record.pages))
    if findings:
        raise RuleError(f"{name} fails its check", findings)
    return PdfFact(target, found.sha256, found.size_bytes, name, len(record.pages))


def check_masters(record: SealRecord, store: Store) -> None:
    """Read every master again and hold it against its recorded digest.

    Raises:
        IntegrityError: One is missing, unreadable or differs.
    """
    for master in record.masters:
        path = store.master_path(master.sha256)
        try:
            found = fingerprint_of(path)
        except OSError as problem:
            raise IntegrityError(f"the master {path} cannot be read: {problem}") from problem
        if found.sha256 != master.sha256:
            raise IntegrityError(f"the master {path} now has the digest {found.sha256}")


def derivative_of(page: PageRow) -> PageDerivative:
    """The recorded derivative of a page.

    Raises:
        IntegrityError: The record is missing or cannot be read.
    """
    try:
        return PageDerivative.from_json(json.loads(page.derivation or ""))
    except ValueError as problem:
        raise IntegrityError(f"page {page.id} has no readable derivation: {problem}") from problem


def _pdf_pages(record: SealRecord, store: Store) -> Iterator[PdfPage]:
    for page, master in record.pages:
        image, words = page.derivative_sha256, page.words_sha256
        yield PdfPage(
            label=str(page.number),
            derivative=derivative_of(page),
            master_path=store.master_path(master.sha256),
            image_path=store.derivative_path(image) if image else None,
            words_path=store.derivative_path(words) if words else None,
        )


def facts_for(record: SealRecord, store: Store, pdf: PdfFact, box_id: str) -> PackageFacts:
    """The facts of the package, in the packaging's own words."""
    return PackageFacts(
        objid=record.objid,
        version=record.version,
        record_status="NEW",
        sealed_at=record.minted_at,
        box_id=box_id,
        software_name=SOFTWARE_NAME,
        software_version=__version__,
        fonds=record.fonds,
        archive_name=record.archive_name,
        file_unit=record.unit,
        documents=record.documents or (whole_document(record),),
        approval=record.approval,
        masters=tuple(_master_fact(master, store) for master in record.masters),
        pdfs=(pdf,),
        events=record.events,
    )


def _master_fact(master: MasterRow, store: Store) -> MasterFact:
    path = store.master_path(master.sha256)
    form = format_of(master.image_format or "", path)
    return MasterFact(
        path=path,
        sha256=master.sha256,
        size_bytes=master.size_bytes,
        original_name=master.name,
        file_number=master.file_number or 0,
        format_name=form.name,
        mime_type=form.mime_type,
        pronom_key=form.pronom_key,
        frames=master.frame_count or 1,
        scanner=master.scanner,
    )


def whole_document(record: SealRecord) -> Document:
    """One document that stands for the whole hồ sơ, where the register lists none."""
    unit = record.unit.fields
    fields = {
        "arcFileCode": record.unit.file_code,
        "mode": unit["mode"],
        "language": unit["language"],
        "keyword": unit["keyword"],
        "numberOfPage": str(len(record.pages)),
        "format": unit["format"],
        "inforSign": unit["inforSign"],
        "confidenceLevel": unit["confidenceLevel"] or DIGITISED,
        "docCode": f"{record.unit.file_code}.0000001"[-100:],
        "docOrdinal": "1",
        "typeName": OTHER_TYPE,
        "issuedDate": unit["endDate"],
        "organName": record.fonds.name[:200],
        "subject": unit["title"][:_SUBJECT_CHARACTERS],
    }
    present = {name: text for name, text in fields.items() if text}
    return Document(1, 1, len(record.pages), present)
