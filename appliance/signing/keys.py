"""Ed25519 machine keys in OpenSSH's own file format.

``ssh-keygen`` reads what is written here and the other way round; one key serves as an SSH
identity, as the signer of papers, or as a host key.
"""

from __future__ import annotations

import base64
import binascii
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from appliance.disk.durable import (
    make_folder,
    remove_leftover,
    replace_file,
    storage_errors,
    write_once,
)
from appliance.domain.errors import ConfigError
from appliance.signing import wire

if TYPE_CHECKING:
    from pathlib import Path

KEY_TYPE: Final = "ssh-ed25519"
PUBLIC_KEY_BYTES: Final = 32
_COMMENT: Final = re.compile(r"[ -~]{0,100}")
_PRIVATE_MODE: Final = 0o600
_PUBLIC_MODE: Final = 0o644


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public Ed25519 key.

    Args:
        raw: Its 32 bytes (RFC 8032).

    Raises:
        ValueError: Not 32 bytes.
    """

    raw: bytes

    def __post_init__(self) -> None:
        if len(self.raw) != PUBLIC_KEY_BYTES:
            raise ValueError(f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes")

    @classmethod
    def from_line(cls, line: str) -> PublicKey:
        """Read ``ssh-ed25519 AAAA… [comment]``, as in a ``.pub`` file.

        Raises:
            ValueError: Not an Ed25519 public key.
        """
        words = line.split()
        if len(words) < 2 or words[0] != KEY_TYPE:  # noqa: PLR2004 - type and key
            raise ValueError(f"not an {KEY_TYPE} public key: {line[:60]!r}")
        try:
            blob = base64.b64decode(words[1], validate=True)
        except binascii.Error as problem:
            raise ValueError(f"not an {KEY_TYPE} public key: {problem}") from problem
        return cls.from_blob(blob)

    @classmethod
    def from_blob(cls, blob: bytes) -> PublicKey:
        """Read the binary form of RFC 8709 §4.

        Raises:
            ValueError: Not an Ed25519 public key.
        """
        reader = wire.Reader(blob)
        key_type, raw = reader.string(), reader.string()
        reader.end()
        if key_type != KEY_TYPE.encode():
            raise ValueError(f"not an {KEY_TYPE} public key: {key_type[:60]!r}")
        return cls(raw)

    def blob(self) -> bytes:
        """The binary form of RFC 8709 §4."""
        return wire.string(KEY_TYPE.encode()) + wire.string(self.raw)

    def line(self) -> str:
        """``ssh-ed25519 AAAA…``, without comment or line end."""
        return f"{KEY_TYPE} {base64.b64encode(self.blob()).decode()}"

    def accepts(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the raw 64-byte signature over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class MachineKey:
    """A private Ed25519 key.

    A machine's own never leaves its file and this process; the recovery key is printed.
    """

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The raw 64-byte signature; the same message always gives the same bytes."""
        return self._private.sign(message)

    def seed(self) -> bytes:
        """The 32 bytes that the key is made of (RFC 8032); only for a key that is printed."""
        return self._private.private_bytes_raw()

    def openssh_form(self) -> bytes:
        """The key as OpenSSH keeps it in a file; only for a key that is printed or handed in."""
        return _openssh_form(self._private)


def public_path(private: Path) -> Path:
    """Where the public half of a key file lies: the same name and ``.pub``."""
    return private.with_name(private.name + ".pub")


def new_key() -> MachineKey:
    """A new key that is in no file."""
    return MachineKey(Ed25519PrivateKey.generate())


def key_from_seed(seed: bytes) -> MachineKey:
    """The key that is made of 32 bytes (RFC 8032).

    Raises:
        ValueError: Not 32 bytes.
    """
    return MachineKey(Ed25519PrivateKey.from_private_bytes(seed))


def generate_key(path: Path, comment: str) -> MachineKey:
    """Make a new key, durable: the private half 0600 at ``path``, the public one beside it.

    Args:
        path: Must be free.
        comment: Printable ASCII, at most 100 characters: which machine, what for.

    Raises:
        ConfigError: ``KEY-EXISTS``: there is a key already; it is never replaced.
        StorageError: The disk refused.
        ValueError: The comment has other characters.
    """
    if _COMMENT.fullmatch(comment) is None:
        raise ValueError("a key's comment is printable ASCII, at most 100 characters")
    if path.exists():
        raise _exists(path)
    key = new_key()
    with storage_errors(f"cannot write the key {path}"):
        make_folder(path.parent)
        try:
            write_once(path, key.openssh_form(), _PRIVATE_MODE)
        except FileExistsError as problem:
            raise _exists(path) from problem
        _write_public(path, key, comment)
    return key


def _write_public(path: Path, key: MachineKey, comment: str) -> None:
    replace_file(public_path(path), f"{key.public.line()} {comment}".rstrip().encode() + b"\n")
    public_path(path).chmod(_PUBLIC_MODE)


def load_key(path: Path) -> MachineKey:
    """Read a private key.

    Raises:
        ConfigError: ``KEY-MISSING``, ``KEY-EXPOSED`` (others may read it) or ``KEY-UNREADABLE``
            (not an Ed25519 key in OpenSSH's form, or locked by a passphrase).
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except OSError as problem:
        raise ConfigError(
            f"cannot read the key {path}: {problem.strerror}; provision this machine again",
            code="KEY-MISSING",
        ) from problem
    if mode & 0o077:
        raise ConfigError(
            f"the key {path} has mode {mode:04o}: run chmod 0600 on it, and replace it if "
            "someone may have read it",
            code="KEY-EXPOSED",
        )
    return _parsed(path, data)


def ensure_key(path: Path, comment: str) -> MachineKey:
    """Load the key at ``path``, or make it when there is none; errors as of both.

    What a crash kept from being made of it, its public half, is made now.
    """
    if not path.exists():
        return generate_key(path, comment)
    key = load_key(path)
    with storage_errors(f"cannot write beside the key {path}"):
        remove_leftover(path)
        if not public_path(path).exists():
            _write_public(path, key, comment)
    return key


def _exists(path: Path) -> ConfigError:
    return ConfigError(f"there is a key at {path} already; it is kept", code="KEY-EXISTS")


def _openssh_form(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )


def _parsed(path: Path, data: bytes) -> MachineKey:
    try:
        private = serialization.load_ssh_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise ConfigError(
            f"{path} is not an unlocked OpenSSH private key: {problem}", code="KEY-UNREADABLE"
        ) from problem
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigError(f"the key {path} is not of type {KEY_TYPE}", code="KEY-UNREADABLE")
    return MachineKey(private)
