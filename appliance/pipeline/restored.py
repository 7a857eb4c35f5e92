"""A place's store that was restored from an old backup: a person accepts it, and owes it again.

What the store has forgotten is no longer proved there. Nothing is taken back from it or changed
in it: the packages whose receipts it does not have are sent again, and what of them is still
there is only read back.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events, restoring
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType, Outcome
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.sync.papers import NO_RECEIPT, ReceiptHead
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from appliance.catalogue.engine import Catalogue
    from appliance.domain.canonical import JsonValue
    from appliance.sync.remote import Remote

_LOG: Final = logging.getLogger(__name__)


def accept_restored(catalogue: Catalogue, destination: str, remote: Remote, agent: str) -> int:
    """Take the receipts that a place has now for all it has; how many packages are owed again.

    Args:
        catalogue: Where proofs are recorded.
        destination: The place's name.
        remote: The port to it.
        agent: Who accepts it.

    Raises:
        RuleError: ``STORE-NOT-RESTORED``: it has the newest receipt that this box knows.
        RemoteError: It cannot be reached, or its receipts do not follow each other
            (``RECEIPT-INVALID``).
    """
    with catalogue.read() as session:
        known = restoring.known_receipts(session, destination)
        head = ReceiptHead(*restoring.head(session, destination))
    there, new_head = _receipts_there(remote)
    if there.get(head.counter) == head.digest or head.counter == 0:
        finding = Finding("STORE-NOT-RESTORED", destination)
        raise RuleError("there is nothing to accept", (finding,))
    lost = {
        deposit_id: counter
        for counter, (digest, deposit_id) in known.items()
        if there.get(counter) != digest
    }
    with catalogue.write() as writing:
        restoring.owe_again(writing, destination, lost)
        restoring.set_head(writing, destination, new_head.counter, new_head.digest)
        detail: dict[str, JsonValue] = {
            "asked": "accept the restored store",
            "receipt_counter_before": head.counter,
            "receipt_counter_now": new_head.counter,
            "owed_again": len(lost),
        }
        draft = EventDraft(
            EventType.REVIEW, "destination", destination, agent, Outcome.SUCCESS, detail
        )
        events.record(writing, draft)
    _LOG.warning("%s: a restored store was accepted by %s", destination, agent)
    return len(lost)


def _receipts_there(remote: Remote) -> tuple[dict[int, str], ReceiptHead]:
    """A place's whole list of receipts, as digests by their counters, and the newest of them.

    Raises:
        RemoteError: ``RECEIPT-INVALID``: one does not name the one before it.
    """
    found: dict[int, str] = {}
    head = NO_RECEIPT
    for signed in remote.receipts():
        receipt = signed.receipt
        if (receipt.counter, receipt.previous) != (head.counter + 1, head.digest):
            raise refusal(
                "RECEIPT-INVALID", f"its receipt {receipt.counter} does not follow {head.counter}"
            )
        head = ReceiptHead.of(signed)
        found[head.counter] = head.digest
    return found, head
