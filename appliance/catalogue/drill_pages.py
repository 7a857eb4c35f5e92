"""Which pages of a package are looked at in a restore drill, and how they looked when they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from appliance.catalogue.tables import MasterRow, PageRow

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from appliance.catalogue.tables import PackageRow


@dataclass(frozen=True, slots=True)
class KnownPage:
    """One page as it is recorded.

    Args:
        sha256: Of its master.
        name: The master's file name, as it was dropped.
        frame: In the master, 1-based.
        number: In the hồ sơ, 1-based.
        width_px: As stored.
        height_px: As stored.
        view_sha256: The picture kept of it; None where none is.
    """

    sha256: str
    name: str
    frame: int
    number: int
    width_px: int
    height_px: int
    view_sha256: str | None


def known_pages(
    session: Session, package: PackageRow, digests: Collection[str]
) -> Sequence[KnownPage]:
    """The recorded pages whose masters a package holds, in their order.

    Args:
        session: The catalogue.
        package: Of whose hồ sơ.
        digests: SHA-256 of every member of this very package: a correction may have replaced
            pages since it was sealed.
    """
    statement = (
        select(PageRow, MasterRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(
            MasterRow.file_unit_id == package.file_unit_id,
            col(MasterRow.sha256).in_(digests),
            col(PageRow.number).is_not(None),
        )
        .order_by(col(PageRow.number), col(PageRow.frame))
    )
    return [_page(page, master) for page, master in session.exec(statement)]


def _page(page: PageRow, master: MasterRow) -> KnownPage:
    return KnownPage(
        sha256=master.sha256,
        name=master.name,
        frame=page.frame,
        number=page.number or 0,
        width_px=page.width_px,
        height_px=page.height_px,
        view_sha256=page.view_sha256,
    )


def drawn_by_lot(pages: Sequence[KnownPage], lot: random.Random) -> KnownPage | None:
    """One of the pages; None of none."""
    return lot.choice(pages) if pages else None


def view_of(pages: Sequence[KnownPage], number: int) -> str | None:
    """The picture kept of the page with a number; None where none is."""
    return next((page.view_sha256 for page in pages if page.number == number), None)
