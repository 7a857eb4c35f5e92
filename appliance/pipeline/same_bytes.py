"""Writing again what a crash may have interrupted: the same bytes are as good as new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.disk.digesting import read_back
from appliance.disk.durable import fsync_folder, publish, storage_errors, write_once
from appliance.domain.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.disk.digesting import Fingerprint


def write_same(path: Path, data: bytes) -> None:
    """Write a small file once; the same bytes written before a crash count as written.

    Raises:
        IntegrityError: Other bytes lie under this name.
    """
    try:
        write_once(path, data)
    except FileExistsError:
        if path.read_bytes() != data:
            raise IntegrityError(
                f"{path} holds something else: keep it, and look at who wrote there"
            ) from None
        fsync_folder(path.parent)  # whoever gave the name may have died before this


def publish_same(temporary: Path, final: Path, proved: Fingerprint) -> None:
    """Publish a file once; the same bytes published before a crash count as published.

    Args:
        temporary: Durable, and already read back.
        final: Its name.
        proved: What it read back as.

    Raises:
        IntegrityError: ``SEAL-READ-BACK``: other bytes lie under this name.
        StorageError: The disk refused.
    """
    with storage_errors(f"cannot publish {final}"):
        try:
            publish(temporary, final)
        except FileExistsError:
            found = read_back(final).fingerprint
            fsync_folder(final.parent)  # whoever gave the name may have died before this
        else:
            return
    if found != proved:
        raise IntegrityError(
            f"{final} reads back with other bytes than were sealed now: keep it, check the disk, "
            "and call the technician",
            code="SEAL-READ-BACK",
        )
