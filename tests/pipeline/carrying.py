"""A box that fills disks, a store that takes them in, and disks between them."""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
import xxhash

from appliance.catalogue import couriers, deposits
from appliance.catalogue.deposits import DestinationFacts
from appliance.catalogue.tables import PackageRow
from appliance.disk.durable import make_folder
from appliance.domain.clock import to_text
from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.pipeline.courier import CourierStage
from appliance.pipeline.courier_import import CourierImport
from appliance.signing import sshsig
from appliance.sync.disk import COURIER_FOLDER
from appliance.sync.disk_packages import PART_BYTES
from appliance.sync.disk_taking import take_in
from appliance.sync.farstore import allow_sender, create_store
from appliance.sync.papers import PinnedStore
from tests.pipeline.making import BOX_ID, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.catalogue.courier_tables import CourierTripRow
    from appliance.catalogue.tables import DepositRow
    from appliance.pipeline.courier_returns import Imported
    from appliance.sync.disk_taking import Taken

OTHER_FILE_SYSTEM = Path("/dev/shm")  # noqa: S108 - a file system of its own, as a disk is
LATE_DAYS = 14
AGENT = "person:tester"
BLOCK_BYTES = 64 * 1024
STORE_ID = "store-province"
PROVINCE = DestinationFacts("province", "Kho lưu trữ tỉnh", "courier", STORE_ID)


@dataclass
class Carrying:
    """A box without its pipeline, a provisioned store, and a disk.

    Args:
        folder: Box and store lie in it.
        mount: The top of the disk.
    """

    folder: Path
    mount: Path

    def __post_init__(self) -> None:
        make_folder(self.folder / "box")
        self.bench = Bench(self.folder / "box", ThreadPoolExecutor(1))
        with self.bench.catalogue.write() as writing:
            deposits.configure_destinations(writing, [PROVINCE])
        self.root = self.folder / "far"
        self.pinned = PinnedStore(STORE_ID, create_store(self.root, STORE_ID))
        allow_sender(self.root, BOX_ID, self.bench.key.public)
        make_folder(self.bench.store.root)

    @property
    def importing(self) -> CourierImport:
        """The way back."""
        catalogue, store, key = self.bench.catalogue, self.bench.store, self.bench.key
        return CourierImport(
            catalogue, store, "province", self.pinned, BOX_ID, key, has_no_line=True
        )

    def stage(self, part_bytes: int = PART_BYTES) -> CourierStage:
        """The way out."""
        return CourierStage(self.importing, LATE_DAYS, part_bytes)

    def seal(self, *sizes_bytes: int) -> list[str]:
        """Seal packages of random bytes; their OBJIDs."""
        have = len(self.bench.packages())
        codes = {f"HS-{have + index:02d}": 1 for index in range(1, len(sizes_bytes) + 1)}
        self.bench.register(codes, approved=False)
        seeds = range(have + 1, have + 1 + len(sizes_bytes))
        return [
            self._seal_one(code, seed, random.Random(seed).randbytes(size))
            for code, seed, size in zip(codes, seeds, sizes_bytes, strict=True)
        ]

    def _seal_one(self, file_code: str, seed: int, data: bytes) -> str:
        objid = object_id(str(UUID(int=seed)))
        blocks = (data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES))
        sidecar = Sidecar(
            objid=objid,
            file_code=file_code,
            fonds_code="TH",
            version=1,
            name=f"{object_folder(objid)}.zip",
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            block_bytes=BLOCK_BYTES,
            blocks=tuple(map(xxhash.xxh3_128_hexdigest, blocks)),
            sealed_at=to_text(self.bench.clock.now()),
            box_id=BOX_ID,
            event_counter=1_000_000 + seed,
            event_head=GENESIS,
        )
        path = self.bench.store.package_path("TH", file_code, objid)
        make_folder(path.parent)
        path.write_bytes(data)
        row = PackageRow(
            objid=objid,
            file_unit_id=self.bench.unit(file_code).id or 0,
            version=1,
            name=sidecar.name,
            size_bytes=sidecar.size_bytes,
            sha256=sidecar.sha256,
            page_count=1,
            sealed_at=sidecar.sealed_at,
            sidecar=sidecar.to_bytes(),
            sidecar_signature=sshsig.sign(self.bench.key, sidecar.to_bytes(), PACKAGE_NAMESPACE),
        )
        with self.bench.catalogue.write() as writing:
            deposits.add_package(writing, row)
        return objid

    def prepare(self) -> int:
        """Fill the disk; how many packages are on it."""
        return self.stage().prepare(self.mount, AGENT).package_count

    def take_in(self) -> Taken:
        """Take the disk in at the store."""
        return take_in(self.root, self.mount, self.bench.clock)

    def bring_back(self) -> Imported:
        """Import what the disk brings."""
        return self.importing.import_disk(self.mount, AGENT)

    def states(self) -> list[str]:
        """Where the province's deposits stand."""
        return [row.state for row in self.bench.deposits()]

    def deposit(self, objid: str) -> DepositRow:
        """The deposit of one package."""
        (package,) = (one for one in self.bench.packages() if one.objid == objid)
        (row,) = (one for one in self.bench.deposits() if one.package_id == package.id)
        return row

    def trips(self) -> list[CourierTripRow]:
        """Every filling, the newest first."""
        with self.bench.catalogue.read() as session:
            return list(couriers.trips(session, limit=100))

    @property
    def box_package(self) -> Path:
        """The first package on the box."""
        return self.bench.package_path(self.bench.packages()[0])

    @property
    def on_disk(self) -> Path:
        """The courier's folder on the disk."""
        return self.mount / COURIER_FOLDER

    def files(self, pattern: str) -> list[Path]:
        """Files of the courier on the disk."""
        return sorted(path for path in self.on_disk.rglob(pattern) if path.is_file())


def other_disk() -> Iterator[Path]:
    """A folder on another file system than the tests' own; removed at the end."""
    if not OTHER_FILE_SYSTEM.is_dir():
        pytest.skip(f"needs {OTHER_FILE_SYSTEM}, a file system of its own")
    folder = Path(tempfile.mkdtemp(prefix="courier-", dir=OTHER_FILE_SYSTEM))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def flip_byte(path: Path, offset: int = 10) -> None:
    """Change one byte of a file in place."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)
