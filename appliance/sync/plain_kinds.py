"""The kinds of plain places: a folder of this machine, and a folder behind SFTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.sync.connecting import LineTimeouts
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain import PlainRemote, Sender
from appliance.sync.rate import UNLIMITED
from appliance.sync.sftp_files import SftpFiles

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.clock import Clock
    from appliance.sync.connecting import SshAddress
    from appliance.sync.rate import RateLimit


def folder_remote(
    root: Path,
    store_id: str,
    sender: Sender,
    *,
    limit: RateLimit = UNLIMITED,
    clock: Clock | None = None,
    is_receivers_store: bool = False,
) -> PlainRemote:
    """A destination that is a folder of this machine, such as a removable disk.

    Args:
        root: The folder.
        store_id: Which store it must be.
        sender: This box.
        limit: How fast bytes may go, in both directions.
        clock: Dates the receipts.
        is_receivers_store: As of ``PlainRemote``.
    """
    return PlainRemote(
        lambda: FolderFiles(root, limit),
        store_id,
        sender,
        clock,
        is_receivers_store=is_receivers_store,
    )


def sftp_remote(
    address: SshAddress,
    root: str,
    store_id: str,
    sender: Sender,
    *,
    timeouts: LineTimeouts | None = None,
    limit: RateLimit = UNLIMITED,
    clock: Clock | None = None,
) -> PlainRemote:
    """A destination behind SFTP.

    Args:
        address: The host; its key is pinned.
        root: The folder as the server names it.
        store_id: Which store it must be.
        sender: This box.
        timeouts: When the line counts as dead.
        limit: How fast bytes may go, in both directions.
        clock: Dates the receipts.
    """
    patience = timeouts or LineTimeouts()
    return PlainRemote(lambda: SftpFiles(address, root, patience, limit), store_id, sender, clock)
