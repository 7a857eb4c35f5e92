"""A proved deposit against stock ``sftp`` of the same bytes, on loopback, in the same run.

``sftp`` only sends. A deposit also compares every block with what was sealed, makes the package
durable, reads it back from the disk at the far side and signs a receipt; the second figure is
the deposit's sending alone. Run: ``python benchmarks/bench_deposit.py [MEBIBYTES] [ROUNDS]``.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import xxhash

from appliance.domain.custody import GENESIS
from appliance.domain.identifiers import object_folder, object_id
from appliance.domain.policy import TRANSFER_BLOCK_BYTES
from appliance.domain.receipts import PACKAGE_NAMESPACE, Sidecar
from appliance.signing import sshsig
from appliance.signing.keys import generate_key
from appliance.sync.farstore import allow_sender, create_store
from appliance.sync.line import PREFERRED_CIPHER, SshAddress
from appliance.sync.papers import PinnedStore
from appliance.sync.ssh import SshRemote
from appliance.sync.sshd import HOST, ForcedCommand, LoopbackSshd

if TYPE_CHECKING:
    from appliance.signing.keys import MachineKey

SFTP_SERVER = "/usr/lib/openssh/sftp-server"
RECEIVE = (
    "import sys, pathlib, appliance.clock as c, appliance.sync.receiver as r; "
    "r.serve(sys.stdin.buffer, sys.stdout.buffer, pathlib.Path(sys.argv[1]), c.SystemClock())"
)


def seal(path: Path, data: bytes, key: MachineKey) -> tuple[Sidecar, str]:
    """Write the bytes as a package under a fresh OBJID and sign its sidecar."""
    path.write_bytes(data)
    objid = object_id(str(UUID(bytes=os.urandom(16))))
    starts = range(0, len(data), TRANSFER_BLOCK_BYTES)
    view = memoryview(data)
    sidecar = Sidecar(
        objid=objid,
        file_code="BENCH",
        fonds_code="BENCH",
        version=1,
        name=f"{object_folder(objid)}.zip",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        block_bytes=TRANSFER_BLOCK_BYTES,
        blocks=tuple(
            xxhash.xxh3_128_hexdigest(view[at : at + TRANSFER_BLOCK_BYTES]) for at in starts
        ),
        sealed_at="2026-11-22T10:00:00.000000Z",
        box_id="bench",
        event_counter=1,
        event_head=GENESIS,
    )
    return sidecar, sshsig.sign(key, sidecar.to_bytes(), PACKAGE_NAMESPACE)


def deposit_seconds(
    remote: SshRemote, path: Path, sidecar: Sidecar, signature: str
) -> tuple[float, float]:
    """The whole deposit, and the time until the far side had confirmed the last block."""
    sent: list[float] = []

    def note(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == total_bytes:
            sent.append(time.perf_counter())

    start = time.perf_counter()
    remote.deposit(path, sidecar, signature, progress=note)
    return time.perf_counter() - start, sent[0] - start


def sftp_seconds(sshd: LoopbackSshd, key_path: Path, path: Path, target: Path) -> float:
    """Stock sftp, one connection, one put, the same cipher."""
    start = time.perf_counter()
    subprocess.run(
        [
            *("sftp", "-q", "-b", "-", "-s", SFTP_SERVER, "-P", str(sshd.port)),
            *("-i", str(key_path), "-c", PREFERRED_CIPHER),
            *("-o", f"UserKnownHostsFile={sshd.known_hosts_path}"),
            *("-o", "IdentitiesOnly=yes", "-F", "none"),
            f"{sshd.user}@{HOST}",
        ],
        input=f'put "{path}" "{target}"\n'.encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start


def main(size_bytes: int = 128 * 1024 * 1024, rounds: int = 5) -> None:
    """Run rounds in turn and print the medians' ratio."""
    with tempfile.TemporaryDirectory(prefix="bench-deposit-") as name:
        folder = Path(name)
        key = generate_key(folder / "key", "bench")
        sftp_key = generate_key(folder / "sftp_key", "bench")
        pinned = PinnedStore("bench", create_store(folder / "store", "bench"))
        allow_sender(folder / "store", "bench", key.public)
        commands = [
            ForcedCommand(key.public, (sys.executable, "-c", RECEIVE, str(folder / "store"))),
            ForcedCommand(sftp_key.public, (SFTP_SERVER,)),
        ]
        with LoopbackSshd(folder / "sshd", commands) as sshd:
            address = SshAddress(HOST, sshd.port, sshd.user, folder / "key", sshd.known_hosts_path)
            remote = SshRemote(address, pinned)
            figures = [one_round(folder, key, remote, sshd, size_bytes) for _ in range(rounds)]
    report(size_bytes, figures)


def one_round(
    folder: Path, key: MachineKey, remote: SshRemote, sshd: LoopbackSshd, size_bytes: int
) -> tuple[float, float, float]:
    """Seconds of one deposit, of its sending, and of one sftp, over the same fresh bytes."""
    package, put = folder / "package.zip", folder / "put.zip"
    sidecar, signature = seal(package, os.urandom(size_bytes), key)
    whole, sending = deposit_seconds(remote, package, sidecar, signature)
    sftp = sftp_seconds(sshd, folder / "sftp_key", package, put)
    put.unlink()
    for stored in (folder / "store" / "packages").rglob("*.zip"):
        stored.unlink()
    return whole, sending, sftp


def report(size_bytes: int, figures: list[tuple[float, float, float]]) -> None:
    """Print medians as rates and ratios."""
    whole, sending, sftp = (statistics.median(column) for column in zip(*figures, strict=True))
    rate = size_bytes / 1e6
    print(f"bytes {size_bytes}, rounds {len(figures)}, medians on loopback")
    print(f"sftp ({PREFERRED_CIPHER}): {rate / sftp:.0f} MB/s")
    print(f"deposit, sending: {rate / sending:.0f} MB/s, ratio to sftp {sftp / sending:.2f}")
    print(f"deposit, proved: {rate / whole:.0f} MB/s, ratio to sftp {sftp / whole:.2f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    main(*[number * 1024 * 1024 for number in numbers[:1]], *numbers[1:])
