"""The box of the soak: deposits what has no receipt yet, until it is done or killed.

The plan is pickled on standard input: where the store is, the sealed packages, and the folder in
which each receipt is kept, as the box keeps it, before it counts.
"""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING

from appliance.disk.durable import write_once
from appliance.domain.errors import RemoteError
from appliance.domain.receipts import Receipt
from appliance.sync.papers import ReceiptHead, SignedReceipt
from appliance.sync.ssh import SshRemote
from tests.sync.making import QUICK, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def main() -> None:
    """One life of the box."""
    address, pinned, packages, folder = pickle.load(sys.stdin.buffer)  # noqa: S301 - the test's own bytes
    with SshRemote(address, pinned, QUICK) as remote:
        for sealed in owed(packages, folder):
            try:
                signed = remote.deposit(
                    sealed.path, sealed.sidecar, sealed.signature, head=newest(folder)
                )
            except RemoteError as problem:
                if not problem.retryable:
                    raise
            else:
                keep(signed, sealed, folder)


def owed(packages: Iterable[Sealed], folder: Path) -> list[Sealed]:
    """Packages without a receipt."""
    return [one for one in packages if not receipt_path(one, folder).exists()]


def receipt_path(sealed: Sealed, folder: Path) -> Path:
    """Where the receipt of a package is kept."""
    return folder / f"{sealed.path.stem}.json"


def newest(folder: Path) -> ReceiptHead:
    """The newest receipt that the box has seen."""
    receipts = (Receipt.from_bytes(path.read_bytes()) for path in folder.glob("*.json"))
    last = max(receipts, key=lambda receipt: receipt.counter, default=None)
    return ReceiptHead() if last is None else ReceiptHead.of(SignedReceipt(last, ""))


def keep(signed: SignedReceipt, sealed: Sealed, folder: Path) -> None:
    """Make a receipt durable."""
    write_once(receipt_path(sealed, folder), signed.receipt.to_bytes())


if __name__ == "__main__":
    main()
