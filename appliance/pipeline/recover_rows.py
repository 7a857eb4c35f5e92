"""Rows of a sealed hồ sơ from its package: what the package tells, and what its masters show."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.catalogue import deposits, masters, rebuilding, register
from appliance.catalogue.tables import MasterRow, PackageRow
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.records import Approval, Document, DocumentKind, FileUnit, Fonds
from appliance.domain.states import MasterState
from appliance.packaging.facts import PdfFact
from appliance.packaging.write.names import pdf_name
from appliance.pipeline.outcomes import Outcome, page_rows
from appliance.pipeline.recorded_pdfs import recorded_text
from appliance.pipeline.unit_documents import documents_of_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.domain.custody import CustodyEvent
    from appliance.imaging.facts import Inspection
    from appliance.packaging.verify.retelling import Retold
    from appliance.sync.papers import SignedSidecar

LOST: Final = "RECOVER-LOST"


@dataclass(frozen=True, slots=True)
class TakenMaster:
    """A master that came back.

    Args:
        number: In its name, 1-based.
        fingerprint: Of its bytes, which lie under their digest.
        inspection: What decoding it anew found.
    """

    number: int
    fingerprint: Fingerprint
    inspection: Inspection


@dataclass(frozen=True, slots=True)
class PackageTold:
    """A package with everything that its rows are rebuilt from.

    Args:
        signed: Its sidecar.
        retold: What it tells.
        taken: Its masters, by number.
        pdf_digests: SHA-256 of its PDFs, by their names.
    """

    signed: SignedSidecar
    retold: Retold
    taken: tuple[TakenMaster, ...]
    pdf_digests: Mapping[str, str]


def rebuild(writing: Writing, told: PackageTold, store: Store) -> tuple[CustodyEvent, ...]:
    """Write every row of one sealed hồ sơ; versions of one must come in their order.

    Returns:
        Events that the package tells otherwise than the catalogue has them.
    """
    sidecar, retold = told.signed.sidecar, told.retold
    forks = tuple(rebuilding.add_missing_events(writing, retold.events))
    fonds = Fonds(sidecar.fonds_code, retold.fonds[1], retold.archive[0])
    rebuilding.put_fonds_if_missing(writing, fonds)
    if retold.archive[1] != retold.archive[0]:
        rebuilding.put_agency_if_missing(writing, *retold.archive)
    unit, unit_id = _put_unit(writing, told)
    _put_documents(writing, told, unit, unit_id)
    _put_approval(writing, told, unit_id)
    _put_masters(writing, told, unit_id, store)
    masters.number_pages(writing, unit_id)
    rebuilding.set_sealed(
        writing,
        unit_id,
        pages_found=_page_count(retold),
        objid=sidecar.objid,
        minted_at=sidecar.sealed_at,
        minted_counter=sidecar.event_counter,
    )
    _put_package(writing, told, unit_id)
    return forks


def _put_unit(writing: Writing, told: PackageTold) -> tuple[FileUnit, int]:
    """The register's row; what only the register says stays where it is known."""
    sidecar, fields = told.signed.sidecar, told.retold.fields
    known = register.file_unit_row(writing.session, sidecar.file_code)
    plain = {name: text for name, text in fields.items() if name != "arcFileCode"}
    unit = FileUnit(sidecar.file_code, sidecar.fonds_code, fields=plain)
    if known is not None:
        unit = replace(register.as_file_unit(known), fields=plain)
    unit_id = register.put_file_unit(writing, unit)
    writing.session.expire_all()
    return register.as_file_unit(_row(writing, sidecar.file_code)), unit_id


def _row(writing: Writing, file_code: str) -> FileUnitRow:
    row = register.file_unit_row(writing.session, file_code)
    if row is None:
        raise LookupError(file_code)
    return row


def _put_documents(writing: Writing, told: PackageTold, unit: FileUnit, unit_id: int) -> None:
    """The documents that were registered; a description made for the whole hồ sơ is none."""
    if register.documents_of(writing.session, unit_id):
        return
    documents = _documents(told)
    fonds = Fonds(unit.fonds_code, told.retold.fonds[1], told.retold.archive[0])
    (made,) = documents_of_package(unit, fonds, (), _page_count(told.retold))
    listed = tuple(one for one in documents if one.fields != made.fields)
    if listed and documents[-1].last_page == _page_count(told.retold):
        register.put_documents(writing, unit_id, listed)


def _documents(told: PackageTold) -> tuple[Document, ...]:
    """The documents with their pages: one after the other, in the order of their ordinals."""
    last, found = 0, []
    counts = {pdf.name: pdf.page_count for pdf in told.retold.pdfs}
    for ordinal, one in enumerate(told.retold.documents, start=1):
        own = counts.get(pdf_name(told.signed.sidecar.file_code, ordinal))
        said = one.fields.get("numberOfPage") if one.kind is DocumentKind.TEXT else None
        pages = own or int(said or 1)
        found.append(Document(ordinal, last + 1, last + pages, one.fields, one.kind))
        last += pages
    return tuple(found)


