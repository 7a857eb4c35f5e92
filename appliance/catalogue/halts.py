"""Packages that are damaged on this box, and what stops all sending until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, delete, func, select, update

from appliance.catalogue.deposits import finding_column, finding_from
from appliance.catalogue.sending_tables import SourceDamageRow, SyncHaltRow
from appliance.catalogue.tables import MetaRow, PackageRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

_STORE_MARKER: Final = "store_marker"


def note_damage(writing: Writing, package_id: int, finding: Finding) -> None:
    """A package is not what was sealed; one that was found before keeps its first moment."""
    values = {
        "package_id": package_id,
        "finding": finding_column(finding),
        "found_at": writing.now,
    }
    statement = upsert(SourceDamageRow).values(values)
    writing.session.execute(statement.on_conflict_do_nothing())


def forget_damage(writing: Writing, package_id: int) -> None:
    """A package was read whole as it was sealed: it has been put right."""
    one = col(SourceDamageRow.package_id) == package_id
    writing.session.execute(delete(SourceDamageRow).where(one))


def unseen_damage(session: Session) -> int:
    """Damaged packages that no person has looked at since they were found."""
    unseen = col(SourceDamageRow.seen_at).is_(None)
    return session.exec(select(func.count()).select_from(SourceDamageRow).where(unseen)).one()


def mark_damage_seen(writing: Writing) -> Sequence[int]:
    """A person has looked at every damaged package; the row ids of those that were new."""
    unseen = col(SourceDamageRow.seen_at).is_(None)
    found = writing.session.exec(select(SourceDamageRow.package_id).where(unseen)).all()
    writing.session.execute(update(SourceDamageRow).where(unseen).values(seen_at=writing.now))
    return found


def package_count(session: Session) -> int:
    """Every sealed package."""
    return session.exec(select(func.count()).select_from(PackageRow)).one()


def put_halt(writing: Writing, finding: Finding) -> None:
    """From now on nothing is sent; a stop that stands already keeps its first moment."""
    statement = upsert(SyncHaltRow).values(
        code=finding.code, finding=finding_column(finding), since=writing.now
    )
    writing.session.execute(statement.on_conflict_do_nothing())


def clear_halt(writing: Writing, code: str) -> bool:
    """A stop is over; whether there was one."""
    found = writing.session.get(SyncHaltRow, code)
    if found is not None:
        writing.session.delete(found)
        writing.session.flush()
    return found is not None


def halts(session: Session) -> tuple[tuple[Finding, str], ...]:
    """Why nothing is sent, and since when; empty while sending may go on."""
    rows = session.exec(select(SyncHaltRow).order_by(col(SyncHaltRow.since)))
    found = ((finding_from(row.finding), row.since) for row in rows)
    return tuple((finding, since) for finding, since in found if finding is not None)


def store_marker(session: Session) -> str | None:
    """The id in the marker of this box's store; None before the store was marked."""
    row = session.get(MetaRow, _STORE_MARKER)
    return row.value if row is not None else None


def set_store_marker(writing: Writing, marker_id: str) -> None:
    """Remember which store is this box's own; the first one that is named stays."""
    statement = upsert(MetaRow).values(name=_STORE_MARKER, value=marker_id)
    writing.session.execute(statement.on_conflict_do_nothing())


def newest_packages(session: Session, limit: int) -> Sequence[PackageRow]:
    """The packages that were recorded last, the newest first."""
    return session.exec(select(PackageRow).order_by(col(PackageRow.id).desc()).limit(limit)).all()
