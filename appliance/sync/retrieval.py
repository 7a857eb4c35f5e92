"""Bringing a stored package back, block by block, each compared before it is written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import xxhash

from appliance.disk.digesting import read_back
from appliance.disk.durable import storage_errors
from appliance.sync.conversation import REQUESTS_IN_FLIGHT
from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from appliance.domain.receipts import Sidecar
    from appliance.sync.conversation import Conversation
    from appliance.sync.papers import PackageName, SignedSidecar
    from appliance.sync.remote import Progress


def retrieve(
    talk: Conversation, name: PackageName, target: Path, progress: Progress
) -> SignedSidecar:
    """Fetch a package into a new file; it is fsynced and re-read when this returns.

    Raises:
        RemoteError: ``FAR-COPY-MISSING``, or ``FAR-COPY-DAMAGED`` when what comes differs from
            the sidecar stored with it; the file is then useless.
        StorageError: The box's disk refused.
    """
    signed = talk.sidecar(name)
    with storage_errors(f"cannot write {target}"):
        stream = target.open("xb", buffering=0)
    with stream:
        _receive(talk, signed.sidecar, stream, progress)
        with storage_errors(f"cannot write {target}"):
            os.fsync(stream.fileno())
    with storage_errors(f"cannot read {target} again"):
        found = read_back(target).fingerprint
    if (found.size_bytes, found.sha256) != (signed.sidecar.size_bytes, signed.sidecar.sha256):
        raise refusal("FAR-COPY-DAMAGED", f"{name.objid} arrives as {found.sha256}")
    return signed


def _receive(talk: Conversation, sidecar: Sidecar, stream: BinaryIO, progress: Progress) -> None:
    asked, done_bytes = 0, 0
    for index, expected in enumerate(sidecar.blocks):
        while asked < len(sidecar.blocks) and asked <= index + REQUESTS_IN_FLIGHT:
            talk.ask_block(sidecar, asked)
            asked += 1
        block = talk.next_block()
        if xxhash.xxh3_128_hexdigest(block) != expected:
            raise refusal("FAR-COPY-DAMAGED", f"block {index} of {sidecar.objid}")
        with storage_errors("cannot write what is fetched"):
            _write_all(stream, block)
        done_bytes += len(block)
        progress(done_bytes, sidecar.size_bytes)


def _write_all(stream: BinaryIO, data: memoryview) -> None:
    while data:
        data = data[stream.write(data) :]
