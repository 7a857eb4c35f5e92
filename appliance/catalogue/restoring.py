"""Proofs of a place whose store went back: which receipts it owes, and what is owed to it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam
from sqlalchemy import update as core_update
from sqlmodel import col, select, update

from appliance.catalogue import leases
from appliance.catalogue.deposits import destination, finding_column, transit_all
from appliance.catalogue.tables import DepositRow, DestinationRow
from appliance.domain.findings import Finding
from appliance.domain.receipts import Proof, Receipt
from appliance.domain.states import DepositEvent, DepositState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.engine import Writing

_AT_ONCE: Final = 500
_FORGOTTEN: Final = {
    "proof": str(Proof.NONE),
    "receipt": None,
    "receipt_signature": None,
    "proved_at": None,
    "scrubbed_at": None,
}


def known_receipts(session: Session, name: str) -> dict[int, tuple[str, int]]:
    """The receipts that prove deposits at a destination.

    Returns:
        By the store's counter: SHA-256 of the receipt, and the row id of the deposit.
    """
    statement = select(DepositRow.id, DepositRow.receipt).where(
        DepositRow.destination == name, DepositRow.state == str(DepositState.PROVED)
    )
    found = {}
    for deposit_id, data in session.exec(statement):
        receipt = data or b""
        counter = Receipt.from_bytes(receipt).counter
        found[counter] = (hashlib.sha256(receipt).hexdigest(), deposit_id or 0)
    return found


def head(session: Session, name: str) -> tuple[int, str]:
    """Counter and SHA-256 of the newest receipt of a destination that this box has seen."""
    place = destination(session, name)
    return place.receipt_counter, place.receipt_sha256


def set_head(writing: Writing, name: str, counter: int, sha256: str) -> None:
    """From now on this is the newest receipt of a destination; it may be tried at once."""
    values = {
        "receipt_counter": counter,
        "receipt_sha256": sha256,
        "is_line_up": None,
        "reason": None,
    }
    one = update(DestinationRow).where(col(DestinationRow.name) == name)
    writing.session.execute(one.values(**values))


def owe_again(writing: Writing, name: str, lost: Mapping[int, int]) -> None:
    """Owe deposits again whose receipts the place has no more: their copies may be gone.

    Args:
        writing: A write transaction.
        name: The destination.
        lost: The counter of the receipt that is gone, by the row id of the deposit.
    """
    again, all_ids = leases.done(writing.now), list(lost)
    for first in range(0, len(all_ids), _AT_ONCE):
        ids = all_ids[first : first + _AT_ONCE]
        which = (col(DepositRow.destination) == name, col(DepositRow.id).in_(ids))
        transit_all(writing, DepositState.PROVED, DepositEvent.FIND_FAR_DAMAGE, which, **_FORGOTTEN)
        transit_all(writing, DepositState.FAR_DAMAGED, DepositEvent.RETRY, which, **again)
        _say_why(writing, name, {number: lost[number] for number in ids})


def _say_why(writing: Writing, name: str, lost: Mapping[int, int]) -> None:
    statement = (
        core_update(DepositRow.__table__)
        .where(col(DepositRow.id) == bindparam("deposit_id"))
        .values(reason=bindparam("why"))
    )
    rows = [
        {
            "deposit_id": deposit_id,
            "why": finding_column(Finding("STORE-RESTORED", name, {"counter": counter})),
        }
        for deposit_id, counter in lost.items()
    ]
    writing.session.connection().execute(statement, rows)
