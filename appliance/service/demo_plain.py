"""The demo's places where nothing of ours runs: one that gives SFTP alone, and a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.disk.durable import make_folder
from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing.allowed import AllowedSigner
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain_place import prepare
from appliance.sync.sshd import ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.signing.keys import PublicKey

SFTP: Final = "sftp"
DISK: Final = "disk"
LABELS: Final = {SFTP: "Kho chỉ có SFTP", DISK: "Thư mục của một ổ đĩa"}
_ADD_ONLY: Final = ("internal-sftp", "-P", "remove,rmdir,setstat,fsetstat,symlink,hardlink")
"""Adds and reads, and takes nothing away: as ``docs/operations.md`` sets up such a host."""
_READ_ONLY: Final = ("internal-sftp", "-R")


class PlainPlaces:
    """Makes and starts both places; using the folder again goes on where it was.

    Args:
        site: The demo's folder, absolute.
    """

    def __init__(self, site: Path) -> None:
        self._site = site
        self._sshd: LoopbackSshd | None = None

    @property
    def is_there(self) -> bool:
        """Whether a demo made them here before."""
        return all(self._root(name).exists() for name in LABELS)

    def start(self, keys: Iterable[PublicKey], recovery: PublicKey) -> None:
        """Provision what is missing and start the server.

        Args:
            keys: The box's, which may add.
            recovery: The key on the sheet, which may read.

        Raises:
            ConfigError: No sshd is installed, or it does not start.
        """
        for name in LABELS:
            make_folder(self._root(name))
            prepare(FolderFiles(self._root(name)), _store_id(name))
        doors = [*(ForcedCommand(key, _ADD_ONLY) for key in keys)]
        doors.append(ForcedCommand(recovery, _READ_ONLY))
        self._sshd = LoopbackSshd(self._site / "sshd" / SFTP, doors)
        self._sshd.start()

    def stop(self) -> None:
        """Stop the server."""
        if self._sshd is not None:
            self._sshd.stop()

    def signers(self, box: PublicKey) -> tuple[AllowedSigner, ...]:
        """Who signs receipts of these places: the box, which read its copies back itself."""
        return tuple(AllowedSigner(_store_id(name), box, (RECEIPT_NAMESPACE,)) for name in LABELS)

    def settings(self) -> str:
        """Both destinations as a box's settings name them, once the server was started."""
        sshd = self._sshd
        if sshd is None:
            return ""
        login = (
            f'host = "{sshd.host}"\nport = {sshd.port}\nuser = "{sshd.user}"\n'
            f"known_hosts = {quoted(sshd.known_hosts_path)}\n"
        )
        return self._destination(SFTP, "sftp", login) + self._destination(DISK, "folder", "")

    def _destination(self, name: str, kind: str, login: str) -> str:
        return f"""
[[destination]]
name = "{name}"
label = "{LABELS[name]}"
kind = "{kind}"
path = {quoted(self._root(name))}
store_id = "{_store_id(name)}"
{login}"""

    def _root(self, name: str) -> Path:
        return self._site / "storage" / name


def quoted(path: Path) -> str:
    """A path as a TOML basic string."""
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _store_id(name: str) -> str:
    return f"demo-{name}"
