"""Signatures, in both directions against the real ssh-keygen."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import ConfigError
from appliance.domain.receipts import PACKAGE_NAMESPACE, RECEIPT_NAMESPACE
from appliance.signing.allowed import AllowedSigner, read_signers, signer_of, write_signers
from appliance.signing.keys import MachineKey, PublicKey, generate_key
from appliance.signing.sshsig import SignatureError, sign, verify

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Keygen = Callable[..., subprocess.CompletedProcess[bytes]]

PAPER = '{"hồ sơ":"01"}\n'.encode()


def stock_verify(folder: Path, keygen: Keygen, paper: bytes, namespace: str) -> int:
    """Ask the real ssh-keygen about ``paper.sig`` in the folder."""
    checked = keygen(
        *("-Y", "verify", "-f", folder / "allowed", "-I", "box-01", "-n", namespace),
        *("-s", folder / "paper.sig"),
        stdin=paper,
    )
    return checked.returncode


def publish_signer(folder: Path, key: MachineKey, *namespaces: str) -> tuple[AllowedSigner, ...]:
    """Write an allowed_signers file that names the key ``box-01``."""
    signers = (AllowedSigner("box-01", key.public, namespaces),)
    write_signers(folder / "allowed", signers)
    return signers


@pytest.mark.parametrize("namespace", [PACKAGE_NAMESPACE, RECEIPT_NAMESPACE])
def test_stock_ssh_keygen_verifies_ours(
    tmp_path: Path, key: MachineKey, ssh_keygen: Keygen, namespace: str
) -> None:
    """Our armoured signature passes ssh-keygen -Y verify for its own purpose."""
    publish_signer(tmp_path, key, PACKAGE_NAMESPACE, RECEIPT_NAMESPACE)
    (tmp_path / "paper.sig").write_text(sign(key, PAPER, namespace))
    assert stock_verify(tmp_path, ssh_keygen, PAPER, namespace) == 0


def test_stock_ssh_keygen_refuses_what_is_not_ours(
    tmp_path: Path, key: MachineKey, ssh_keygen: Keygen
) -> None:
    """Changed bytes, another purpose and a key that is not allowed all fail there too."""
    publish_signer(tmp_path, key, PACKAGE_NAMESPACE)
    (tmp_path / "paper.sig").write_text(sign(key, PAPER, PACKAGE_NAMESPACE))
    assert stock_verify(tmp_path, ssh_keygen, PAPER, PACKAGE_NAMESPACE) == 0
    assert stock_verify(tmp_path, ssh_keygen, PAPER + b" ", PACKAGE_NAMESPACE) != 0
    assert stock_verify(tmp_path, ssh_keygen, PAPER, RECEIPT_NAMESPACE) != 0
    stranger = generate_key(tmp_path / "stranger", "test")
    (tmp_path / "paper.sig").write_text(sign(stranger, PAPER, PACKAGE_NAMESPACE))
    assert stock_verify(tmp_path, ssh_keygen, PAPER, PACKAGE_NAMESPACE) != 0


@pytest.mark.parametrize("digest", ["sha512", "sha256"])
def test_we_verify_stock_ssh_keygen(
    tmp_path: Path, key: MachineKey, ssh_keygen: Keygen, digest: str
) -> None:
    """A signature made by ssh-keygen -Y sign passes here, with either digest."""
    (tmp_path / "paper").write_bytes(PAPER)
    ssh_keygen(
        *("-Y", "sign", "-f", tmp_path / "box", "-n", PACKAGE_NAMESPACE),
        *("-O", f"hashalg={digest}", tmp_path / "paper"),
    )
    text = (tmp_path / "paper.sig").read_text()
    assert verify(text, PAPER, PACKAGE_NAMESPACE) == key.public


def test_our_signature_is_byte_for_byte_that_of_ssh_keygen(
    tmp_path: Path, key: MachineKey, ssh_keygen: Keygen
) -> None:
    """The same key and message give the very file that ssh-keygen writes."""
    (tmp_path / "paper").write_bytes(PAPER)
    ssh_keygen("-Y", "sign", "-f", tmp_path / "box", "-n", "appliance-package", tmp_path / "paper")
    assert (tmp_path / "paper.sig").read_text() == sign(key, PAPER, PACKAGE_NAMESPACE)


def test_changed_bytes_are_noticed(key: MachineKey) -> None:
    """One bit of the message is enough."""
    signature = sign(key, PAPER, PACKAGE_NAMESPACE)
    changed = bytes([PAPER[0] ^ 1]) + PAPER[1:]
    with pytest.raises(SignatureError) as refusal:
        verify(signature, changed, PACKAGE_NAMESPACE)
    assert refusal.value.code == "SIGNATURE-INVALID"


def test_a_signature_for_another_purpose_is_refused(key: MachineKey) -> None:
    """A package's signature is no receipt's."""
    with pytest.raises(SignatureError, match="signed for"):
        verify(sign(key, PAPER, PACKAGE_NAMESPACE), PAPER, RECEIPT_NAMESPACE)


def test_a_stranger_is_named_as_unknown(tmp_path: Path, key: MachineKey) -> None:
    """A sound signature by a key that nobody allowed has its own code."""
    signers = publish_signer(tmp_path, key, PACKAGE_NAMESPACE)
    stranger = generate_key(tmp_path / "stranger", "test")
    with pytest.raises(SignatureError) as refusal:
        signer_of(signers, sign(stranger, PAPER, PACKAGE_NAMESPACE), PAPER, PACKAGE_NAMESPACE)
    assert refusal.value.code == "SIGNER-UNKNOWN"


def test_an_allowed_key_may_not_sign_for_everything(tmp_path: Path, key: MachineKey) -> None:
    """A box's key may sign packages and no receipts."""
    signers = publish_signer(tmp_path, key, PACKAGE_NAMESPACE)
    assert signer_of(signers, sign(key, PAPER, PACKAGE_NAMESPACE), PAPER, PACKAGE_NAMESPACE) == (
        "box-01"
    )
    with pytest.raises(SignatureError, match="may not sign"):
        signer_of(signers, sign(key, PAPER, RECEIPT_NAMESPACE), PAPER, RECEIPT_NAMESPACE)


