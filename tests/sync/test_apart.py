"""One process, three destinations behind a real sshd each: a bad one costs the others nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

from appliance.sync.connecting import LineTimeouts
from appliance.sync.ssh import SshRemote
from tests.sync.making import BLOCK_BYTES, Box, Sealed, SshFar
from tests.sync.wires import CuttingProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Progress

pytestmark = pytest.mark.sshd

PATIENT = LineTimeouts(silence_seconds=300.0)
"""Longer than any test: what is bad here stays so until the others are done."""

PATIENCE_SECONDS = 200.0
BAD_AFTER_BLOCKS = 3


class Bad:
    """A destination that goes bad in the midst of a package, and may be let go on.

    Args:
        far: Its store.
        proxy: The line to it.
        kind: ``dead line``, ``stopped receiver`` or ``crawling line``.
    """

    def __init__(self, far: SshFar, proxy: CuttingProxy, kind: str, folder: Path) -> None:
        self.is_bad = threading.Event()
        self._far = far
        self._proxy = proxy
        self._kind = kind
        address = far.address(proxy.port, proxy.known_hosts(far, folder))
        self.remote = SshRemote(address, far.pinned, PATIENT, self)
        self._wait_seconds = 0.0

    def take(self, size_bytes: int) -> None:
        """As of ``RateLimit``: a crawling line lets next to nothing go."""
        del size_bytes
        time.sleep(self._wait_seconds)

    def watch(self) -> Progress:
        """A progress that turns bad once some blocks are through."""

        def look(done_bytes: int, _: int) -> None:
            if done_bytes >= BAD_AFTER_BLOCKS * BLOCK_BYTES and not self.is_bad.is_set():
                self._turn(signal.SIGSTOP, is_good=False)
                self.is_bad.set()

        return look

    def go_on(self) -> None:
        """Be as before."""
        self._turn(signal.SIGCONT, is_good=True)

    def _turn(self, number: signal.Signals, *, is_good: bool) -> None:
        if self._kind == "dead line":
            self._proxy.thaw() if is_good else self._proxy.freeze()
        elif self._kind == "stopped receiver":
            os.kill(int(self._far.notes("pid")[0]), number)
        else:
            self._wait_seconds = 0.0 if is_good else 0.5


@pytest.fixture
def fars(tmp_path: Path, box: Box, ssh_far: SshFar) -> Iterator[list[SshFar]]:
    """Three stores, each behind a server of its own."""
    with ExitStack() as stack:
        others = [SshFar(tmp_path / f"far-{number}", box) for number in (2, 3)]
        for far in others:
            stack.enter_context(far.sshd)
        yield [ssh_far, *others]


def in_a_thread(work: Callable[[], object]) -> threading.Thread:
    """A thread that works."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def deposit(
    remote: SshRemote, sealed: Sealed, progress: Progress = lambda *_: None
) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=progress)


@pytest.mark.parametrize("kind", ["dead line", "stopped receiver", "crawling line"])
def test_a_bad_destination_holds_up_no_other(
    fars: list[SshFar], box: Box, tmp_path: Path, kind: str
) -> None:
    """The others prove all they have while it is bad; it goes on where it was when it is well."""
    large, small = box.seal(400 * BLOCK_BYTES, 1), [box.seal(1000, seed) for seed in range(2, 8)]
    receipts: list[SignedReceipt] = []

    def send_small(far: SshFar) -> None:
        with far.remote() as remote:
            receipts.extend(deposit(remote, sealed) for sealed in small)

    with CuttingProxy(fars[0].sshd.port, []) as proxy:
        bad = Bad(fars[0], proxy, kind, tmp_path)
        held = in_a_thread(lambda: receipts.append(deposit(bad.remote, large, bad.watch())))
        try:
            assert bad.is_bad.wait(PATIENCE_SECONDS)
            others = [in_a_thread(partial(send_small, far)) for far in fars[1:]]
            for other in others:
                other.join(PATIENCE_SECONDS)
            assert len(receipts) == 2 * len(small)
            assert held.is_alive()
        finally:
            bad.go_on()
        held.join(PATIENCE_SECONDS)
    assert receipts[-1].receipt.sha256 == large.sidecar.sha256
    assert len(fars[0].notes("block")) == len(large.sidecar.blocks)
