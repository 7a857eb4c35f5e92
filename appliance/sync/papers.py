"""Names, signed papers and the check that a receipt must pass before it counts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, safe_name
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_NAMESPACE,
    Attestor,
    Proof,
    Receipt,
    Sidecar,
)
from appliance.signing import sshsig
from appliance.signing.allowed import signer_of
from appliance.sync.protocol import MAX_PAYLOAD_BYTES
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.signing.allowed import AllowedSigner
    from appliance.signing.keys import PublicKey

_OBJID: Final = re.compile(r"urn:uuid:[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}")
_HEX: Final = {32: re.compile(r"[0-9a-f]{32}"), 64: re.compile(r"[0-9a-f]{64}")}
_QUICK_LENGTH, _SHA256_LENGTH = 32, 64
_MAX_NAME_BYTES: Final = 255
"""Linux ``NAME_MAX``."""
_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class PackageName:
    """What names a package at every place.

    Args:
        fonds_code: Its fonds.
        file_code: Its hồ sơ.
        objid: Its OBJID, ``urn:uuid:`` and an upper-case UUID.

    Raises:
        ValueError: A part is outside its grammar, or too long to be a name on a disk.
    """

    fonds_code: str
    file_code: str
    objid: str

    def __post_init__(self) -> None:
        if _OBJID.fullmatch(self.objid) is None:
            raise ValueError(f"not an OBJID: {self.objid[:80]!r}")
        for code in (self.fonds_code, self.file_code):
            if len(safe_name(code)) > _MAX_NAME_BYTES:
                raise ValueError(f"too long as the name of a folder: {code!r}")

    @classmethod
    def of(cls, sidecar: Sidecar) -> PackageName:
        """The name in a sidecar."""
        return cls(sidecar.fonds_code, sidecar.file_code, sidecar.objid)

    @property
    def zip_name(self) -> str:
        """The file name of the package."""
        return f"{object_folder(self.objid)}.zip"


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt with its detached signature (the text of ``NAME.sig``)."""

    receipt: Receipt
    signature: str

    def digest(self) -> str:
        """SHA-256 of the receipt's bytes, hexadecimal: what the next one names."""
        return hashlib.sha256(self.receipt.to_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedSidecar:
    """A sidecar with its detached signature (the text of ``NAME.sig``)."""

    sidecar: Sidecar
    signature: str


@dataclass(frozen=True, slots=True)
class ReceiptHead:
    """The newest receipt of a store that the box has seen.

    Args:
        counter: Its counter; 0 when none was seen.
        digest: SHA-256 of its bytes, or 64 zeros.
    """

    counter: int = 0
    digest: str = GENESIS

    @classmethod
    def of(cls, signed: SignedReceipt) -> ReceiptHead:
        """The head that this receipt is, once it counts."""
        return cls(signed.receipt.counter, signed.digest())


NO_RECEIPT: Final = ReceiptHead()


@dataclass(frozen=True, slots=True)
class PinnedStore:
    """What provisioning says of a destination's store.

    Args:
        store_id: Its id.
        public_key: The key that signs its receipts.
    """

    store_id: str
    public_key: PublicKey


def check_sidecar(sidecar: Sidecar) -> PackageName:
    """Judge a sidecar from the wire before anything is done by it.

    Raises:
        ValueError: A value is impossible.
    """
    name = PackageName.of(sidecar)
    is_whole = (
        sidecar.name == name.zip_name
        and 0 < sidecar.size_bytes < _LARGEST
        and 0 <= sidecar.event_counter < _LARGEST
        and 0 < sidecar.block_bytes <= MAX_PAYLOAD_BYTES
        and len(sidecar.blocks) == -(-sidecar.size_bytes // sidecar.block_bytes)
        and _is_hex(sidecar.sha256, _SHA256_LENGTH)
        and _is_hex(sidecar.event_head, _SHA256_LENGTH)
        and all(_is_hex(block, _QUICK_LENGTH) for block in sidecar.blocks)
    )
    if not is_whole:
        raise ValueError("the sidecar's name, sizes, blocks or digests do not fit together")
    return name


def _is_hex(value: object, length: int) -> bool:
    return isinstance(value, str) and _HEX[length].fullmatch(value) is not None


def check_sender(signers: Iterable[AllowedSigner], signed: SignedSidecar) -> None:
    """Refuse a sidecar that its own box did not sign, or that one of two boxes may have signed.

    Raises:
        RemoteError: ``FAR-SENDER-UNKNOWN``; ``TWO-BOXES``: two keys in use for one box.
    """
    sidecar, signers = signed.sidecar, tuple(signers)
    own = {one.public_key for one in signers if one.name == sidecar.box_id and one.is_in_use}
    if len(own) > 1:
        raise refusal("TWO-BOXES", f"{len(own)} keys in use may sign as {sidecar.box_id}")
    try:
        box_id = signer_of(signers, signed.signature, sidecar.to_bytes(), PACKAGE_NAMESPACE)
    except sshsig.SignatureError as problem:
        raise refusal("FAR-SENDER-UNKNOWN", str(problem)) from problem
    if box_id != sidecar.box_id:
        raise refusal(
            "FAR-SENDER-UNKNOWN", f"{box_id} signed a sidecar that names the box {sidecar.box_id}"
        )


def check_receipt(
    signed: SignedReceipt, sidecar: Sidecar, store: PinnedStore, head: ReceiptHead
) -> None:
    """Judge a receipt before it counts.

    Args:
        signed: What the far side sent.
        sidecar: What it is about.
        store: Who must have signed it.
        head: The newest receipt of this store seen before.

    Raises:
        RemoteError: ``RECEIPT-INVALID``, ``FAR-STORE-FOREIGN`` or ``RECEIPT-ROLLED-BACK``.
    """
    _check_receipt(signed, sidecar, store, head, Attestor.FAR_SIDE)


def check_own_receipt(
    signed: SignedReceipt, sidecar: Sidecar, store: PinnedStore, head: ReceiptHead
) -> None:
    """Judge a receipt of a plain place, which the box signs itself; as ``check_receipt``.

    Args:
        signed: What was written there.
        sidecar: What it is about.
        store: The place, and the box's own key.
        head: The newest receipt of this place seen before.

    Raises:
        RemoteError: As of ``check_receipt``.
    """
    _check_receipt(signed, sidecar, store, head, Attestor.BOX)


def _check_receipt(
    signed: SignedReceipt,
    sidecar: Sidecar,
    store: PinnedStore,
    head: ReceiptHead,
    attestor: Attestor,
) -> None:
    receipt = signed.receipt
    try:
        key = sshsig.verify(signed.signature, receipt.to_bytes(), RECEIPT_NAMESPACE)
    except sshsig.SignatureError as problem:
        raise refusal("RECEIPT-INVALID", str(problem)) from problem
    if key != store.public_key:
        raise refusal("RECEIPT-INVALID", f"signed by {key.line()}, not by the store's pinned key")
    if receipt.store_id != store.store_id:
        raise refusal("FAR-STORE-FOREIGN", f"{receipt.store_id!r} is not {store.store_id!r}")
    wrong = _differences(receipt, sidecar, attestor)
    if wrong:
        raise refusal("RECEIPT-INVALID", f"the receipt differs from the package in {wrong}")
    _check_order(receipt, head)


def _differences(receipt: Receipt, sidecar: Sidecar, attestor: Attestor) -> list[str]:
    wanted: dict[str, object] = {
        "objid": sidecar.objid,
        "name": sidecar.name,
        "size_bytes": sidecar.size_bytes,
        "sha256": sidecar.sha256,
        "proof": Proof.READ_BACK,
        "attestor": attestor,
        "box_id": sidecar.box_id,
        "event_counter": sidecar.event_counter,
        "event_head": sidecar.event_head,
    }
    return [name for name, value in wanted.items() if getattr(receipt, name) != value]


def _check_order(receipt: Receipt, head: ReceiptHead) -> None:
    """A store's receipts only ever grow; the next one names the one before it."""
    follows = receipt.counter != head.counter + 1 or receipt.previous == head.digest
    if receipt.counter <= head.counter or not follows:
        raise refusal(
            "RECEIPT-ROLLED-BACK",
            f"receipt {receipt.counter} does not follow receipt {head.counter} seen before",
        )
