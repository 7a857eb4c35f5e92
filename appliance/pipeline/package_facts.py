"""What a package is written from: read in one transaction, then plain values."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import corrections, deposits, events, register, sealing
from appliance.disk.digesting import fingerprint_of
from appliance.domain.agencies import name_on
from appliance.domain.clock import from_text
from appliance.domain.custody import GENESIS
from appliance.domain.documents import PageRange
from appliance.domain.errors import IntegrityError, RuleError
from appliance.packaging.facts import MasterFact, PackageFacts
from appliance.pipeline.agents import SOFTWARE_NAME
from appliance.pipeline.formats import format_of
from appliance.pipeline.recorded_events import RecordedEvents
from appliance.pipeline.recorded_pages import RecordedPages
from appliance.pipeline.unit_documents import documents_of_package
from appliance.pipeline.unit_pdfs import (
    PdfSource,
    bookmarks_of,
    plan_pdfs,
    write_planned,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.corrections import Lineage
    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.sealing import MasterToSeal, PageToSeal
    from appliance.catalogue.tables import FileUnitRow
    from appliance.disk.store import Store
    from appliance.domain.records import Approval, Document, FileUnit, Fonds
    from appliance.packaging.facts import PdfFact
    from appliance.pipeline.minting import Making

_DIGESTS: Final = 500
"""Our own: masters whose events are looked for by one statement."""


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
        event_counters: Of the events of the hồ sơ and its masters, up to the minted one.
        objid: Minted.
        minted_at: The time of the seal.
        minted_counter: The event counter then.
        minted_head: The chain's head then.
        version: Of the package.
        lineage: What it says of the version before it.
        software_version: The release that the package says made it.
    """

    unit: FileUnit
    fonds: Fonds
    archive_name: str
    approval: Approval
    documents: tuple[Document, ...]
    masters: tuple[MasterToSeal, ...]
    pages: tuple[PageToSeal, ...]
    event_counters: Sequence[int]
    objid: str
    minted_at: str
    minted_counter: int
    minted_head: str
    version: int
    lineage: Lineage
    software_version: str


def read_record(session: Session, row: FileUnitRow, software_version: str) -> SealRecord:
    """Read what a minted hồ sơ is sealed from.

    Args:
        session: A read or write transaction.
        row: The hồ sơ.
        software_version: Minted with it.

    Raises:
        RuleError: It is not approved, or has no fonds: the seal cannot go on.
    """
    unit_id = row.id or 0
    fonds = register.fonds_of(session, row.fonds_code)
    approval = register.approval_of(session, unit_id)
    if fonds is None or approval is None or not (row.objid and row.minted_at):
        raise RuleError(f"{row.file_code} is not approved, registered and minted")
    masters = sealing.masters_to_seal(session, unit_id)
    counter = row.minted_counter or 0
    return SealRecord(
        unit=register.as_file_unit(row),
        fonds=fonds,
        archive_name=_archive_name(session, fonds.archive_code, row.minted_at),
        approval=approval,
        documents=register.documents_of(session, unit_id),
        masters=tuple(masters.values()),
        pages=sealing.pages_to_seal(session, unit_id, masters),
        event_counters=_event_counters(session, row.file_code, masters.values(), counter),
        objid=row.objid,
        minted_at=row.minted_at,
        minted_counter=counter,
        minted_head=events.digest_at(session, counter) or GENESIS,
        version=deposits.newest_version(session, unit_id) + 1,
        lineage=corrections.lineage_of(session, row),
        software_version=software_version,
    )


def _event_counters(
    session: Session, file_code: str, masters: Iterable[MasterToSeal], up_to: int
) -> Sequence[int]:
    """Eight bytes an event: there are three or more a page."""
    found = array("Q", events.counters_of(session, "file_unit", (file_code,), up_to=up_to))
    for digests in _batches(sorted({master.sha256 for master in masters})):
        found.extend(events.counters_of(session, "master", digests, up_to=up_to))
    return array("Q", sorted(found))


def _batches(digests: list[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(digests[start : start + _DIGESTS]) for start in range(0, len(digests), _DIGESTS))


def _archive_name(session: Session, archive_code: str, minted_at: str) -> str:
    day = from_text(minted_at).date()
    return name_on(register.agencies(session), archive_code, day) or archive_code


def write_unit_pdfs(
    record: SealRecord, catalogue: Catalogue, store: Store, folder: Path, made_with: Making
) -> tuple[PdfFact, ...]:
    """Write and check the PDF/A of the hồ sơ: one for the whole, or one for each document.

    Args:
        record: Of the hồ sơ.
        catalogue: Where it is recorded how each page was derived.
        store: Where masters and derivatives lie.
        folder: Takes the PDFs.
        made_with: What one PDF holds when the hồ sơ itself does not say, and what every PDF
            has in common.

    Raises:
        RuleError: The documents or a PDF do not pass their check.
        IntegrityError: A master or derivative is not what was recorded.
    """
    documents = documents_in_package(record)
    pages, form = RecordedPages(catalogue, record.pages), made_with.form
    derived = pages.derived(PageRange(1, len(record.pages)))
    image_bytes = array("Q", (derivative.image_bytes for _page, derivative in derived))
    plan = plan_pdfs(record.unit, documents, image_bytes, made_with.pdf_per, form.volumes)
    fonds = f"{record.fonds.name} ({record.fonds.fonds_code})"
    signed = record.lineage.signed
    marks = bookmarks_of(documents)
    sheets = int(record.unit.fields.get("numberOfPaper") or 0)
    source = PdfSource(pages, store, record.minted_at, fonds, form, signed, marks, sheets)
    return tuple(write_planned(plan, source, folder))


def documents_in_package(record: SealRecord) -> tuple[Document, ...]:
    """What the package describes, every page in exactly one of them.

    Raises:
        RuleError: The documents listed overlap or are not as many as promised.
    """
    return documents_of_package(record.unit, record.fonds, record.documents, len(record.pages))


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


def facts_for(
    record: SealRecord,
    catalogue: Catalogue,
    store: Store,
    pdfs: tuple[PdfFact, ...],
    box_id: str,
) -> PackageFacts:
    """The facts of the package, in the packaging's own words."""
    return PackageFacts(
        objid=record.objid,
        version=record.version,
        record_status=record.lineage.record_status,
        sealed_at=record.minted_at,
        box_id=box_id,
        software_name=SOFTWARE_NAME,
        software_version=record.software_version,
        fonds=record.fonds,
        archive_name=record.archive_name,
        file_unit=record.unit,
        documents=documents_in_package(record),
        approval=record.approval,
        masters=tuple(_master_fact(master, store) for master in record.masters),
        pdfs=pdfs,
        events=RecordedEvents(catalogue, record.event_counters),
        predecessor_objid=record.lineage.predecessor_objid,
    )


def _master_fact(master: MasterToSeal, store: Store) -> MasterFact:
    path = store.master_path(master.sha256)
    form = format_of(master.image_format, path)
    return MasterFact(
        path=path,
        sha256=master.sha256,
        size_bytes=master.size_bytes,
        original_name=master.name,
        file_number=master.file_number,
        format_name=form.name,
        mime_type=form.mime_type,
        pronom_key=form.pronom_key,
        frames=master.frame_count,
        scanner=master.scanner,
    )
