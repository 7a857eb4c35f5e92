"""The walk over all masters in the store: round after round, by their ids, from where it stood.

Nothing is written for a master that is whole, so that intake and walk stay cheap with millions of
them; how old the oldest proof can be follows from where the walk is and when its rounds began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select, update

from appliance.catalogue.audit_records import file_code_of, put_damage
from appliance.catalogue.audit_tables import DamageRow, MasterWalkRow
from appliance.catalogue.deposits import finding_column
from appliance.catalogue.events import EventDraft, record
from appliance.catalogue.tables import MasterRow, PackageRow
from appliance.domain.audits import BOX_PLACE
from appliance.domain.custody import EventType, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

_THE_ONE: Final = 1


def next_master(session: Session) -> MasterRow | None:
    """The first master behind the walk, of those that are proved to lie in the store.

    Several drops may have had the same bytes, which lie there once: the first of them stands
    for all.
    """
    return _first_behind(session, _walk(session))


def _first_behind(session: Session, walk: MasterWalkRow) -> MasterRow | None:
    earlier = aliased(MasterRow)
    is_repeated = exists().where(
        col(earlier.sha256) == col(MasterRow.sha256), col(earlier.id) < col(MasterRow.id)
    )
    behind = (
        col(MasterRow.id) > walk.cursor,
        MasterRow.is_read_back == 1,
        ~is_repeated,
    )
    return session.exec(
        select(MasterRow).where(*behind).order_by(col(MasterRow.id)).limit(1)
    ).first()


def proved_since(session: Session) -> str | None:
    """A moment after which every master was read; None when there is no master."""
    walk = _walk(session)
    following = _first_behind(session, walk)
    if following is None:
        return walk.round_started_at
    if walk.earlier_started_at is None:
        return following.received_at
    return max(walk.earlier_started_at, following.received_at)


def is_round_over(session: Session) -> bool:
    """Whether the walk has seen every master since its round began."""
    return next_master(session) is None


def begin_round(writing: Writing) -> None:
    """Begin again with the first master."""
    walk = _walk(writing.session)
    writing.session.execute(
        update(MasterWalkRow).values(
            cursor=0, earlier_started_at=walk.round_started_at, round_started_at=writing.now
        )
    )


def step_behind(writing: Writing, master_id: int) -> None:
    """The master was read; the first step of the very first round begins it."""
    writing.session.execute(
        update(MasterWalkRow).values(
            cursor=master_id,
            round_started_at=func.coalesce(MasterWalkRow.round_started_at, writing.now),
        )
    )


def find_damage(writing: Writing, master: MasterRow, finding: Finding, agent: str) -> bool:
    """A master in the store is not as it came.

    Returns:
        Whether it was not known before.
    """
    is_new = put_damage(
        writing,
        DamageRow(
            place=BOX_PLACE,
            object_kind="master",
            object_id=master.sha256,
            file_code=file_code_of(writing.session, master.file_unit_id),
            finding=finding_column(finding) or "",
            found_at=writing.now,
        ),
    )
    if is_new:
        detail = {"place": BOX_PLACE, "code": finding.code, **finding.values}
        draft = EventDraft(
            EventType.FIXITY_CHECK, "master", master.sha256, agent, Outcome.FAILURE, detail
        )
        record(writing, draft)
    return is_new


def damaged(session: Session, passed: Collection[int]) -> MasterRow | None:
    """A master that is noted as damaged and not mended; not one of those passed over."""
    noted = select(DamageRow.object_id).where(
        DamageRow.place == BOX_PLACE,
        DamageRow.object_kind == "master",
        col(DamageRow.ended_at).is_(None),
    )
    statement = select(MasterRow).where(
        col(MasterRow.sha256).in_(noted), col(MasterRow.id).not_in(passed)
    )
    return session.exec(statement.order_by(col(MasterRow.id)).limit(1)).first()


def packages_holding(session: Session, sha256: str) -> tuple[PackageRow, ...]:
    """Sealed packages whose hồ sơ has a master with this digest, the newest version first."""
    units = select(MasterRow.file_unit_id).where(
        MasterRow.sha256 == sha256, col(MasterRow.file_unit_id).is_not(None)
    )
    sealed = select(PackageRow).where(col(PackageRow.file_unit_id).in_(units))
    return tuple(session.exec(sealed.order_by(col(PackageRow.version).desc())))


def _walk(session: Session) -> MasterWalkRow:
    return session.get_one(MasterWalkRow, _THE_ONE, populate_existing=True)
