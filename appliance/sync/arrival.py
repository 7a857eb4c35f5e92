"""One package on its way into a far store: blocks, read-back, publication, receipt.

The partial file is its own record: which blocks it holds is found by digesting them, so a crash
or a power cut can at most cost blocks, never make a wrong one count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import xxhash

from appliance.disk.digesting import read_back
from appliance.disk.durable import make_folder, publish, write_once
from appliance.domain.clock import to_text
from appliance.domain.receipts import Attestor, Proof, Receipt, Sidecar
from appliance.sync.claim import Claim
from appliance.sync.papers import PackageName, check_sender, check_sidecar
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.digesting import ReadBack
    from appliance.domain.clock import Clock
    from appliance.sync.farstore import FarStore
    from appliance.sync.papers import SignedReceipt, SignedSidecar

SPARE_BYTES: Final = 16 * 1024 * 1024
"""Our own: room left for sidecars and receipts when a package is let in."""

_STORED_MODE: Final = 0o440


class Arrival:
    """A package that a session has announced and claimed.

    Args:
        store: Where it goes.
        signed: Its sidecar; judged here.
        wait_seconds: How long another session may take to let go of it.

    Raises:
        RemoteError: ``FAR-SENDER-UNKNOWN``, ``FAR-CONFLICT``, ``FAR-BUSY``, ``FAR-DISK-FULL`` or
            ``FAR-REFUSED``.
        OSError: The disk refused.
    """

    def __init__(self, store: FarStore, signed: SignedSidecar, wait_seconds: float) -> None:
        try:
            self.name = check_sidecar(signed.sidecar)
        except ValueError as problem:
            raise refusal("FAR-REFUSED", f"impossible sidecar: {problem}") from problem
        check_sender(store.senders(), signed)
        self._store = store
        self._signed = signed
        self._final = store.zip_path(self.name)
        self._partial = store.partial_path(self.name, signed.sidecar.sha256)
        make_folder(self._partial.parent)
        self._claim = Claim.take(store.claim_path(self.name), wait_seconds)
        try:
            self._refuse_conflict()
            self._held = self._find_held()
            self._ensure_room()
        except BaseException:
            self.release()
            raise

    @property
    def is_stored(self) -> bool:
        """Whether the package has its final name already."""
        return self._final.exists()

    def held_bitmap(self) -> bytes:
        """One bit a block, the first block in the highest bit; 1 = held and verified."""
        bits = bytearray(-(-len(self._held) // 8))
        for index, is_held in enumerate(self._held):
            bits[index // 8] |= int(is_held) << (7 - index % 8)
        return bytes(bits)

    def is_wanted(self) -> bool:
        """Whether another session has asked for this package."""
        return self._claim.is_wanted()

    def put(self, index: int, block: memoryview) -> None:
        """Take one block; one that is held already is not written again.

        Raises:
            RemoteError: ``BLOCK-DAMAGED``, or ``FAR-REFUSED``: no such block.
            OSError: The disk refused.
        """
        sidecar = self._signed.sidecar
        if index >= len(self._held):
            raise refusal("FAR-REFUSED", f"the package has no block {index}")
        if xxhash.xxh3_128_hexdigest(block) != sidecar.blocks[index]:
            raise refusal("BLOCK-DAMAGED", f"block {index} is not the one announced")
        if not self._held[index]:
            _write_at(self._partial, block, index * sidecar.block_bytes)
            self._held[index] = True

    def commit(self, clock: Clock) -> SignedReceipt:
        """Read the package back from the disk, publish it, write and sign the receipt.

        Every step may have been done before; a crash between two is mended by the next commit.

        Raises:
            RemoteError: ``FAR-DIGEST-MISMATCH``, ``FAR-COPY-DAMAGED``, ``FAR-CONFLICT``, or
                ``FAR-REFUSED``: blocks are missing.
            OSError: The disk refused.
        """
        found = self._read_stored() if self.is_stored else self._publish()
        self._final.chmod(_STORED_MODE)
        sidecar = self._signed.sidecar
        _write_same(self._store.sidecar_path(self.name), sidecar.to_bytes())
        signature = self._store.signature_path(self.name)
        if not signature.exists():
            write_once(signature, self._signed.signature.encode())
        return issue_receipt(self._store, sidecar, found, clock)

    def release(self) -> None:
        """Let other sessions have the package; what is held stays for the next one."""
        self._claim.release(is_done=self.is_stored)

    def _publish(self) -> ReadBack:
        missing = self._held.count(False)
        if missing:
            raise refusal("FAR-REFUSED", f"{missing} blocks are missing")
        found = read_back(self._partial)
        if not _is_sealed(found, self._signed.sidecar):
            raise refusal(
                "FAR-DIGEST-MISMATCH",
                f"{self.name.objid} reads back as {found.fingerprint.sha256}",
            )
        make_folder(self._final.parent)
        publish(self._partial, self._final)
        return found

    def _read_stored(self) -> ReadBack:
        found = read_back(self._final)
        if not _is_sealed(found, self._signed.sidecar):
            is_same = self._stored_sidecar_bytes() == self._signed.sidecar.to_bytes()
            code = "FAR-COPY-DAMAGED" if is_same else "FAR-CONFLICT"
            raise refusal(code, f"{self.name.objid} reads as {found.fingerprint.sha256}")
        return found

    def _stored_sidecar_bytes(self) -> bytes | None:
        path = self._store.sidecar_path(self.name)
        return path.read_bytes() if path.exists() else None

    def _refuse_conflict(self) -> None:
        stored = self._stored_sidecar_bytes()
        if stored is not None and stored != self._signed.sidecar.to_bytes():
            raise refusal("FAR-CONFLICT", f"{self.name.objid} is stored with another sidecar")

    def _find_held(self) -> list[bool]:
        sidecar = self._signed.sidecar
        if self.is_stored:
            return [True] * len(sidecar.blocks)
        held = [False] * len(sidecar.blocks)
        with self._partial.open("ab+", buffering=0) as stream:
            stream.truncate(min(stream.seek(0, os.SEEK_END), sidecar.size_bytes))
            stream.seek(0)
            for index, expected in enumerate(sidecar.blocks):
                block = stream.read(sidecar.block_bytes)
                if not block:
                    break
                held[index] = xxhash.xxh3_128_hexdigest(block) == expected
        return held

    def _ensure_room(self) -> None:
        needed_bytes = self._held.count(False) * self._signed.sidecar.block_bytes
        free_bytes = self._store.free_bytes()
        if needed_bytes and free_bytes < needed_bytes + SPARE_BYTES:
            raise refusal(
                "FAR-DISK-FULL", f"{needed_bytes} bytes needed, {free_bytes} bytes are free"
            )


def issue_receipt(
    store: FarStore, sidecar: Sidecar, found: ReadBack, clock: Clock
) -> SignedReceipt:
    """Say, durably and signed, what was just read back from this store's own disk.

    Raises:
        OSError: The disk refused.
    """

    def make(counter: int, previous: str) -> Receipt:
        return Receipt(
            objid=sidecar.objid,
            name=sidecar.name,
            size_bytes=found.fingerprint.size_bytes,
            sha256=found.fingerprint.sha256,
            proof=str(Proof.READ_BACK),
            attestor=str(Attestor.FAR_SIDE),
            cache_possible=found.cache_possible,
            read_at=to_text(clock.now()),
            store_id=store.store_id,
            counter=counter,
            previous=previous,
            box_id=sidecar.box_id,
            event_counter=sidecar.event_counter,
            event_head=sidecar.event_head,
        )

    return store.ledger().append(make)


def audit_stored(store: FarStore, name: PackageName, clock: Clock) -> SignedReceipt:
    """Read a stored package again; a fresh receipt says what was read.

    Raises:
        RemoteError: ``FAR-COPY-MISSING`` or ``FAR-COPY-DAMAGED``.
        OSError: The disk refused.
    """
    try:
        sidecar = Sidecar.from_bytes(store.sidecar_path(name).read_bytes())
        found = read_back(store.zip_path(name))
    except FileNotFoundError as problem:
        raise refusal("FAR-COPY-MISSING", f"{name.objid} is not in this store") from problem
    except ValueError as problem:
        raise refusal("FAR-COPY-DAMAGED", f"the sidecar of {name.objid}: {problem}") from problem
    if not _is_sealed(found, sidecar):
        message = f"{name.objid} reads as {found.fingerprint.sha256}"
        raise refusal("FAR-COPY-DAMAGED", message)
    return issue_receipt(store, sidecar, found, clock)


def _is_sealed(found: ReadBack, sidecar: Sidecar) -> bool:
    fingerprint = found.fingerprint
    return (fingerprint.size_bytes, fingerprint.sha256) == (sidecar.size_bytes, sidecar.sha256)


def _write_at(path: Path, data: memoryview, offset: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        while data:
            count = os.pwrite(descriptor, data, offset)
            data, offset = data[count:], offset + count
    finally:
        os.close(descriptor)


def _write_same(path: Path, data: bytes) -> None:
    try:
        write_once(path, data)
    except FileExistsError as problem:
        if path.read_bytes() != data:
            raise refusal("FAR-CONFLICT", f"{path.name} is stored with other bytes") from problem
