"""Stores and boxes whose papers the central register is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

import xxhash

from appliance.disk.durable import make_folder
from appliance.disk.store import Store
from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.receipts import (
    PACKAGE_NAMESPACE,
    RECEIPT_NAMESPACE,
    Attestor,
    Proof,
    Receipt,
    Sidecar,
)
from appliance.signing import sshsig
from appliance.signing.allowed import AllowedSigner
from appliance.signing.keys import generate_key
from appliance.sync.farstore import FarStore, allow_sender, create_store

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.signing.keys import MachineKey

SEALED_AT = "2026-11-01T08:00:00.000000Z"


@dataclass
class Machine:
    """A box or a store with its key.

    Args:
        name: Its id.
        key: Signs its papers.
    """

    name: str
    key: MachineKey

    def signer(self) -> AllowedSigner:
        """As a list of signers has it."""
        return AllowedSigner(self.name, self.key.public)


def machine(folder: Path, name: str) -> Machine:
    """A machine with a fresh key."""
    return Machine(name, generate_key(folder / f"{name}.key", name))


def sidecar_of(box: Machine, number: int, *, fonds_code: str = "TH") -> Sidecar:
    """What a box seals: one small package of the given number."""
    data = f"package {number}".encode()
    objid = object_id(str(UUID(int=number)))
    return Sidecar(
        objid=objid,
        file_code=f"HS-{number:06d}",
        fonds_code=fonds_code,
        version=1,
        name=f"{object_folder(objid)}.zip",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        block_bytes=1024 * 1024,
        blocks=(xxhash.xxh3_128_hexdigest(data),),
        sealed_at=SEALED_AT,
        box_id=box.name,
        event_counter=number,
        event_head=GENESIS,
    )


def receipt_of(
    sidecar: Sidecar, store_id: str, counter: int, read_at: str, **changes: object
) -> Receipt:
    """What a store says of a package that it read back."""
    receipt = Receipt(
        objid=sidecar.objid,
        name=sidecar.name,
        size_bytes=sidecar.size_bytes,
        sha256=sidecar.sha256,
        proof=str(Proof.READ_BACK),
        attestor=str(Attestor.FAR_SIDE),
        cache_possible=False,
        read_at=read_at,
        store_id=store_id,
        counter=counter,
        previous=GENESIS,
        box_id=sidecar.box_id,
        event_counter=sidecar.event_counter,
        event_head=sidecar.event_head,
    )
    return replace(receipt, **changes)  # type: ignore[arg-type]  # any field, by name


def write_paper(path: Path, paper: Sidecar | Receipt, key: MachineKey) -> Path:
    """Write a paper and its signature."""
    path.parent.mkdir(parents=True, exist_ok=True)
    namespace = PACKAGE_NAMESPACE if isinstance(paper, Sidecar) else RECEIPT_NAMESPACE
    data = paper.to_bytes()
    path.write_bytes(data)
    path.with_name(f"{path.name}.sig").write_text(sshsig.sign(key, data, namespace))
    return path


@dataclass
class FarPlace:
    """A provisioned store whose papers are written by hand.

    Args:
        root: Its folder.
        store_id: Its id.
    """

    root: Path
    store_id: str

    def __post_init__(self) -> None:
        create_store(self.root, self.store_id)
        key = FarStore.open(self.root).signing_key
        assert key is not None
        self.machine = Machine(self.store_id, key)
        self._counter = 0

    def keep(self, box: Machine, sidecar: Sidecar, read_at: str, **changes: object) -> Path:
        """Keep a package with its receipt; the sidecar's path."""
        allow_sender(self.root, box.name, box.key.public)
        path = self.sidecar_path(sidecar)
        make_folder(path.parent)
        write_paper(path, sidecar, box.key)
        self.give_receipt(sidecar, read_at, **changes)
        return path

    def give_receipt(self, sidecar: Sidecar, read_at: str, **changes: object) -> Path:
        """Say once more that a package was read."""
        self._counter += 1
        receipt = receipt_of(sidecar, self.store_id, self._counter, read_at, **changes)
        folder = self.root / ".appliance" / "receipts" / "000000"
        return write_paper(folder / f"{receipt.counter:09d}.json", receipt, self.machine.key)

    def sidecar_path(self, sidecar: Sidecar) -> Path:
        """Where a sidecar lies."""
        store = Store(self.root)
        zip_path = store.package_path(sidecar.fonds_code, sidecar.file_code, sidecar.objid)
        return zip_path.with_suffix(".json")
