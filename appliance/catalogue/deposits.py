"""Sealed packages, destinations, and each package's way to each destination."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import literal
from sqlalchemy import select as core_select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, func, insert, select, update

from appliance.catalogue import leases
from appliance.catalogue.tables import DepositRow, DestinationRow, PackageRow
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import GENESIS
from appliance.domain.errors import ConfigError, IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.receipts import Proof
from appliance.domain.sending import RANK_BYTES_PER_SECOND, RANK_LONGEST_SECONDS
from appliance.domain.states import DEPOSIT_TABLE, DepositEvent, DepositState, advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

WAITING: Final = literal(str(DepositState.WAITING), literal_execute=True)
"""Written out in the statement: only then an index over what waits is used."""


@dataclass(frozen=True, slots=True)
class DestinationFacts:
    """What the configuration says of a destination."""

    name: str
    label: str
    kind: str
    store_id: str


def configure_destinations(writing: Writing, configured: Iterable[DestinationFacts]) -> None:
    """Make the catalogue's destinations those of the configuration.

    One that is no longer configured stays with its proofs and is no longer sent to; a new one
    owes every sealed package a deposit.

    Raises:
        ConfigError: A name whose store has proved packages now means another store.
    """
    session = writing.session
    session.execute(update(DestinationRow).values(is_configured=0))
    for facts in configured:
        _refuse_other_store(session, facts)
        values: dict[str, Any] = {
            "name": facts.name,
            "label": facts.label,
            "kind": facts.kind,
            "store_id": facts.store_id,
            "is_configured": 1,
        }
        statement = upsert(DestinationRow).values(
            {**values, "receipt_counter": 0, "receipt_sha256": GENESIS}
        )
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
        _owe_missing(writing, facts.name)


def _refuse_other_store(session: Session, facts: DestinationFacts) -> None:
    """The proofs of one store say nothing of another, and would count for it by the name."""
    known = session.get(DestinationRow, facts.name)
    if known is None or known.store_id == facts.store_id:
        return
    if DepositState.PROVED in counts(session, facts.name):
        raise ConfigError(
            f"destination {facts.name} was the store {known.store_id}, which proved packages, "
            f"and is now {facts.store_id}: give the new store a name of its own",
            code="DESTINATION-STORE-CHANGED",
        )


def _owe_missing(writing: Writing, destination: str) -> None:
    has = select(DepositRow.package_id).where(DepositRow.destination == destination)
    _owe(writing, col(PackageRow.id).not_in(has), destination)


def _owe(writing: Writing, which: ColumnElement[bool], destination: str) -> None:
    """Owe some packages to a destination, each with its place in the queue."""
    owed = core_select(
        col(PackageRow.id),
        literal(destination),
        literal(writing.now),
        col(PackageRow.size_bytes),
        _send_rank(),
    ).where(which)
    columns = ["package_id", "destination", "next_attempt", "size_bytes", "send_rank"]
    writing.session.execute(insert(DepositRow).from_select(columns, owed))


def _send_rank() -> ColumnElement[int]:
    """``domain.sending.send_rank`` as SQL."""
    sealed_at_seconds = func.coalesce(func.unixepoch(PackageRow.sealed_at), 0)
    for_size = col(PackageRow.size_bytes) // RANK_BYTES_PER_SECOND
    return sealed_at_seconds + func.min(for_size, RANK_LONGEST_SECONDS)


def destinations(session: Session) -> Sequence[DestinationRow]:
    """The configured destinations by name."""
    statement = (
        select(DestinationRow)
        .where(DestinationRow.is_configured == 1)
        .order_by(col(DestinationRow.name).desc())
    )
    return session.exec(statement).all()


def destination(session: Session, name: str) -> DestinationRow:
    """One destination that is known to exist."""
    return session.get_one(DestinationRow, name)


def known_destination(session: Session, name: str) -> DestinationRow | None:
    """One destination, still configured or not; None when there was never one of this name."""
    return session.get(DestinationRow, name)


def note_contact(writing: Writing, name: str, free_bytes: int | None) -> None:
    """A destination answered."""
    values: dict[str, Any] = {
        "is_line_up": 1,
        "last_attempt_at": writing.now,
        "last_contact_at": writing.now,
        "reason": None,
    }
    if free_bytes is not None:
        values["free_bytes"] = free_bytes
    statement = update(DestinationRow).where(col(DestinationRow.name) == name)
    writing.session.execute(statement.values(values))


def note_answer(
    writing: Writing,
    name: str,
    free_bytes: int,
    partial: tuple[int, int],
    notes: Iterable[Finding],
) -> None:
    """What a destination told of itself, whether it can be sent to or not.

    Args:
        writing: A write transaction.
        name: The destination.
        free_bytes: Room on its disk.
        partial: Packages that lie there unfinished, and their bytes.
        notes: What is odd there, but stops nothing.
    """
    values = {
        "last_contact_at": writing.now,
        "free_bytes": free_bytes,
        "partial_count": partial[0],
        "partial_bytes": partial[1],
        "notes": canonical_json([note.to_json() for note in notes]).decode("utf-8"),
    }
    one = update(DestinationRow).where(col(DestinationRow.name) == name)
    writing.session.execute(one.values(**values))


def note_no_contact(writing: Writing, name: str, reason: Finding) -> None:
    """A destination did not answer, or cannot take anything; what was known stays known."""
    statement = update(DestinationRow).where(col(DestinationRow.name) == name)
    writing.session.execute(
        statement.values(is_line_up=0, last_attempt_at=writing.now, reason=finding_column(reason))
    )


def forget_reason(writing: Writing, name: str) -> None:
    """Why a destination could not be sent to may have passed; whether it has, nobody knows."""
    one = (col(DestinationRow.name) == name, col(DestinationRow.is_line_up) == 0)
    statement = update(DestinationRow).where(*one)
    writing.session.execute(statement.values(is_line_up=None, reason=None))


def add_package(writing: Writing, row: PackageRow) -> PackageRow:
    """Record a sealed package; every configured destination is owed a deposit of it."""
    writing.session.add(row)
    writing.session.flush()
    for place in destinations(writing.session):
        _owe(writing, col(PackageRow.id) == row.id, place.name)
    return row


def package_by_id(session: Session, package_id: int) -> PackageRow:
    """One package that is known to exist."""
    return session.get_one(PackageRow, package_id)


def newest_version(session: Session, file_unit_id: int) -> int:
    """The newest package version of a hồ sơ; 0 before the first."""
    statement = select(func.max(PackageRow.version)).where(PackageRow.file_unit_id == file_unit_id)
    return session.exec(statement).one() or 0


def transit(
    writing: Writing, deposit: DepositRow, event: DepositEvent, **values: object
) -> DepositState:
    """Move a deposit to its next state, or change nothing.

    Raises:
        IllegalTransition: The event does not apply, or the row changed meanwhile.
    """
    state = advance(DEPOSIT_TABLE, DepositState(deposit.state), event)
    same = (col(DepositRow.id) == deposit.id, col(DepositRow.state) == deposit.state)
    statement = update(DepositRow).where(*same).values(state=str(state), **values)
    result: Any = writing.session.execute(statement)
    if result.rowcount != 1:
        raise IllegalTransition(f"deposit {deposit.id} is no longer {deposit.state!r}")
    deposit.state = str(state)
    return state


def transit_all(
    writing: Writing,
    state: DepositState,
    event: DepositEvent,
    which: Sequence[ColumnElement[bool]],
    **values: object,
) -> int:
    """Move every deposit that is in a state, and one of those, to its next state; how many.

    Raises:
        IllegalTransition: The event does not apply; nothing was changed.
    """
    following = advance(DEPOSIT_TABLE, state, event)
    same = (col(DepositRow.state) == str(state), *which)
    statement = update(DepositRow).where(*same).values(state=str(following), **values)
    result: Any = writing.session.execute(statement)
    return int(result.rowcount)


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A verified receipt, as it is kept.

    Args:
        data: Its canonical bytes.
        signature: The SSHSIG over them, armored.
        counter: The store's counter in it.
        sha256: Of ``data``, hexadecimal: what the store's next receipt names as previous.
    """

    data: bytes
    signature: str
    counter: int
    sha256: str


