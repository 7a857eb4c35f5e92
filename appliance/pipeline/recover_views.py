"""Pictures for the screen are in no package: they are made again from the masters that came back.

The catalogue is whole without them, so this comes last, and what is interrupted goes on with the
next run of the same command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlmodel import col, select

from appliance.catalogue import masters
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.disk.digesting import Fingerprint
from appliance.pipeline.recover_told import inspected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from appliance.catalogue.engine import Catalogue
    from appliance.disk.store import Store

_BATCH: Final = 32
"""Our own: masters looked at in one transaction."""


def make_views(catalogue: Catalogue, store: Store, executor: Executor) -> int:
    """Make the pictures of every page that lacks them; of how many masters.

    Args:
        catalogue: The recovered one.
        store: Where masters lie and pictures go.
        executor: Decodes.

    Raises:
        StorageError: The disk refused.
    """
    made, last = 0, 0
    while rows := _next_masters(catalogue, last):
        last = rows[-1].id or 0
        lacking = [row for row in rows if _lacks_views(catalogue, store, row)]
        made += len(lacking)
        _make(catalogue, store, executor, lacking)
    return made


def _next_masters(catalogue: Catalogue, after_id: int) -> Sequence[MasterRow]:
    statement = select(MasterRow).where(col(MasterRow.id) > after_id)
    with catalogue.read() as session:
        return session.exec(statement.order_by(col(MasterRow.id)).limit(_BATCH)).all()


def _lacks_views(catalogue: Catalogue, store: Store, row: MasterRow) -> bool:
    if not store.master_path(row.sha256).exists():
        return False
    with catalogue.read() as session:
        pages = session.exec(select(PageRow).where(PageRow.master_id == row.id)).all()
    digests = {one for page in pages for one in (page.thumbnail_sha256, page.view_sha256) if one}
    return any(not store.derivative_path(digest).exists() for digest in digests)


def _make(
    catalogue: Catalogue, store: Store, executor: Executor, rows: Sequence[MasterRow]
) -> None:
    """The pictures of some masters; where this release makes other bytes, rows name those."""
    prints = [(Fingerprint(row.size_bytes, row.sha256, row.xxh3), row.name) for row in rows]
    found = inspected(prints, store, executor) if prints else []
    for row, inspection in zip(rows, found, strict=True):
        with catalogue.write() as writing:
            pages = writing.session.exec(select(PageRow).where(PageRow.master_id == row.id)).all()
            by_frame = {page.frame: page for page in pages}
            for frame in inspection.frames:
                page = by_frame.get(frame.frame)
                if page is not None and frame.thumbnail and frame.view:
                    digests = {
                        "thumbnail_sha256": frame.thumbnail.sha256,
                        "view_sha256": frame.view.sha256,
                    }
                    masters.update_page(writing, page.id or 0, digests)
