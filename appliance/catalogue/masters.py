"""Masters and their pages: what was taken, what was found in it, what was made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, literal_column, text, tuple_
from sqlalchemy import delete as core_delete
from sqlalchemy import insert as core_insert
from sqlalchemy import update as core_update
from sqlmodel import col, func, select, update

from appliance.catalogue import leases
from appliance.catalogue.findings_texts import cause_of, findings_of, findings_text
from appliance.catalogue.moves import transit
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.states import MasterState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.domain.findings import Finding

__all__ = [
    "LIVE_STATES",
    "add_master",
    "add_masters",
    "by_claims",
    "by_id",
    "cause_of",
    "count_pages",
    "findings_of",
    "findings_text",
    "has_pages",
    "is_proved",
    "kept_findings",
    "live_masters",
    "live_with_digest",
    "live_with_digests",
    "live_with_number",
    "live_with_numbers",
    "mark_read_back",
    "next_id",
    "number_pages",
    "pages_of",
    "parked",
    "parked_in",
    "put_pages",
    "put_pages_of",
    "transit",
    "unproved_bytes",
    "update_master",
    "update_page",
    "wake_pages",
]

LIVE_STATES: Final = (
    str(MasterState.ACCEPTED),
    str(MasterState.INSPECTED),
    str(MasterState.SEALED),
)
"""States in which a master holds its number in the hồ sơ."""

# What is done for every page of every scanner: built once, since building a statement costs
# more than running it. States stand in them as the partial indexes have them; what must not be
# looked for by its hồ sơ, which may have thousands of masters, is hidden behind a sum.
_MASTER: Final = MasterRow.__table__
_PAGE: Final = PageRow.__table__
_COLUMNS: Final = tuple(column.name for column in _MASTER.columns)
_LAST_ID: Final = select(func.max(MasterRow.id))
_INSERT: Final = core_insert(_MASTER)
_INSERT_PAGES: Final = core_insert(_PAGE)
_DELETE_PAGES: Final = core_delete(_PAGE).where(_PAGE.c.master_id == bindparam("of_master"))
_MARK: Final = (
    core_update(_MASTER).where(_MASTER.c.id == bindparam("marked_id")).values(is_read_back=1)
)
_IS_LIVE: Final = text(f"master.state IN {LIVE_STATES}")
_WITH_NUMBER: Final = select(MasterRow).where(
    MasterRow.file_unit_id == bindparam("unit_id"),
    MasterRow.file_number == bindparam("number"),
    _IS_LIVE,
)
_WITH_DIGEST: Final = (
    select(MasterRow)
    .where(col(MasterRow.sha256) == bindparam("sha256"), _IS_LIVE)
    .where(col(MasterRow.file_unit_id) + 0 == bindparam("unit_id"))
    .order_by(col(MasterRow.id))
)
_WITH_NUMBERS: Final = select(MasterRow).where(
    tuple_(col(MasterRow.file_unit_id), col(MasterRow.file_number)).in_(
        bindparam("numbers", expanding=True)
    ),
    _IS_LIVE,
)
_WITH_DIGESTS: Final = (
    select(MasterRow)
    .where(col(MasterRow.sha256).in_(bindparam("digests", expanding=True)), _IS_LIVE)
    .order_by(col(MasterRow.id))
)
_BY_CLAIMS: Final = select(MasterRow).where(
    col(MasterRow.claim_id).in_(bindparam("claim_ids", expanding=True))
)
_UNPROVED_BYTES: Final = select(func.coalesce(func.sum(MasterRow.size_bytes), 0)).where(
    col(MasterRow.is_read_back) == literal_column("0")  # as the index has it
)
_PARKED_IN: Final = select(MasterRow).where(
    col(MasterRow.file_unit_id).in_(bindparam("unit_ids", expanding=True)),
    text("master.state = 'parked'"),
)
_NUMBER_PAGES: Final = text(
    "UPDATE page SET number = placed.position FROM (SELECT page.id, row_number() OVER "
    "(ORDER BY master.file_number, page.frame) AS position FROM page JOIN master "
    "ON master.id = page.master_id WHERE master.file_unit_id = :unit_id AND sheet_mark IS NULL "
    "AND master.state IN ('inspected', 'sealed')) AS placed WHERE page.id = placed.id"
)


def kept_findings(master: MasterRow) -> tuple[Finding, ...]:
    """What was found when it came in: an inspection adds to that, and replaces all else."""
    return tuple(f for f in findings_of(master.findings) if f.code.startswith("INTAKE-"))


def next_id(session: Session) -> int:
    """The id of the next master: until a write transaction ends nobody else can take it."""
    return (session.exec(_LAST_ID).one() or 0) + 1


def add_master(writing: Writing, row: MasterRow) -> MasterRow:
    """Add one taken file; the row comes back with its id."""
    row.id = next_id(writing.session)
    add_masters(writing, [row])
    return row


def add_masters(writing: Writing, rows: Iterable[MasterRow]) -> None:
    """Add taken files that have their ids, counted on from ``next_id``.

    By a plain statement, which costs a fifth of what the session's own bookkeeping does.
    """
    if values := [{name: getattr(row, name) for name in _COLUMNS} for row in rows]:
        writing.session.connection().execute(_INSERT, values)


def by_claims(session: Session, claim_ids: Iterable[str]) -> dict[str, MasterRow]:
    """The masters of some hundred claims by their ids, as far as they were recorded."""
    rows = session.exec(_BY_CLAIMS, params={"claim_ids": list(claim_ids)})
    return {row.claim_id: row for row in rows}


def unproved_bytes(session: Session) -> int:
    """How many bytes of masters were not read back from the disk yet."""
    return session.exec(_UNPROVED_BYTES).one()


def mark_read_back(writing: Writing, rows: Iterable[MasterRow]) -> None:
    """Record that what lies on the disk is what was written."""
    writing.session.connection().execute(_MARK, [{"marked_id": row.id} for row in rows])


def is_proved(session: Session, sha256: str) -> bool:
    """Whether any drop with these bytes was let go because the store holds them."""
    statement = select(MasterRow.id).where(MasterRow.sha256 == sha256, MasterRow.is_read_back == 1)
    return session.exec(statement.limit(1)).first() is not None


def by_id(session: Session, master_id: int) -> MasterRow | None:
    """One master."""
    return session.get(MasterRow, master_id)


def live_with_number(session: Session, file_unit_id: int, number: int) -> MasterRow | None:
    """The master that holds a number in a hồ sơ, or None."""
    values = {"unit_id": file_unit_id, "number": number}
    return session.exec(_WITH_NUMBER, params=values).first()


def live_with_digest(session: Session, file_unit_id: int, sha256: str) -> MasterRow | None:
    """The first live master of a hồ sơ with these bytes, or None."""
    values = {"unit_id": file_unit_id, "sha256": sha256}
    return session.exec(_WITH_DIGEST, params=values).first()


def live_with_numbers(
    session: Session, numbers: Collection[tuple[int, int]]
) -> Sequence[MasterRow]:
    """The masters that hold some numbers, each given as the id of its hồ sơ and the number."""
    return session.exec(_WITH_NUMBERS, params={"numbers": list(numbers)}).all()


def live_with_digests(session: Session, digests: Collection[str]) -> Sequence[MasterRow]:
    """The live masters with some bytes, in the order in which they came."""
    return session.exec(_WITH_DIGESTS, params={"digests": list(digests)}).all()


def live_masters(session: Session, file_unit_id: int) -> Sequence[MasterRow]:
    """The live masters of a hồ sơ in the order of their numbers."""
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id)
        .where(col(MasterRow.state).in_(LIVE_STATES))
        .order_by(col(MasterRow.file_number))
    )
    return session.exec(statement).all()


def parked(session: Session, *, limit: int, after_id: int = 0) -> Sequence[MasterRow]:
    """Parked masters, oldest first; page on with the last id."""
    statement = (
        select(MasterRow)
        .where(MasterRow.state == str(MasterState.PARKED), col(MasterRow.id) > after_id)
        .order_by(col(MasterRow.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def parked_in(session: Session, file_unit_ids: Collection[int]) -> Sequence[MasterRow]:
    """Parked masters of some hồ sơ."""
    return session.exec(_PARKED_IN, params={"unit_ids": tuple(file_unit_ids)}).all()


def put_pages(writing: Writing, master_id: int, pages: Sequence[Mapping[str, object]]) -> None:
    """Set the pages of a master, in place of those of an earlier inspection."""
    put_pages_of(writing, {master_id: pages})


def put_pages_of(writing: Writing, pages: Mapping[int, Sequence[Mapping[str, object]]]) -> None:
    """Set the pages of several masters, by their ids."""
    connection = writing.session.connection()
    if pages:
        connection.execute(_DELETE_PAGES, [{"of_master": one} for one in pages])
    rows = [dict(page) for some in pages.values() for page in some]
    if rows:
        connection.execute(_INSERT_PAGES, rows)


def has_pages(session: Session, master_id: int) -> bool:
    """Whether a master was inspected, and its pages are recorded."""
    statement = select(PageRow.id).where(PageRow.master_id == master_id)
    return session.exec(statement.limit(1)).first() is not None


def count_pages(session: Session, file_unit_id: int) -> tuple[int, int]:
    """Pages of inspected masters, and masters still waiting for inspection."""
    found = (
        select(func.count())
        .select_from(PageRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id, col(PageRow.sheet_mark).is_(None))
        .where(col(MasterRow.state).in_((str(MasterState.INSPECTED), str(MasterState.SEALED))))
    )
    waiting = (
        select(func.count())
        .select_from(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id)
        .where(MasterRow.state == str(MasterState.ACCEPTED))
    )
    return session.exec(found).one(), session.exec(waiting).one()


def pages_of(session: Session, file_unit_id: int) -> Sequence[tuple[PageRow, MasterRow]]:
    """The live pages of a hồ sơ with their masters, in the order of numbers and frames."""
    statement = (
        select(PageRow, MasterRow)
        .join(MasterRow, col(MasterRow.id) == col(PageRow.master_id))
        .where(MasterRow.file_unit_id == file_unit_id, col(PageRow.sheet_mark).is_(None))
        .where(col(MasterRow.state).in_((str(MasterState.INSPECTED), str(MasterState.SEALED))))
        .order_by(col(MasterRow.file_number), col(PageRow.frame))
    )
    return session.exec(statement).all()


def number_pages(writing: Writing, file_unit_id: int) -> None:
    """Settle the page numbers of a complete hồ sơ: the position, 1-based; all by one statement."""
    writing.session.execute(_NUMBER_PAGES, {"unit_id": file_unit_id})


def wake_pages(writing: Writing, file_unit_id: int) -> None:
    """Let the pages of a reviewed hồ sơ be derived."""
    statement = update(PageRow).where(
        col(PageRow.file_unit_id) == file_unit_id,
        col(PageRow.is_derived) == 0,
        col(PageRow.sheet_mark).is_(None),
    )
    writing.session.execute(statement.values(leases.done(writing.now)))


def update_page(writing: Writing, page_id: int, values: Mapping[str, object]) -> None:
    """Set columns of one page."""
    statement = update(PageRow).where(col(PageRow.id) == page_id)
    writing.session.execute(statement.values(dict(values)))


def update_master(writing: Writing, master_id: int, values: Mapping[str, object]) -> None:
    """Set columns of one master, but never its state."""
    statement = update(MasterRow).where(col(MasterRow.id) == master_id)
    writing.session.execute(statement.values(dict(values)))