def prove(writing: Writing, deposit: DepositRow, receipt: StoredReceipt) -> None:
    """Record a verified read-back receipt: the deposit is proved."""
    transit(
        writing,
        deposit,
        DepositEvent.PROVE,
        proof=str(Proof.READ_BACK),
        receipt=receipt.data,
        receipt_signature=receipt.signature,
        proved_at=writing.now,
        reason=None,
        sent_bytes=deposit.size_bytes,
        **leases.waits(),
    )
    newest = update(DestinationRow).where(col(DestinationRow.name) == deposit.destination)
    newer = newest.where(col(DestinationRow.receipt_counter) < receipt.counter)
    writing.session.execute(
        newer.values(receipt_counter=receipt.counter, receipt_sha256=receipt.sha256)
    )


def finding_column(finding: Finding | None) -> str | None:
    """A finding as the text of a nullable column."""
    return canonical_json(finding.to_json()).decode("utf-8") if finding is not None else None


def finding_from(text: str | None) -> Finding | None:
    """A finding from the text of a nullable column."""
    return Finding.from_json(json.loads(text)) if text else None


def counts(session: Session, name: str) -> dict[DepositState, int]:
    """How many deposits of a destination are in each state."""
    statement = (
        select(DepositRow.state, func.count())
        .where(DepositRow.destination == name)
        .group_by(col(DepositRow.state))
    )
    return {DepositState(state): count for state, count in session.exec(statement)}
