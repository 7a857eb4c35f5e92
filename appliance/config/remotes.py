"""The port to each destination, by its kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.config.destinations import DestinationKind, pinned_store, ssh_address
from appliance.domain.errors import ConfigError
from appliance.sync.connecting import LineTimeouts
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain import Sender
from appliance.sync.plain_kinds import folder_remote, sftp_remote
from appliance.sync.sftp_files import SftpFiles
from appliance.sync.ssh import SshRemote

if TYPE_CHECKING:
    from appliance.config.settings import DestinationSettings, Settings
    from appliance.signing.keys import MachineKey, PublicKey
    from appliance.sync.plain_files import PlainFiles
    from appliance.sync.rate import RateLimit
    from appliance.sync.remote import Remote


def remote_of(
    settings: Settings,
    place: DestinationSettings,
    key: MachineKey,
    limit: RateLimit,
    earlier_keys: tuple[PublicKey, ...] = (),
) -> Remote:
    """The port to one destination.

    Args:
        settings: Whose destination it is.
        place: The destination.
        key: The machine's; it signs the receipts of plain places.
        limit: How fast bytes may go.
        earlier_keys: Keys of this box before it was recovered: packages sealed then are its own.

    Raises:
        ConfigError: No line leads there, or its store's key is none.
    """
    sender = Sender(settings.box.id, key, earlier_keys)
    match place.kind:
        case DestinationKind.FOLDER:
            return folder_remote(Path(place.path), place.store_id, sender, limit=limit)
        case DestinationKind.SFTP:
            address = ssh_address(settings, place)
            return sftp_remote(address, place.path, place.store_id, sender, limit=limit)
        case DestinationKind.COURIER:
            raise ConfigError(f"disks are carried to {place.name!r}; no line leads there")
    return SshRemote(ssh_address(settings, place), pinned_store(place), limit=limit)


def plain_files_of(settings: Settings, place: DestinationSettings) -> PlainFiles:
    """The files of a destination where nothing of ours runs, to be prepared; close them after.

    Raises:
        ConfigError: The destination is of another kind.
        RemoteError: It cannot be reached.
    """
    match place.kind:
        case DestinationKind.FOLDER:
            return FolderFiles(Path(place.path))
        case DestinationKind.SFTP:
            return SftpFiles(ssh_address(settings, place), place.path, LineTimeouts())
    raise ConfigError(
        f"{place.name!r} is of kind {place.kind!r}: only places of kind 'sftp' or 'folder' are "
        "prepared from here"
    )
