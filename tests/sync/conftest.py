"""Fixtures of the sync tests: a box, and far sides of both kinds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing.allowed import AllowedSigner
from appliance.signing.keys import generate_key
from appliance.sync.farstore import allow_sender, create_store
from tests.sync.fakes import FakeRemote
from tests.sync.making import BOX_ID, STORE_ID, Box, SshFar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.sync.papers import PackageName, PinnedStore
    from appliance.sync.remote import Remote


@dataclass(frozen=True)
class Far:
    """A far side of either kind, as the contract suite sees it."""

    remote: Remote
    pinned: PinnedStore
    stored_bytes: Callable[[PackageName], bytes | None]
    damage: Callable[[PackageName], None]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A box with its signing key."""
    folder = tmp_path / "box"
    folder.mkdir()
    return Box(folder)


@pytest.fixture
def ssh_far(tmp_path: Path, box: Box) -> Iterator[SshFar]:
    """A store behind a real sshd on loopback; skipped where none is installed."""
    if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None:
        pytest.skip("needs a real sshd: apt install openssh-server")
    far = SshFar(tmp_path / "far", box)
    with far.sshd:
        yield far


@pytest.fixture
def root(tmp_path: Path, box: Box) -> Path:
    """A provisioned store that knows the box."""
    root = tmp_path / "store"
    create_store(root, STORE_ID)
    allow_sender(root, BOX_ID, box.key.public)
    return root


def _fake_far(tmp_path: Path, box: Box) -> Far:
    key = generate_key(tmp_path / "fake_store_key", "fake store")
    signers = (AllowedSigner(BOX_ID, box.key.public, (PACKAGE_NAMESPACE,)),)
    remote = FakeRemote(STORE_ID, key, signers)

    def damage(name: PackageName) -> None:
        data = remote.stored[name]
        remote.stored[name] = bytes([data[0] ^ 1]) + data[1:]

    return Far(remote, remote.pinned, remote.stored.get, damage)


@pytest.fixture(params=["fake", pytest.param("ssh", marks=pytest.mark.sshd)])
def far(request: pytest.FixtureRequest, tmp_path: Path, box: Box) -> Iterator[Far]:
    """Each kind of far side in turn: one suite, every implementation."""
    if request.param == "fake":
        yield _fake_far(tmp_path, box)
        return
    ssh_far: SshFar = request.getfixturevalue("ssh_far")
    with ssh_far.remote() as remote:
        yield Far(remote, ssh_far.pinned, ssh_far.stored_bytes, ssh_far.damage)
