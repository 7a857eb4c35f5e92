"""Real lines that break: cut, dead, refused, full, killed; all behind a real sshd."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.domain.receipts import RECEIPT_NAMESPACE
from appliance.signing.allowed import AllowedSigner
from appliance.sync.connecting import LineTimeouts
from appliance.sync.line import CHUNK_BYTES, Line
from appliance.sync.papers import ReceiptHead
from appliance.sync.ssh import SshRemote
from tests.signing.stock import is_believed
from tests.sync.making import BLOCK_BYTES, STORE_ID, Box, Sealed, SshFar
from tests.sync.wires import CuttingProxy

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt

pytestmark = pytest.mark.sshd

BRISK_BUT_PATIENT = LineTimeouts(silence_seconds=6.0)
"""A receiver is a fresh Python: on a busy machine it takes seconds to say its first word."""


def deposit(remote: SshRemote, sealed: Sealed) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature)


def wait_for(far: SshFar, word: str, count: int = 1) -> list[str]:
    """Wait until sessions have noted a word so often."""
    deadline = time.monotonic() + 120
    while len(far.notes(word)) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return far.notes(word)


def test_no_block_is_sent_twice_over_many_cuts(ssh_far: SshFar, box: Box, tmp_path: Path) -> None:
    """Cut again and again, at odd places, the deposit ends whole; each block arrives once."""
    sealed = box.seal(40 * BLOCK_BYTES + 17)
    cuts = [1, 900, 4_000, 150_000, 333_333, 700_001, 1_000_000]
    planned = len(cuts)
    failures = []
    with CuttingProxy(ssh_far.sshd.port, cuts) as proxy:
        address = ssh_far.address(proxy.port, proxy.known_hosts(ssh_far, tmp_path))
        remote = ssh_far.remote(address)
        for _ in range(planned):
            with pytest.raises(RemoteError) as cut:
                deposit(remote, sealed)
            failures.append(cut.value)
        signed = deposit(remote, sealed)
    assert {failure.code for failure in failures} <= {"LINE-CUT", "LINE-DOWN"}
    assert all(failure.retryable for failure in failures)
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()
    assert signed.receipt.sha256 == sealed.sidecar.sha256
    blocks = ssh_far.notes("block")
    assert sorted(map(int, blocks)) == list(range(41))


def test_a_piece_fills_one_packet(ssh_far: SshFar) -> None:
    """A byte more than a piece would be a packet of its own, at the price of a full one."""
    line = Line.open(ssh_far.address(), LineTimeouts())
    try:
        assert line._channel.send(bytes(2 * CHUNK_BYTES)) == CHUNK_BYTES
    finally:
        line.close()


def test_a_line_that_is_gone_closes_in_silence(
    ssh_far: SshFar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cut is the news; that the far side cannot be told goodbye is none."""
    line = Line.open(ssh_far.address(), LineTimeouts())
    connection = line._client.get_transport()

    def gone() -> None:
        raise EOFError

    monkeypatch.setattr(line._channel, "close", gone)
    line.close()
    assert connection is not None
    assert not connection.is_active()


