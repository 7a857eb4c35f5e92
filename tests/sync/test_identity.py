"""Who may talk to whom: host keys, accounts, stores; all behind a real sshd."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.signing.keys import generate_key
from appliance.sync.papers import PinnedStore
from appliance.sync.ssh import SshRemote
from appliance.sync.sshd import HOST, LoopbackSshd
from tests.sync.making import STORE_ID, Box, Sealed, SshFar
from tests.sync.wires import CuttingProxy

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.sync.connecting import SshAddress
    from appliance.sync.papers import SignedReceipt

pytestmark = pytest.mark.sshd


def deposit(remote: SshRemote, sealed: Sealed) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature)


def code_of(remote: SshRemote) -> tuple[str, bool]:
    """The code with which a probe fails, and whether it is retried."""
    with pytest.raises(RemoteError) as told:
        remote.probe()
    return told.value.code, told.value.retryable


def test_a_stopped_server_is_a_line_that_is_down(ssh_far: SshFar, box: Box) -> None:
    """No server is a state that passes; the same remote works again afterwards."""
    remote = ssh_far.remote()
    ssh_far.sshd.stop()
    assert code_of(remote) == ("LINE-DOWN", True)
    ssh_far.sshd.start()
    assert deposit(remote, box.seal(10)).receipt.counter == 1


def test_a_name_that_does_not_resolve_is_a_line_that_is_down(
    ssh_far: SshFar, tmp_path: Path
) -> None:
    """Without a name server there is no contact, and nothing worse."""
    known = tmp_path / "known"
    known.write_text(f"nowhere.invalid {ssh_far.sshd.host_key.line()}\n")
    address = _changed(ssh_far.address(), host="nowhere.invalid", port=22, known_hosts_path=known)
    assert code_of(ssh_far.remote(address)) == ("LINE-DOWN", True)


@pytest.mark.parametrize(
    ("greeting", "code"),
    [
        (b"", "LINE-REFUSED-BY-HOST"),
        (b"Not allowed at this time\r\n", "LINE-REFUSED-BY-HOST"),
        (b"Exceeded MaxStartups\r\n", "LINE-REFUSED-BY-HOST"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "LINE-DOWN"),
    ],
)
def test_a_host_that_does_not_let_ssh_begin_is_told(
    ssh_far: SshFar, tmp_path: Path, greeting: bytes, code: str
) -> None:
    """Shut out by sshd's penalties, or hung up on, is one state; no SSH at all is another."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        known = tmp_path / "known"
        known.write_text(f"[{HOST}]:{port} {ssh_far.sshd.host_key.line()}\n")

        def answer() -> None:
            with contextlib.suppress(OSError):  # the listener is closed: the test is over
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        assert code_of(ssh_far.remote(ssh_far.address(port, known))) == (code, True)
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_host_that_comes_up_meanwhile_is_no_refusal(ssh_far: SshFar, tmp_path: Path) -> None:
    """Hung up on once, as by a server that is just starting, the box simply tries again."""
    with CuttingProxy(ssh_far.sshd.port, [-1]) as proxy:
        address = ssh_far.address(proxy.port, proxy.known_hosts(ssh_far, tmp_path))
        assert ssh_far.remote(address).probe().store_id == STORE_ID


@pytest.mark.parametrize(
    "said", ["This account is currently not available.", "Your account has expired"]
)
def test_an_account_that_is_shut_is_told(ssh_far: SshFar, said: str) -> None:
    """What nologin says in place of the receiver has its own state; it passes by itself."""
    (ssh_far.sshd.known_hosts_path.parent / "authorized_keys").write_text(
        f'restrict,command="echo {said}; exit 1" {_login_line(ssh_far)}\n'
    )
    assert code_of(ssh_far.remote()) == ("ACCOUNT-LOCKED", True)


def test_a_revoked_key_is_told(ssh_far: SshFar, box: Box) -> None:
    """Taken out of the authorized keys, the box is out at the next connection, and is told."""
    remote = ssh_far.remote()
    deposit(remote, box.seal(10))
    (ssh_far.sshd.known_hosts_path.parent / "authorized_keys").write_text("")
    assert code_of(remote) == ("AUTH-REFUSED", False)


