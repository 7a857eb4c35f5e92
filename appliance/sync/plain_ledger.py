"""The receipts that a box keeps at a plain place, in the form of a store's own.

``.appliance/receipts-<box>/NNNNNN/NNNNNNNNN.json`` and ``.sig``; those of a receiver's store lie
in ``.appliance/receipts`` and can be read here, when its disk is at hand. Anybody who may write
there could put a receipt there; so none without its signature counts, and none is ever signed
later: what a crash left unsigned was told to nobody and is put aside.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from appliance.domain.receipts import RECEIPT_NAMESPACE, Receipt
from appliance.signing import sshsig
from appliance.sync.ledger import RECEIPTS_PER_FOLDER
from appliance.sync.papers import NO_RECEIPT, ReceiptHead, SignedReceipt
from appliance.sync.plain_files import OWN
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.signing.keys import MachineKey
    from appliance.sync.plain_place import PlainPlace

_DIGITS: Final = 9
_TRIES: Final = 20
"""Our own: sessions of one box at one place at a time; there are three at most."""
_LOOKS: Final = 40
_LOOK_SECONDS: Final = 0.25
"""Our own: ten seconds for another session to sign what it has just written."""


class PlainLedger:
    """One box's receipts at one place.

    Args:
        place: Open.
        box_id: Whose.
        key: The box's own.
        wait: Sleeps so many seconds.
        is_of_store: Whether the place is a receiver's store: its own receipts are read then, and
            none can be written.
    """

    def __init__(
        self,
        place: PlainPlace,
        box_id: str,
        key: MachineKey,
        wait: Callable[[float], object] = time.sleep,
        *,
        is_of_store: bool = False,
    ) -> None:
        self._wait = wait
        self._place = place
        self._is_of_store = is_of_store
        self._folder = f"{OWN}/receipts" if is_of_store else f"{OWN}/receipts-{box_id}"
        self._key = key
        self._head: ReceiptHead | None = None

    def head(self) -> ReceiptHead:
        """The newest signed receipt, or ``NO_RECEIPT``."""
        if self._head is None:
            self._head = self._newest()
        return self._head

    def check_past(self, head: ReceiptHead) -> None:
        """Notice a place that was put back, before anything is sent there.

        Args:
            head: The newest receipt of this place that the box holds.

        Raises:
            RemoteError: ``RECEIPT-ROLLED-BACK``; ``FAR-REFUSED``: no receipt of ours belongs there.
        """
        if self._is_of_store:
            raise refusal("FAR-REFUSED", "a receiver's store takes packages from its receiver only")
        if self._is_behind(head):
            self._head = None  # another session of this box may have gone on
        if self._is_behind(head):
            raise refusal(
                "RECEIPT-ROLLED-BACK",
                f"the newest receipt is {self.head().counter}, but {head.counter} was seen before",
            )

    def append(self, make: Callable[[int, str], Receipt]) -> SignedReceipt:
        """Write the next receipt and its signature; both are there when this returns.

        Sessions of one box may do so at a time: a number belongs to whoever gives its name to a
        file first, and the others go on behind it.

        Args:
            make: Gets the new counter and the digest of the receipt before it.

        Raises:
            RemoteError: ``FAR-BUSY``: other sessions of this box are in the way.
            OSError: The place refused; at most an unsigned receipt stays.
        """
        for _ in range(_TRIES):
            signed = self._try_append(make)
            self._head = None if signed is None else ReceiptHead.of(signed)
            if signed is not None:
                return signed
        raise refusal("FAR-BUSY", f"other sessions write to {self._folder}")

    def after(self, counter: int) -> Iterator[SignedReceipt]:
        """Signed receipts with a higher counter, in order.

        Raises:
            RemoteError: ``RECEIPT-INVALID``: one is not a receipt.
        """
        for folder in self._folders():
            if (int(folder) + 1) * RECEIPTS_PER_FOLDER <= counter:
                continue
            for number in self._signed_in(folder):
                if number > counter:
                    yield self._read(number)

    def _is_behind(self, head: ReceiptHead) -> bool:
        found = self.head()
        is_other = found.counter == head.counter and found.digest != head.digest
        return found.counter < head.counter or is_other

    def _try_append(self, make: Callable[[int, str], Receipt]) -> SignedReceipt | None:
        """Write one receipt; None when another session had its number first."""
        head = self.head()
        receipt = make(head.counter + 1, head.digest)
        path = self._path(receipt.counter)
        if self._is_taken(path):
            return None
        text = sshsig.sign(self._key, receipt.to_bytes(), RECEIPT_NAMESPACE)
        began = time.monotonic()
        if not self._try_write(path, receipt.to_bytes()):
            return None
        is_signed = self._sign(path, receipt.to_bytes(), text, began)
        return SignedReceipt(receipt, text) if is_signed else None

    def _sign(self, path: str, data: bytes, text: str, began: float) -> bool:
        """Sign the receipt just written; False when it took so long that others put it aside.

        One that was that slow may find its signature beside another's receipt; then it takes it
        away again, and the other waits for that.
        """
        signature = _signature_path(path)
        for _ in range(_LOOKS):
            is_written = self._try_write(signature, text.encode())
            if is_written and time.monotonic() - began < _LOOKS * _LOOK_SECONDS / 2:
                return True
            is_ours = self._place.read_small(path) == data
            if is_written and not is_ours:
                self._put_aside(signature, text.encode())
            if is_written or not is_ours:
                return is_ours
            self._wait(_LOOK_SECONDS)
        raise refusal("FAR-BUSY", f"{path} was signed by another session")

    def _try_write(self, path: str, data: bytes) -> bool:
        try:
            self._place.write_once(path, data)
        except FileExistsError:
            return False
        return True

    def _is_taken(self, path: str) -> bool:
        """Whether a number is used; half of a pair that stays so for the patience is put aside.

        The signature comes last and is looked for first: so a pair that another session writes in
        between is never taken for half of one.
        """
        files = self._place.files
        for _ in range(_LOOKS):
            is_signed = files.size_bytes(_signature_path(path)) is not None
            is_there = files.size_bytes(path) is not None
            if is_signed == is_there:
                return is_there
            self._wait(_LOOK_SECONDS)
        self._clear_unsigned(path)
        return False

    def _newest(self) -> ReceiptHead:
        for folder in reversed(self._folders()):
            numbers = self._signed_in(folder)
            if numbers:
                data = self._place.read_small(self._path(numbers[-1])) or b""
                return ReceiptHead(numbers[-1], hashlib.sha256(data).hexdigest())
        return NO_RECEIPT

    def _folders(self) -> list[str]:
        found = self._place.files.entries(self._folder)
        numbers = (one.name for one in found if one.is_folder and one.name.isdecimal())
        return [name for name in numbers if len(name) <= _DIGITS]

    def _signed_in(self, folder: str) -> list[int]:
        """Counters of the receipts in one folder that have their signature, in order."""
        names = {one.name for one in self._place.files.entries(f"{self._folder}/{folder}")}
        stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        numbers = (stem for stem in stems if f"{stem}.json.sig" in names)
        return sorted(int(stem) for stem in numbers if stem.isdecimal() and len(stem) == _DIGITS)

    def _read(self, counter: int) -> SignedReceipt:
        path = self._path(counter)
        data, text = self._place.read_small(path), self._place.read_small(_signature_path(path))
        try:
            return SignedReceipt(Receipt.from_bytes(data or b""), (text or b"").decode("ascii"))
        except ValueError as problem:
            raise refusal("RECEIPT-INVALID", f"{path}: {problem}") from problem

    def _clear_unsigned(self, path: str) -> None:
        """Put aside what a crash left under the next receipt's names."""
        for left in (path, _signature_path(path)):
            data = self._place.read_small(left)
            if data is not None:
                self._put_aside(left, data)

    def _put_aside(self, left: str, data: bytes) -> None:
        with suppress(FileNotFoundError):  # another session had the same thought
            self._place.put_aside(left, f"unsigned.{hashlib.sha256(data).hexdigest()}")

    def _path(self, counter: int) -> str:
        folder = f"{counter // RECEIPTS_PER_FOLDER:06d}"
        return f"{self._folder}/{folder}/{counter:0{_DIGITS}d}.json"


def _signature_path(receipt: str) -> str:
    return f"{receipt}.sig"
