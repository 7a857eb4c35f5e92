"""Accounts that log in and then do not greet: shells that hang, print, or end; behind a real sshd.

sshd starts the receiver by the account's login shell. What hangs, prints or fails there has nothing
to do with the line, and nobody but the host's keeper can mend it: each has a state of its own.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from appliance.domain.errors import RemoteError
from appliance.sync.connecting import LineTimeouts
from appliance.sync.login import open_channel
from appliance.sync.plain_kinds import sftp_remote
from appliance.sync.ssh import SshRemote
from appliance.sync.sshd import HOST
from tests.sync.making import QUICK, STORE_ID, Box, SshFar
from tests.sync.plain_making import SftpHost, sender_of
from tests.sync.wires import CuttingProxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.sync.remote import Remote

pytestmark = pytest.mark.sshd

IMPATIENT = LineTimeouts(silence_seconds=4.0)
"""For programs that never speak; only what they complain of must have come within it."""

SILENT = "exec sed d"
"""Says nothing and ends with its session."""

SAYS_MUCH = "Welcome to the storage of the province. 3 updates can be applied."


def run_instead(far: SshFar, command: str) -> None:
    """Have the account run a command of a shell in the receiver's place."""
    key = " ".join(far.login_key_path.with_suffix(".pub").read_text().split()[:2])
    keys = far.sshd.known_hosts_path.parent / "authorized_keys"
    keys.write_text(f'restrict,command="{command}" {key}\n')


def refused(remote: Remote) -> RemoteError:
    """How a probe ends."""
    with pytest.raises(RemoteError) as told:
        remote.probe()
    assert told.value.retryable
    return told.value