def test_a_key_with_a_passphrase_asks_nobody(ssh_far: SshFar, tmp_path: Path) -> None:
    """A login key that cannot be used alone is a refusal at once, never a prompt."""
    locked = tmp_path / "locked"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret words", "-f", str(locked)], check=True
    )
    address = _changed(ssh_far.address(), key_path=locked)
    assert code_of(ssh_far.remote(address)) == ("AUTH-REFUSED", False)


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_a_host_that_asks_for_a_password_gets_none(ssh_far: SshFar, method: str) -> None:
    """Whatever else the host offers to accept, the box offers its one key and stops."""
    config = ssh_far.sshd.known_hosts_path.parent / "sshd_config"
    ssh_far.sshd.stop()
    text = config.read_text()
    wish = {
        "password": "PasswordAuthentication",
        "keyboard-interactive": "KbdInteractiveAuthentication",
    }
    text = text.replace("AuthenticationMethods publickey", f"AuthenticationMethods {method}")
    text = text.replace(f"{wish[method]} no", f"{wish[method]} yes")
    config.write_text(text)
    program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or "sshd"
    with subprocess.Popen([program, "-D", "-f", str(config)], stderr=subprocess.DEVNULL) as server:
        try:
            _wait_until_it_listens(ssh_far.sshd.port)
            assert code_of(ssh_far.remote()) == ("AUTH-REFUSED", False)
        finally:
            server.terminate()


def test_a_changed_host_key_is_never_accepted(ssh_far: SshFar, tmp_path: Path) -> None:
    """Another key under a pinned name stops everything until a person acts.

    Story: SparkleShare#874.
    """
    other = generate_key(tmp_path / "other_host", "another host")
    known = tmp_path / "known"
    known.write_text(f"[{HOST}]:{ssh_far.sshd.port} {other.public.line()}\n")
    remote = ssh_far.remote(ssh_far.address(known_hosts_path=known))
    assert code_of(remote) == ("HOST-KEY-CHANGED", False)
    assert ssh_far.notes("pid") == []


@pytest.mark.parametrize("text", ["", "other.example ssh-ed25519 AAAA\n", None])
def test_an_unpinned_host_is_never_accepted(
    ssh_far: SshFar, tmp_path: Path, text: str | None
) -> None:
    """There is no first use: a host that was not provisioned is not talked to.

    Story: ibm_zos_core#1843.
    """
    known = tmp_path / "known"
    if text is not None:
        known.write_text(text.replace("AAAA", ssh_far.sshd.host_key.line().split()[1]))
    remote = ssh_far.remote(ssh_far.address(known_hosts_path=known))
    assert code_of(remote) == ("HOST-KEY-UNKNOWN", False)


def test_another_login_key_is_refused(ssh_far: SshFar, tmp_path: Path) -> None:
    """A key that the account does not know gets nothing but a code."""
    generate_key(tmp_path / "stranger", "stranger")
    address = _changed(ssh_far.address(), key_path=tmp_path / "stranger")
    assert code_of(ssh_far.remote(address)) == ("AUTH-REFUSED", False)


def test_a_missing_login_key_is_told(ssh_far: SshFar, tmp_path: Path) -> None:
    """A box without its login key says so, instead of trying others."""
    address = _changed(ssh_far.address(), key_path=tmp_path / "none")
    assert code_of(ssh_far.remote(address)) == ("AUTH-REFUSED", False)


def test_an_account_without_a_receiver_is_told(ssh_far: SshFar) -> None:
    """A forced command that is no receiver has its own code, with what it said."""
    (ssh_far.sshd.known_hosts_path.parent / "authorized_keys").write_text(
        f'restrict,command="echo hello; echo no such program >&2" {_login_line(ssh_far)}\n'
    )
    with pytest.raises(RemoteError, match="no such program") as told:
        ssh_far.remote().probe()
    assert told.value.code == "FAR-RECEIVER-MISSING"


