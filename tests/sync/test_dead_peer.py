"""A peer that is gone without a word is noticed in every phase, within 30 seconds by default."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.sync.connecting import (
    KEEPALIVE_PROBES,
    LineTimeouts,
    SshAddress,
    connect,
    keepalive_seconds,
)
from appliance.sync.receiver import DEFAULT_PATIENCE
from appliance.sync.ssh import SshRemote
from appliance.sync.unstarted import ANSWER_SECONDS, WORDS_SECONDS
from tests.sync.making import BLOCK_BYTES, Box, SshFar
from tests.sync.wires import CuttingProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.sync.remote import Progress

PROMISED_SECONDS = 30.0
BRISK = LineTimeouts(connect_seconds=5.0, login_seconds=15.0, silence_seconds=6.0)
"""A login and the start of a receiver take seconds on a busy machine."""

DYING = replace(BRISK, connect_seconds=2.0, login_seconds=4.0)
"""For hosts that let nobody in."""

LIMIT_SECONDS = 90.0
"""Far above what ``BRISK`` adds up to, far below what these deaths would last."""


def test_the_defaults_keep_the_promise() -> None:
    """In each phase the longest wait that may follow a silent death is at most 30 s."""
    timeouts = LineTimeouts()
    idle_seconds, probe_seconds = keepalive_seconds(timeouts.silence_seconds)
    waits = {
        "connecting and logging in": timeouts.connect_seconds + timeouts.login_seconds,
        "the greeting": timeouts.silence_seconds + WORDS_SECONDS + ANSWER_SECONDS,
        "sending, waiting, fetching": timeouts.silence_seconds,
        "idle": idle_seconds + KEEPALIVE_PROBES * probe_seconds,
    }
    assert max(waits.values()) <= PROMISED_SECONDS, waits


def test_signs_of_life_come_well_within_the_silence() -> None:
    """A working receiver is never taken for a dead one, even if a sign is late by seconds."""
    assert 3 * DEFAULT_PATIENCE.pulse_seconds <= LineTimeouts().silence_seconds


def noticed(call: Callable[[], object]) -> str:
    """The code with which a call ends, in bounded time."""
    started = time.monotonic()
    with pytest.raises(RemoteError) as told:
        call()
    assert time.monotonic() - started < LIMIT_SECONDS
    assert told.value.retryable
    return told.value.code


def freezing(proxy: CuttingProxy, blocks: int) -> Progress:
    """A progress that freezes the line once so many blocks are through."""

    def freeze(done_bytes: int, _: int) -> None:
        if done_bytes >= blocks * BLOCK_BYTES:
            proxy.freeze()

    return freeze


def behind(
    proxy: CuttingProxy, far: SshFar, folder: Path, timeouts: LineTimeouts = BRISK
) -> SshRemote:
    """A remote whose line goes through a proxy."""
    address = far.address(proxy.port, proxy.known_hosts(far, folder))
    return SshRemote(address, far.pinned, timeouts)


@pytest.mark.sshd
def test_a_host_that_takes_no_connection_is_noticed(ssh_far: SshFar, tmp_path: Path) -> None:
    """A listening port with a full queue answers nothing at all."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)  # noqa: FBT003 - the socket's own name for it
            one.connect_ex(("127.0.0.1", port))
        known = tmp_path / "known"
        known.write_text(f"[127.0.0.1]:{port} {ssh_far.sshd.host_key.line()}\n")
        remote = SshRemote(ssh_far.address(port, known), ssh_far.pinned, DYING)
        assert noticed(remote.probe) == "LINE-DOWN"
        for one in waiting:
            one.close()


@pytest.mark.sshd
@pytest.mark.parametrize("relayed_bytes", [0, 30, 1500], ids=["greeting", "keys", "login"])
def test_a_line_that_dies_while_logging_in_is_noticed(
    ssh_far: SshFar, tmp_path: Path, relayed_bytes: int
) -> None:
    """Before the greeting, within the exchange of keys, and before the login is answered."""
    with CuttingProxy(ssh_far.sshd.port, [], freeze_after_bytes=relayed_bytes) as proxy:
        assert noticed(behind(proxy, ssh_far, tmp_path, DYING).probe) == "LINE-DOWN"


