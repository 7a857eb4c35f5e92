"""One package on its way into a far store: blocks, read-back, publication, receipt.

The partial file is its own record: which blocks it holds is found by digesting them, so a crash
or a power cut can at most cost blocks, never make a wrong one count.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import ignore_moved, read_back
from appliance.disk.durable import make_folder, publish, remove_leftover, write_once
from appliance.sync.claim import Claim
from appliance.sync.papers import check_sender, check_sidecar
from appliance.sync.partial import Partial, is_block
from appliance.sync.protocol import flags_to_bitmap
from appliance.sync.refusal import refusal
from appliance.sync.stored import SPARE_BYTES, is_sealed, issue_receipt

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.digesting import ReadBack
    from appliance.domain.clock import Clock
    from appliance.sync.farstore import FarStore
    from appliance.sync.papers import SignedReceipt, SignedSidecar
    from appliance.sync.partial import Moved

_STORED_MODE: Final = 0o440


class Arrival:
    """A package that a session has announced and claimed.

    Args:
        store: Where it goes.
        signed: Its sidecar; judged here.
        wait_seconds: How long another session may take to let go of it.
        moved: Called with the bytes that are read of what is here already.

    Raises:
        RemoteError: ``FAR-SENDER-UNKNOWN``, ``TWO-BOXES``, ``FAR-CONFLICT``, ``FAR-BUSY``,
            ``FAR-DISK-FULL`` or ``FAR-REFUSED``.
        OSError: The disk refused.
    """

    def __init__(
        self,
        store: FarStore,
        signed: SignedSidecar,
        wait_seconds: float,
        moved: Moved = ignore_moved,
    ) -> None:
        try:
            self.name = check_sidecar(signed.sidecar)
        except ValueError as problem:
            raise refusal("FAR-REFUSED", f"impossible sidecar: {problem}") from problem
        check_sender(store.senders(), signed)
        store.anchors().check(signed.sidecar)
        self._store = store
        self._signed = signed
        self._moved = moved
        self._final = store.zip_path(self.name)
        self._partial: Partial | None = None
        make_folder(store.incoming)
        self._claim = Claim.take(store.claim_path(self.name), wait_seconds)
        try:
            self._refuse_conflict()
            _ensure_writable(self._final.parent)
            self._open_partial()
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
        everything = [True] * len(self._signed.sidecar.blocks)
        return flags_to_bitmap(everything if self._partial is None else self._partial.held)

    def is_wanted(self) -> bool:
        """Whether another session has asked for this package."""
        return self._claim.is_wanted()

    def put(self, index: int, block: memoryview) -> None:
        """Take one block; one that is held already is not written again.

        The package's last block is confirmed when all that came is durable.

        Raises:
            RemoteError: ``BLOCK-DAMAGED``, or ``FAR-REFUSED``: no such block.
            OSError: The disk refused.
        """
        sidecar = self._signed.sidecar
        if index >= len(sidecar.blocks):
            raise refusal("FAR-REFUSED", f"the package has no block {index}")
        if not is_block(sidecar, index, block):
            raise refusal("BLOCK-DAMAGED", f"block {index} is not the one announced")
        if self._partial is not None:
            self._partial.write(index, block)
            if index == len(sidecar.blocks) - 1:
                self._partial.sync()

    def commit(self, clock: Clock) -> SignedReceipt:
        """Read the package back from the disk, publish it, write and sign the receipt.

        Every step may have been done before; a crash between two is mended by the next commit.

        Raises:
            RemoteError: ``FAR-DIGEST-MISMATCH``, ``FAR-COPY-DAMAGED``, ``FAR-CONFLICT``,
                ``TWO-BOXES``, or ``FAR-REFUSED``: blocks are missing.
            OSError: The disk refused.
        """
        found = self._read_stored() if self._partial is None else self._publish(self._partial)
        self._store.anchors().record(self._signed.sidecar)
        self._final.chmod(_STORED_MODE)
        sidecar = self._signed.sidecar
        _write_same(self._store.sidecar_path(self.name), sidecar.to_bytes())
        signature = self._store.signature_path(self.name)
        if signature.exists():
            remove_leftover(signature)
        else:
            write_once(signature, self._signed.signature.encode())
        return issue_receipt(self._store, sidecar, found, clock)

    def release(self) -> None:
        """Let other sessions have the package; what is held stays for the next one."""
        if self._partial is not None:
            self._partial.close()
        self._claim.release(is_done=self.is_stored)

    def _publish(self, partial: Partial) -> ReadBack:
        missing = partial.missing()
        if missing:
            raise refusal("FAR-REFUSED", f"{len(missing)} blocks are missing")
        found = read_back(partial.path, self._moved)
        if not is_sealed(found, self._signed.sidecar):
            raise refusal(
                "FAR-DIGEST-MISMATCH",
                f"{self.name.objid} reads back as {found.fingerprint.sha256}",
            )
        partial.close()
        make_folder(self._final.parent)
        publish(partial.path, self._final)
        self._drop_partials()
        return found

    def _read_stored(self) -> ReadBack:
        found = read_back(self._final, self._moved)
        if not is_sealed(found, self._signed.sidecar):
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

    def _open_partial(self) -> None:
        """Continue what is here of the package; a stored one leaves nothing to continue."""
        if self.is_stored:
            self._drop_partials()
            return
        sidecar = self._signed.sidecar
        path = self._store.partial_path(self.name, sidecar.sha256)
        self._partial = Partial(path, sidecar, self._moved)

    def _drop_partials(self) -> None:
        """Remove what is unfinished under the name of a package that is stored.

        A crash between two names of one file leaves the very bytes that are stored; anything
        else under this OBJID could only ever be refused.
        """
        for path in self._store.partials_of(self.name):
            path.unlink()

    def _ensure_room(self) -> None:
        missing = [] if self._partial is None else self._partial.missing()
        needed_bytes = len(missing) * self._signed.sidecar.block_bytes
        free_bytes = self._store.free_bytes()
        if needed_bytes and free_bytes < needed_bytes + SPARE_BYTES:
            raise refusal(
                "FAR-DISK-FULL", f"{needed_bytes} bytes needed, {free_bytes} bytes are free"
            )


def _ensure_writable(folder: Path) -> None:
    """Find out before a byte is sent that a package could not get its name.

    Raises:
        OSError: The account may not write there, or the disk is mounted read-only.
    """
    while not folder.is_dir():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        is_read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
        number = errno.EROFS if is_read_only else errno.EACCES
        raise OSError(number, os.strerror(number), str(folder))


def _write_same(path: Path, data: bytes) -> None:
    try:
        write_once(path, data)
    except FileExistsError as problem:
        if path.read_bytes() != data:
            raise refusal("FAR-CONFLICT", f"{path.name} is stored with other bytes") from problem
