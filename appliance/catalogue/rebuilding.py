"""Rows that come back from packages and receipts instead of from the work that made them.

Only a recovery writes here: states are set, not moved to, since what happened between is known
to have happened elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlmodel import col, delete, select, update

from appliance.catalogue import leases
from appliance.catalogue.events import digest_at, event_values
from appliance.catalogue.findings_texts import findings_text
from appliance.catalogue.tables import (
    AgencyRow,
    ApprovalRow,
    DepositRow,
    EventRow,
    FileUnitRow,
    FondsRow,
    MasterRow,
    MetaRow,
    PackageRow,
    SelectionItemRow,
    SelectionListRow,
)
from appliance.domain.errors import ConfigError
from appliance.domain.receipts import Proof
from appliance.domain.states import DepositState, FileUnitState, ListState, MasterState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlmodel import Session

    from appliance.catalogue.deposits import StoredReceipt
    from appliance.catalogue.engine import Writing
    from appliance.domain.custody import CustodyEvent
    from appliance.domain.findings import Finding
    from appliance.domain.records import Approval, Fonds

_UNFINISHED: Final = "recovery"
_FORMER_KEYS: Final = "former_keys"
_STORE_MARKER: Final = "store_marker"
"""As ``catalogue.halts`` has it: the mark of a store that is gone."""
_DROP_MARK: Final = "drop_mark"
"""As ``catalogue.hot_folders`` has it: the mark of a hot folder that is gone."""


def mark_unfinished(writing: Writing, recovery_id: str) -> None:
    """From now on nothing but the recovery may work on this catalogue."""
    statement = upsert(MetaRow).values(name=_UNFINISHED, value=recovery_id)
    writing.session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": recovery_id})
    )


def mark_finished(writing: Writing) -> None:
    """The recovery is over; new store and hot folder get marks of their own when first met."""
    gone = col(MetaRow.name).in_((_UNFINISHED, _STORE_MARKER, _DROP_MARK))
    writing.session.execute(delete(MetaRow).where(gone))
    writing.session.expire_all()


def unfinished(session: Session) -> str | None:
    """The id of the recovery that has not ended; None when none is under way."""
    row = session.get(MetaRow, _UNFINISHED)
    return row.value if row is not None else None


def refuse_unfinished(session: Session) -> None:
    """Refuse to work on a catalogue that has not come back whole.

    Raises:
        ConfigError: ``RECOVERY-UNFINISHED``.
    """
    if unfinished(session) is not None:
        raise ConfigError(
            "this catalogue is being recovered: run the same appliance recover again until it "
            "ends, then start",
            code="RECOVERY-UNFINISHED",
        )


def former_keys(session: Session) -> tuple[str, ...]:
    """Public keys that this box signed with before it was recovered, as OpenSSH lines."""
    row = session.get(MetaRow, _FORMER_KEYS)
    return tuple(row.value.splitlines()) if row is not None else ()


def put_former_keys(writing: Writing, lines: Sequence[str]) -> None:
    """Remember the keys that older packages are signed with."""
    known = dict.fromkeys((*former_keys(writing.session), *lines))
    values = {"name": _FORMER_KEYS, "value": "\n".join(known)}
    statement = upsert(MetaRow).values(values)
    writing.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def add_missing_events(writing: Writing, told: Iterable[CustodyEvent]) -> Iterator[CustodyEvent]:
    """Insert events that a package tells and the catalogue lacks.

    Yields:
        Events whose counter is known with another digest.
    """
    for event in told:
        known = digest_at(writing.session, event.counter)
        if known is None:
            writing.session.execute(insert(EventRow), [event_values(event, event.digest())])
        elif known != event.digest():
            yield event


def put_fonds_if_missing(writing: Writing, fonds: Fonds) -> None:
    """Add a fonds; one that is known says more than a package does."""
    values = {name: getattr(fonds, name) for name in type(fonds).__dataclass_fields__}
    writing.session.execute(upsert(FondsRow).values(values).on_conflict_do_nothing())


def put_agency_if_missing(writing: Writing, code: str, name: str) -> None:
    """Add an agency of which no name is known."""
    session = writing.session
    if session.exec(select(AgencyRow.id).where(AgencyRow.code == code)).first() is None:
        session.add(AgencyRow(code=code, name=name))
        session.flush()


def put_approved_item(writing: Writing, file_unit_id: int, approval: Approval, at: str) -> None:
    """Say that a hồ sơ is on an approved list; what is known of the list stays."""
    code, session = approval.list_code, writing.session
    known = session.get(SelectionListRow, code)
    if known is None:
        values = {"list_code": code, "title": "", "state": str(ListState.APPROVED)}
        session.execute(insert(SelectionListRow), [values])
    elif known.state == ListState.DRAFT:
        known.state = str(ListState.APPROVED)
    row = {
        "list_code": code,
        "decision_number": approval.decision_number,
        "decision_date": approval.decision_date.isoformat(),
        "signer": approval.signer,
        "recorded_at": at,
    }
    session.flush()
    session.execute(upsert(ApprovalRow).values(row).on_conflict_do_nothing())
    item = {"list_code": code, "file_unit_id": file_unit_id}
    session.execute(upsert(SelectionItemRow).values(item).on_conflict_do_nothing())


def set_sealed(writing: Writing, file_unit_id: int, **values: Any) -> None:  # noqa: ANN401 - column values
    """A hồ sơ is sealed: its package says so."""
    columns = {**leases.waits(), "state": str(FileUnitState.SEALED), "findings": "[]", **values}
    statement = update(FileUnitRow).where(col(FileUnitRow.id) == file_unit_id)
    writing.session.execute(statement.values(columns))
    writing.session.expire_all()


def masters_of(session: Session, file_unit_id: int) -> Sequence[MasterRow]:
    """Every master of a hồ sơ, whatever became of it."""
    statement = select(MasterRow).where(MasterRow.file_unit_id == file_unit_id)
    return session.exec(statement.order_by(col(MasterRow.id))).all()


def set_master(writing: Writing, master_id: int, state: MasterState) -> None:
    """A master is where its package says it is."""
    values = {**leases.waits(), "state": str(state), "cause": None}
    statement = update(MasterRow).where(col(MasterRow.id) == master_id)
    writing.session.execute(statement.values(values))
    writing.session.expire_all()


def set_lost(writing: Writing, master_id: int, finding: Finding) -> None:
    """A master of which no copy is left waits for a person with its reason."""
    values = {
        **leases.waits(),
        "state": str(MasterState.PARKED),
        "cause": finding.code,
        "findings": findings_text((finding,)),
    }
    statement = update(MasterRow).where(col(MasterRow.id) == master_id)
    writing.session.execute(statement.values(values))


def package_row(session: Session, objid: str) -> PackageRow | None:
    """A package by its OBJID."""
    return session.exec(select(PackageRow).where(PackageRow.objid == objid)).first()


def prove_deposit(
    writing: Writing, package_id: int, destination: str, receipt: StoredReceipt, at: str
) -> bool:
    """Take a receipt that a place kept for what it proves; whether it was news.

    Args:
        writing: The transaction.
        package_id: The package.
        destination: The place.
        receipt: Checked.
        at: When the place read it back.
    """
    key = (col(DepositRow.package_id) == package_id, col(DepositRow.destination) == destination)
    known = writing.session.exec(select(DepositRow).where(*key)).first()
    if known is None or known.state == DepositState.PROVED:
        return False
    values = {
        **leases.waits(),
        "state": str(DepositState.PROVED),
        "proof": str(Proof.READ_BACK),
        "reason": None,
        "receipt": receipt.data,
        "receipt_signature": receipt.signature,
        "proved_at": at,
    }
    writing.session.execute(update(DepositRow).where(*key).values(values))
    writing.session.expire_all()
    return True


def wake_open_deposits(writing: Writing) -> None:
    """Whatever was on its way waits anew, and may go at once."""
    sending = col(DepositRow.state) == str(DepositState.SENDING)
    waiting = col(DepositRow.state) == str(DepositState.WAITING)
    session = writing.session
    session.execute(update(DepositRow).where(sending).values(state=str(DepositState.WAITING)))
    session.execute(update(DepositRow).where(waiting).values(leases.done(writing.now)))
