"""What an audit found, recorded: proofs renewed, damage found and mended, each in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, select, update

from appliance.catalogue import deposits, leases
from appliance.catalogue.audit_tables import DamageRow, PackageCheckRow
from appliance.catalogue.deposits import finding_column
from appliance.catalogue.events import EventDraft, record
from appliance.catalogue.tables import DepositRow, DestinationRow, FileUnitRow
from appliance.domain.audits import BOX_PLACE, CheckState
from appliance.domain.custody import EventType, Outcome
from appliance.domain.receipts import Proof
from appliance.domain.states import DepositEvent, DepositState

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.deposits import StoredReceipt
    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import PackageRow
    from appliance.domain.canonical import JsonValue
    from appliance.domain.findings import Finding


def renew_far(writing: Writing, deposit: DepositRow, receipt: StoredReceipt) -> bool:
    """A destination read its copy back once more: receipt and time of the proof, in one step.

    Returns:
        False when the deposit is no longer proved: somebody found damage meanwhile.
    """
    same = (
        col(DepositRow.id) == deposit.id,
        col(DepositRow.state) == str(DepositState.PROVED),
    )
    renewed: Any = writing.session.execute(
        update(DepositRow)
        .where(*same)
        .values(
            proof=str(Proof.READ_BACK),
            receipt=receipt.data,
            receipt_signature=receipt.signature,
            proved_at=writing.now,
        )
    )
    newest = update(DestinationRow).where(col(DestinationRow.name) == deposit.destination)
    writing.session.execute(
        newest.where(col(DestinationRow.receipt_counter) < receipt.counter).values(
            receipt_counter=receipt.counter, receipt_sha256=receipt.sha256
        )
    )
    return bool(renewed.rowcount)


def note_far_scrub(writing: Writing, deposit: DepositRow) -> None:
    """The blocks of a copy at a destination agree with the sidecar; that is no proof."""
    same = col(DepositRow.id) == deposit.id
    writing.session.execute(update(DepositRow).where(same).values(scrubbed_at=writing.now))


def find_far_damage(
    writing: Writing, deposit: DepositRow, package: PackageRow, finding: Finding, agent: str
) -> None:
    """A copy at a destination is no longer as it was sealed: it does not count any more.

    Raises:
        IllegalTransition: The deposit is not proved any more.
    """
    deposits.transit(
        writing,
        deposit,
        DepositEvent.FIND_FAR_DAMAGE,
        proof=str(Proof.NONE),
        reason=finding_column(finding),
        **leases.waits(),
    )
    _open_damage(writing, deposit.destination, package, finding)
    _tell(writing, package.objid, deposit.destination, finding, agent)


def send_again(
    writing: Writing, deposit: DepositRow, package: PackageRow, agent: str, *, put_aside: bool
) -> None:
    """The damaged copy there is out of the way: the package waits to be sent there again.

    Raises:
        IllegalTransition: Somebody else was quicker.
    """
    deposits.transit(writing, deposit, DepositEvent.RETRY, **leases.done(writing.now))
    detail: dict[str, JsonValue] = {"destination": deposit.destination, "put_aside": put_aside}
    record(
        writing, EventDraft(EventType.QUARANTINE, "package", package.objid, agent, detail=detail)
    )


def note_far_reason(writing: Writing, deposit: DepositRow, finding: Finding) -> None:
    """Why a damaged copy at a destination is not repaired yet."""
    same = (
        col(DepositRow.id) == deposit.id,
        col(DepositRow.state) == str(DepositState.FAR_DAMAGED),
    )
    writing.session.execute(update(DepositRow).where(*same).values(reason=finding_column(finding)))


def renew_own(writing: Writing, package_id: int, *, cache_possible: bool) -> None:
    """This box's copy was read back from its disk and is as it was sealed."""
    same = col(PackageCheckRow.package_id) == package_id
    writing.session.execute(
        update(PackageCheckRow)
        .where(same)
        .values(
            state=str(CheckState.GOOD),
            proved_at=writing.now,
            cache_possible=int(cache_possible),
        )
    )


