"""What a hồ sơ is sealed from, in plain values: those of ten thousand pages are held at once.

A row with its session's bookkeeping takes some kilobytes; these values take a few hundred bytes
a page, and what is longer is read a batch at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from appliance.catalogue.masters import LIVE_STATES
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.states import MASTER_TABLE, MasterEvent, MasterState, advance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Row, Select
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

_BATCH: Final = 500
"""Our own: rows taken from the database at once."""
_MASTER: Final = MasterRow.__table__
_PAGE: Final = PageRow.__table__
_LIVE: Final = (
    _MASTER.c.file_unit_id == bindparam("unit_id"),
    _MASTER.c.state.in_(LIVE_STATES),
)
_MASTERS: Final = (
    select(
        _MASTER.c.id,
        _MASTER.c.sha256,
        _MASTER.c.size_bytes,
        _MASTER.c.name,
        _MASTER.c.file_number,
        _MASTER.c.image_format,
        _MASTER.c.frame_count,
        _MASTER.c.scanner,
    )
    .where(*_LIVE)
    .order_by(_MASTER.c.file_number)
)
_OF_LIVE: Final = (
    *_LIVE,
    _MASTER.c.state != str(MasterState.ACCEPTED),  # the pages of one inspected before may be stale
    _MASTER.c.id == _PAGE.c.master_id,
    _PAGE.c.sheet_mark.is_(None),
)
_IN_ORDER: Final = (_MASTER.c.file_number, _PAGE.c.frame)
_PAGES: Final = (
    select(
        _PAGE.c.id,
        _PAGE.c.master_id,
        _PAGE.c.frame,
        _PAGE.c.derivative_sha256,
        _PAGE.c.words_sha256,
    )
    .where(*_OF_LIVE)
    .order_by(*_IN_ORDER)
)
_DERIVED: Final = (
    select(_PAGE.c.derivation, _PAGE.c.ocr_confidence)
    .where(*_OF_LIVE, _PAGE.c.derivation.is_not(None))
    .order_by(*_IN_ORDER)
)
_DERIVATIONS: Final = select(_PAGE.c.id, _PAGE.c.derivation).where(
    _PAGE.c.id.in_(bindparam("ids", expanding=True))
)
_STATES: Final = select(_MASTER.c.state).where(*_LIVE).distinct()


@dataclass(frozen=True, slots=True)
class MasterToSeal:
    """A live master of a hồ sơ.

    Args:
        sha256: Of its bytes, hexadecimal.
        size_bytes: How many they are.
        name: Under which it was dropped.
        file_number: Its place in the hồ sơ, 1-based.
        image_format: As the inspection names it; empty before.
        frame_count: Pages it holds.
        scanner: Which one made it.
    """

    sha256: str
    size_bytes: int
    name: str
    file_number: int
    image_format: str
    frame_count: int
    scanner: str


@dataclass(frozen=True, slots=True)
class PageToSeal:
    """A page of a hồ sơ.

    Args:
        id: Of its row.
        master: That it is in.
        frame: Of the master, 1-based.
        derivative_sha256: Of its derivative image; None without.
        words_sha256: Of its words; None without.
    """

    id: int
    master: MasterToSeal
    frame: int
    derivative_sha256: str | None
    words_sha256: str | None


def masters_to_seal(session: Session, file_unit_id: int) -> dict[int, MasterToSeal]:
    """The live masters of a hồ sơ by their ids, in the order of their numbers."""
    return {
        row.id: MasterToSeal(
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            name=row.name,
            file_number=row.file_number or 0,
            image_format=row.image_format or "",
            frame_count=row.frame_count or 1,
            scanner=row.scanner,
        )
        for row in _rows(session, _MASTERS, file_unit_id)
    }


def pages_to_seal(
    session: Session, file_unit_id: int, masters: Mapping[int, MasterToSeal]
) -> tuple[PageToSeal, ...]:
    """The live pages of a hồ sơ in the order of numbers and frames.

    Args:
        session: The transaction that the masters were read in.
        file_unit_id: Of the hồ sơ.
        masters: Its live masters by their ids.
    """
    return tuple(
        PageToSeal(
            row.id, masters[row.master_id], row.frame, row.derivative_sha256, row.words_sha256
        )
        for row in _rows(session, _PAGES, file_unit_id)
    )


def derivations_of(session: Session, page_ids: Sequence[int]) -> dict[int, str]:
    """How some hundred pages were derived, by their ids; without those that are not."""
    found = session.connection().execute(_DERIVATIONS, {"ids": list(page_ids)})
    return {row.id: row.derivation for row in found if row.derivation}


def derived_pages(session: Session, file_unit_id: int) -> Iterator[tuple[str, int | None]]:
    """Derivation and confidence of each derived page of a hồ sơ, in their order."""
    return ((row.derivation, row.ocr_confidence) for row in _rows(session, _DERIVED, file_unit_id))


def seal_masters(writing: Writing, file_unit_id: int) -> None:
    """Move every live master of a hồ sơ to where its seal takes it.

    Raises:
        IllegalTransition: One cannot be sealed as it is; nothing is changed.
    """
    connection = writing.session.connection()
    states = connection.execute(_STATES, {"unit_id": file_unit_id}).scalars().all()
    moves = {one: advance(MASTER_TABLE, MasterState(one), MasterEvent.SEAL) for one in states}
    for state, following in moves.items():
        same = (_MASTER.c.file_unit_id == file_unit_id, _MASTER.c.state == state)
        statement = update(_MASTER).where(*same).values(state=str(following), cause=None)
        connection.execute(statement)


def _rows(session: Session, statement: Select[Any], file_unit_id: int) -> Iterator[Row[Any]]:
    options = {"yield_per": _BATCH}
    values = {"unit_id": file_unit_id}
    return iter(session.connection().execute(statement, values, execution_options=options))
