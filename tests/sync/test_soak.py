"""Packages over a flapping line, with ``kill -9`` on both sides, end in as many proofs.

``make soak`` runs the long form: APPLIANCE_SYNC_PACKAGES, and _SEED to repeat one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appliance.domain.custody import GENESIS
from tests.sync.making import BLOCK_BYTES, Box, Sealed, SshFar
from tests.sync.soak_program import owed, receipt_path
from tests.sync.wires import CuttingProxy

pytestmark = [pytest.mark.sshd, pytest.mark.kill]

PACKAGES = int(os.environ.get("APPLIANCE_SYNC_PACKAGES", "6"))
SEED = int(os.environ.get("APPLIANCE_SYNC_SEED", "3"))
LIVES = 3 * PACKAGES + 30
"""Far more lives than a box needs, killed or cut in most of them."""

HANGS_SECONDS = 300
"""Many times what a box needs for the blocks that it is left in peace for."""


class Trouble:
    """A line that is cut at random places, and deaths of both sides.

    Args:
        far: The store.
        chance: What decides.
    """

    def __init__(self, far: SshFar, chance: random.Random) -> None:
        self._far = far
        self._chance = chance
        self.kills = 0

    def cuts(self) -> list[int]:
        """Where the connections of one life are cut; some are not, or not even made."""
        return [
            self._chance.choice((-1, 3_000, self._chance.randrange(400_000, 4_000_000), 1 << 40))
            for _ in range(4)
        ]

    def live(self, plan: bytes) -> None:
        """One life of the box: either side is killed, again and again, until it is the box."""
        program = Path(__file__).with_name("soak_program.py")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(
            [sys.executable, str(program)], stdin=subprocess.PIPE, env=environment
        ) as box:
            assert box.stdin is not None
            with box.stdin:
                box.stdin.write(plan)
            while self._troubled(box):
                self._kill(self._chance.choice((box.pid, self._receiver())))
        assert box.returncode in {0, -signal.SIGKILL}

    def _troubled(self, box: subprocess.Popen[bytes]) -> bool:
        """Let some more blocks arrive; whether the box still lives then."""
        wanted = len(self._far.notes("block")) + self._chance.randrange(60)
        deadline = time.monotonic() + HANGS_SECONDS
        while box.poll() is None and len(self._far.notes("block")) < wanted:
            assert time.monotonic() < deadline, "the box hangs"
            time.sleep(0.02)
        return box.poll() is None

    def _kill(self, process_id: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGKILL)
            self.kills += 1

    def _receiver(self) -> int:
        noted = self._far.notes("pid")
        alive = [int(one) for one in noted if Path(f"/proc/{one}/cmdline").exists()]
        return alive[-1] if alive else _nobody()


def _nobody() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    return ended.pid


def test_every_package_ends_proved(ssh_far: SshFar, box: Box, tmp_path: Path) -> None:
    """Whatever was cut and killed: a receipt for each, one chain, the very bytes, no leftovers."""
    chance = random.Random(SEED)
    folder = tmp_path / "receipts"
    folder.mkdir()
    packages = [
        box.seal(chance.randrange(1, 40) * BLOCK_BYTES + seed, seed)
        for seed in range(1, PACKAGES + 1)
    ]
    trouble, started = Trouble(ssh_far, chance), time.monotonic()
    for _ in range(LIVES):
        if not owed(packages, folder):
            break
        with CuttingProxy(ssh_far.sshd.port, trouble.cuts()) as proxy:
            address = ssh_far.address(proxy.port, proxy.known_hosts(ssh_far, tmp_path))
            trouble.live(pickle.dumps((address, ssh_far.pinned, packages, folder)))
    assert owed(packages, folder) == []
    judge(ssh_far, packages, folder)
    passed = time.monotonic() - started
    assert trouble.kills
    print(f"{PACKAGES} packages, {trouble.kills} kills, {passed:.0f} s")  # noqa: T201 - make soak shows it


def judge(far: SshFar, packages: list[Sealed], folder: Path) -> None:
    """Hold the store and the box's receipts against what was sealed."""
    with far.remote() as remote:
        chain = list(remote.receipts())
        assert set(remote.package_names()) == {one.name for one in packages}
        assert (remote.probe().partial_count, remote.probe().partial_bytes) == (0, 0)
    previous = [GENESIS, *(one.digest() for one in chain)]
    assert [one.receipt.previous for one in chain] == previous[:-1]
    known = {hashlib.sha256(one.receipt.to_bytes()).hexdigest() for one in chain}
    for one in packages:
        assert far.stored_bytes(one.name) == one.path.read_bytes()
        kept = receipt_path(one, folder).read_bytes()
        assert hashlib.sha256(kept).hexdigest() in known
    assert list((far.root / ".appliance" / "incoming").iterdir()) == []
    assert not (far.root / ".appliance" / "quarantine").exists()
