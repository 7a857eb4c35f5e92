"""What a place holds of this box, as far as it can be believed.

A place is not believed: each sidecar must carry a signature of the box, each receipt one of the
store (or of the box, where the box itself read back), and what both say of the box's event
chain must agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.domain.backups import BACKUP_FONDS
from appliance.domain.custody import GENESIS
from appliance.domain.errors import RemoteError, RuleError
from appliance.domain.findings import Finding
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_NAMESPACE,
    Attestor,
    Proof,
)
from appliance.pipeline.recover_values import Recovered, problem_of
from appliance.signing import sshsig

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.recover_values import RecoveryPlan
    from appliance.sync.papers import PackageName, SignedReceipt, SignedSidecar
    from appliance.sync.remote import Remote

MISSING: Final = "RECOVER-COPY-MISSING"
FOREIGN: Final = "RECOVER-FOREIGN"

_SHOWN: Final = 3
"""Our own: of many packages of another key, so many are named."""


@dataclass(slots=True)
class Anchors:
    """What signed papers say of the box's event chain: one digest for each counter.

    Args:
        known: Digest by counter.
        forks: Counters of which two papers disagree, with the paper that came second.
    """

    known: dict[int, str] = field(default_factory=dict)
    forks: list[tuple[int, str]] = field(default_factory=list)

    def take(self, counter: int, digest: str, where: str) -> None:
        """Take one paper's word; the first one for a counter is kept."""
        if counter > 0 and self.known.setdefault(counter, digest) != digest:
            self.forks.append((counter, where))

    def highest(self) -> tuple[int, str]:
        """The last event that a paper names, and its digest."""
        if not self.known:
            return 0, GENESIS
        counter = max(self.known)
        return counter, self.known[counter]


def listed(remote: Remote) -> tuple[list[PackageName], list[PackageName]]:
    """The names of backups and of packages at a place."""
    backups: list[PackageName] = []
    packages: list[PackageName] = []
    for name in remote.package_names():
        (backups if name.fonds_code == BACKUP_FONDS else packages).append(name)
    return backups, packages


def genuine(
    remote: Remote, name: PackageName, plan: RecoveryPlan, found: Recovered
) -> SignedSidecar | None:
    """The sidecar of a package if this box signed it; None, and why, if not.

    Packages of other boxes in the same store are passed over in silence.
    """
    try:
        signed = remote.sidecar(name)
    except RemoteError as problem:
        if not problem.code.startswith("FAR-COPY"):
            raise
        values = {"file_code": name.file_code, **problem_of(problem, plan.source.name)}
        found.findings.append(Finding(MISSING, name.objid, values))
        return None
    sidecar = signed.sidecar
    if sidecar.box_id != plan.box_id:
        return None
    problem_values = _foreign(signed, plan)
    if problem_values:
        found.findings.append(Finding(FOREIGN, name.objid, problem_values))
        return None
    return signed


def _foreign(signed: SignedSidecar, plan: RecoveryPlan) -> dict[str, JsonValue]:
    """Why a sidecar is not believed to be this box's; empty when it is."""
    try:
        key = sshsig.verify(signed.signature, signed.sidecar.to_bytes(), PACKAGE_NAMESPACE)
    except sshsig.SignatureError as problem:
        return {"problem": f"chữ ký không đúng ({problem.code})", "problem_en": str(problem)}
    if key in plan.box_keys:
        return {}
    return {"problem": f"khóa ký là {key.line()}", "problem_en": f"signed by {key.line()}"}


def refuse_nothing(remote: Remote, names: Iterable[PackageName], plan: RecoveryPlan) -> None:
    """Make sure that a place holds anything of the box, before an empty catalogue is made of it.

    Raises:
        RuleError: ``RECOVER-NOTHING``: the sheet is of another box, or the place is.
        RemoteError: The line is gone.
    """
    seen = Recovered("")
    if any(genuine(remote, name, plan, seen) is not None for name in names):
        return
    nothing = Finding("RECOVER-NOTHING", plan.source.name, {"box_id": plan.box_id})
    raise RuleError(
        f"{plan.source.name} holds nothing that {plan.box_id} signed",
        (nothing, *seen.findings[:_SHOWN]),
        code=nothing.code,
    )


def believed_receipts(
    remote: Remote, plan: RecoveryPlan, found: Recovered
) -> Iterator[SignedReceipt]:
    """The receipts of the place for this box, in their order, as far as they can be believed."""
    keys = {
        Attestor.FAR_SIDE: (plan.source.store.public_key,),
        Attestor.BOX: plan.box_keys,
    }
    last = 0
    try:
        for signed in remote.receipts():
            receipt = signed.receipt
            allowed = keys.get(Attestor(receipt.attestor), ())
            key = sshsig.verify(signed.signature, receipt.to_bytes(), RECEIPT_NAMESPACE)
            if key not in allowed or receipt.store_id != plan.source.store.store_id:
                raise ValueError(f"receipt {receipt.counter} is signed by {key.line()}")  # noqa: TRY301
            if receipt.counter <= last:
                raise ValueError(f"receipt {receipt.counter} comes after {last}")  # noqa: TRY301
            last = receipt.counter
            if receipt.box_id == plan.box_id and receipt.proof == Proof.READ_BACK:
                yield signed
    except (RemoteError, sshsig.SignatureError, ValueError) as problem:
        values = {"problem": "một biên nhận không tin được", "problem_en": str(problem)}
        found.findings.append(Finding("RECOVER-RECEIPTS", plan.source.name, {**values}))