@given(position=st.integers(0, 177), bit=st.integers(0, 7))
def test_every_bit_of_a_signature_counts(position: int, bit: int) -> None:
    """A signature with any bit changed is refused with a code, never accepted or crashing."""
    key = _fixed_key()
    lines = sign(key, PAPER, PACKAGE_NAMESPACE).splitlines()
    blob = bytearray(base64.b64decode("".join(lines[1:-1])))
    blob[position % len(blob)] ^= 1 << bit
    text = "\n".join((lines[0], base64.b64encode(blob).decode(), lines[-1]))
    with pytest.raises(SignatureError):
        assert verify(text, PAPER, PACKAGE_NAMESPACE) == key.public


@given(text=st.text(max_size=300))
def test_arbitrary_text_is_no_signature(text: str) -> None:
    """Whatever arrives in place of a signature is refused with a code."""
    for candidate in (text, f"-----BEGIN SSH SIGNATURE-----{text}-----END SSH SIGNATURE-----"):
        with pytest.raises(SignatureError):
            verify(candidate, PAPER, PACKAGE_NAMESPACE)


def test_a_signature_of_absurd_length_is_refused() -> None:
    """The length is judged before anything is decoded."""
    with pytest.raises(SignatureError, match="too long"):
        verify("A" * 5000, PAPER, PACKAGE_NAMESPACE)


def test_allowed_signers_are_read_as_written(tmp_path: Path, key: MachineKey) -> None:
    """Comments and empty lines are passed over, entries come back whole."""
    signers = (
        AllowedSigner("box-01", key.public, (PACKAGE_NAMESPACE,)),
        AllowedSigner("store.one", PublicKey(bytes(32))),
    )
    write_signers(tmp_path / "allowed", signers)
    text = (tmp_path / "allowed").read_text()
    (tmp_path / "allowed").write_text(f"# provisioned\n\n{text}")
    assert read_signers(tmp_path / "allowed") == signers


@pytest.mark.parametrize(
    "line",
    [
        "*@example ssh-ed25519 AAAA",
        "box cert-authority ssh-ed25519 AAAA",
        'box valid-before="20200101" ssh-ed25519 AAAA',
        "box",
        "box ssh-rsa AAAA",
    ],
)
def test_an_entry_that_is_not_understood_is_refused(tmp_path: Path, line: str) -> None:
    """Half obeying an entry could let in what it meant to keep out."""
    key_line = PublicKey(bytes(32)).line()
    (tmp_path / "allowed").write_text(line.replace("ssh-ed25519 AAAA", key_line) + "\n")
    with pytest.raises(ConfigError) as refusal:
        read_signers(tmp_path / "allowed")
    assert refusal.value.code == "ALLOWED-SIGNERS"


def test_a_missing_list_of_signers_is_an_error(tmp_path: Path) -> None:
    """No file is not an empty file."""
    with pytest.raises(ConfigError) as refusal:
        read_signers(tmp_path / "none")
    assert refusal.value.code == "ALLOWED-SIGNERS"


def _fixed_key() -> MachineKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - only here
        Ed25519PrivateKey,
    )

    return MachineKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