def test_a_receiver_killed_while_receiving_is_resumed(ssh_far: SshFar, box: Box) -> None:
    """A kill -9 at the far side costs at most the block on its way."""
    sealed = box.seal(60 * BLOCK_BYTES)
    killed: list[int] = []

    def kill(done_bytes: int, _: int) -> None:
        if done_bytes >= 20 * BLOCK_BYTES and not killed:
            killed.append(int(ssh_far.notes("pid")[0]))
            os.kill(killed[0], signal.SIGKILL)

    with pytest.raises(RemoteError) as cut:
        ssh_far.remote().deposit(sealed.path, sealed.sidecar, sealed.signature, progress=kill)
    assert (cut.value.code, cut.value.retryable) == ("LINE-CUT", True)
    assert ssh_far.stored_bytes(sealed.name) is None
    deposit(ssh_far.remote(), sealed)
    blocks = [int(index) for index in ssh_far.notes("block")]
    # Confirmations trail the blocks, so the kill falls on any block after the twentieth, and
    # anywhere in its writing: written and not noted (noted never, as it is not sent again), or
    # half written (noted by the second session).
    assert set(blocks) >= set(range(20))
    assert len(set(range(60)) - set(blocks)) <= 1
    assert len(blocks) == len(set(blocks))
    assert len(ssh_far.notes("pid")) == 2
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_receiver_killed_before_its_commit_is_resumed(ssh_far: SshFar, box: Box) -> None:
    """Killed between the last block and the receipt, nothing is called stored; then it is.

    Story: perkeep#800.
    """
    sealed = box.seal(5 * BLOCK_BYTES)
    ssh_far.fault("pause 300")

    def kill() -> None:
        wait_for(ssh_far, "commit")
        os.kill(int(ssh_far.notes("pid")[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(RemoteError) as cut:
        deposit(ssh_far.remote(), sealed)
    killer.join()
    assert cut.value.code == "LINE-CUT"
    assert ssh_far.stored_bytes(sealed.name) is None
    ssh_far.fault("")
    deposit(ssh_far.remote(), sealed)
    assert len(ssh_far.notes("block")) == 5


def test_a_slow_read_back_is_waited_for(ssh_far: SshFar, box: Box) -> None:
    """Signs of life keep a deposit waiting beyond the silence limit, as its size allows."""
    sealed = box.seal(4_000_000)
    ssh_far.fault("pause 9")
    remote = SshRemote(ssh_far.address(), ssh_far.pinned, BRISK_BUT_PATIENT)
    assert deposit(remote, sealed).receipt.size_bytes == 4_000_000


def test_a_far_disk_that_hangs_is_given_up(ssh_far: SshFar, box: Box) -> None:
    """Signs of life without an end do not hold a small package for ever."""
    ssh_far.fault("pause 300")
    timeouts = replace(BRISK_BUT_PATIENT, stall_seconds=2.0)
    remote = SshRemote(ssh_far.address(), ssh_far.pinned, timeouts)
    with pytest.raises(RemoteError, match="no progress") as told:
        deposit(remote, box.seal(BLOCK_BYTES))
    assert (told.value.code, told.value.retryable) == ("LINE-CUT", True)


def test_a_line_that_goes_dead_without_a_word_is_noticed(
    ssh_far: SshFar, box: Box, tmp_path: Path
) -> None:
    """Nothing is closed, nothing moves: the deposit ends as cut, and is resumed later."""
    sealed = box.seal(100 * BLOCK_BYTES)
    with CuttingProxy(ssh_far.sshd.port, []) as proxy:
        address = ssh_far.address(proxy.port, proxy.known_hosts(ssh_far, tmp_path))
        remote = SshRemote(address, ssh_far.pinned, BRISK_BUT_PATIENT)

        def freeze(done_bytes: int, _: int) -> None:
            if done_bytes >= 3 * BLOCK_BYTES:
                proxy.freeze()

        with pytest.raises(RemoteError) as cut:
            remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=freeze)
    assert (cut.value.code, cut.value.retryable) == ("LINE-CUT", True)
    deposit(ssh_far.remote(), sealed)
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_full_far_disk_is_told_before_sending(ssh_far: SshFar, box: Box) -> None:
    """Room is asked for first; nothing is sent into a full disk, and later it goes on.

    Story: restic#3336.
    """
    sealed = box.seal(30 * BLOCK_BYTES)
    ssh_far.fault("free 1000000")
    with pytest.raises(RemoteError) as told:
        deposit(ssh_far.remote(), sealed)
    assert (told.value.code, told.value.retryable) == ("FAR-DISK-FULL", True)
    assert ssh_far.notes("block") == []
    ssh_far.fault("")
    deposit(ssh_far.remote(), sealed)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to mount a small file system")
def test_a_disk_that_fills_while_receiving_is_told(ssh_far: SshFar, box: Box) -> None:
    """A real full file system gives the code; with room again the rest is sent."""
    sealed = box.seal(40 * BLOCK_BYTES)
    ssh_far.fault("free 1000000000")
    incoming = ssh_far.root / ".appliance" / "incoming"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(incoming)], check=False
    )
    if mounted.returncode != 0:
        pytest.skip("this machine mounts no tmpfs")
    try:
        with pytest.raises(RemoteError) as told:
            deposit(ssh_far.remote(), sealed)
        assert (told.value.code, told.value.retryable) == ("FAR-DISK-FULL", True)
        assert 0 < len(ssh_far.notes("block")) < 40
    finally:
        subprocess.run(["umount", "-l", str(incoming)], check=True)
    deposit(ssh_far.remote(), sealed)
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()


def test_a_store_restored_from_an_old_backup_is_noticed(ssh_far: SshFar, box: Box) -> None:
    """Receipts that start again below those seen before are not believed."""
    first = deposit(ssh_far.remote(), box.seal(10, 1))
    for path in (ssh_far.root / ".appliance" / "receipts" / "000000").iterdir():
        path.unlink()
    sealed = box.seal(10, 2)
    with pytest.raises(RemoteError) as told:
        ssh_far.remote().deposit(
            sealed.path, sealed.sidecar, sealed.signature, head=ReceiptHead.of(first)
        )
    assert told.value.code == "RECEIPT-ROLLED-BACK"


def test_a_receipt_verifies_with_stock_ssh_keygen(
    ssh_far: SshFar, box: Box, tmp_path: Path
) -> None:
    """The receipt on the store's disk passes ssh-keygen -Y verify, and is the one returned."""
    signed = deposit(ssh_far.remote(), box.seal(1000))
    receipt = ssh_far.root / ".appliance" / "receipts" / "000000" / "000000001.json"
    assert receipt.read_bytes() == signed.receipt.to_bytes()
    signer = AllowedSigner(STORE_ID, ssh_far.pinned.public_key)
    assert is_believed(receipt, signer, RECEIPT_NAMESPACE, tmp_path)


def test_two_packages_at_once_keep_one_chain(ssh_far: SshFar, box: Box) -> None:
    """Sessions side by side number their receipts without gaps or doubles."""
    sealed = [box.seal(3 * BLOCK_BYTES, seed) for seed in range(1, 4)]
    counters: list[int] = []
    threads = [
        threading.Thread(
            target=lambda one=one: counters.append(deposit(ssh_far.remote(), one).receipt.counter)
        )
        for one in sealed
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counters) == [1, 2, 3]


def test_one_connection_serves_many_calls(ssh_far: SshFar, box: Box) -> None:
    """Within the context one session of the far side does everything, and then ends."""
    with ssh_far.remote() as remote:
        for seed in range(1, 4):
            deposit(remote, box.seal(10, seed))
        remote.audit(box.seal(10, 1).sidecar)
    assert len(ssh_far.notes("pid")) == 1
    assert wait_for(ssh_far, "end") == ["closed"]