def test_an_unmounted_far_disk_is_told(ssh_far: SshFar) -> None:
    """An empty folder in the store's place is refused and stays empty.

    Story: syncthing#762.
    """
    ssh_far.root.rename(ssh_far.root.with_name("elsewhere"))
    ssh_far.root.mkdir()
    assert code_of(ssh_far.remote()) == ("FAR-STORE-MISSING", True)
    assert list(ssh_far.root.iterdir()) == []


def test_a_foreign_store_is_told(ssh_far: SshFar) -> None:
    """A store with another id gets nothing, even on the pinned host.

    Story: syncthing#5207.
    """
    pinned = PinnedStore("ministry", ssh_far.pinned.public_key)
    remote = SshRemote(ssh_far.address(), pinned)
    assert code_of(remote) == ("FAR-STORE-FOREIGN", False)


def test_a_store_with_another_key_proves_nothing(ssh_far: SshFar, box: Box, tmp_path: Path) -> None:
    """A receipt by another key than the pinned one does not count."""
    other = generate_key(tmp_path / "other_store", "other store")
    remote = SshRemote(ssh_far.address(), PinnedStore(STORE_ID, other.public))
    with pytest.raises(RemoteError) as told:
        deposit(remote, box.seal(10))
    assert (told.value.code, told.value.retryable) == ("RECEIPT-INVALID", False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("cat", "/etc/passwd"),
        (),
    ],
    ids=["command", "shell"],
)
def test_the_account_runs_nothing_but_the_receiver(
    ssh_far: SshFar, arguments: tuple[str, ...]
) -> None:
    """Commands and shells asked for are not run: the receiver starts in their place."""
    ran = _ssh(ssh_far, *arguments)
    assert b"root:" not in ran.stdout
    assert len(ssh_far.notes("pid")) == 1


@pytest.mark.parametrize("option", ["-tt", "-A"])
def test_the_account_gets_no_terminal_and_no_agent(ssh_far: SshFar, option: str) -> None:
    """What ``restrict`` takes away stays away."""
    ran = _ssh(ssh_far, "x", options=(option, "-v"))
    told = ran.stderr.decode()
    assert "PTY allocation request failed" in told if option == "-tt" else ran.stdout == b""


def test_the_account_forwards_nothing(ssh_far: SshFar) -> None:
    """A tunnel to another port of the far host is refused."""
    ran = _ssh(ssh_far, options=("-W", f"{HOST}:{ssh_far.sshd.port}"))
    assert ran.returncode != 0
    assert b"SSH-2.0" not in ran.stdout


def test_a_restarted_server_keeps_its_port_and_key(ssh_far: SshFar) -> None:
    """Using the folder again changes nothing that clients pin."""
    before = ssh_far.sshd.port, ssh_far.sshd.known_hosts_path.read_text()
    ssh_far.sshd.stop()
    ssh_far.sshd.start()
    assert (ssh_far.sshd.port, ssh_far.sshd.known_hosts_path.read_text()) == before
    assert ssh_far.remote().probe().store_id == STORE_ID


def test_a_server_left_behind_is_replaced(ssh_far: SshFar) -> None:
    """After kill -9 of whoever started it, starting again takes its place on the same port."""
    left = ssh_far.sshd
    successor = LoopbackSshd(left.known_hosts_path.parent, left._commands)
    with successor:
        assert successor.port == left.port
        assert ssh_far.remote(ssh_far.address(successor.port)).probe().store_id == STORE_ID


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)


def _changed(address: SshAddress, **changes: object) -> SshAddress:
    return replace(address, **changes)  # type: ignore[arg-type]  # any field, by name


def _login_line(far: SshFar) -> str:
    return " ".join(far.login_key_path.with_suffix(".pub").read_text().split()[:2])


def _ssh(
    far: SshFar, *arguments: str, options: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [
            *("ssh", "-F", "none", "-p", str(far.sshd.port), "-i", str(far.login_key_path)),
            *("-o", f"UserKnownHostsFile={far.sshd.known_hosts_path}"),
            *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", *options),
            *(f"{far.sshd.user}@{HOST}", *arguments),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
