"""A far side in memory, with faults on demand; it passes the contract suite of ``Remote``."""

from __future__ import annotations

import hashlib
import operator
from collections import deque
from typing import TYPE_CHECKING, Self

from appliance.domain.clock import to_text
from appliance.domain.receipts import RECEIPT_NAMESPACE, Attestor, Proof, Receipt, Sidecar
from appliance.signing import sshsig
from appliance.sync.papers import (
    NO_RECEIPT,
    PackageName,
    PinnedStore,
    ReceiptHead,
    SignedReceipt,
    SignedSidecar,
    check_receipt,
    check_sender,
    check_sidecar,
)
from appliance.sync.partial import is_block
from appliance.sync.refusal import refusal
from appliance.sync.remote import Contact, ignore_progress
from appliance.sync.retrieval import refuse_taken, retrieve
from appliance.sync.source import sealed_blocks
from tests.fakes.clock import today_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.domain.errors import ApplianceError
    from appliance.signing.allowed import AllowedSigner
    from appliance.signing.keys import MachineKey
    from appliance.sync.remote import Progress


class FakeRemote:
    """A destination in memory.

    Args:
        store_id: Its store.
        key: Signs its receipts.
        signers: Boxes that may deposit.
        read_at: The time that its receipts carry; ten o'clock today when None.

    Attributes:
        stored: Package bytes by name; change them to damage a copy.
        issued: Every receipt given out, in order; drop some to play a restored backup.
        put_aside: Bytes put aside as damaged, in order.
        sent_blocks: Every block that went out, as (OBJID, index), in order.
        errors: Raised by the next calls, one each; ``None`` lets a call pass.
        cut_after_blocks: When set, the next deposit is cut after so many new blocks.
        capacity_bytes: Room left.
        received_blocks: Every block that came in, as (OBJID, index), in order.
    """

    def __init__(
        self,
        store_id: str,
        key: MachineKey,
        signers: tuple[AllowedSigner, ...],
        read_at: str | None = None,
    ) -> None:
        self.stored: dict[PackageName, bytes] = {}
        self.sidecars: dict[PackageName, SignedSidecar] = {}
        self.issued: list[SignedReceipt] = []
        self.put_aside: list[bytes] = []
        self.sent_blocks: list[tuple[str, int]] = []
        self.errors: deque[ApplianceError | None] = deque()
        self.cut_after_blocks: int | None = None
        self.capacity_bytes = 1 << 40
        self.received_blocks: list[tuple[str, int]] = []
        self.pinned = PinnedStore(store_id, key.public)
        self._key = key
        self._signers = signers
        self._read_at = read_at or to_text(today_at(10))
        self._partial: dict[str, dict[int, bytes]] = {}
        self._anchors: dict[tuple[str, int], str] = {}

    def __enter__(self) -> Self:
        """Keep nothing: there is no connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def fail_next(self, code: str, times: int = 1) -> None:
        """Make the next calls fail with a code of the deposit rules."""
        self.errors.extend(refusal(code, f"made to fail: {code}") for _ in range(times))

    def probe(self) -> Contact:
        """As of ``Remote``."""
        self._meet_faults()
        partial_bytes = sum(
            len(block) for held in self._partial.values() for block in held.values()
        )
        return Contact(
            self.pinned.store_id,
            2,
            "fake",
            self.capacity_bytes,
            self._head().counter,
            len(self._partial),
            partial_bytes,
        )

    def deposit(
        self,
        package: Path,
        sidecar: Sidecar,
        sidecar_signature: str,
        *,
        head: ReceiptHead = NO_RECEIPT,
        progress: Progress = ignore_progress,
    ) -> SignedReceipt:
        """As of ``Remote``."""
        self._meet_faults()
        signed = SignedSidecar(sidecar, sidecar_signature)
        name = self._judge(signed)
        if name not in self.stored:
            self._take_blocks(package, sidecar, progress)
        for _ in sealed_blocks(package, sidecar):
            pass
        if name not in self.stored:
            blocks = self._partial.pop(sidecar.sha256)
            self.stored[name] = b"".join(blocks[index] for index in sorted(blocks))
            self.sidecars[name] = signed
            anchor = (sidecar.box_id, sidecar.event_counter)
            self._anchors.setdefault(anchor, sidecar.event_head)
        return self._receipt(name, head, sidecar)

    def fetch(
        self, name: PackageName, target: Path, progress: Progress = ignore_progress
    ) -> SignedSidecar:
        """As of ``Remote``."""
        refuse_taken(target)
        signed = self.sidecar(name)
        if hashlib.sha256(self._data(name)).hexdigest() != signed.sidecar.sha256:
            raise refusal("FAR-COPY-DAMAGED", f"{name.objid} is damaged")
        retrieve(target, signed.sidecar, self._blocks, progress)
        return signed

    def audit(self, sidecar: Sidecar, *, head: ReceiptHead = NO_RECEIPT) -> SignedReceipt:
        """As of ``Remote``."""
        self._meet_faults()
        return self._receipt(PackageName.of(sidecar), head, sidecar)

    def package_names(self) -> Iterator[PackageName]:
        """As of ``Remote``."""
        self._meet_faults()
        key = operator.attrgetter("fonds_code", "file_code", "objid")
        yield from sorted(self.stored.keys() & self.sidecars.keys(), key=key)

    def sidecar(self, name: PackageName) -> SignedSidecar:
        """As of ``Remote``."""
        self._meet_faults()
        if name not in self.sidecars:
            raise refusal("FAR-COPY-MISSING", f"{name.objid} is not here")
        return self.sidecars[name]

    def receipts(self, after: int = 0) -> Iterator[SignedReceipt]:
        """As of ``Remote``."""
        self._meet_faults()
        yield from self.issued[after:]

    def scrub(self, sidecar: Sidecar) -> tuple[int, ...]:
        """As of ``Remote``."""
        self._meet_faults()
        data = self._data(PackageName.of(sidecar))
        good = self._good_blocks(sidecar, data)
        last = len(sidecar.blocks) - 1
        is_longer = len(data) > sidecar.size_bytes
        return tuple(i for i in range(last + 1) if i not in good or (is_longer and i == last))

    def fetch_blocks(self, sidecar: Sidecar, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """As of ``Remote``."""
        self._meet_faults()
        yield from self._blocks(sidecar, indexes)

    def quarantine(self, sidecar: Sidecar) -> bool:
        """As of ``Remote``."""
        self._meet_faults()
        name = PackageName.of(sidecar)
        if name in self.sidecars and self.sidecars[name].sidecar != sidecar:
            raise refusal("FAR-CONFLICT", f"{name.objid} is stored with another sidecar")
        data = self.stored.get(name)
        if data is None or hashlib.sha256(data).hexdigest() == sidecar.sha256:
            return False
        self.put_aside.append(self.stored.pop(name))
        self._partial[sidecar.sha256] = self._good_blocks(sidecar, data)
        return True

    def _meet_faults(self) -> None:
        error = self.errors.popleft() if self.errors else None
        if error is not None:
            raise error

    def _judge(self, signed: SignedSidecar) -> PackageName:
        try:
            name = check_sidecar(signed.sidecar)
        except ValueError as problem:
            raise refusal("FAR-REFUSED", str(problem)) from problem
        check_sender(self._signers, signed)
        self._check_anchor(signed.sidecar)
        if name in self.sidecars and self.sidecars[name].sidecar != signed.sidecar:
            raise refusal("FAR-CONFLICT", f"{name.objid} is stored with another sidecar")
        if name not in self.stored and signed.sidecar.size_bytes > self.capacity_bytes:
            raise refusal("FAR-DISK-FULL", f"{self.capacity_bytes} bytes are free")
        return name

    def _take_blocks(self, package: Path, sidecar: Sidecar, progress: Progress) -> None:
        held = self._partial.setdefault(sidecar.sha256, {})
        cut_after, self.cut_after_blocks = self.cut_after_blocks, None
        progress(sum(map(len, held.values())), sidecar.size_bytes)
        for index, block in sealed_blocks(package, sidecar):
            if index in held:
                continue
            if cut_after == 0:
                raise refusal("LINE-CUT", "made to be cut")
            cut_after = None if cut_after is None else cut_after - 1
            held[index] = block
            self.received_blocks.append((sidecar.objid, index))
            progress(sum(map(len, held.values())), sidecar.size_bytes)
        progress(sidecar.size_bytes, sidecar.size_bytes)

    def _check_anchor(self, sidecar: Sidecar) -> None:
        anchor = (sidecar.box_id, sidecar.event_counter)
        if self._anchors.get(anchor, sidecar.event_head) != sidecar.event_head:
            raise refusal("TWO-BOXES", f"event {sidecar.event_counter} was another one")

    def _head(self) -> ReceiptHead:
        return ReceiptHead.of(self.issued[-1]) if self.issued else NO_RECEIPT

    def _data(self, name: PackageName) -> bytes:
        if name not in self.stored:
            raise refusal("FAR-COPY-MISSING", f"{name.objid} is not here")
        return self.stored[name]

    @staticmethod
    def _good_blocks(sidecar: Sidecar, data: bytes) -> dict[int, bytes]:
        starts = range(0, len(sidecar.blocks) * sidecar.block_bytes, sidecar.block_bytes)
        found = (data[start : start + sidecar.block_bytes] for start in starts)
        limit_bytes = sidecar.size_bytes - starts[-1]
        blocks = [*found]
        blocks[-1] = blocks[-1][:limit_bytes]
        return {i: block for i, block in enumerate(blocks) if is_block(sidecar, i, block)}

    def _blocks(self, sidecar: Sidecar, indexes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        good = self._good_blocks(sidecar, self._data(PackageName.of(sidecar)))
        for index in indexes:
            if index not in good:
                raise refusal("FAR-COPY-DAMAGED", f"block {index} of {sidecar.objid}")
            self.sent_blocks.append((sidecar.objid, index))
            yield index, good[index]

    def _find(self, name: PackageName) -> tuple[SignedSidecar, bytes]:
        data = self._data(name)
        signed = self.sidecars[name]
        if hashlib.sha256(data).hexdigest() != signed.sidecar.sha256:
            raise refusal("FAR-COPY-DAMAGED", f"{name.objid} is damaged")
        return signed, data

    def _receipt(self, name: PackageName, head: ReceiptHead, wanted: Sidecar) -> SignedReceipt:
        signed, data = self._find(name)
        sidecar = signed.sidecar
        receipt = Receipt(
            objid=sidecar.objid,
            name=sidecar.name,
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            proof=str(Proof.READ_BACK),
            attestor=str(Attestor.FAR_SIDE),
            cache_possible=False,
            read_at=self._read_at,
            store_id=self.pinned.store_id,
            counter=self._head().counter + 1,
            previous=self._head().digest,
            box_id=sidecar.box_id,
            event_counter=sidecar.event_counter,
            event_head=sidecar.event_head,
        )
        text = sshsig.sign(self._key, receipt.to_bytes(), RECEIPT_NAMESPACE)
        issued = SignedReceipt(receipt, text)
        self.issued.append(issued)
        check_receipt(issued, wanted, self.pinned, head)
        return issued
