"""Fixtures of the sync tests: a box, and far sides of every kind.

``far`` is every implementation of ``Remote``. ``far_or_disk`` adds the removable disks, which share
all logic with the folder: what depends on their names, sizes, renames and parts runs there too.
``receiver_far`` is those with a receiver of our own at the other end, for what only a receiver can
promise: it judges senders, signs receipts itself, and takes nothing from an account that breaks the
rules.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.signing.allowed import AllowedSigner
from appliance.signing.keys import generate_key
from appliance.sync.farstore import allow_sender, create_store
from tests.sync.fakes import FakeRemote
from tests.sync.making import BOX_ID, STORE_ID, Box, SshFar
from tests.sync.plain_making import plain_far

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.sync.papers import PackageName, PinnedStore
    from appliance.sync.remote import Remote


@dataclass(frozen=True)
class Far:
    """A far side of any kind, as the contract suite sees it.

    Args:
        remote: The port to it.
        pinned: Its store, and the key that signs its receipts.
        stored_bytes: What lies there under a name; None = nothing.
        change: Replaces what lies there by what a function makes of it; None = nothing more.
        attestor: Who signs: ``far_side`` or ``box``.
    """

    remote: Remote
    pinned: PinnedStore
    stored_bytes: Callable[[PackageName], bytes | None]
    change: Callable[[PackageName, Callable[[bytes], bytes | None]], None]
    attestor: str = "far_side"

    def damage(self, name: PackageName, *offsets: int) -> None:
        """Flip one bit of a stored package at each offset, 0-based; the first byte's if none."""

        def flipped(data: bytes) -> bytes:
            damaged = bytearray(data)
            for offset in offsets or (0,):
                damaged[offset] ^= 1
            return bytes(damaged)

        self.change(name, flipped)


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

    def change(name: PackageName, make: Callable[[bytes], bytes | None]) -> None:
        data = make(remote.stored.pop(name))
        if data is not None:
            remote.stored[name] = data

    return Far(remote, remote.pinned, remote.stored.get, change)


@contextmanager
def _opened(kind: str, request: pytest.FixtureRequest) -> Iterator[Far]:
    if kind == "fake":
        yield _fake_far(request.getfixturevalue("tmp_path"), request.getfixturevalue("box"))
        return
    if kind in (*PLAIN_KINDS, *DISK_KINDS):
        folder, box = request.getfixturevalue("tmp_path"), request.getfixturevalue("box")
        with plain_far(kind, folder, box) as plain, plain.remote as remote:
            yield Far(remote, plain.pinned, plain.stored_bytes, plain.change, "box")
        return
    ssh_far: SshFar = request.getfixturevalue("ssh_far")
    with ssh_far.remote() as remote:
        yield Far(remote, ssh_far.pinned, ssh_far.stored_bytes, ssh_far.change)


RECEIVERS = ("fake", pytest.param("ssh", marks=pytest.mark.sshd))
PLAIN_KINDS = ("folder", "sftp-add-only")
"""Places of plain files: a folder, and a real SFTP server."""

DISK_KINDS = ("split", "ext4", "vfat", "exfat")
"""The folder again: with packages in parts, and on file systems that are really mounted."""

FARS = (*RECEIVERS, "folder", pytest.param("sftp-add-only", marks=pytest.mark.sshd))


@pytest.fixture(params=FARS)
def far(request: pytest.FixtureRequest) -> Iterator[Far]:
    """Each kind of far side in turn: one suite, every implementation."""
    with _opened(request.param, request) as far:
        yield far


@pytest.fixture(params=[*FARS, *DISK_KINDS])
def far_or_disk(request: pytest.FixtureRequest) -> Iterator[Far]:
    """Each kind of far side, and each kind of disk that a folder can lie on."""
    with _opened(request.param, request) as far:
        yield far


@pytest.fixture(params=RECEIVERS)
def receiver_far(request: pytest.FixtureRequest) -> Iterator[Far]:
    """Each kind of far side that has a receiver of our own."""
    with _opened(request.param, request) as far:
        yield far
