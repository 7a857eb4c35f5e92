"""Receivers of other versions, and accounts that may only read; all behind a real sshd."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.signing.keys import generate_key
from appliance.sync.connecting import SshAddress
from appliance.sync.ssh import SshRemote
from appliance.sync.sshd import HOST, ForcedCommand, LoopbackSshd
from tests.sync.making import BLOCK_BYTES, QUICK, Box, Sealed, SshFar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.sync.papers import SignedReceipt
    from appliance.sync.remote import Remote

pytestmark = pytest.mark.sshd


NEW_VERBS: dict[str, Callable[[Remote, Sealed], object]] = {
    "list": lambda remote, _: list(remote.package_names()),
    "receipts": lambda remote, _: list(remote.receipts()),
    "scrub": lambda remote, sealed: remote.scrub(sealed.sidecar),
    "quarantine": lambda remote, sealed: remote.quarantine(sealed.sidecar),
}


def deposit(remote: Remote, sealed: Sealed) -> SignedReceipt:
    """Deposit a sealed package."""
    return remote.deposit(sealed.path, sealed.sidecar, sealed.signature)


def code_of(call: Callable[[], object]) -> tuple[str, bool]:
    """The code with which a call fails, and whether it is retried."""
    with pytest.raises(RemoteError) as told:
        call()
    return told.value.code, told.value.retryable


def test_deposits_go_on_with_a_receiver_of_version_1(
    ssh_far: SshFar, box: Box, tmp_path: Path
) -> None:
    """What the old receiver can do is done as ever: probe, deposit, audit, fetch, blocks."""
    ssh_far.fault("versions 1")
    sealed = box.seal(3 * BLOCK_BYTES)
    with ssh_far.remote() as remote:
        assert remote.probe().protocol_version == 1
        deposit(remote, sealed)
        assert remote.audit(sealed.sidecar).receipt.counter == 2
        assert remote.fetch(sealed.name, tmp_path / "back.zip") == sealed.signed
        assert [index for index, _ in remote.fetch_blocks(sealed.sidecar, [2])] == [2]


@pytest.mark.parametrize("verb", sorted(NEW_VERBS))
def test_an_older_receiver_is_told_by_name(ssh_far: SshFar, box: Box, verb: str) -> None:
    """What it cannot do has its own code, and the next deposit works all the same."""
    ssh_far.fault("versions 1")
    sealed = box.seal(100)
    with ssh_far.remote() as remote:
        deposit(remote, sealed)
        assert code_of(lambda: NEW_VERBS[verb](remote, sealed)) == ("FAR-TOO-OLD", True)
        assert deposit(remote, sealed).receipt.counter == 2


@pytest.mark.parametrize(
    ("versions", "expected"),
    [("9", ("FAR-TOO-NEW", False)), ("0", ("FAR-TOO-OLD", True))],
    ids=["newer", "older"],
)
def test_no_version_in_common_says_which_side_to_upgrade(
    ssh_far: SshFar, versions: str, expected: tuple[str, bool]
) -> None:
    """Nothing is sent, and a person reads whom to call."""
    ssh_far.fault(f"versions {versions}")
    assert code_of(ssh_far.remote().probe) == expected


@pytest.fixture
def reader(ssh_far: SshFar, tmp_path: Path) -> Iterator[SshRemote]:
    """A remote by an account that may only read, served by the command as provisioned."""
    key = generate_key(tmp_path / "reader_key", "an auditor")
    program = (sys.executable, "-m", "appliance", "receive", "--read-only")
    command = ForcedCommand(key.public, (*program, "--store", str(ssh_far.root)))
    with LoopbackSshd(tmp_path / "reader_sshd", [command]) as sshd:
        address = SshAddress(
            HOST, sshd.port, sshd.user, tmp_path / "reader_key", sshd.known_hosts_path
        )
        yield SshRemote(address, ssh_far.pinned, QUICK)


def test_a_reading_account_brings_everything_back(
    ssh_far: SshFar, box: Box, reader: SshRemote, tmp_path: Path
) -> None:
    """With nothing but a reading key: names, sidecars, receipts, packages."""
    sealed = [box.seal(2 * BLOCK_BYTES, seed) for seed in range(1, 4)]
    issued = [deposit(ssh_far.remote(), one) for one in sealed]
    with reader:
        names = list(reader.package_names())
        assert {reader.sidecar(name).signature for name in names} == {
            one.signature for one in sealed
        }
        assert list(reader.receipts()) == issued
        for one in sealed:
            reader.fetch(one.name, tmp_path / one.path.name)
            assert (tmp_path / one.path.name).read_bytes() == one.path.read_bytes()
            assert reader.scrub(one.sidecar) == ()


def test_a_reading_account_cannot_write(ssh_far: SshFar, box: Box, reader: SshRemote) -> None:
    """Deposits, audits and quarantines are refused, and the store stays as it is."""
    sealed, other = box.seal(100, 1), box.seal(100, 2)
    deposit(ssh_far.remote(), sealed)
    for call in (
        lambda: deposit(reader, other),
        lambda: reader.audit(sealed.sidecar),
        lambda: reader.quarantine(sealed.sidecar),
    ):
        assert code_of(call) == ("FAR-REFUSED", False)
    assert ssh_far.stored_bytes(other.name) is None
    assert len(list(reader.receipts())) == 1


def test_sessions_of_the_private_server_have_a_home_of_their_own(tmp_path: Path) -> None:
    """What the account has its shell read at its start (``~/.bashrc``) takes no part in it."""
    key = generate_key(tmp_path / "key", "whoever asks for home")
    folder, told = tmp_path / "far away", tmp_path / "told"
    command = ForcedCommand(key.public, ("sh", "-c", f'printf %s "$HOME" > {told}'))
    with LoopbackSshd(folder, [command]) as server:
        asked = [
            *("ssh", "-F", "none", "-p", str(server.port), "-i", str(tmp_path / "key")),
            *("-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"),
            *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", f"{server.user}@{HOST}"),
        ]
        subprocess.run(asked, check=True, stdin=subprocess.DEVNULL, timeout=120)
    assert told.read_text() == str(folder / "home")
    assert not (folder / "home").exists()