@pytest.mark.sshd
def test_a_line_that_dies_while_fetching_is_noticed_and_resumed(
    ssh_far: SshFar, box: Box, tmp_path: Path
) -> None:
    """The fetch ends as cut; the next one goes on where it was."""
    sealed = box.seal(100 * BLOCK_BYTES)
    ssh_far.remote().deposit(sealed.path, sealed.sidecar, sealed.signature)
    seen: list[int] = []
    with CuttingProxy(ssh_far.sshd.port, []) as proxy:
        remote, target = behind(proxy, ssh_far, tmp_path), tmp_path / "back.zip"
        assert noticed(lambda: remote.fetch(sealed.name, target, freezing(proxy, 30))) == "LINE-CUT"
    ssh_far.remote().fetch(sealed.name, target, lambda done_bytes, _: seen.append(done_bytes))
    assert seen[0] >= 30 * BLOCK_BYTES
    assert target.read_bytes() == sealed.path.read_bytes()


@pytest.mark.sshd
def test_a_line_that_dies_at_the_commit_is_noticed(
    ssh_far: SshFar, box: Box, tmp_path: Path
) -> None:
    """Signs of life that stop while the far side reads mean the same as silence."""
    ssh_far.fault("pause 300")
    sealed = box.seal(5 * BLOCK_BYTES)
    with CuttingProxy(ssh_far.sshd.port, []) as proxy:
        remote = behind(proxy, ssh_far, tmp_path)

        def deposit() -> None:
            remote.deposit(
                sealed.path, sealed.sidecar, sealed.signature, progress=freezing(proxy, 5)
            )

        assert noticed(deposit) == "LINE-CUT"


@pytest.mark.sshd
@pytest.mark.parametrize("blocks", [3, 300], ids=["while sending", "when all is sent"])
def test_a_receiver_that_is_stopped_is_noticed(ssh_far: SshFar, box: Box, blocks: int) -> None:
    """A stopped process closes nothing and its kernel acknowledges everything."""
    sealed = box.seal(300 * BLOCK_BYTES)
    stopped: list[int] = []

    def stop(done_bytes: int, _: int) -> None:
        if done_bytes >= blocks * BLOCK_BYTES and not stopped:
            stopped.append(int(ssh_far.notes("pid")[0]))
            os.kill(stopped[0], signal.SIGSTOP)

    remote = SshRemote(ssh_far.address(), ssh_far.pinned, BRISK)
    try:
        code = noticed(
            lambda: remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=stop)
        )
    finally:
        for process_id in stopped:
            os.kill(process_id, signal.SIGKILL)
    assert code == "LINE-CUT"
    ssh_far.remote().deposit(sealed.path, sealed.sidecar, sealed.signature)
    assert ssh_far.stored_bytes(sealed.name) == sealed.path.read_bytes()


@pytest.mark.sshd
def test_a_far_disk_that_reads_slowly_is_waited_for(ssh_far: SshFar, box: Box) -> None:
    """However long the reading of a large package takes: as long as it moves, nobody gives up.

    Story: Issues#697.
    """
    ssh_far.fault("crawl 9")
    sealed = box.seal(100)
    timeouts = replace(BRISK, stall_seconds=4.0)
    remote = SshRemote(ssh_far.address(), ssh_far.pinned, timeouts)
    signed = remote.deposit(sealed.path, sealed.sidecar, sealed.signature)
    assert signed.receipt.sha256 == sealed.sidecar.sha256


class Trickle:
    """A limit that lets a piece go every so often, as a slow line by day does.

    Args:
        wait_seconds: Before each piece, once it is slow.
        pieces: After so many the line is quick again; None = never.
    """

    def __init__(self, wait_seconds: float, pieces: int | None = None) -> None:
        self.wait_seconds = 0.0
        self.waits = 0
        self._slow_seconds = wait_seconds
        self._pieces = pieces

    def slow_down(self) -> None:
        """From now on."""
        self.wait_seconds = self._slow_seconds

    def take(self, size_bytes: int) -> None:
        """As of ``RateLimit``."""
        del size_bytes
        if self.wait_seconds and self.waits != self._pieces:
            self.waits += 1
            time.sleep(self.wait_seconds)


@pytest.mark.sshd
def test_a_receiver_that_is_stopped_under_a_slow_limit_is_noticed(
    ssh_far: SshFar, box: Box
) -> None:
    """Where the limit lets so little go that no window ever fills, silence alone tells."""
    sealed = box.seal(60 * BLOCK_BYTES)
    limit = Trickle(0.5)

    def stop(done_bytes: int, _: int) -> None:
        if done_bytes >= 3 * BLOCK_BYTES and not limit.wait_seconds:
            os.kill(int(ssh_far.notes("pid")[0]), signal.SIGSTOP)
            limit.slow_down()

    remote = SshRemote(ssh_far.address(), ssh_far.pinned, BRISK, limit)
    try:
        code = noticed(
            lambda: remote.deposit(sealed.path, sealed.sidecar, sealed.signature, progress=stop)
        )
    finally:
        os.kill(int(ssh_far.notes("pid")[0]), signal.SIGKILL)
    assert code == "LINE-CUT"


