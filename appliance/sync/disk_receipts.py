"""Receipts on a carried disk: written where it was taken in, read when it comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from appliance.domain.courier_papers import MAX_AUDITS, MAX_PACKAGES
from appliance.domain.identifiers import object_folder
from appliance.domain.receipts import Receipt
from appliance.sync.disk import RECEIPTS, read_paper
from appliance.sync.disk_folder import courier_refusal
from appliance.sync.papers import SignedReceipt
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.disk import CourierDisk
    from appliance.sync.disk_folder import DiskFolder
    from appliance.sync.papers import ReceiptHead

MAX_RECEIPT_BYTES: Final = 8 * 1024
"""Our own: receipts have less than one."""
_MAX_RECEIPTS: Final = 4 * (MAX_PACKAGES + MAX_AUDITS)
"""Our own: a disk that was taken in several times holds several receipts of each package."""
_SHARD: Final = re.compile(r"[0-9A-F]{2}")
_RECEIPT_NAME: Final = re.compile(r"urn_uuid_[0-9A-F-]{36}\.(?P<counter>[1-9][0-9]{0,17})\.json")


def put_receipt(disk: CourierDisk, signed: SignedReceipt) -> None:
    """Write a receipt; the same one written before counts as written.

    A call that was cut short left nothing that counts, and under another name: the next receipt
    of a package has another number.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    name = f"{object_folder(signed.receipt.objid)}.{signed.receipt.counter}.json"
    with disk.shard(RECEIPTS, signed.receipt.objid, make=True) as folder:
        folder.sweep()
        folder.remove(f"{name}.sig")
        folder.replace(name, signed.receipt.to_bytes())
        folder.write_once(f"{name}.sig", signed.signature.encode())


def receipt_names(disk: CourierDisk) -> list[tuple[int, str, str]]:
    """Counter, folder and name of every receipt, by counter as their names tell it.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    return sorted(_receipt_names(disk.folder))


def receipt(disk: CourierDisk, shard: str, name: str) -> SignedReceipt:
    """One receipt, its signature not looked at.

    Raises:
        ValueError: It is none.
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: It is not there, or the disk refused.
    """
    with disk.folder.folder(RECEIPTS) as above, above.folder(shard) as folder:
        data, signature = read_paper(folder, name, MAX_RECEIPT_BYTES)
    return SignedReceipt(Receipt.from_bytes(data), signature)


def remove_receipts(disk: CourierDisk) -> None:
    """Take away the receipts of an earlier trip, once they were imported.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    for _, shard, name in receipt_names(disk):
        remove_receipt(disk, shard, name)


def remove_receipt(disk: CourierDisk, shard: str, name: str) -> None:
    """Take one receipt away, its signature first.

    Raises:
        RuleError: ``COURIER-DISK-UNSAFE``.
        OSError: The disk refused.
    """
    with disk.folder.folder(RECEIPTS) as above, above.folder(shard) as folder:
        folder.remove(f"{name}.sig")
        folder.remove(name)


def check_order(signed: SignedReceipt, before: ReceiptHead, head: ReceiptHead) -> None:
    """Hold a receipt that came late against those known; an older one is still a proof.

    Args:
        signed: Checked but for its place in the store's list.
        before: The one before it on the same disk.
        head: The newest receipt of the store that this box holds.

    Raises:
        RemoteError: ``RECEIPT-ROLLED-BACK``: the store has two lists of receipts.
    """
    told = signed.receipt
    for known in (before, head):
        is_twin = told.counter == known.counter and signed.digest() != known.digest
        is_next = told.counter == known.counter + 1
        if known.counter and (is_twin or (is_next and told.previous != known.digest)):
            raise refusal(
                "RECEIPT-ROLLED-BACK",
                f"receipt {told.counter} does not fit receipt {known.counter} seen before",
            )


def _receipt_names(folder: DiskFolder) -> Iterator[tuple[int, str, str]]:
    if not folder.has(RECEIPTS):
        return
    count = 0
    with folder.folder(RECEIPTS) as above:
        for shard in filter(_SHARD.fullmatch, list(above.names())):
            with above.folder(shard) as inner:
                for name in inner.names():
                    match = _RECEIPT_NAME.fullmatch(name)
                    if match is None:
                        continue
                    count += 1
                    if count > _MAX_RECEIPTS:
                        raise courier_refusal(
                            "COURIER-MANIFEST-BAD",
                            folder.place,
                            problem="quá nhiều biên nhận",
                            problem_en="too many receipts",
                        )
                    yield int(match["counter"]), shard, name
