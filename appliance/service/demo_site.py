"""A whole site below one folder: a box, a hot folder, and two storage hosts behind real sshd.

On demand it has a place of each further kind too: one that gives SFTP alone, and a folder as of
a disk. A site that once had them keeps them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.config import load_settings
from appliance.config.sheet_places import sheet_of, to_text
from appliance.disk.durable import make_folder, replace_file
from appliance.domain.errors import ConfigError
from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE
from appliance.service.demo_plain import PlainPlaces, quoted
from appliance.signing.allowed import AllowedSigner, write_signers
from appliance.signing.keys import ensure_key, load_key
from appliance.sync.farstore import FarStore, allow_sender, create_store
from appliance.sync.sshd import ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from appliance.signing.keys import MachineKey, PublicKey

BOX_ID: Final = "demo-box"
SCANNER: Final = "scan01"
PLACES: Final = {"province": "Kho lưu trữ tỉnh", "ministry": "Kho lưu trữ Bộ Nội vụ"}


@dataclass(frozen=True, slots=True)
class StorageHost:
    """One storage host of the site.

    Args:
        name: Its destination name.
        sshd: Its server.
        store_key: Signs its receipts.
    """

    name: str
    sshd: LoopbackSshd
    store_key: PublicKey


class DemoSite:
    """Makes and starts the site; using the folder again goes on where it was.

    Args:
        folder: Everything lies in it.
        web_port: Of the status page.
        has_every_kind: Whether places of the other kinds are made, too.
    """

    def __init__(self, folder: Path, web_port: int, *, has_every_kind: bool = False) -> None:
        self.folder = folder.absolute()
        self._web_port = web_port
        self._hosts: tuple[StorageHost, ...] = ()
        plain = PlainPlaces(self.folder)
        self._plain = plain if has_every_kind or plain.is_there else None

    @property
    def config(self) -> Path:
        """The settings that the box is started with."""
        return self.folder / "appliance.toml"

    @property
    def drop(self) -> Path:
        """The hot folder."""
        return self.folder / "drop"

    @property
    def scanner_folder(self) -> Path:
        """Where the demo's scanner drops."""
        return self.drop / SCANNER

    @property
    def recovery_key(self) -> Path:
        """The private half of the recovery key."""
        return self.folder / "keys" / "recovery"

    @property
    def allowed_signers(self) -> Path:
        """Whose signatures an auditor believes, for ``ssh-keygen -Y verify``."""
        return self.folder / "allowed_signers"

    def store(self, place: str) -> Path:
        """The store of one destination."""
        return self.folder / "storage" / place

    def start(self) -> None:
        """Provision what is missing and start the storage hosts.

        Raises:
            ConfigError: No sshd is installed, or it does not start.
        """
        make_folder(self.scanner_folder)
        key = ensure_key(self.folder / "keys" / "box", BOX_ID)
        recovery = self._ensure_recovery_key()
        self._hosts = tuple(self._host(name, key, recovery) for name in PLACES)
        for host in self._hosts:
            host.sshd.start()
        if self._plain is not None:
            self._plain.start((key.public,), recovery)
        self._write_signers(key)
        replace_file(self.config, self._settings().encode("utf-8"))
        sheet = sheet_of(load_settings(self.config), (key.public,))
        replace_file(self.folder / "phieu.toml", to_text(sheet).encode("utf-8"))

    def start_storage(self) -> None:
        """Start the storage hosts alone; each lets in the key that its store lists as in use.

        The one of SFTP alone lists no keys: it lets in those of the first.

        Raises:
            ConfigError: There is no such site, no sshd is installed, or it does not start.
        """
        if not (self.config.exists() and self.recovery_key.exists()):
            raise ConfigError(f"there is no demo in {self.folder}: run appliance demo first")
        recovery = load_key(self.recovery_key).public
        self._hosts = tuple(self._host_as_left(name, recovery) for name in PLACES)
        for host in self._hosts:
            host.sshd.start()
        if self._plain is not None:
            self._plain.start(self._listed(self._hosts[0].name), recovery)

    def stop(self) -> None:
        """Stop the storage hosts."""
        for host in self._hosts:
            host.sshd.stop()
        if self._plain is not None:
            self._plain.stop()

    def _ensure_recovery_key(self) -> PublicKey:
        """A real box prints the private half; the demo keeps it, to show a recovery at once."""
        public = ensure_key(self.recovery_key, f"recovery of {BOX_ID}").public
        place = self.folder / "state" / "keys" / "recovery.pub"
        make_folder(place.parent)
        replace_file(place, f"{public.line()}\n".encode())
        return public

    def _host(self, name: str, key: MachineKey, recovery: PublicKey) -> StorageHost:
        store_key = create_store(self.store(name), f"demo-{name}")
        allow_sender(self.store(name), BOX_ID, key.public)
        return self._served(name, store_key, (key.public,), recovery)

    def _host_as_left(self, name: str, recovery: PublicKey) -> StorageHost:
        store_key = create_store(self.store(name), f"demo-{name}")
        return self._served(name, store_key, self._listed(name), recovery)

    def _listed(self, name: str) -> tuple[PublicKey, ...]:
        """The keys that a store lists as the box's, and in use."""
        senders = FarStore.open(self.store(name), is_read_only=True).senders()
        return tuple(one.public_key for one in senders if one.name == BOX_ID and one.is_in_use)

    def _served(
        self, name: str, store_key: PublicKey, keys: Iterable[PublicKey], recovery: PublicKey
    ) -> StorageHost:
        store = self.store(name)
        program = (sys.executable, "-P", "-m", "appliance", "receive", "--store", str(store))
        doors = (
            *(ForcedCommand(key, program) for key in keys),
            ForcedCommand(recovery, (*program, "--read-only")),
        )
        sshd = LoopbackSshd(self.folder / "sshd" / name, doors)
        return StorageHost(name, sshd, store_key)

    def _write_signers(self, key: MachineKey) -> None:
        box = AllowedSigner(BOX_ID, key.public, (PACKAGE_NAMESPACE,))
        stores = (
            AllowedSigner(f"demo-{host.name}", host.store_key, (RECEIPT_NAMESPACE,))
            for host in self._hosts
        )
        own = () if self._plain is None else self._plain.signers(key.public)
        write_signers(self.allowed_signers, (box, *stores, *own))

    def _settings(self) -> str:
        places = "".join(self._destination(host) for host in self._hosts)
        if self._plain is not None:
            places += self._plain.settings()
        return f"""# Written by the demo at every start.
[box]
id = "{BOX_ID}"
label = "Máy lưu trữ dự phòng (bản trình diễn)"

[paths]
state = {quoted(self.folder / "state")}
drop = {quoted(self.drop)}
key = {quoted(self.folder / "keys" / "box")}

[intake]
settle_seconds = 1.0
patience_seconds = 15.0
scan_seconds = 5.0

[workers]
reserve_mib = 64

[web]
port = {self._web_port}

[sync]
every_minutes = 1
probe_seconds = 5
{places}"""

    def _destination(self, host: StorageHost) -> str:
        return f"""
[[destination]]
name = "{host.name}"
label = "{PLACES[host.name]}"
host = "127.0.0.1"
port = {host.sshd.port}
user = "{host.sshd.user}"
known_hosts = {quoted(host.sshd.known_hosts_path)}
store_id = "demo-{host.name}"
store_key = "{host.store_key.line()}"
"""
