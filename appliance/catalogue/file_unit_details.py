"""Everything that is recorded of one hồ sơ: what its own screen shows, read by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, tuple_
from sqlmodel import col, select

from appliance.catalogue.tables import (
    DepositRow,
    EventRow,
    FileUnitRow,
    MasterRow,
    PackageRow,
    PageRow,
)
from appliance.domain.states import MasterState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

_LIVE: Final = (str(MasterState.INSPECTED), str(MasterState.SEALED))
"""States whose pages are pages of the hồ sơ."""


def masters_of(
    session: Session, file_unit_id: int, *, after_id: int, limit: int
) -> Sequence[MasterRow]:
    """Every master of a hồ sơ, parked, replaced and duplicate ones too, as they came."""
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id, col(MasterRow.id) > after_id)
        .order_by(col(MasterRow.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def file_unit_named(session: Session, safe_name: str) -> FileUnitRow | None:
    """The hồ sơ with this safe name, or None."""
    return session.exec(select(FileUnitRow).where(FileUnitRow.safe_name == safe_name)).first()


def packages_of(session: Session, file_unit_id: int) -> Sequence[PackageRow]:
    """Every sealed package of a hồ sơ, the newest version first."""
    statement = (
        select(PackageRow)
        .where(PackageRow.file_unit_id == file_unit_id)
        .order_by(col(PackageRow.version).desc())
    )
    return session.exec(statement).all()


def package_with_id(session: Session, package_id: int) -> PackageRow | None:
    """One package, or None."""
    return session.get(PackageRow, package_id)


def deposits_of(session: Session, package_id: int) -> Sequence[DepositRow]:
    """A package's deposits, by destination."""
    statement = select(DepositRow).where(DepositRow.package_id == package_id)
    return session.exec(statement.order_by(col(DepositRow.destination).desc())).all()


def deposit_with_id(session: Session, deposit_id: int) -> DepositRow | None:
    """One deposit, or None."""
    return session.get(DepositRow, deposit_id)


def live_pages(
    session: Session, file_unit_id: int, *, after: tuple[int, int], limit: int
) -> Sequence[tuple[PageRow, MasterRow]]:
    """Live pages of a hồ sơ after a (file number, frame), in their order."""
    key = tuple_(col(MasterRow.file_number), col(PageRow.frame))
    statement = (
        select(PageRow, MasterRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id, col(MasterRow.state).in_(_LIVE))
        .where(key > after)
        .order_by(col(MasterRow.file_number), col(PageRow.frame))
        .limit(limit)
    )
    return session.exec(statement).all()


def is_picture(session: Session, page_id: int, sha256: str) -> bool:
    """Whether these bytes are the thumbnail or the view of this page."""
    page = session.get(PageRow, page_id)
    return page is not None and sha256 in {page.thumbnail_sha256, page.view_sha256}


def page_with_id(session: Session, page_id: int) -> tuple[PageRow, MasterRow] | None:
    """One page and the master it is a frame of, or None."""
    statement = (
        select(PageRow, MasterRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(PageRow.id == page_id)
    )
    return session.exec(statement).first()


def neighbours(session: Session, page: PageRow, master: MasterRow) -> tuple[int | None, int | None]:
    """The live pages before and after one in its hồ sơ; None where it ends."""
    key = tuple_(col(MasterRow.file_number), col(PageRow.frame))
    here = (master.file_number or 0, page.frame)
    order = (col(MasterRow.file_number), col(PageRow.frame))
    live = (
        select(PageRow.id)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == master.file_unit_id)
        .where(col(MasterRow.state).in_(_LIVE), col(PageRow.sheet_mark).is_(None))
    )
    before = live.where(key < here).order_by(*(column.desc() for column in order))
    after = live.where(key > here).order_by(*order)
    return session.exec(before.limit(1)).first(), session.exec(after.limit(1)).first()


def masters_that_may_have(session: Session, file_unit_id: int, number: int) -> Sequence[MasterRow]:
    """The scans of one number of a hồ sơ, whatever became of them, the newest first.

    Among them is everything of it that was parked before it got a number: which number that
    is, its name and its scanner's profile say.
    """
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id)
        .where((col(MasterRow.file_number) == number) | _is_parked_without_number())
        .order_by(col(MasterRow.id).desc())
    )
    return session.exec(statement).all()


def _is_parked_without_number() -> ColumnElement[bool]:
    is_parked = col(MasterRow.state) == str(MasterState.PARKED)
    return is_parked & col(MasterRow.file_number).is_(None)


def pages_of_masters(
    session: Session, master_ids: Collection[int]
) -> Mapping[int, Sequence[PageRow]]:
    """The frames of some masters, in order, by master."""
    statement = select(PageRow).where(col(PageRow.master_id).in_(master_ids))
    found: dict[int, list[PageRow]] = {}
    for row in session.exec(statement.order_by(col(PageRow.master_id), col(PageRow.frame))):
        found.setdefault(row.master_id, []).append(row)
    return found


def pages_numbered(
    session: Session, file_unit_ids: Collection[int], numbers: Collection[int]
) -> Mapping[tuple[int, int], PageRow]:
    """The live pages of some hồ sơ that have some numbers, by hồ sơ and number."""
    statement = (
        select(PageRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(col(PageRow.file_unit_id).in_(file_unit_ids), col(PageRow.number).in_(numbers))
        .where(col(MasterRow.state).in_(_LIVE))
    )
    return {(row.file_unit_id or 0, row.number or 0): row for row in session.exec(statement)}


def events_about(
    session: Session, unit: FileUnitRow, *, before: int | None, limit: int
) -> Sequence[EventRow]:
    """Custody events of a hồ sơ, of its masters and of its packages, the newest first."""
    digests = select(MasterRow.sha256).where(MasterRow.file_unit_id == unit.id)
    objids = select(PackageRow.objid).where(PackageRow.file_unit_id == unit.id)
    kind, identity = col(EventRow.object_kind), col(EventRow.object_id)
    about = or_(
        (kind == "file_unit") & (identity == unit.file_code),
        (kind == "master") & identity.in_(digests),
        (kind == "package") & identity.in_(objids),
    )
    statement = select(EventRow).where(about)
    if before is not None:
        statement = statement.where(col(EventRow.counter) < before)
    return session.exec(statement.order_by(col(EventRow.counter).desc()).limit(limit)).all()
