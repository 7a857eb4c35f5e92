"""Everything that is recorded of one hồ sơ: what its own screen shows, read by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from collections.abc import Sequence

    from sqlmodel import Session


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
    live = (str(MasterState.INSPECTED), str(MasterState.SEALED))
    key = tuple_(col(MasterRow.file_number), col(PageRow.frame))
    statement = (
        select(PageRow, MasterRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id, col(MasterRow.state).in_(live))
        .where(key > after)
        .order_by(col(MasterRow.file_number), col(PageRow.frame))
        .limit(limit)
    )
    return session.exec(statement).all()


def is_thumbnail(session: Session, page_id: int, sha256: str) -> bool:
    """Whether these bytes are the thumbnail of this page."""
    page = session.get(PageRow, page_id)
    return page is not None and page.thumbnail_sha256 == sha256


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
