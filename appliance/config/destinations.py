"""What each kind of destination needs, and the values that its port is made of."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ConfigError
from appliance.signing.keys import PublicKey
from appliance.sync.connecting import SshAddress
from appliance.sync.papers import PinnedStore

if TYPE_CHECKING:
    from appliance.config.settings import DestinationSettings, Settings


class DestinationKind(StrEnum):
    """How copies get to a destination."""

    RECEIVER = "receiver"
    SFTP = "sftp"
    FOLDER = "folder"
    COURIER = "courier"


_LOGIN: Final = ("host", "user", "known_hosts")
_NEEDED: Final = {
    DestinationKind.RECEIVER: (*_LOGIN, "store_key"),
    DestinationKind.SFTP: (*_LOGIN, "path"),
    DestinationKind.FOLDER: ("path",),
    DestinationKind.COURIER: ("store_key",),
}
_OF_SOME_KINDS: Final = (*_LOGIN, "store_key", "path")


def check_kind(place: DestinationSettings) -> None:
    """Make sure that a destination has what its kind needs, and nothing of another kind.

    Raises:
        ConfigError: The message names the destination and the key.
    """
    if place.kind not in set(DestinationKind):
        known = ", ".join(DestinationKind)
        raise ConfigError(f"the kind of destination {place.name!r} is one of {known}")
    needed = _NEEDED[DestinationKind(place.kind)]
    for key in _OF_SOME_KINDS:
        is_given = getattr(place, key) not in {"", Path()}
        if is_given != (key in needed):
            verb = "does not use" if is_given else "needs"
            raise ConfigError(f"destination {place.name!r} of kind {place.kind!r} {verb} {key}")
    if place.path and not _is_fit(place):
        raise ConfigError(
            f"the path of destination {place.name!r} must be absolute and without .., "
            f"not {place.path!r}"
        )


def pinned_store(place: DestinationSettings) -> PinnedStore:
    """The store of a destination whose receipts a key of its own signs.

    Raises:
        ConfigError: That is no such key.
    """
    try:
        return PinnedStore(place.store_id, PublicKey.from_line(place.store_key))
    except ValueError as problem:
        raise ConfigError(f"the store_key of destination {place.name!r}: {problem}") from problem


def ssh_address(settings: Settings, place: DestinationSettings) -> SshAddress:
    """How one place for copies is reached, by the machine's own key."""
    return SshAddress(
        host=place.host,
        port=place.port,
        user=place.user,
        key_path=settings.paths.key,
        known_hosts_path=place.known_hosts,
    )


def _is_fit(place: DestinationSettings) -> bool:
    """Folders of this machine are absolute; those of a server may begin at its own start."""
    path = PurePosixPath(place.path)
    return ".." not in path.parts and (path.is_absolute() or place.kind == DestinationKind.SFTP)