@pytest.mark.sshd
def test_a_slow_limit_alone_cuts_nothing(ssh_far: SshFar, box: Box) -> None:
    """One block takes longer than the silence limit: bytes that arrive are signs of life."""
    sealed = box.seal(BLOCK_BYTES)
    limit = Trickle(0.55 * BRISK.silence_seconds, pieces=3)
    remote = SshRemote(ssh_far.address(), ssh_far.pinned, BRISK, limit)
    signed = remote.deposit(
        sealed.path, sealed.sidecar, sealed.signature, progress=lambda *_: limit.slow_down()
    )
    assert signed.receipt.sha256 == sealed.sidecar.sha256
    assert limit.waits == 3


DEAD_NAME_SERVER = """
import pathlib, socket, sys
from appliance.domain.errors import RemoteError
from appliance.sync.connecting import SshAddress, connect
from tests.sync.test_dead_peer import DYING

silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 53))
nowhere = pathlib.Path("/nonexistent")
try:
    connect(SshAddress("store.example", 22, "box", nowhere, nowhere), DYING)
except RemoteError as problem:
    print(problem.code, problem)
"""
"""Run where the only name server is on loopback, and says nothing."""

IN_A_NETWORK_OF_ITS_OWN = (
    *("unshare", "--net", "--mount", "sh", "-c"),
    'ip link set lo up && mount --bind "$1" /etc/resolv.conf && exec "$2" -c "$3"',
    "sh",
)


@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None,
    reason="needs root, unshare and ip, for a network with a dead name server",
)
def test_a_dead_name_server_is_noticed(tmp_path: Path) -> None:
    """The system's resolver would wait for it on and on; the box gives up in its own time."""
    servers = tmp_path / "resolv.conf"
    servers.write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
    started = time.monotonic()
    ran = subprocess.run(
        (*IN_A_NETWORK_OF_ITS_OWN, servers, sys.executable, DEAD_NAME_SERVER),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        timeout=300,
    )
    if "Operation not permitted" in ran.stderr:
        pytest.skip("this machine gives no network of its own")
    assert (ran.returncode, ran.stdout) == (
        0,
        "LINE-DOWN store.example: no name server answers\n",
    ), ran.stderr
    assert time.monotonic() - started < LIMIT_SECONDS


@pytest.mark.parametrize("host", ["store.invalid", f"{'a' * 64}.example"])
def test_a_name_that_is_none_is_a_line_that_is_down(host: str, tmp_path: Path) -> None:
    """Unknown (RFC 6761 promises that nobody has it), or longer than any name may be."""
    address = SshAddress(host, 22, "box", tmp_path / "key", tmp_path / "known")
    assert noticed(lambda: connect(address, DYING)) == "LINE-DOWN"


PHASES = ("sending", "committing", "fetching", "idle")


@pytest.fixture(scope="module")
def pulled(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """A box in each phase, each in a network of its own: they mostly wait, so they wait at once."""
    program = Path(__file__).with_name("drop_program.py")
    folder = tmp_path_factory.mktemp("pulled")
    boxes = {
        phase: subprocess.Popen(
            ["unshare", "--net", sys.executable, str(program), str(folder / phase), phase],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        for phase in PHASES
    }
    yield boxes
    for running in boxes.values():
        running.communicate(timeout=300)


@pytest.mark.sshd
@pytest.mark.skipif(
    os.getuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None,
    reason="needs root, unshare and ip, for a network whose cable can be pulled",
)
@pytest.mark.parametrize("phase", PHASES)
def test_a_pulled_cable_is_noticed(pulled: dict[str, subprocess.Popen[str]], phase: str) -> None:
    """Every packet is dropped and nobody is told: the box ends with the code for a cut line.

    Story: net-sftp#57.
    """
    told, problem = pulled[phase].communicate(timeout=300)
    if "Operation not permitted" in problem:
        pytest.skip("this machine gives no network of its own")
    assert pulled[phase].returncode == 0, problem
    code, seconds = told.split()
    assert code == "LINE-CUT"
    assert float(seconds) < LIMIT_SECONDS
