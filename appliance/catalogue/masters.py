"""Masters and their pages: what was taken, what was found in it, what was made of it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, literal_column, text
from sqlalchemy import delete as core_delete
from sqlalchemy import insert as core_insert
from sqlalchemy import update as core_update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, func, select, update

from appliance.catalogue import leases
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.rules import is_blocking
from appliance.domain.states import MASTER_TABLE, MasterEvent, MasterState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Update
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

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
_INSERTED: Final = tuple(column.name for column in _MASTER.columns if column.name != "id")
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
_PARKED_BEFORE: Final = select(MasterRow).where(
    col(MasterRow.file_unit_id) == bindparam("unit_id"),
    text("master.state = 'parked'"),
    col(MasterRow.id) < bindparam("before_id"),
)


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as the text of a column."""
    return canonical_json([finding.to_json() for finding in findings]).decode("utf-8")


def findings_of(text: str) -> tuple[Finding, ...]:
    """Findings from the text of a column."""
    return tuple(Finding.from_json(value) for value in json.loads(text))


def kept_findings(master: MasterRow) -> tuple[Finding, ...]:
    """What was found when it came in: an inspection adds to that, and replaces all else."""
    return tuple(f for f in findings_of(master.findings) if f.code.startswith("INTAKE-"))


def cause_of(findings: Iterable[Finding]) -> str:
    """The code that a parked file is listed under: its first error."""
    found = tuple(findings)
    blocking = [finding.code for finding in found if is_blocking(finding)]
    return next(iter(blocking or [finding.code for finding in found]), "STAGE-FAILED")


def add_master(writing: Writing, row: MasterRow) -> MasterRow:
    """Add one taken file; the row comes back with its id.

    By a plain statement, which costs a fifth of what the session's own bookkeeping does.
    """
    values = {name: getattr(row, name) for name in _INSERTED}
    result: Any = writing.session.connection().execute(_INSERT, values)
    row.id = result.lastrowid
    return row


def by_claims(session: Session, claim_ids: Iterable[str]) -> dict[str, MasterRow]:
    """The masters of some hundred claims by their ids, as far as they were recorded."""
    rows = session.exec(select(MasterRow).where(col(MasterRow.claim_id).in_(claim_ids)))
    return {row.claim_id: row for row in rows}


def unproved_bytes(session: Session) -> int:
    """How many bytes of masters were not read back from the disk yet."""
    statement = select(func.coalesce(func.sum(MasterRow.size_bytes), 0)).where(
        col(MasterRow.is_read_back) == literal_column("0")  # as the index has it
    )
    return session.exec(statement).one()


def mark_read_back(writing: Writing, rows: Iterable[MasterRow]) -> None:
    """Record that what lies on the disk is what was written."""
    connection = writing.session.connection()
    connection.execute(_MARK, [{"marked_id": row.id} for row in rows])


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


def live_masters(session: Session, file_unit_id: int) -> Sequence[MasterRow]:
    """The live masters of a hồ sơ in the order of their numbers."""
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id)
        .where(col(MasterRow.state).in_(LIVE_STATES))
        .order_by(col(MasterRow.file_number))
    )
    return session.exec(statement).all()


def transit(
    writing: Writing, master: MasterRow, event: MasterEvent, **values: object
) -> MasterState:
    """Move a master to its next state, with further column values, or change nothing.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    state = advance(MASTER_TABLE, MasterState(master.state), event)
    found = str(values.get("findings", master.findings))
    values["cause"] = cause_of(findings_of(found)) if state is MasterState.PARKED else None
    values["state"] = str(state)
    result: Any = writing.session.connection().execute(
        _transition(tuple(sorted(values))),
        {"master_id": master.id, "from_state": master.state}
        | {f"new_{name}": value for name, value in values.items()},
    )
    if result.rowcount != 1:
        raise IllegalTransition(f"master {master.id} is no longer {master.state!r}")
    _keep_true(writing.session, master.id, values)
    return state


@lru_cache(maxsize=64)
def _transition(names: tuple[str, ...]) -> Update:
    """The statement that moves a master on and sets some columns, by their names."""
    same = (_MASTER.c.id == bindparam("master_id"), _MASTER.c.state == bindparam("from_state"))
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return core_update(_MASTER).where(*same).values(columns)


def _keep_true(session: Session, master_id: int | None, values: Mapping[str, object]) -> None:
    """Tell a row that the session holds already what a plain statement made of it."""
    held = session.identity_map.get(session.identity_key(MasterRow, master_id))
    if held is not None:
        for name, value in values.items():
            set_committed_value(held, name, value)


def parked(session: Session, *, limit: int, after_id: int = 0) -> Sequence[MasterRow]:
    """Parked masters, oldest first; page on with the last id."""
    statement = (
        select(MasterRow)
        .where(MasterRow.state == str(MasterState.PARKED), col(MasterRow.id) > after_id)
        .order_by(col(MasterRow.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def parked_before(session: Session, master: MasterRow) -> Sequence[MasterRow]:
    """Parked masters of the same hồ sơ that came before a given one."""
    values = {"unit_id": master.file_unit_id, "before_id": master.id}
    return session.exec(_PARKED_BEFORE, params=values).all()


def put_pages(writing: Writing, master_id: int, pages: Sequence[Mapping[str, object]]) -> None:
    """Set the pages of a master, in place of those of an earlier inspection."""
    connection = writing.session.connection()
    connection.execute(_DELETE_PAGES, {"of_master": master_id})
    if pages:
        connection.execute(_INSERT_PAGES, [dict(page) for page in pages])


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
    """Settle the page numbers of a complete hồ sơ: the position, 1-based."""
    session = writing.session
    for number, (page, _master) in enumerate(pages_of(session, file_unit_id), start=1):
        session.execute(update(PageRow).where(col(PageRow.id) == page.id).values(number=number))


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
