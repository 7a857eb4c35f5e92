"""A destination reads its copy back once more, and the receipt is kept: the proof is new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audit_records, deposits
from appliance.catalogue.deposits import StoredReceipt
from appliance.domain.errors import RemoteError
from appliance.domain.findings import Finding
from appliance.domain.receipts import Sidecar
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.sync.papers import ReceiptHead

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.engine import Catalogue
    from appliance.catalogue.tables import DepositRow, PackageRow
    from appliance.sync.remote import Remote

DAMAGE_CODES: Final = frozenset({"FAR-COPY-DAMAGED", "FAR-COPY-MISSING", "FAR-CONFLICT"})
"""A copy that is not what was sealed: changed, gone, or another one under its name."""


@dataclass(frozen=True, slots=True)
class FarPlace:
    """One destination that can be asked.

    Args:
        name: Its name.
        label: How people call it.
        open_remote: Makes the port to it; costs nothing until it is used.
        is_downloaded: Whether its copies are read by fetching them: then nights are bounded by
            bytes too, and a comparison of blocks would cost as much as a proof.
    """

    name: str
    label: str
    open_remote: Callable[[], Remote]
    is_downloaded: bool = False


def prove_again(
    catalogue: Catalogue, remote: Remote, deposit: DepositRow, package: PackageRow
) -> None:
    """Have a copy read back; the new receipt and its time are recorded in one step.

    Raises:
        RemoteError: It is damaged (``DAMAGE_CODES``), or could not be read now.
    """
    with catalogue.read() as session:
        place = deposits.destination(session, deposit.destination)
        head = ReceiptHead(place.receipt_counter, place.receipt_sha256)
    sidecar = Sidecar.from_bytes(package.sidecar)
    try:
        signed = remote.audit(sidecar, head=head)
    except RemoteError as problem:
        if problem.code == "RECEIPT-INVALID":
            _tell_damage(remote, sidecar)
        raise
    receipt = signed.receipt
    stored = StoredReceipt(receipt.to_bytes(), signed.signature, receipt.counter, signed.digest())
    with catalogue.write() as writing:
        audit_records.renew_far(writing, deposit, stored)


def _tell_damage(remote: Remote, sidecar: Sidecar) -> None:
    """A receipt of something else may mean that something else lies there.

    Raises:
        RemoteError: ``FAR-COPY-MISSING`` or ``FAR-COPY-DAMAGED``: it does.
    """
    bad = remote.scrub(sidecar)
    if bad:
        raise RemoteError(
            f"{len(bad)} blocks of {sidecar.objid} differ there",
            code="FAR-COPY-DAMAGED",
            retryable=False,
        )


def note_far_damage(
    catalogue: Catalogue, deposit: DepositRow, package: PackageRow, problem: RemoteError
) -> None:
    """A copy at a destination does not count any more.

    Raises:
        IllegalTransition: The deposit is not proved any more.
    """
    finding = Finding(problem.code, deposit.destination, {"problem": str(problem)})
    with catalogue.write() as writing:
        audit_records.find_far_damage(writing, deposit, package, finding, SOFTWARE_AGENT)
