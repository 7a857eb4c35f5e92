"""Other forms of a sealed package: AIP_hoso to the letter, or a SIP for another system.

A form says what the sealed package says, from the facts recorded at its seal and with its very
PDFs, so that writing it again gives the same bytes. It is a copy to hand over: the sealed
package stays what is kept, sent and proved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from appliance.catalogue import corrections, events, file_unit_details, register
from appliance.catalogue.corrections import Lineage
from appliance.catalogue.events import EventDraft
from appliance.disk.digesting import fingerprint_of
from appliance.disk.durable import (
    TEMPORARY_SUFFIX,
    fsync_folder,
    make_folder,
    publish,
    remove_leftover,
    storage_errors,
    write_once,
)
from appliance.disk.own_folder import own_folder
from appliance.domain.corrections import FIRST_STATUS, REPLACEMENT
from appliance.domain.custody import EventType
from appliance.domain.errors import IntegrityError, RuleError
from appliance.domain.findings import Finding, Verdict
from appliance.domain.identifiers import object_folder
from appliance.domain.rules import is_blocking, judge
from appliance.domain.states import FileUnitState
from appliance.packaging.verify import verify_new_package
from appliance.packaging.write.package import write_package
from appliance.packaging.write.profile import PROFILES
from appliance.pipeline.agents import version_of
from appliance.pipeline.package_facts import facts_for, read_record
from appliance.pipeline.recorded_pdfs import RecordedPdf, recorded_pdfs, take_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import FileUnitRow, PackageRow
    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.packaging.facts import PackageFacts, PdfFact
    from appliance.pipeline.package_facts import SealRecord

FORMS: Final = ("aip_hoso", "sip_hoso")
"""Names of the forms beside the sealed one (``packaging.write.profile``)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which form of which hồ sơ.

    Args:
        file_code: Mã hồ sơ; it is sealed.
        form: One of ``FORMS``.
        folder: Takes the package.
        agreement: Code under which the receiver registered the submission; may be empty.
        agent: Who asks for it.
    """

    file_code: str
    form: str
    folder: Path
    agreement: str
    agent: str


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """A form as it lies on the disk.

    Args:
        path: The ZIP; beside it lies its digest, ``.zip.sha256``, as ``sha256sum -c`` reads it.
        objid: Its own; always the same for one form of one package.
        sha256: Of the ZIP, hexadecimal.
        size_bytes: Of the ZIP.
    """

    path: Path
    objid: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What is recorded of the sealed package."""

    record: SealRecord
    path: Path
    sha256: str
    pdfs: tuple[RecordedPdf, ...]


@dataclass(frozen=True, slots=True)
class PackageForms:
    """Writes forms of sealed packages.

    Args:
        catalogue: Where the facts are recorded.
        store: Where packages lie.
        work_folder: PDFs pass through it.
        box_id: This box.
    """

    catalogue: Catalogue
    store: Store
    work_folder: Path
    box_id: str

    def write(self, wanted: Wanted) -> WrittenForm:
        """Write and verify one form, then give it its name; its digest comes last.

        What a killed call left is removed. A form without its digest is written again: where the
        same bytes lie already, what came after them is made good.

        Raises:
            RuleError: The hồ sơ is unknown or not sealed, the form breaks a rule or fails its
                check, or its name is taken; nothing is left behind.
            IntegrityError: The sealed package or a master is not what was recorded.
            StorageError: A disk refused.
        """
        sealed = self._sealed(wanted.file_code)
        objid = form_objid(sealed.record.objid, wanted.form)
        final = wanted.folder / f"{object_folder(objid)}.zip"
        _refuse_finished(final)
        if fingerprint_of(sealed.path).sha256 != sealed.sha256:
            raise IntegrityError(f"{sealed.path} is not what was sealed: restore it from a copy")
        work = self.work_folder / f"form-{object_folder(objid)}"
        with storage_errors(f"cannot write {final}"), own_folder(work):
            make_folder(wanted.folder)
            _refuse_finished(final)  # another call may have been at it
            pdfs = tuple(take_out(sealed.path, sealed.pdfs, work))
            written = _write(final, self._facts(sealed, pdfs, wanted, objid))
            found = WrittenForm(final, objid, written.sha256, written.size_bytes)
            self._record(sealed, wanted, found)
            write_once(_digest_path(final), f"{found.sha256}  {final.name}\n".encode("ascii"))
        return found

    def _sealed(self, file_code: str) -> _Sealed:
        with self.catalogue.read() as session:
            row = register.file_unit_row(session, file_code)
            if row is None:
                unknown = Finding("INTAKE-UNKNOWN-FILE-UNIT", file_code, {"file_code": file_code})
                raise RuleError("there is no such hồ sơ", (unknown,))
            packages = file_unit_details.packages_of(session, row.id or 0)
            if row.state != FileUnitState.SEALED or not packages:
                raise RuleError("it is not sealed", (Finding("PACKAGE-NOT-SEALED", file_code),))
            lineage = _lineage(session, row, packages)
            made_by = _made_by(session, packages[0].objid)
            record = replace(
                read_record(session, row, made_by), version=packages[0].version, lineage=lineage
            )
            path = self.store.package_path(row.fonds_code, file_code, packages[0].objid)
            pdfs = recorded_pdfs(packages[0], file_code)
            return _Sealed(record, path, packages[0].sha256, pdfs)

    def _facts(
        self, sealed: _Sealed, pdfs: tuple[PdfFact, ...], wanted: Wanted, objid: str
    ) -> PackageFacts:
        facts = facts_for(sealed.record, self.catalogue, self.store, pdfs, self.box_id)
        return replace(
            facts,
            objid=objid,
            profile=wanted.form,
            masters=(),
            source_objid=sealed.record.objid,
            agreement=wanted.agreement,
        )

    def _record(self, sealed: _Sealed, wanted: Wanted, found: WrittenForm) -> None:
        """The making of a form is an event of the package that it is made of."""
        detail = {"form": wanted.form, "objid": found.objid, "sha256": found.sha256}
        draft = EventDraft(
            EventType.PACKAGE_CREATION,
            "package",
            sealed.record.objid,
            wanted.agent,
            detail={**detail, "size_bytes": found.size_bytes},
        )
        with self.catalogue.write() as writing:
            events.record(writing, draft)


