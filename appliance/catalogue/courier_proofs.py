"""Proofs that came on a carried disk: when they were made counts, not when they arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlmodel import col, or_, select, update

from appliance.catalogue import deposits, leases
from appliance.catalogue.audit_records import close_damage
from appliance.catalogue.tables import DepositRow, DestinationRow, PackageRow
from appliance.domain.receipts import Proof
from appliance.domain.states import DepositEvent, DepositState

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.deposits import StoredReceipt
    from appliance.catalogue.engine import Writing


def package_and_deposit(
    session: Session, objid: str, destination: str
) -> tuple[PackageRow, DepositRow] | None:
    """A package and its way to a destination; None when there is no such way."""
    statement = (
        select(PackageRow, DepositRow)
        .join(DepositRow, col(DepositRow.package_id) == PackageRow.id)
        .where(PackageRow.objid == objid)
        .where(DepositRow.destination == destination)
    )
    return session.exec(statement).first()


def prove(writing: Writing, deposit: DepositRow, receipt: StoredReceipt, proved_at: str) -> None:
    """Record a verified receipt that came on a disk: the deposit was proved when it was read.

    Args:
        writing: The transaction.
        deposit: Waiting or refused.
        receipt: Verified.
        proved_at: When the package was read there, not when the receipt came back.

    Raises:
        IllegalTransition: The deposit is in another state by now.
    """
    if deposit.state == DepositState.REFUSED:
        deposits.transit(writing, deposit, DepositEvent.RETRY)
    deposits.transit(writing, deposit, DepositEvent.START)
    deposits.transit(
        writing,
        deposit,
        DepositEvent.PROVE,
        proof=str(Proof.READ_BACK),
        receipt=receipt.data,
        receipt_signature=receipt.signature,
        proved_at=proved_at,
        reason=None,
        **leases.waits(),
    )
    _note_head(writing, deposit.destination, receipt)
    package = deposits.package_by_id(writing.session, deposit.package_id)
    close_damage(writing, deposit.destination, package.objid, "box")


def renew(writing: Writing, deposit: DepositRow, receipt: StoredReceipt, proved_at: str) -> bool:
    """Record a later receipt of a proved deposit; whether it was later."""
    older = or_(col(DepositRow.proved_at).is_(None), col(DepositRow.proved_at) < proved_at)
    statement = (
        update(DepositRow)
        .where(
            col(DepositRow.id) == deposit.id,
            col(DepositRow.state) == str(DepositState.PROVED),
            older,
        )
        .values(receipt=receipt.data, receipt_signature=receipt.signature, proved_at=proved_at)
    )
    result: Any = writing.session.execute(statement)
    _note_head(writing, deposit.destination, receipt)
    return bool(result.rowcount)


def _note_head(writing: Writing, destination: str, receipt: StoredReceipt) -> None:
    newer = (
        col(DestinationRow.name) == destination,
        col(DestinationRow.receipt_counter) < receipt.counter,
    )
    statement = update(DestinationRow).where(*newer)
    writing.session.execute(
        statement.values(receipt_counter=receipt.counter, receipt_sha256=receipt.sha256)
    )
