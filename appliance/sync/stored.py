"""Packages that a far store holds: read again, scrubbed, and put aside when damaged.

What a copy must be is said by the store's own papers alone, the signed sidecar beside it or, when
that is damaged too, the receipt that the store itself wrote. A sender's word moves nothing.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from appliance.disk.digesting import ignore_moved, read_back
from appliance.disk.durable import fsync_folder, make_folder, publish
from appliance.domain.clock import to_text
from appliance.domain.receipts import PACKAGE_NAMESPACE, Attestor, Proof, Receipt, Sidecar
from appliance.signing import sshsig
from appliance.sync.claim import Claim
from appliance.sync.papers import PackageName, check_sidecar
from appliance.sync.partial import Partial, block_bytes_at, is_block
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.digesting import ReadBack
    from appliance.domain.clock import Clock
    from appliance.sync.farstore import FarStore
    from appliance.sync.papers import SignedReceipt
    from appliance.sync.partial import Moved

SPARE_BYTES: Final = 16 * 1024 * 1024
"""Our own: room left for sidecars and receipts when a package is let in."""

_UNREADABLE: Final = "unreadable"
_BAD_SECTORS: Final = {errno.EIO, errno.EUCLEAN, errno.EBADMSG}
"""What a disk, or a file system that keeps digests, says of bytes it cannot give back."""


def is_sealed(found: ReadBack, paper: Sidecar | Receipt) -> bool:
    """Whether what was read is what a paper says."""
    fingerprint = found.fingerprint
    return (fingerprint.size_bytes, fingerprint.sha256) == (paper.size_bytes, paper.sha256)


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


def audit_stored(
    store: FarStore, name: PackageName, clock: Clock, moved: Moved = ignore_moved
) -> SignedReceipt:
    """Read a stored package again; a fresh receipt says what was read.

    Raises:
        RemoteError: ``FAR-COPY-MISSING`` or ``FAR-COPY-DAMAGED``.
        OSError: The disk refused.
    """
    try:
        sidecar = stored_sidecar(store, name)
        found = _read(store.zip_path(name), moved)
    except FileNotFoundError as problem:
        raise refusal("FAR-COPY-MISSING", f"{name.objid} is not in this store") from problem
    except ValueError as problem:
        raise refusal("FAR-COPY-DAMAGED", f"the sidecar of {name.objid}: {problem}") from problem
    if found is None or not is_sealed(found, sidecar):
        read_as = _UNREADABLE if found is None else found.fingerprint.sha256
        raise refusal("FAR-COPY-DAMAGED", f"{name.objid} reads as {read_as}")
    return issue_receipt(store, sidecar, found, clock)


def stored_sidecar(store: FarStore, name: PackageName) -> Sidecar:
    """The sidecar beside a package, whole: its signature holds, whoever's it is.

    Who may sign was asked when it came; keys that have been replaced since still made it.

    Raises:
        FileNotFoundError: It is not there.
        ValueError: It, or its signature, is damaged, or it is of another package.
        OSError: The disk refused.
    """
    data = store.sidecar_path(name).read_bytes()
    sidecar = Sidecar.from_bytes(data)
    try:
        text = store.signature_path(name).read_text(encoding="ascii")
        sshsig.verify(text, data, PACKAGE_NAMESPACE)
    except sshsig.SignatureError as problem:
        raise ValueError(f"its signature: {problem}") from problem
    if check_sidecar(sidecar) != name:
        raise ValueError("it is of another package")
    return sidecar


def scrub_stored(store: FarStore, sidecar: Sidecar, moved: Moved = ignore_moved) -> list[bool]:
    """Of each block, whether the stored one differs from the sidecar or cannot be read.

    Bytes beyond the package's end count against its last block.

    Raises:
        RemoteError: ``FAR-COPY-MISSING``.
        OSError: The disk refused.
    """
    path = store.zip_path(PackageName.of(sidecar))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as problem:
        raise refusal("FAR-COPY-MISSING", f"{sidecar.objid} is not in this store") from problem
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        damaged = [
            _good_block(descriptor, sidecar, index, moved) is None
            for index in range(len(sidecar.blocks))
        ]
        damaged[-1] |= os.fstat(descriptor).st_size > sidecar.size_bytes
    finally:
        os.close(descriptor)
    return damaged


def quarantine_stored(
    store: FarStore,
    sidecar: Sidecar,
    clock: Clock,
    claim_seconds: float,
    moved: Moved = ignore_moved,
) -> bool:
    """Put what is damaged of a stored package aside, once this store has found it damaged.

    Nothing is lost: what is put aside is kept under its digest, and its good blocks seed the
    partial that the next deposit continues.

    Args:
        store: Whose copy.
        sidecar: What the sender believes to be stored.
        clock: Dates what is put aside.
        claim_seconds: How long another session may take to let go of the package.
        moved: Called with the bytes read.

    Returns:
        Whether anything was put aside.

    Raises:
        RemoteError: ``FAR-CONFLICT``: by the store's own papers it was another package;
            ``FAR-BUSY``; ``FAR-DISK-FULL``.
        OSError: The disk refused.
    """
    name = check_sidecar(sidecar)
    make_folder(store.incoming)
    claim = Claim.take(store.claim_path(name), claim_seconds)
    try:
        damaged = _damaged_paths(store, name, sidecar, moved)
        if store.zip_path(name) in damaged:
            _keep_good_blocks(store, name, sidecar, moved)
        for path, found in damaged.items():
            _put_aside(store, path, clock, found)
        return bool(damaged)
    finally:
        claim.release(is_done=store.zip_path(name).exists())


def _damaged_paths(
    store: FarStore, name: PackageName, sidecar: Sidecar, moved: Moved
) -> dict[Path, ReadBack | None]:
    """What of a stored package is damaged, and as what it was read; None = it cannot be read.

    Raises:
        RemoteError: ``FAR-CONFLICT``.
    """
    package = store.zip_path(name)
    papers = (store.signature_path(name), store.sidecar_path(name))
    there = [path for path in (package, *papers) if path.exists()]
    if not there:
        return {}
    damaged: dict[Path, ReadBack | None] = {}
    if not _are_papers_whole(store, name, sidecar):
        damaged = {path: _read(path, moved) for path in papers if path in there}
    if package in there:
        found = _read(package, moved)
        if found is None or not is_sealed(found, sidecar):
            damaged[package] = found
    return damaged


def _are_papers_whole(store: FarStore, name: PackageName, sidecar: Sidecar) -> bool:
    """Hold a sender's sidecar against the store's own papers; whether those beside it are whole.

    Raises:
        RemoteError: ``FAR-CONFLICT``: they are about another package, or none is about this.
    """
    try:
        is_same = stored_sidecar(store, name) == sidecar
    except (FileNotFoundError, ValueError):
        if not any(_is_about(signed.receipt, sidecar) for signed in store.ledger().read()):
            message = f"no receipt of this store is about this {name.objid}"
            raise refusal("FAR-CONFLICT", message) from None
        return False
    if not is_same:
        raise refusal("FAR-CONFLICT", f"{name.objid} is stored with another sidecar")
    return True


def _is_about(receipt: Receipt, sidecar: Sidecar) -> bool:
    shared = ("objid", "name", "size_bytes", "sha256", "box_id", "event_counter", "event_head")
    return all(getattr(receipt, field) == getattr(sidecar, field) for field in shared)


def _keep_good_blocks(store: FarStore, name: PackageName, sidecar: Sidecar, moved: Moved) -> None:
    """Copy the good blocks of a damaged package to the partial of its next deposit.

    Raises:
        RemoteError: ``FAR-DISK-FULL``: there is no room to keep both.
    """
    free_bytes = store.free_bytes()
    if free_bytes < sidecar.size_bytes + SPARE_BYTES:
        raise refusal("FAR-DISK-FULL", f"{sidecar.size_bytes} bytes needed, {free_bytes} are free")
    for stale in store.partials_of(name):
        stale.unlink()  # a crash may have left it as a second name of the very package
    descriptor = os.open(store.zip_path(name), os.O_RDONLY | os.O_CLOEXEC)
    try:
        with Partial(store.partial_path(name, sidecar.sha256), sidecar) as partial:
            for index in range(len(sidecar.blocks)):
                block = _good_block(descriptor, sidecar, index, moved)
                if block is not None:
                    partial.write(index, block)
            partial.sync()
    finally:
        os.close(descriptor)


def _put_aside(store: FarStore, path: Path, clock: Clock, found: ReadBack | None) -> None:
    sha256 = _UNREADABLE if found is None else found.fingerprint.sha256
    kept = store.quarantine_path(path, to_text(clock.now()), sha256)
    make_folder(kept.parent)
    publish(path, kept)
    fsync_folder(path.parent)


def _read(path: Path, moved: Moved) -> ReadBack | None:
    """What lies there; None when the disk cannot read it: damage of this copy.

    Raises:
        OSError: It is not there, or may not be read.
    """
    try:
        return read_back(path, moved)
    except OSError as problem:
        if problem.errno in _BAD_SECTORS:
            return None
        raise


def _good_block(descriptor: int, sidecar: Sidecar, index: int, moved: Moved) -> bytes | None:
    length_bytes = block_bytes_at(sidecar, index)
    try:
        block = os.pread(descriptor, length_bytes, index * sidecar.block_bytes)
    except OSError as problem:
        if problem.errno not in _BAD_SECTORS:
            raise
        return None
    moved(len(block))
    return block if is_block(sidecar, index, block) else None
