"""``allowed_signers``: which names may sign with which keys, for which purpose.

The same file serves ``ssh-keygen -Y verify``. Only what this project writes is understood; an
entry with anything else (patterns, certificates, dates) is refused rather than half obeyed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import replace_file, storage_errors
from appliance.domain.errors import ConfigError
from appliance.signing import sshsig
from appliance.signing.keys import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_LINE: Final = re.compile(
    r'(?P<name>\S+)\s+(?:namespaces="(?P<namespaces>[^"]*)"\s+)?(?P<key>ssh-ed25519\s+\S+)(?:\s.*)?'
)


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One entry.

    Args:
        name: The machine: a box id or a store id.
        public_key: Its key.
        namespaces: What it may sign for; empty means everything.

    Raises:
        ValueError: The name could be taken for a pattern.
    """

    name: str
    public_key: PublicKey
    namespaces: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"not the name of a signer: {self.name!r}")

    def line(self) -> str:
        """The entry as a line of the file."""
        limits = f'namespaces="{",".join(self.namespaces)}" ' if self.namespaces else ""
        return f"{self.name} {limits}{self.public_key.line()}"

    def may_sign_for(self, namespace: str) -> bool:
        """Whether the entry covers a purpose."""
        return not self.namespaces or namespace in self.namespaces


def read_signers(path: Path) -> tuple[AllowedSigner, ...]:
    """Every entry of the file, in its order.

    Raises:
        ConfigError: ``ALLOWED-SIGNERS``: missing, unreadable, or a line is not understood.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"cannot read {path}: {problem}", code="ALLOWED-SIGNERS") from problem
    entries = enumerate((line.strip() for line in lines), start=1)
    return tuple(
        _entry(path, number, line) for number, line in entries if line and not line.startswith("#")
    )


def write_signers(path: Path, signers: Iterable[AllowedSigner]) -> None:
    """Write the file anew, durably.

    Raises:
        StorageError: The disk refused; the earlier file is whole.
    """
    text = "".join(f"{signer.line()}\n" for signer in signers)
    with storage_errors(f"cannot write {path}"):
        replace_file(path, text.encode())


def signer_of(
    signers: Iterable[AllowedSigner], signature: str, message: bytes, namespace: str
) -> str:
    """The name of the allowed signer whose signature this is.

    Raises:
        SignatureError: ``SIGNATURE-INVALID``, or ``SIGNER-UNKNOWN`` when the signature is sound
            but its key is not allowed to sign for this purpose.
    """
    key = sshsig.verify(signature, message, namespace)
    for signer in signers:
        if signer.public_key == key and signer.may_sign_for(namespace):
            return signer.name
    raise sshsig.SignatureError(
        f"the key {key.line()} may not sign for {namespace!r} here", code="SIGNER-UNKNOWN"
    )


def _entry(path: Path, number: int, line: str) -> AllowedSigner:
    match = _LINE.fullmatch(line)
    try:
        if match is None:
            raise ValueError('expected: NAME [namespaces="…"] ssh-ed25519 KEY')  # noqa: TRY301
        namespaces = tuple(match["namespaces"].split(",")) if match["namespaces"] else ()
        return AllowedSigner(match["name"], PublicKey.from_line(match["key"]), namespaces)
    except ValueError as problem:
        raise ConfigError(
            f"line {number} of {path} is not understood: {problem}", code="ALLOWED-SIGNERS"
        ) from problem