@pytest.fixture(params=["receiver", "plain SFTP"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, box: Box
) -> Callable[[str, LineTimeouts], RemoteError]:
    """Probes a place of either kind whose account runs a command; how that ends."""
    if request.param == "receiver":
        ssh_far: SshFar = request.getfixturevalue("ssh_far")

        def probe(command: str, timeouts: LineTimeouts) -> RemoteError:
            run_instead(ssh_far, command)
            return refused(SshRemote(ssh_far.address(), ssh_far.pinned, timeouts))

        return probe

    def probe_sftp(command: str, timeouts: LineTimeouts) -> RemoteError:
        host = SftpHost(tmp_path / "other_host", ("/bin/sh", "-c", command))
        sender = sender_of(box)
        with host.sshd:
            remote = sftp_remote(host.address(), str(tmp_path), STORE_ID, sender, timeouts=timeouts)
            return refused(remote)

    return probe_sftp


def test_a_shell_that_hangs_is_no_line_that_is_cut(
    place: Callable[[str, LineTimeouts], RemoteError],
) -> None:
    """The host answers, the program does not: that is said."""
    problem = place(SILENT, IMPATIENT)
    assert problem.code == "FAR-RECEIVER-SILENT"
    assert str(problem) == "nothing greets within 4 s"


def test_what_a_hanging_shell_complains_of_is_told(ssh_far: SshFar) -> None:
    """Errors are no greeting and no noise, but the journal has them: they name what it waits for.

    Only of a receiver: sshd throws the errors of an SFTP server away.
    """
    run_instead(ssh_far, f"echo waiting for a lock >&2; {SILENT}")
    problem = refused(SshRemote(ssh_far.address(), ssh_far.pinned, IMPATIENT))
    assert problem.code == "FAR-RECEIVER-SILENT"
    assert str(problem) == "nothing greets within 4 s; it says: waiting for a lock"


def test_words_before_the_greeting_are_told(
    place: Callable[[str, LineTimeouts], RemoteError],
) -> None:
    """A shell that prints first is named as such, and the journal has its words."""
    problem = place(f"echo {SAYS_MUCH}; {SILENT}", QUICK)
    assert problem.code == "FAR-RECEIVER-NOISY"
    assert "3 updates can be applied." in str(problem)


def test_words_that_never_end_are_listened_to_for_a_while(
    place: Callable[[str, LineTimeouts], RemoteError],
) -> None:
    """A program that talks on and on is hung up on, and not all of it is kept."""
    problem = place("exec yes nonsense", QUICK)
    assert problem.code == "FAR-RECEIVER-NOISY"
    assert "nonsense" in str(problem)
    assert len(str(problem)) < 10_000


@pytest.mark.parametrize("words", ["", SAYS_MUCH])
def test_a_session_that_ends_at_once_has_no_receiver(
    place: Callable[[str, LineTimeouts], RemoteError], words: str
) -> None:
    """Whatever it says: what has ended receives nothing, and its words stay."""
    problem = place(f"echo {words}; exit 127", QUICK)
    assert problem.code == "FAR-RECEIVER-MISSING"
    assert words[8:] in str(problem)


def test_an_account_that_is_shut_is_told_whatever_the_place(
    place: Callable[[str, LineTimeouts], RemoteError],
) -> None:
    """What ``nologin`` says counts for plain places as well."""
    problem = place("echo This account is currently not available.; exit 1", QUICK)
    assert problem.code == "ACCOUNT-LOCKED"


def test_words_before_a_real_receiver_are_told(ssh_far: SshFar, box: Box) -> None:
    """A start file that prints spoils every session of a receiver that is well; without it all is.

    Story: the shell of an account prints a greeting of its own.
    """
    keys = ssh_far.sshd.known_hosts_path.parent / "authorized_keys"
    usual = keys.read_text()
    keys.write_text(usual.replace('command="', 'command="echo hi; '))
    assert refused(ssh_far.remote()).code == "FAR-RECEIVER-NOISY"
    keys.write_text(usual)
    sealed = box.seal(10)
    signed = ssh_far.remote().deposit(sealed.path, sealed.sidecar, sealed.signature)
    assert signed.receipt.counter == 1


def test_a_receiver_that_has_ended_before_hello_is_missing(
    ssh_far: SshFar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a long line its end arrives before anything could be said to it."""
    run_instead(ssh_far, "echo no such program >&2")
    _start_slowly(monkeypatch)
    problem = refused(ssh_far.remote())
    assert problem.code == "FAR-RECEIVER-MISSING"
    assert "no such program" in str(problem)


def _start_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Say nothing to a session until it has ended."""

    def slowly(*arguments: Any) -> object:  # noqa: ANN401 - handed through
        client, channel = open_channel(*arguments)
        deadline = time.monotonic() + 60
        while not channel.closed and time.monotonic() < deadline:
            time.sleep(0.01)
        return client, channel

    monkeypatch.setattr("appliance.sync.line.open_channel", slowly)


def test_a_host_that_starts_nothing_is_told(tmp_path: Path, box: Box) -> None:
    """Without the subsystem there is no SFTP, however well the login went."""
    host = SftpHost(tmp_path / "other_host", ("internal-sftp",))
    with host.sshd:
        config = host.sshd.known_hosts_path.parent / "sshd_config"
        text = config.read_text()
    config.write_text(text.replace("Subsystem sftp internal-sftp\n", ""))
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or "sshd"
    with subprocess.Popen([program, "-D", "-f", str(config)], stderr=subprocess.DEVNULL) as server:
        try:
            wait_until_it_listens(host.sshd.port)
            problem = refused(
                sftp_remote(host.address(), str(tmp_path), STORE_ID, sender_of(box), timeouts=QUICK)
            )
        finally:
            server.terminate()
    assert problem.code == "FAR-RECEIVER-MISSING"
    assert "does not start it" in str(problem)


def wait_until_it_listens(port: int) -> None:
    """Until a server takes connections."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)


def test_a_line_that_dies_before_the_greeting_is_cut(ssh_far: SshFar, tmp_path: Path) -> None:
    """A program that has not spoken yet, and then a host that does not answer either."""
    started = tmp_path / "started"
    run_instead(ssh_far, f"touch {started}; {SILENT}")
    with CuttingProxy(ssh_far.sshd.port, []) as proxy:
        address = ssh_far.address(proxy.port, proxy.known_hosts(ssh_far, tmp_path))

        def freeze() -> None:
            deadline = time.monotonic() + 60
            while not started.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            proxy.freeze()

        thread = threading.Thread(target=freeze)
        thread.start()
        problem = refused(SshRemote(address, ssh_far.pinned, LineTimeouts(silence_seconds=8.0)))
        thread.join()
    assert problem.code == "LINE-CUT"
