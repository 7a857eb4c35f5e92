"""Sealed packages, far sides and cuttable lines for the sync tests."""

from __future__ import annotations

import hashlib
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import xxhash

from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync.connecting import LineTimeouts, SshAddress
from appliance.sync.farstore import FarStore, allow_sender, create_store
from appliance.sync.papers import PackageName, PinnedStore, SignedSidecar
from appliance.sync.receiver import ReceiverPatience
from appliance.sync.ssh import SshRemote
from appliance.sync.sshd import HOST, ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.signing.keys import MachineKey

BLOCK_BYTES = 64 * 1024
BOX_ID = "box-01"
STORE_ID = "province"
BRISK = ReceiverPatience(
    silence_seconds=120.0, yield_seconds=0.5, claim_seconds=3.0, pulse_seconds=0.2
)
QUICK = LineTimeouts(connect_seconds=10.0, silence_seconds=20.0)
"""For lines that are well: nobody waits so long but on a machine with far too much to do."""


@dataclass(frozen=True)
class Sealed:
    """A sealed package on the box."""

    path: Path
    sidecar: Sidecar
    signature: str

    @property
    def name(self) -> PackageName:
        """What names it everywhere."""
        return PackageName.of(self.sidecar)

    @property
    def signed(self) -> SignedSidecar:
        """The sidecar with its signature."""
        return SignedSidecar(self.sidecar, self.signature)


class Box:
    """A box that seals packages of random bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = generate_key(folder / "box_key", "box of a test")

    def seal(self, size_bytes: int, seed: int = 1, *, file_code: str = "HS-01") -> Sealed:
        """A package of random bytes; another seed gives other bytes and another OBJID."""
        data = random.Random(seed).randbytes(size_bytes)
        return self.seal_bytes(data, seed, file_code=file_code)

    def seal_bytes(self, data: bytes, seed: int, *, file_code: str = "HS-01") -> Sealed:
        """A package of these bytes under the OBJID of a seed."""
        objid = object_id(str(UUID(int=seed)))
        path = self.folder / f"{seed}-{hashlib.sha256(data).hexdigest()[:8]}.zip"
        path.write_bytes(data)
        blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
        sidecar = Sidecar(
            objid=objid,
            file_code=file_code,
            fonds_code="Phông UBND",
            version=1,
            name=f"{object_folder(objid)}.zip",
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            block_bytes=BLOCK_BYTES,
            blocks=tuple(xxhash.xxh3_128_hexdigest(block) for block in blocks),
            sealed_at="2026-11-22T10:00:00.000000Z",
            box_id=BOX_ID,
            event_counter=seed,
            event_head=GENESIS,
        )
        return self.sign(path, sidecar)

    def sign(self, path: Path, sidecar: Sidecar, key: MachineKey | None = None) -> Sealed:
        """Sign a sidecar with the box's key, or with another."""
        text = sshsig.sign(key or self.key, sidecar.to_bytes(), PACKAGE_NAMESPACE)
        return Sealed(path, sidecar, text)


class SshFar:
    """A far store behind a real sshd, and the remote to it."""

    def __init__(self, folder: Path, box: Box) -> None:
        self.root = folder / "store"
        self.notes_path = folder / "notes"
        folder.mkdir()
        self.notes_path.touch()
        self.pinned = PinnedStore(STORE_ID, create_store(self.root, STORE_ID))
        allow_sender(self.root, BOX_ID, box.key.public)
        self.login_key_path = folder / "login_key"
        login_key = generate_key(self.login_key_path, "login of a test")
        program = Path(__file__).with_name("receive_program.py")
        command = (sys.executable, str(program), str(self.root), str(self.notes_path))
        self.sshd = LoopbackSshd(folder / "sshd", [ForcedCommand(login_key.public, command)])

    def address(self, port: int = 0, known_hosts_path: Path | None = None) -> SshAddress:
        """The receiver's address, or that of a proxy before it."""
        return SshAddress(
            HOST,
            port or self.sshd.port,
            self.sshd.user,
            self.login_key_path,
            known_hosts_path or self.sshd.known_hosts_path,
        )

    def remote(self, address: SshAddress | None = None) -> SshRemote:
        """A fresh remote."""
        return SshRemote(address or self.address(), self.pinned, QUICK)

    def store(self) -> FarStore:
        """The store, opened."""
        return FarStore.open(self.root)

    def stored_path(self, name: PackageName) -> Path:
        """Where a package lies."""
        return self.store().zip_path(name)

    def stored_bytes(self, name: PackageName) -> bytes | None:
        """What the store holds under a name."""
        path = self.stored_path(name)
        return path.read_bytes() if path.exists() else None

    def change(self, name: PackageName, make: Callable[[bytes], bytes | None]) -> None:
        """Replace a stored package by what a function makes of its bytes; None removes it."""
        path = self.stored_path(name)
        data = make(path.read_bytes())
        path.unlink()
        if data is not None:
            path.write_bytes(data)

    def fault(self, line: str) -> None:
        """Make sessions from now on meet a fault; see ``receive_program``."""
        self.notes_path.with_suffix(".faults").write_text(line)

    def notes(self, word: str) -> list[str]:
        """What sessions noted under a word, in order."""
        lines = (line.split() for line in self.notes_path.read_text().splitlines())
        return [line[1] if len(line) > 1 else "" for line in lines if line[0] == word]


def flip_bit(path: Path, offset: int = 1000) -> None:
    """Change one bit of a file in place."""
    with path.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)
        stream.seek(offset)
        stream.write(bytes([byte[0] ^ 1]))


def forge(sealed: Sealed, box: Box, **changes: object) -> Sealed:
    """The same package with other words in its sidecar, signed anew."""
    changed = replace(sealed.sidecar, **changes)  # type: ignore[arg-type]  # any field, by name
    return box.sign(sealed.path, changed)
