"""Hot folders as the catalogue knows them: how each is watched, and which claims are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, delete, select, update

from appliance.catalogue.intake_tables import HotFolderRow
from appliance.catalogue.tables import MasterRow, MetaRow
from appliance.domain.scanners import WatchWay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

_DROP_MARK: Final = "drop_mark"
_AT_A_TIME: Final = 500
"""Our own: values of one statement, far below SQLite's bound."""


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """What the page says of one scanner's folder.

    Args:
        scanner: Its name, as text can hold it.
        is_configured: Whether the settings name it.
        way: One of ``domain.scanners.WatchWay``.
        probed_at: When that was found out; None before the first probe.
        waiting: Files that lie there and are not taken yet.
        last_arrival_at: When a file was last taken; None when not since the start.
    """

    scanner: str
    is_configured: bool
    way: str
    probed_at: str | None
    waiting: int
    last_arrival_at: str | None


def folder_rows(session: Session) -> Sequence[HotFolderRow]:
    """How each scanner's folder is watched, by its name."""
    return session.exec(select(HotFolderRow).order_by(col(HotFolderRow.scanner))).all()


def record_folders(writing: Writing, folders: Sequence[FolderFacts]) -> None:
    """Write down how every folder is watched; others are forgotten.

    A moment that is not known any more stays as it was.
    """
    names = [facts.scanner for facts in folders]
    writing.session.execute(delete(HotFolderRow).where(col(HotFolderRow.scanner).not_in(names)))
    for facts in folders:
        values = {
            "is_configured": int(facts.is_configured),
            "way": facts.way,
            "probed_at": facts.probed_at,
            "waiting": facts.waiting,
            "last_arrival_at": facts.last_arrival_at,
        }
        statement = upsert(HotFolderRow).values(scanner=facts.scanner, **values)
        kept = {
            name: func.coalesce(statement.excluded[name], col(getattr(HotFolderRow, name)))
            for name in ("probed_at", "last_arrival_at")
        }
        writing.session.execute(
            statement.on_conflict_do_update(index_elements=["scanner"], set_={**values, **kept})
        )


def mark_all_gone(writing: Writing) -> None:
    """The hot folder itself is not there, and so is no scanner's."""
    writing.session.execute(update(HotFolderRow).values(way=str(WatchWay.GONE)))


def has_more_to_come(session: Session, scanner: str) -> bool:
    """Whether files of a scanner are in sight that are not taken yet, or its folder is away.

    Args:
        session: A transaction.
        scanner: Its name, as text can hold it.
    """
    row = session.get(HotFolderRow, scanner)
    return row is not None and (row.waiting > 0 or row.way == WatchWay.GONE)


def is_drop_marked(session: Session) -> bool:
    """Whether the disk of the hot folder carries this box's mark, as far as is remembered."""
    return session.get(MetaRow, _DROP_MARK) is not None


def remember_drop_mark(writing: Writing) -> None:
    """From now on a hot folder without the mark is another disk, or none."""
    statement = upsert(MetaRow).values(name=_DROP_MARK, value=writing.now)
    writing.session.execute(statement.on_conflict_do_nothing())


def recorded_claims(session: Session, claim_ids: Sequence[str]) -> frozenset[str]:
    """Which of these claims have a master's row."""
    found: set[str] = set()
    for start in range(0, len(claim_ids), _AT_A_TIME):
        wanted = col(MasterRow.claim_id).in_(claim_ids[start : start + _AT_A_TIME])
        found.update(session.exec(select(MasterRow.claim_id).where(wanted)))
    return frozenset(found)