def form_objid(objid: str, form: str) -> str:
    """The OBJID of a form: it follows from the sealed package's, and is another one."""
    return f"{PROFILES[form].objid_lead}{str(uuid5(NAMESPACE_URL, f'{objid}#{form}')).upper()}"


def _made_by(session: Session, objid: str) -> str:
    """The release that sealed a package: its forms say the same, whoever writes them.

    Raises:
        IntegrityError: The record of its making is gone.
    """
    for event in events.about(session, "package", objid, EventType.PACKAGE_CREATION):
        version = version_of(event.agent)
        if version is not None:
            return version
    raise IntegrityError(f"no event says which release made {objid}: check the catalogue")


def _lineage(session: Session, row: FileUnitRow, packages: Sequence[PackageRow]) -> Lineage:
    """What the sealed version said of the one before it; its PDFs are taken as they are."""
    if len(packages) == 1:
        return Lineage("", FIRST_STATUS, {})
    made = corrections.corrections_of(session, row.id or 0)
    by = (one for one in made if one.version == packages[0].version and not one.withdrawn_at)
    correction = next(by, None)
    status = REPLACEMENT
    if correction is not None:
        status = corrections.changes_of(session, row, correction).record_status
    return Lineage(packages[1].objid, status, {})


def _digest_path(final: Path) -> Path:
    return final.with_suffix(".zip.sha256")


def _refuse_finished(final: Path) -> None:
    """Write nothing where a form has its digest, nor where a digest waits for another one."""
    digest = _digest_path(final)
    if digest.exists():
        remove_leftover(digest)
        raise _exists(final if final.exists() else digest)


def _exists(path: Path) -> RuleError:
    return RuleError(f"{path} exists", (Finding("PACKAGE-FORM-EXISTS", str(path)),))


def _write(final: Path, facts: PackageFacts) -> Fingerprint:
    """Write, verify and publish a form that nobody else writes now."""
    temporary = final.with_name(f".{final.name}{TEMPORARY_SUFFIX}")
    temporary.unlink(missing_ok=True)  # of a killed call
    try:
        write_package(temporary, facts)
        written = _verified(temporary, facts)
        _publish(temporary, final, written)
    finally:
        temporary.unlink(missing_ok=True)
    return written


def _publish(temporary: Path, final: Path, written: Fingerprint) -> None:
    """Give a form its name, unless a killed call gave it to the same bytes.

    Raises:
        RuleError: ``PACKAGE-FORM-EXISTS``: other bytes are there.
    """
    try:
        publish(temporary, final)
    except FileExistsError:
        if fingerprint_of(final).sha256 != written.sha256:
            raise _exists(final) from None
        fsync_folder(final.parent)  # whoever gave the name may have died before this


def _verified(package: Path, facts: PackageFacts) -> Fingerprint:
    """Check it by the reader that shares no code with the writer.

    Raises:
        RuleError: It does not pass.
    """
    with storage_errors(f"cannot read {package} back"):
        report, whole = verify_new_package(package)
    if judge(report.findings, complete=not report.not_checked) is Verdict.PASS:
        return whole.fingerprint
    names = ", ".join(f"{one.code} {one.where}" for one in report.findings if is_blocking(one))
    problem = names or ", ".join(report.not_checked)
    values = {"profile": facts.profile, "problem": problem}
    finding = Finding("PACKAGE-FORM-NOT-VALID", facts.file_unit.file_code, values)
    raise RuleError(f"the form {facts.profile} fails its check: {problem}", (finding,))
