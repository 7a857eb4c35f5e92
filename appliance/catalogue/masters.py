"""Masters and their pages: what was taken, what was found in it, what was made of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlmodel import col, delete, func, insert, select, update

from appliance.catalogue import leases
from appliance.catalogue.tables import MasterRow, PageRow
from appliance.domain.canonical import canonical_json
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.rules import is_blocking
from appliance.domain.states import MASTER_TABLE, MasterEvent, MasterState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

LIVE_STATES = (str(MasterState.ACCEPTED), str(MasterState.INSPECTED), str(MasterState.SEALED))
"""States in which a master holds its number in the hồ sơ."""


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as the text of a column."""
    return canonical_json([finding.to_json() for finding in findings]).decode("utf-8")


def findings_of(text: str) -> tuple[Finding, ...]:
    """Findings from the text of a column."""
    return tuple(Finding.from_json(value) for value in json.loads(text))


def cause_of(findings: Iterable[Finding]) -> str:
    """The code that a parked file is listed under: its first error."""
    found = tuple(findings)
    blocking = [finding.code for finding in found if is_blocking(finding)]
    return next(iter(blocking or [finding.code for finding in found]), "STAGE-FAILED")


def add_master(writing: Writing, row: MasterRow) -> MasterRow:
    """Add one taken file; the row comes back with its id."""
    writing.session.add(row)
    writing.session.flush()
    return row


def by_claim(session: Session, claim_id: str) -> MasterRow | None:
    """The master of a claim, or None when the claim was not recorded."""
    return session.exec(select(MasterRow).where(MasterRow.claim_id == claim_id)).first()


def by_id(session: Session, master_id: int) -> MasterRow | None:
    """One master."""
    return session.get(MasterRow, master_id)


def live_with_number(session: Session, file_unit_id: int, number: int) -> MasterRow | None:
    """The master that holds a number in a hồ sơ, or None."""
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id, MasterRow.file_number == number)
        .where(col(MasterRow.state).in_(LIVE_STATES))
    )
    return session.exec(statement).first()


def live_with_digest(session: Session, file_unit_id: int, sha256: str) -> MasterRow | None:
    """The first live master of a hồ sơ with these bytes, or None."""
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == file_unit_id, MasterRow.sha256 == sha256)
        .where(col(MasterRow.state).in_(LIVE_STATES))
        .order_by(col(MasterRow.id))
    )
    return session.exec(statement).first()


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
    same = (col(MasterRow.id) == master.id, col(MasterRow.state) == master.state)
    statement = update(MasterRow).where(*same).values(state=str(state), **values)
    result: Any = writing.session.execute(statement)
    if result.rowcount != 1:
        raise IllegalTransition(f"master {master.id} is no longer {master.state!r}")
    return state


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
    statement = (
        select(MasterRow)
        .where(MasterRow.file_unit_id == master.file_unit_id)
        .where(MasterRow.state == str(MasterState.PARKED), col(MasterRow.id) < master.id)
    )
    return session.exec(statement).all()


def put_pages(writing: Writing, master_id: int, pages: Sequence[Mapping[str, object]]) -> None:
    """Set the pages of a master, in place of those of an earlier inspection."""
    writing.session.execute(delete(PageRow).where(col(PageRow.master_id) == master_id))
    if pages:
        writing.session.execute(insert(PageRow), list(pages))


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
