"""Seal: a derived and approved hồ sơ becomes one package, checked by a reader of its own.

Ids and the time of the seal are minted once and kept in the catalogue, so that sealing again
after a crash gives the same bytes. Order: PDF and package in temporary files, verified, then
published without overwriting, then one transaction.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from sqlmodel import col

from appliance import __version__
from appliance.catalogue import deposits, events, file_units, leases, register, sealing
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.tables import FileUnitRow, PackageRow
from appliance.catalogue.work import TO_SEAL
from appliance.disk.durable import make_folder, storage_errors, temporary_beside
from appliance.domain.custody import EventType
from appliance.domain.errors import IllegalTransition, RuleError
from appliance.domain.findings import Finding, Verdict
from appliance.domain.records import PdfPer
from appliance.domain.rules import is_blocking, judge
from appliance.domain.states import FileUnitEvent
from appliance.imaging.pdf_form import DEFAULT_FORM, PdfForm
from appliance.packaging.verify import verify_new_package
from appliance.packaging.write.package import write_package
from appliance.pipeline.agents import software_agent
from appliance.pipeline.minting import Making, mint
from appliance.pipeline.package_facts import (
    SealRecord,
    check_masters,
    facts_for,
    read_record,
    write_unit_pdfs,
)
from appliance.pipeline.recorded_pdfs import recorded_text
from appliance.pipeline.same_bytes import publish_same
from appliance.pipeline.seal_reasons import reasons_for
from appliance.pipeline.sealing_sidecar import Signer, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.packaging.facts import PdfFact
    from appliance.packaging.verify.whole import WholeFile
    from appliance.signing.keys import MachineKey
    from appliance.sync.papers import SignedSidecar

_LOG: Final = logging.getLogger(__name__)

_LEASE_SECONDS: Final = 6 * 3600
_SEALED: Final = {"next_attempt": None, "minted_with": None}
_ROOM_FACTOR: Final = 3
"""PDF, package and its overhead next to the masters: three times their bytes is ample."""


@dataclass(frozen=True, slots=True)
class SealStage:
    """The stage with what it needs.

    Args:
        catalogue: Where hồ sơ wait.
        store: Where masters lie and packages go.
        work_folder: PDFs pass through it.
        key: Signs the sidecars.
        box_id: This box.
        pdf_per: What one PDF holds when the hồ sơ does not say; as long as nothing is minted.
        form: What every PDF has in common; likewise.
    """

    catalogue: Catalogue
    store: Store
    work_folder: Path
    key: MachineKey
    box_id: str
    pdf_per: PdfPer = PdfPer.FILE_UNIT
    form: PdfForm = DEFAULT_FORM

    def run_once(self, owner: str, file_code: str | None = None) -> int:
        """Seal one waiting hồ sơ; 0 when none waits.

        Args:
            owner: Of the lease.
            file_code: Only this one.
        """
        work = TO_SEAL
        if file_code is not None:
            work = work._replace(where=(*work.where, col(FileUnitRow.file_code) == file_code))
        with self.catalogue.write() as writing:
            taken = leases.take(writing, *work, Claim(owner, 1, _LEASE_SECONDS))
            ready = [unit for unit in taken if _may_be_sealed(writing, unit)]
        for unit in ready:
            self._seal_or_report(unit)
        return len(taken)

    def _seal_or_report(self, unit: FileUnitRow) -> None:
        """A failure holds up this hồ sơ alone, with its reason on the page."""
        try:
            self._seal(unit)
        except IllegalTransition as problem:
            _LOG.info("%s changed while it was sealed: %s", unit.file_code, problem)
            self._give_back(unit, ())
        except Exception as problem:  # noqa: BLE001 - I8: shown, logged whole, tried again
            _LOG.exception("%s was not sealed and will be tried again", unit.file_code)
            self._give_back(unit, reasons_for(problem, unit.file_code))

    def _give_back(self, unit: FileUnitRow, findings: tuple[Finding, ...]) -> None:
        with self.catalogue.write() as writing:
            file_units.release(writing, unit, findings, retry_after_failure=True)

    def _seal(self, unit: FileUnitRow) -> None:
        record, made_with = self._record(unit)
        self.store.ensure_room(_ROOM_FACTOR * sum(row.size_bytes for row in record.masters))
        folder = self.work_folder / f"seal-{uuid4().hex}"
        make_folder(folder)
        try:
            pdfs = self._pdfs(unit, record, made_with, folder)
            final = self.store.package_path(unit.fonds_code, unit.file_code, record.objid)
            make_folder(final.parent)
            temporary = temporary_beside(final)
            try:
                facts = facts_for(record, self.catalogue, self.store, pdfs, self.box_id)
                write_package(temporary, facts)
                del facts  # of thousands of masters: the verification needs the room
                whole = self._verified(temporary, unit, record)
                self._check_unchanged(unit, record)  # nothing stale is ever named or signed
                publish_same(temporary, final, whole.fingerprint)
            finally:
                temporary.unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder)
        self._sign_and_record(unit, record, final, whole, recorded_text(pdfs))

    def _pdfs(
        self, unit: FileUnitRow, record: SealRecord, made_with: Making, folder: Path
    ) -> tuple[PdfFact, ...]:
        try:
            return write_unit_pdfs(record, self.catalogue, self.store, folder, made_with)
        except Exception:
            self._check_unchanged(unit, record)  # a page that was taken out is no damage
            check_masters(record, self.store)  # a damaged master is the cause to name first
            raise

    def _check_unchanged(self, unit: FileUnitRow, record: SealRecord) -> None:
        with self.catalogue.read() as session:
            _check_minted(file_units.by_id(session, unit.id or 0), record)

    def _verified(self, package: Path, unit: FileUnitRow, record: SealRecord) -> WholeFile:
        try:
            return _verify(package, unit)
        except RuleError:
            check_masters(record, self.store)  # what was copied is held against its digest here
            raise

    def _record(self, unit: FileUnitRow) -> tuple[SealRecord, Making]:
        """Mint what has to be minted, then read every fact in one transaction."""
        signer = self.key.public.line()
        now = Making(__version__, self.pdf_per, self.form, self.box_id, signer)
        with self.catalogue.write() as writing:
            row = file_units.by_id(writing.session, unit.id or 0)
            made_with = mint(writing, row, now)
            return read_record(writing.session, row, made_with.software_version), made_with

    def _sign_and_record(
        self,
        unit: FileUnitRow,
        record: SealRecord,
        final: Path,
        whole: WholeFile,
        pdfs: str,
    ) -> None:
        subject = Subject(
            objid=record.objid,
            file_code=unit.file_code,
            fonds_code=unit.fonds_code,
            version=record.version,
            sealed_at=record.minted_at,
            event_counter=record.minted_counter,
            event_head=record.minted_head,
        )
        signed = Signer(self.key, self.box_id).sign_beside(final, whole, subject)
        with self.catalogue.write() as writing:
            _write_sealed(writing, unit, record, signed, pdfs)


def _may_be_sealed(writing: Writing, unit: FileUnitRow) -> bool:
    """Approved (invariant I7); else it waits, visibly, until its list is."""
    if register.approval_of(writing.session, unit.id or 0) is not None:
        return True
    file_units.release(writing, unit, (Finding("SEAL-NOT-APPROVED", unit.file_code),))
    return False


def _verify(package: Path, unit: FileUnitRow) -> WholeFile:
    """Check what lies on the disk by the reader that shares no code with the writer.

    Every part is held against its digest on record, which the writer did not take again; the
    measures of the whole come from the same read.

    Raises:
        RuleError: It does not pass.
        StorageError: It cannot be read back.
    """
    with storage_errors(f"cannot read {package} back"):
        report, whole = verify_new_package(package)
    errors = tuple(finding for finding in report.findings if is_blocking(finding))
    if errors or judge(report.findings, complete=not report.not_checked) is not Verdict.PASS:
        names = ", ".join(f"{finding.code} {finding.where}" for finding in errors[:5])
        problem = names or f"not checked: {', '.join(report.not_checked)}"
        finding = Finding("SEAL-NOT-VALID", unit.file_code, {"problem": problem})
        raise RuleError(f"the package of {unit.file_code} fails: {problem}", (finding,))
    return whole


def _write_sealed(
    writing: Writing, unit: FileUnitRow, record: SealRecord, signed: SignedSidecar, pdfs: str
) -> None:
    """Record the seal.

    Args:
        writing: The transaction.
        unit: As it was leased.
        record: What was sealed.
        signed: The sidecar.
        pdfs: The PDFs as their column has them.
    """
    session = writing.session
    sidecar = signed.sidecar
    unit_id = unit.id or 0
    _check_minted(file_units.by_id(session, unit_id), record)
    sealing.seal_masters(writing, unit_id)
    file_units.transit(writing, unit, FileUnitEvent.SEAL, findings="[]", **_SEALED)
    package = PackageRow(
        objid=record.objid,
        file_unit_id=unit_id,
        version=record.version,
        name=sidecar.name,
        size_bytes=sidecar.size_bytes,
        sha256=sidecar.sha256,
        page_count=len(record.pages),
        sealed_at=record.minted_at,
        sidecar=sidecar.to_bytes(),
        sidecar_signature=signed.signature,
        pdfs=pdfs,
    )
    deposits.add_package(writing, package)
    detail: dict[str, JsonValue] = {
        "file_code": unit.file_code,
        "pages": len(record.pages),
        "sha256": sidecar.sha256,
        "size_bytes": sidecar.size_bytes,
        "version": record.version,
    }
    draft = EventDraft(
        EventType.PACKAGE_CREATION,
        "package",
        record.objid,
        software_agent(record.software_version),
        detail=detail,
    )
    events.record(writing, draft)


def _check_minted(current: FileUnitRow, record: SealRecord) -> None:
    """A change takes the minted id away, even when the hồ sơ is derived again by now.

    Raises:
        IllegalTransition: What was sealed is no longer what is recorded.
    """
    if current.objid != record.objid:
        raise IllegalTransition(
            f"{current.file_code} changed while {record.objid} was written: it is sealed anew"
        )
