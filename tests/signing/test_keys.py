"""Machine keys: their file form, permissions and refusals."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import ConfigError
from appliance.signing.keys import (
    MachineKey,
    PublicKey,
    ensure_key,
    generate_key,
    load_key,
    public_path,
)

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Keygen = Callable[..., subprocess.CompletedProcess[bytes]]


def test_a_generated_key_loads_as_the_same_key(tmp_path: Path, key: MachineKey) -> None:
    """What was written is what is read."""
    assert load_key(tmp_path / "box").public == key.public


@pytest.mark.usefixtures("key")
def test_only_the_owner_may_read_a_private_key(tmp_path: Path) -> None:
    """The private half is 0600, the public half readable, no temporary file stays."""
    assert stat.S_IMODE((tmp_path / "box").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "box.pub").stat().st_mode) == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["box", "box.pub"]


def test_the_private_half_is_never_readable_even_while_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the widest umask the file is 0600 from its first byte on."""
    modes: list[int] = []
    true_link = os.link

    def spying_link(source: Path, target: Path) -> None:
        modes.append(stat.S_IMODE(os.stat(source).st_mode))  # noqa: PTH116 - the name of the spied call
        true_link(source, target)

    monkeypatch.setattr(os, "link", spying_link)
    before = os.umask(0)
    try:
        generate_key(tmp_path / "wide", "test")
    finally:
        os.umask(before)
    assert modes == [0o600]


def test_ssh_keygen_reads_our_key(tmp_path: Path, key: MachineKey, ssh_keygen: Keygen) -> None:
    """Stock ssh-keygen derives the same public key from the private file."""
    shown = ssh_keygen("-y", "-f", tmp_path / "box").stdout.decode()
    assert PublicKey.from_line(shown) == key.public
    assert public_path(tmp_path / "box").read_text().startswith(key.public.line())


def test_we_read_the_key_of_ssh_keygen(tmp_path: Path, ssh_keygen: Keygen) -> None:
    """A key that stock ssh-keygen made loads, and its .pub line parses to the same."""
    ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", "made by stock", "-f", tmp_path / "stock")
    line = (tmp_path / "stock.pub").read_text()
    assert load_key(tmp_path / "stock").public == PublicKey.from_line(line)


def test_a_key_is_never_replaced(tmp_path: Path, key: MachineKey) -> None:
    """Generating over a key is refused and leaves it as it was."""
    with pytest.raises(ConfigError) as refusal:
        generate_key(tmp_path / "box", "another")
    assert refusal.value.code == "KEY-EXISTS"
    assert load_key(tmp_path / "box").public == key.public


def test_ensure_makes_a_key_once(tmp_path: Path) -> None:
    """The first call makes the key, the second finds it."""
    first = ensure_key(tmp_path / "new" / "key", "test")
    assert ensure_key(tmp_path / "new" / "key", "test").public == first.public


def test_ensure_makes_the_public_half_that_a_crash_left_out(tmp_path: Path) -> None:
    """The private half is durable first; killed before the other, the next start writes it."""
    first = ensure_key(tmp_path / "key", "test")
    wanted = public_path(tmp_path / "key").read_bytes()
    public_path(tmp_path / "key").unlink()
    assert ensure_key(tmp_path / "key", "test").public == first.public
    assert public_path(tmp_path / "key").read_bytes() == wanted


@pytest.mark.usefixtures("key")
def test_an_exposed_key_is_refused(tmp_path: Path) -> None:
    """A private key that the group may read is not used."""
    (tmp_path / "box").chmod(0o640)
    with pytest.raises(ConfigError) as refusal:
        load_key(tmp_path / "box")
    assert refusal.value.code == "KEY-EXPOSED"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """No key at all has its own code."""
    with pytest.raises(ConfigError, match="provision") as refusal:
        load_key(tmp_path / "none")
    assert refusal.value.code == "KEY-MISSING"


@pytest.mark.parametrize(
    "arguments",
    [
        ("-t", "ed25519", "-N", "a pass phrase"),
        ("-t", "ecdsa", "-N", ""),
    ],
    ids=["locked", "other type"],
)
def test_other_keys_are_refused(
    tmp_path: Path, ssh_keygen: Keygen, arguments: tuple[str, ...]
) -> None:
    """A locked key and a key of another type are refused, not guessed at."""
    ssh_keygen("-q", *arguments, "-f", tmp_path / "other")
    with pytest.raises(ConfigError) as refusal:
        load_key(tmp_path / "other")
    assert refusal.value.code == "KEY-UNREADABLE"


@pytest.mark.parametrize(
    "line",
    ["", "ssh-ed25519", "ssh-rsa AAAA", "ssh-ed25519 ====", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"],
)
def test_lines_that_are_no_key_are_refused(line: str) -> None:
    """A public key line is read whole or not at all."""
    with pytest.raises(ValueError, match=r"Ed25519|ed25519|SSH value"):
        PublicKey.from_line(line)


def test_a_comment_cannot_carry_a_second_line(tmp_path: Path) -> None:
    """A line break in the comment would add a line to the public file."""
    with pytest.raises(ValueError, match="printable"):
        generate_key(tmp_path / "bad", "one\ntwo")
    assert not (tmp_path / "bad").exists()
