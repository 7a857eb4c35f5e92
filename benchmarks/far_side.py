"""A box's key, packages of random bytes, and a store behind a real sshd that peers may use too."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import xxhash

from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync.connecting import SshAddress
from appliance.sync.farstore import allow_sender, create_store
from appliance.sync.login import PREFERRED_CIPHER
from appliance.sync.papers import PinnedStore
from appliance.sync.sshd import HOST, ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from appliance.signing.keys import MachineKey

BOX_ID: Final = "bench"
MIB: Final = 1024 * 1024
_SFTP_SERVER: Final = "/usr/lib/openssh/sftp-server"
_ANY_COMMAND: Final = (
    "/bin/sh",
    "-c",
    (
        f'case "$SSH_ORIGINAL_COMMAND" in *sftp*) exec {_SFTP_SERVER};; esac; '
        'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    ),
)
_RECEIVE: Final = (
    "import sys, pathlib, appliance.clock as c, appliance.sync.receiver as r; "
    "r.serve(sys.stdin.buffer, sys.stdout.buffer, pathlib.Path(sys.argv[1]), c.SystemClock())"
)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A package on the box: its bytes, and the two files beside it as they are signed."""

    path: Path
    sidecar: Sidecar
    signature: str


class FarSide:
    """A store, a sshd in front of it, and the two keys that may log in.

    Args:
        folder: For everything.
        host: Where the server listens.

    Attributes:
        received: Where peers put their files.
    """

    def __init__(self, folder: Path, host: str = HOST) -> None:
        self.folder = folder
        self.received = folder / "received"
        self.received.mkdir(parents=True)
        self.key = generate_key(folder / "key", "bench")
        peer_key = generate_key(folder / "peer_key", "bench peer")
        root = folder / "store"
        self.pinned = PinnedStore("bench", create_store(root, "bench"))
        allow_sender(root, BOX_ID, self.key.public)
        receive = (sys.executable, "-c", _RECEIVE, str(root))
        commands = [
            ForcedCommand(self.key.public, receive),
            ForcedCommand(peer_key.public, _ANY_COMMAND),
        ]
        self.sshd = LoopbackSshd(folder / "sshd", commands, host=host)

    def __enter__(self) -> Self:
        """Start the server."""
        self.sshd.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.sshd.stop()

    def address(self) -> SshAddress:
        """Where the receiver is."""
        sshd = self.sshd
        return SshAddress(
            sshd.host, sshd.port, sshd.user, self.folder / "key", sshd.known_hosts_path
        )

    def ssh(self) -> tuple[str, ...]:
        """Stock ``ssh`` as peers use it: the same cipher, one key, no questions."""
        return ("ssh", *self.ssh_options(), "-p", str(self.sshd.port))

    def ssh_options(self) -> tuple[str, ...]:
        """What ``ssh``, ``scp`` and ``sftp`` are told alike."""
        return (
            *("-F", "none", "-c", PREFERRED_CIPHER, "-i", str(self.folder / "peer_key")),
            *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
            *("-o", f"UserKnownHostsFile={self.sshd.known_hosts_path}"),
        )

    @property
    def login(self) -> str:
        """``user@host``."""
        return f"{self.sshd.user}@{self.sshd.host}"

    def forget(self) -> None:
        """Make room: what peers and deposits left is removed."""
        for folder in (self.received, self.folder / "store" / "packages"):
            shutil.rmtree(folder, ignore_errors=True)
        self.received.mkdir()


def seal_random(path: Path, size_bytes: int, key: MachineKey) -> SealedFile:
    """Write random bytes as a package under a fresh OBJID and sign its sidecar.

    Random, because no program and no line can make it smaller; written block by block.
    """
    sha256, blocks = hashlib.sha256(), []
    with path.open("wb") as stream:
        for start in range(0, size_bytes, TRANSFER_BLOCK_BYTES):
            block = os.urandom(min(TRANSFER_BLOCK_BYTES, size_bytes - start))
            sha256.update(block)
            blocks.append(xxhash.xxh3_128_hexdigest(block))
            stream.write(block)
    objid = object_id(str(UUID(bytes=os.urandom(16))))
    sidecar = Sidecar(
        objid=objid,
        file_code="BENCH",
        fonds_code="BENCH",
        version=1,
        name=f"{object_folder(objid)}.zip",
        size_bytes=size_bytes,
        sha256=sha256.hexdigest(),
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=tuple(blocks),
        sealed_at="2026-11-22T10:00:00.000000Z",
        box_id=BOX_ID,
        event_counter=1,
        event_head=GENESIS,
    )
    return SealedFile(path, sidecar, sshsig.sign(key, sidecar.to_bytes(), PACKAGE_NAMESPACE))
