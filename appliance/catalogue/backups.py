"""The backups of the catalogue as they are recorded, and what is proved of them where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, func, select, update

from appliance.catalogue.backup_tables import BackupCopyRow, BackupRow
from appliance.catalogue.snapshot import BACKUP_KIND
from appliance.catalogue.tables import DestinationRow, EventRow
from appliance.domain.backups import BackupFacts
from appliance.domain.proof_age import age_seconds

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.deposits import StoredReceipt
    from appliance.catalogue.engine import Writing


def newest(session: Session) -> BackupRow | None:
    """The newest backup; None before the first."""
    return session.exec(select(BackupRow).order_by(col(BackupRow.id).desc()).limit(1)).first()


def chain_of(session: Session, row: BackupRow) -> tuple[BackupRow, ...]:
    """What is needed to open a backup: the whole one that it builds on, if so, and itself."""
    base = session.get(BackupRow, row.base_id) if row.base_id is not None else None
    return (row,) if base is None else (base, row)


def by_objid(session: Session, objid: str) -> BackupRow | None:
    """One backup by its OBJID."""
    return session.exec(select(BackupRow).where(BackupRow.objid == objid)).first()


def next_version(session: Session) -> int:
    """The version of the next backup, 1-based."""
    return (session.exec(select(func.max(BackupRow.version))).one() or 0) + 1


def add(writing: Writing, row: BackupRow) -> None:
    """Record a sealed backup; its package is on the disk."""
    writing.session.add(row)
    writing.session.flush()


def last_change(session: Session) -> int:
    """The counter of the last event that calls for a backup; 0 when there is none."""
    statement = (
        select(EventRow.counter)
        .where(EventRow.object_kind != BACKUP_KIND)
        .order_by(col(EventRow.counter).desc())
        .limit(1)
    )
    return session.exec(statement).first() or 0


def copy_at(session: Session, backup_id: int, destination: str) -> BackupCopyRow | None:
    """What is known of a backup at a destination; None before the first try."""
    return session.get(BackupCopyRow, (backup_id, destination))


def proved_at_places(session: Session, backup_id: int) -> Sequence[BackupCopyRow]:
    """The proved copies of a backup."""
    statement = select(BackupCopyRow).where(
        BackupCopyRow.backup_id == backup_id, col(BackupCopyRow.proved_at).is_not(None)
    )
    return session.exec(statement).all()


def facts(session: Session, now: dt.datetime) -> BackupFacts | None:
    """What the verdict must know of backups; None before the first."""
    last = newest(session)
    if last is None:
        return None
    proved = session.exec(select(func.max(BackupCopyRow.proved_at))).one()
    configured = select(func.count()).where(DestinationRow.is_configured == 1)
    return BackupFacts(
        proved_age_seconds=age_seconds(proved, now),
        proved_places=len(proved_at_places(session, last.id or 0)),
        places=session.exec(configured).one(),
    )


def prove(
    writing: Writing,
    backup_id: int,
    destination: str,
    receipt: StoredReceipt,
    proved_at: str | None = None,
) -> None:
    """Record a verified read-back receipt of a backup.

    Args:
        writing: The transaction.
        backup_id: The backup.
        destination: Where it was read back.
        receipt: What says so.
        proved_at: When it was read, where that is not now: on a disk the receipt takes days.
    """
    _put_copy(
        writing,
        backup_id,
        destination,
        reason=None,
        next_attempt=None,
        tries=0,
        receipt=receipt.data,
        receipt_signature=receipt.signature,
        proved_at=proved_at or writing.now,
    )
    newer = update(DestinationRow).where(
        col(DestinationRow.name) == destination,
        col(DestinationRow.receipt_counter) < receipt.counter,
    )
    writing.session.execute(
        newer.values(receipt_counter=receipt.counter, receipt_sha256=receipt.sha256)
    )


def note_failure(
    writing: Writing, backup_id: int, destination: str, *, reason: str, next_attempt: str
) -> None:
    """A try ended without a proof; what was proved before is no longer taken for it."""
    known = copy_at(writing.session, backup_id, destination)
    _put_copy(
        writing,
        backup_id,
        destination,
        reason=reason,
        next_attempt=next_attempt,
        tries=(known.tries if known is not None else 0) + 1,
    )


def lose_proof(writing: Writing, backup_id: int, destination: str, *, reason: str) -> None:
    """The copy at a destination is gone or damaged: it counts no longer."""
    _put_copy(
        writing,
        backup_id,
        destination,
        reason=reason,
        next_attempt=None,
        receipt=None,
        receipt_signature=None,
        proved_at=None,
    )


def _put_copy(writing: Writing, backup_id: int, destination: str, **values: Any) -> None:  # noqa: ANN401 - column values
    key = {"backup_id": backup_id, "destination": destination}
    statement = upsert(BackupCopyRow).values({**key, "tries": 0, **values})
    writing.session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
    writing.session.expire_all()