def _page_count(retold: Retold) -> int:
    return sum(pdf.page_count for pdf in retold.pdfs)


def _put_approval(writing: Writing, told: PackageTold, unit_id: int) -> None:
    said = told.retold.approval
    if said is None or register.approval_of(writing.session, unit_id) is not None:
        return
    day = dt.date.fromisoformat(said.decision_date)
    approval = Approval(said.list_code, said.decision_number, day, said.signer)
    rebuilding.put_approved_item(writing, unit_id, approval, told.signed.sidecar.sealed_at)


def _put_masters(writing: Writing, told: PackageTold, unit_id: int, store: Store) -> None:
    wanted = {(one.number, one.fingerprint.sha256): one for one in told.taken}
    there: set[tuple[int, str]] = set()
    for row in rebuilding.masters_of(writing.session, unit_id):
        key = (row.file_number or 0, row.sha256)
        if key in wanted and key not in there:
            there.add(key)
        elif row.state in masters.LIVE_STATES:
            _retire(writing, row, store)
    rows = rebuilding.masters_of(writing.session, unit_id)
    for key, taken in wanted.items():
        known = [one for one in rows if (one.file_number or 0, one.sha256) == key]
        row = known[0] if known else _added(writing, told, taken, unit_id)
        rebuilding.set_master(writing, row.id or 0, MasterState.SEALED)
        if not masters.has_pages(writing.session, row.id or 0):
            outcome = Outcome(row, taken.inspection, is_proved=True)
            masters.put_pages(writing, row.id or 0, page_rows(outcome))


def _retire(writing: Writing, row: MasterRow, store: Store) -> None:
    """What this version does not hold was replaced, if its bytes are somewhere; else it is lost."""
    if store.master_path(row.sha256).exists():
        rebuilding.set_master(writing, row.id or 0, MasterState.REPLACED)
    else:
        rebuilding.set_lost(writing, row.id or 0, Finding(LOST, row.name, {"name": row.name}))


def _added(writing: Writing, told: PackageTold, one: TakenMaster, unit_id: int) -> MasterRow:
    return masters.add_master(writing, _master_row(writing, told, one, unit_id))


def _master_row(writing: Writing, told: PackageTold, one: TakenMaster, unit_id: int) -> MasterRow:
    """A row as intake would have written it, from the events that tell of its coming."""
    came = _event_of(told.retold.events, EventType.TRANSFER, one)
    detail = {} if came is None else came.detail
    sidecar = told.signed.sidecar
    name = str(detail.get("name", f"{one.number:04d}"))
    place = str(detail.get("place", f"{sidecar.file_code}/{name}"))
    claim = str(detail.get("claim", ""))
    if not claim or masters.by_claims(writing.session, [claim]):
        claim = f"{sidecar.objid}#{one.number}"
    return MasterRow(
        claim_id=claim,
        scanner="" if came is None else came.agent.removeprefix("scanner:"),
        place=place,
        name=name,
        name_bytes=os.fsencode(name),
        place_bytes=os.fsencode(place),
        file_unit_id=unit_id,
        file_number=one.number,
        sha256=one.fingerprint.sha256,
        xxh3=one.fingerprint.xxh3,
        size_bytes=one.fingerprint.size_bytes,
        is_read_back=1,
        image_format=one.inspection.kind,
        frame_count=len(one.inspection.frames),
        state=str(MasterState.SEALED),
        findings=masters.findings_text(one.inspection.findings),
        received_at=sidecar.sealed_at if came is None else came.at,
    )


def _event_of(
    events: Sequence[CustodyEvent], kind: EventType, one: TakenMaster
) -> CustodyEvent | None:
    """The last event of a kind about a master, preferably under its number."""
    about = [e for e in events if e.type is kind and e.object_id == one.fingerprint.sha256]
    named = [e for e in about if str(e.detail.get("name", "")).startswith(f"{one.number:04d}.")]
    return next(iter(reversed(named or about)), None)


def _put_package(writing: Writing, told: PackageTold, unit_id: int) -> None:
    sidecar, retold = told.signed.sidecar, told.retold
    facts, first = [], 1
    for pdf in retold.pdfs:
        digest = told.pdf_digests[pdf.name]
        path, size_bytes = pdf.extent.path, pdf.extent.size_bytes
        form = pdf.archival_form or "2b"
        facts.append(PdfFact(path, digest, size_bytes, pdf.name, pdf.page_count, first, form))
        first += pdf.page_count
    row = PackageRow(
        objid=sidecar.objid,
        file_unit_id=unit_id,
        version=sidecar.version,
        name=sidecar.name,
        size_bytes=sidecar.size_bytes,
        sha256=sidecar.sha256,
        page_count=first - 1,
        sealed_at=sidecar.sealed_at,
        sidecar=sidecar.to_bytes(),
        sidecar_signature=told.signed.signature,
        pdfs=recorded_text(facts),
    )
    deposits.add_package(writing, row)
