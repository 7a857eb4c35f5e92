"""Deposits in a process of its own, which prints their times; started by the benchmarks.

Standard input is a JSON list of objects: where, and what; each has a thread of its own, as in the
service. Standard output is a list in the same order: seconds from the first byte to the last
confirmation and to the receipt, processor seconds and memory of the process, and how often it was
cut.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.domain.errors import RemoteError
from appliance.domain.receipts import Sidecar
from appliance.signing.keys import PublicKey
from appliance.sync.connecting import SshAddress
from appliance.sync.papers import PinnedStore
from appliance.sync.ssh import SshRemote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.far_side import FarSide, SealedFile
    from benchmarks.shaped_link import ShapedLink


def run_deposit(
    far: FarSide, package: SealedFile, link: ShapedLink | None = None
) -> dict[str, Any]:
    """Deposit in a process of its own, at the near end of a line or here; what it measured."""
    (told,) = run_deposits([(far, package)], link)
    return told


def run_deposits(
    deposits: Sequence[tuple[FarSide, SealedFile]], link: ShapedLink | None = None
) -> list[dict[str, Any]]:
    """Deposit all at once in one process, at the near end of a line or here."""
    command = (sys.executable, "-m", "benchmarks.deposit_client")
    done = subprocess.run(
        command if link is None else link.inside(command),
        input=json.dumps([_wanted(far, package) for far, package in deposits]),
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        check=True,
    )
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def _wanted(far: FarSide, package: SealedFile) -> dict[str, Any]:
    address = far.address()
    return {
        "address": [address.host, address.port, address.user],
        "paths": [str(address.key_path), str(address.known_hosts_path)],
        "store": [far.pinned.store_id, far.pinned.public_key.line()],
        "package": str(package.path),
        "sidecar": package.sidecar.to_bytes().decode(),
        "signature": package.signature,
    }


def _remote(wanted: dict[str, Any]) -> SshRemote:
    host, port, user = wanted["address"]
    key_path, known_hosts_path = map(Path, wanted["paths"])
    store_id, store_key = wanted["store"]
    return SshRemote(
        SshAddress(host, port, user, key_path, known_hosts_path),
        PinnedStore(store_id, PublicKey.from_line(store_key)),
    )


def main() -> None:
    """Deposit all that is asked for, and print what was measured."""
    asked = json.load(sys.stdin)
    with ThreadPoolExecutor(len(asked)) as threads:
        json.dump(list(threads.map(_deposit, asked)), sys.stdout)


def _deposit(wanted: dict[str, Any]) -> dict[str, Any]:
    """Deposit until it is proved, however often the line is cut; what was measured."""
    sidecar = Sidecar.from_bytes(wanted["sidecar"].encode())
    confirmed: list[float] = []
    cuts = 0

    def note(done_bytes: int, total_bytes: int) -> None:
        if done_bytes == total_bytes:
            confirmed.append(time.perf_counter())

    with _remote(wanted) as remote:
        remote.probe()
        start, processor = time.perf_counter(), time.process_time()
        while True:
            try:
                remote.deposit(Path(wanted["package"]), sidecar, wanted["signature"], progress=note)
                break
            except RemoteError as problem:
                if not problem.retryable:
                    raise
                cuts += 1
        proved = time.perf_counter()
        return {
            "sending_seconds": confirmed[-1] - start,
            "proved_seconds": proved - start,
            "processor_seconds": time.process_time() - processor,
            "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "cuts": cuts,
        }


if __name__ == "__main__":
    main()
