"""Corrections of sealed hồ sơ and PDFs that came back signed, as they are recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select, update

from appliance.catalogue import deposits, register
from appliance.catalogue.sealing import masters_to_seal
from appliance.catalogue.tables import DepositRow, PackageRow
from appliance.catalogue.version_tables import CorrectionRow, SignedPdfRow
from appliance.domain.canonical import canonical_json
from appliance.domain.corrections import (
    FIRST_STATUS,
    REPLACEMENT,
    Changes,
    Content,
    changes_between,
    content_of,
)
from appliance.domain.proof_age import age_seconds
from appliance.domain.receipts import Sidecar
from appliance.domain.states import DepositState
from appliance.domain.unit_verdict import VersionsFacts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow


def open_correction(session: Session, file_unit_id: int) -> CorrectionRow | None:
    """The correction that makes a hồ sơ's next version, finished or not; None when none does."""
    following = deposits.newest_version(session, file_unit_id) + 1
    statement = select(CorrectionRow).where(
        CorrectionRow.file_unit_id == file_unit_id,
        CorrectionRow.version == following,
        col(CorrectionRow.withdrawn_at).is_(None),
    )
    return session.exec(statement).first()


def corrections_of(session: Session, file_unit_id: int) -> Sequence[CorrectionRow]:
    """Every correction of a hồ sơ, the newest first; withdrawn ones too."""
    statement = select(CorrectionRow).where(CorrectionRow.file_unit_id == file_unit_id)
    return session.exec(statement.order_by(col(CorrectionRow.id).desc())).all()


def add_correction(writing: Writing, unit: FileUnitRow, reason: str, agent: str) -> CorrectionRow:
    """Record that a sealed hồ sơ is being corrected, and what it holds now."""
    session, unit_id = writing.session, unit.id or 0
    row = CorrectionRow(
        file_unit_id=unit_id,
        version=deposits.newest_version(session, unit_id) + 1,
        reason=reason,
        agent=agent,
        opened_at=writing.now,
        content=canonical_json(content_now(session, unit).to_json()).decode("utf-8"),
    )
    session.add(row)
    session.flush()
    return row


def set_finished(writing: Writing, row: CorrectionRow) -> None:
    """The correction is complete: what is recorded now is to be sealed."""
    _set(writing, row, finished_at=writing.now)


def set_withdrawn(writing: Writing, row: CorrectionRow) -> None:
    """The correction is given up."""
    _set(writing, row, withdrawn_at=writing.now)


def _set(writing: Writing, row: CorrectionRow, **values: str) -> None:
    statement = update(CorrectionRow).where(col(CorrectionRow.id) == row.id)
    writing.session.execute(statement.values(values))
    writing.session.refresh(row)


def changes_of(session: Session, unit: FileUnitRow, row: CorrectionRow) -> Changes:
    """How a hồ sơ, as it is recorded now, differs from the version that is corrected."""
    before = Content.from_json(json.loads(row.content))
    return changes_between(before, content_now(session, unit))


def content_now(session: Session, unit: FileUnitRow) -> Content:
    """What a hồ sơ holds as it is recorded now."""
    unit_id = unit.id or 0
    live = {one.file_number: one.sha256 for one in masters_to_seal(session, unit_id).values()}
    signed = {row.name: row.sha256 for row in signed_pdfs(session, unit_id).values()}
    documents = register.documents_of(session, unit_id)
    return content_of(register.as_file_unit(unit), documents, live, signed)


def signed_pdfs(session: Session, file_unit_id: int) -> Mapping[str, SignedPdfRow]:
    """The newest signed PDF of each name; whether it still holds, its pages decide."""
    statement = select(SignedPdfRow).where(SignedPdfRow.file_unit_id == file_unit_id)
    rows = session.exec(statement.order_by(col(SignedPdfRow.id))).all()
    return {row.name: row for row in rows}


def add_signed_pdf(writing: Writing, row: SignedPdfRow) -> None:
    """Record a PDF that came back signed; its bytes are in the store."""
    writing.session.add(row)
    writing.session.flush()


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where the next package of a hồ sơ stands among its versions.

    Args:
        predecessor_objid: OBJID of the newest package; empty before the first.
        record_status: RECORDSTATUS of the next one.
        signed: The newest signed PDF of each name.
    """

    predecessor_objid: str
    record_status: str
    signed: Mapping[str, SignedPdfRow]


def newest_package(session: Session, file_unit_id: int) -> PackageRow | None:
    """The newest package of a hồ sơ; None before its first seal."""
    statement = select(PackageRow).where(PackageRow.file_unit_id == file_unit_id)
    return session.exec(statement.order_by(col(PackageRow.version).desc()).limit(1)).first()


def minted(session: Session, file_unit_id: int) -> dict[str, str | int]:
    """What was minted for the newest package, as the columns of its sealed hồ sơ have it."""
    package = newest_package(session, file_unit_id)
    if package is None:
        return {}
    sidecar = Sidecar.from_bytes(package.sidecar)
    return {
        "objid": sidecar.objid,
        "minted_at": sidecar.sealed_at,
        "minted_counter": sidecar.event_counter,
    }


def versions_facts(session: Session, file_unit_id: int, now: dt.datetime) -> VersionsFacts:
    """What the verdict on the versions of a hồ sơ is taken from."""
    configured = {place.name for place in deposits.destinations(session)}
    packages = select(PackageRow).where(PackageRow.file_unit_id == file_unit_id)
    sealed = {row.id or 0: row.version for row in session.exec(packages)}
    statement = select(DepositRow).where(
        col(DepositRow.package_id).in_(sealed), DepositRow.state == str(DepositState.PROVED)
    )
    proofs: dict[int, dict[str, str]] = {}
    for row in session.exec(statement):
        if row.destination in configured:
            proofs.setdefault(sealed[row.package_id], {})[row.destination] = row.proved_at or ""
    everywhere = [version for version, places in proofs.items() if configured == places.keys()]
    proved = max(everywhere, default=0)
    oldest = min(proofs[proved].values()) if proved else ""
    return VersionsFacts(
        sealed_version=max(sealed.values(), default=0),
        proved_version=proved,
        is_open=open_correction(session, file_unit_id) is not None,
        places=len(configured),
        oldest_proof_age_seconds=age_seconds(oldest or None, now),
    )


def lineage_of(session: Session, unit: FileUnitRow) -> Lineage:
    """What the next package says of the one before it."""
    unit_id = unit.id or 0
    newest = newest_package(session, unit_id)
    if newest is None:
        return Lineage("", FIRST_STATUS, {})
    row = open_correction(session, unit_id)
    status = REPLACEMENT if row is None else changes_of(session, unit, row).record_status
    return Lineage(newest.objid, status, signed_pdfs(session, unit_id))
