"""A store's receipts: numbered without gaps, each naming the one before it, all signed.

The files are the truth: ``receipts/NNNNNN/NNNNNNNNN.json`` and its ``.sig``. A crash between
the two leaves a receipt without its signature, which the next session adds: an Ed25519
signature over the same bytes by the same key is always the same.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import make_folder, remove_leftover, write_once
from appliance.disk.locks import lock
from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.signing import sshsig
from appliance.sync.papers import NO_RECEIPT, ReceiptHead, SignedReceipt
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.signing.keys import MachineKey

RECEIPTS_PER_FOLDER: Final = 1000


class Ledger:
    """The receipts below one folder, shared by every session of the store.

    Args:
        folder: Made when first written to.
        key: The store's key; None = for reading alone.
    """

    def __init__(self, folder: Path, key: MachineKey | None) -> None:
        self._folder = folder
        self._key = key

    def head(self) -> ReceiptHead:
        """The newest receipt, or ``NO_RECEIPT``."""
        newest = self._newest()
        if newest is None:
            return NO_RECEIPT
        return ReceiptHead(int(newest.stem), hashlib.sha256(newest.read_bytes()).hexdigest())

    def append(self, make: Callable[[int, str], Receipt]) -> SignedReceipt:
        """Write the next receipt and its signature; both are durable when this returns.

        Args:
            make: Gets the new counter and the digest of the receipt before it.

        Raises:
            OSError: The disk refused; at most an unsigned receipt stays, and is signed later.
        """
        with self._locked():
            self._finish_last()
            head = self.head()
            receipt = make(head.counter + 1, head.digest)
            make_folder(self._path(receipt.counter).parent)
            write_once(self._path(receipt.counter), receipt.to_bytes())
            return SignedReceipt(receipt, self._sign(receipt))

    def read(self, after: int = 0) -> Iterator[SignedReceipt]:
        """The signed receipts with a higher counter, in their order.

        Args:
            after: The highest counter that is not wanted; 0 = all.

        Raises:
            RemoteError: ``FAR-STORAGE``: one in between is missing or damaged; it is named.
            OSError: The disk refused.
        """
        last = self.head().counter
        if last and not _signature_path(self._path(last)).exists():
            last -= 1  # a crash left it unsigned: it was never given out
        for counter in range(after + 1, last + 1):
            path = self._path(counter)
            try:
                text = _signature_path(path).read_text(encoding="ascii")
                receipt = Receipt.from_bytes(path.read_bytes())
            except (FileNotFoundError, ValueError) as problem:
                raise refusal("FAR-STORAGE", f"receipt {counter} of the store: {problem}") from (
                    problem
                )
            yield SignedReceipt(receipt, text)

    def newest(self) -> Receipt | None:
        """The last receipt; None when there is none, or it is damaged.

        Raises:
            OSError: The disk refused.
        """
        path = self._newest()
        try:
            return None if path is None else Receipt.from_bytes(path.read_bytes())
        except ValueError:
            return None  # whoever reads the receipts is told

    def _sign(self, receipt: Receipt) -> str:
        if self._key is None:
            raise refusal("FAR-REFUSED", "this store was opened for reading alone")
        text = sshsig.sign(self._key, receipt.to_bytes(), RECEIPT_NAMESPACE)
        write_once(_signature_path(self._path(receipt.counter)), text.encode())
        return text

    def _finish_last(self) -> None:
        """Do what a session that was killed did not come to with the newest receipt."""
        newest = self._newest()
        if newest is None:
            return
        remove_leftover(newest)
        if _signature_path(newest).exists():
            remove_leftover(_signature_path(newest))
        else:
            self._sign(Receipt.from_bytes(newest.read_bytes()))

    def _path(self, counter: int) -> Path:
        folder = f"{counter // RECEIPTS_PER_FOLDER:06d}"
        return self._folder / folder / f"{counter:09d}.json"

    def _newest(self) -> Path | None:
        for folder in sorted(self._folder.glob("[0-9]*"), reverse=True):
            newest = max(folder.glob("[0-9]*.json"), default=None)
            if newest is not None:
                return newest
        return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_folder(self._folder)
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            lock(descriptor)
            yield
        finally:
            os.close(descriptor)


def _signature_path(receipt: Path) -> Path:
    return receipt.with_name(receipt.name + ".sig")