def note_own_scrub(writing: Writing, package_id: int) -> None:
    """The blocks of this box's copy agree with the sidecar; that is no proof."""
    same = col(PackageCheckRow.package_id) == package_id
    writing.session.execute(update(PackageCheckRow).where(same).values(scrubbed_at=writing.now))


def find_own_damage(
    writing: Writing, package: PackageRow, finding: Finding, state: CheckState, agent: str
) -> bool:
    """This box's copy is not as it was sealed, or nothing good is left of it anywhere.

    Returns:
        Whether it was not known before.
    """
    same = col(PackageCheckRow.package_id) == package.id
    changed: Any = writing.session.execute(
        update(PackageCheckRow)
        .where(same, col(PackageCheckRow.state) != str(state))
        .values(state=str(state))
    )
    is_new = _open_damage(writing, BOX_PLACE, package, finding)
    if changed.rowcount:
        _tell(writing, package.objid, BOX_PLACE, finding, agent)
    return is_new


def mend_own(
    writing: Writing, package: PackageRow, source: str, agent: str, *, cache_possible: bool
) -> None:
    """This box's copy is whole again; deposits that waited for that may go on.

    Args:
        writing: The transaction.
        package: Which.
        source: The destinations whose blocks it took, or empty when its own sufficed.
        agent: Who mended it.
        cache_possible: As of the read-back that proved it.
    """
    renew_own(writing, package.id or 0, cache_possible=cache_possible)
    close_damage(writing, BOX_PLACE, package.objid, source)
    stopped = (
        DepositRow.package_id == package.id,
        DepositRow.state == str(DepositState.DAMAGED),
    )
    for row in writing.session.exec(select(DepositRow).where(*stopped)).all():
        deposits.transit(writing, row, DepositEvent.RETRY, **leases.done(writing.now))
    record(
        writing,
        EventDraft(
            EventType.RECOVERY, "package", package.objid, agent, detail={"blocks_from": source}
        ),
    )


def close_damage(writing: Writing, place: str, object_id: str, source: str) -> None:
    """What was damaged is as it should be again."""
    found = (
        col(DamageRow.place) == place,
        col(DamageRow.object_id) == object_id,
        col(DamageRow.ended_at).is_(None),
    )
    writing.session.execute(
        update(DamageRow).where(*found).values(ended_at=writing.now, repaired_from=source)
    )


def put_damage(writing: Writing, row: DamageRow) -> bool:
    """Note damage; where it is noted already the newest finding stands, and the first moment.

    Returns:
        Whether it was not noted yet.
    """
    known = select(DamageRow.id).where(
        DamageRow.place == row.place,
        DamageRow.object_kind == row.object_kind,
        DamageRow.object_id == row.object_id,
        col(DamageRow.ended_at).is_(None),
    )
    is_new = writing.session.exec(known).first() is None
    statement = upsert(DamageRow).values(row.model_dump(exclude={"id"}))
    writing.session.execute(
        statement.on_conflict_do_update(
            index_elements=["place", "object_kind", "object_id"],
            index_where=col(DamageRow.ended_at).is_(None),
            set_={"finding": row.finding},
        )
    )
    return is_new


def _open_damage(writing: Writing, place: str, package: PackageRow, finding: Finding) -> bool:
    file_code = file_code_of(writing.session, package.file_unit_id)
    return put_damage(
        writing,
        DamageRow(
            place=place,
            object_kind="package",
            object_id=package.objid,
            file_code=file_code,
            finding=finding_column(finding) or "",
            found_at=writing.now,
        ),
    )


def file_code_of(session: Session, file_unit_id: int | None) -> str:
    """The code of a hồ sơ; empty when there is none."""
    if file_unit_id is None:
        return ""
    statement = select(FileUnitRow.file_code).where(FileUnitRow.id == file_unit_id)
    return session.exec(statement).first() or ""


def _tell(writing: Writing, objid: str, place: str, finding: Finding, agent: str) -> None:
    detail = {"place": place, "code": finding.code, **finding.values}
    record(
        writing,
        EventDraft(EventType.FIXITY_CHECK, "package", objid, agent, Outcome.FAILURE, detail),
    )
