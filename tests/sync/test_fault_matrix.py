"""Faults on both sides of a deposit: each ends in a named state, and then in a proof.

Cuts, stalls, kills of the receiver and full disks are in ``test_line`` and ``test_dead_peer``,
changed keys in ``test_identity``.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.sync.papers import ReceiptHead
from tests.sync.making import BLOCK_BYTES, Box, Sealed, SshFar, flip_bit

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.sync.papers import SignedReceipt

pytestmark = pytest.mark.sshd


def deposit(far: SshFar, sealed: Sealed, head: ReceiptHead | None = None) -> SignedReceipt:
    """Deposit over a connection of its own."""
    head = head or ReceiptHead()
    return far.remote().deposit(sealed.path, sealed.sidecar, sealed.signature, head=head)


def code_of(call: Callable[[], object]) -> tuple[str, bool]:
    """The code with which a call fails, and whether it is retried."""
    with pytest.raises(RemoteError) as told:
        call()
    return told.value.code, told.value.retryable


def leftovers(far: SshFar) -> list[str]:
    """What is unfinished at the far side."""
    return [path.name for path in (far.root / ".appliance" / "incoming").iterdir()]


def test_a_bit_that_rots_before_the_commit_costs_one_block(ssh_far: SshFar, box: Box) -> None:
    """The read-back sees it, nothing is published, and the next try sends that block alone."""
    sealed = box.seal(6 * BLOCK_BYTES)
    ssh_far.fault("rot")
    assert code_of(lambda: deposit(ssh_far, sealed)) == ("FAR-DIGEST-MISMATCH", True)
    assert ssh_far.stored_bytes(sealed.name) is None
    ssh_far.fault("")
    assert deposit(ssh_far, sealed).receipt.counter == 1
    assert len(ssh_far.notes("block")) == 7
    assert leftovers(ssh_far) == []


@pytest.mark.parametrize(
    "harm",
    [
        flip_bit,
        lambda path: os.truncate(path, BLOCK_BYTES + 1),
        lambda path: path.write_bytes(path.read_bytes() + b"more"),
        Path.unlink,
    ],
    ids=["flipped", "truncated", "grown", "removed"],
)
def test_what_happens_to_a_stored_copy_is_found_and_mended(
    ssh_far: SshFar, box: Box, harm: Callable[[Path], object]
) -> None:
    """No audit passes over it; after quarantine and a deposit there is a proof again."""
    sealed = box.seal(4 * BLOCK_BYTES)
    head = ReceiptHead.of(deposit(ssh_far, sealed))
    path = ssh_far.stored_path(sealed.name)
    path.chmod(0o600)
    harm(path)
    with ssh_far.remote() as remote:
        code, is_retried = code_of(lambda: remote.audit(sealed.sidecar, head=head))
        assert code in {"FAR-COPY-DAMAGED", "FAR-COPY-MISSING"}
        assert not is_retried
        assert remote.quarantine(sealed.sidecar) is path.exists() or not path.exists()
    assert deposit(ssh_far, sealed, head).receipt.counter == head.counter + 1
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()
    assert leftovers(ssh_far) == []


def test_a_receipt_that_was_tampered_with_proves_nothing(ssh_far: SshFar, box: Box) -> None:
    """Any changed word breaks the signature; the true receipt of the next try is believed."""
    sealed = box.seal(100)
    fields = ("sha256", "size_bytes", "objid", "counter", "read_at")
    for field in fields:
        ssh_far.fault(f"lie {field}")
        told = code_of(lambda: deposit(ssh_far, sealed))
        assert told == ("RECEIPT-INVALID", False), field
    ssh_far.fault("")
    assert deposit(ssh_far, sealed).receipt.counter == len(fields) + 1


def test_an_old_receipt_proves_nothing(ssh_far: SshFar, box: Box) -> None:
    """Replayed for its own package it went back; for another one it is about something else."""
    first, second = box.seal(100, 1), box.seal(200, 2)
    head = ReceiptHead.of(deposit(ssh_far, first))
    ssh_far.fault("replay 1")
    assert code_of(lambda: deposit(ssh_far, first, head)) == ("RECEIPT-ROLLED-BACK", False)
    assert code_of(lambda: deposit(ssh_far, second, head)) == ("RECEIPT-INVALID", False)
    ssh_far.fault("")
    assert deposit(ssh_far, second, head).receipt.sha256 == second.sidecar.sha256


def test_a_box_killed_while_sending_goes_on_where_it_was(ssh_far: SshFar, box: Box) -> None:
    """A kill -9 of the sender loses no block that was confirmed, and blocks nobody."""
    sealed = box.seal(60 * BLOCK_BYTES)
    plan = pickle.dumps((ssh_far.address(), ssh_far.pinned, sealed))
    killed = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("send_program.py")), "25"],
        input=plan,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL
    assert deposit(ssh_far, sealed).receipt.sha256 == sealed.sidecar.sha256
    assert len(set(ssh_far.notes("block"))) == 60
    assert len(ssh_far.notes("block")) <= 61
    assert leftovers(ssh_far) == []
