"""``allowed_signers``: which names may sign with which keys, for which purpose, and until when.

The same file serves ``ssh-keygen -Y verify``. Only what this project writes is understood; an
entry with anything else (patterns, certificates, other dates) is refused rather than half obeyed.

A machine has one key in use. A key that it had before stays on the list with its end
(``valid-before``): what it signed until then is still its own, nothing later is.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from appliance.disk.durable import replace_file, storage_errors
from appliance.domain.clock import from_text
from appliance.domain.errors import ConfigError
from appliance.signing import sshsig
from appliance.signing.keys import PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
_OPTION: Final = r'[a-z-]+="[^"]*"'
_LINE: Final = re.compile(
    rf"(?P<name>\S+)\s+(?:(?P<options>{_OPTION}(?:,{_OPTION})*)\s+)?"
    r"(?P<key>ssh-ed25519\s+\S+)(?:\s.*)?"
)
_NAMESPACES: Final = "namespaces"
_END: Final = "valid-before"
_END_FORM: Final = "%Y%m%d%H%M%SZ"
"""Of OpenSSH; its forms without ``Z`` mean local time, which differs from host to host."""
_MOMENTS: Final = ("sealed_at", "read_at", "made_at", "prepared_at", "taken_at")
"""Under which of these a paper of ours says when it was signed."""


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One entry.

    Args:
        name: The machine: a box id or a store id.
        public_key: Its key.
        namespaces: What it may sign for; empty means everything.
        ended_at: Nothing signed then or later is its own; aware, whole seconds. None = in use.

    Raises:
        ValueError: The name could be taken for a pattern, or the end is no moment.
    """

    name: str
    public_key: PublicKey
    namespaces: tuple[str, ...] = ()
    ended_at: dt.datetime | None = None

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"not the name of a signer: {self.name!r}")
        if self.ended_at is not None and (
            self.ended_at.tzinfo is None or self.ended_at.microsecond
        ):
            raise ValueError(f"not the end of a key: {self.ended_at}")

    @property
    def is_in_use(self) -> bool:
        """Whether the machine signs with this key today."""
        return self.ended_at is None

    def line(self) -> str:
        """The entry as a line of the file."""
        options = {_NAMESPACES: ",".join(self.namespaces)}
        if self.ended_at is not None:
            options[_END] = self.ended_at.astimezone(dt.UTC).strftime(_END_FORM)
        limits = ",".join(f'{name}="{text}"' for name, text in options.items() if text)
        return " ".join(part for part in (self.name, limits, self.public_key.line()) if part)

    def may_sign_for(self, namespace: str) -> bool:
        """Whether the entry covers a purpose."""
        return not self.namespaces or namespace in self.namespaces

    def may_have_signed(self, message: bytes) -> bool:
        """Whether a paper is as old as this key must be; one that names no moment is not."""
        return self.ended_at is None or _was_made_before(message, self.ended_at)


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


def with_key(
    signers: Iterable[AllowedSigner], new: AllowedSigner, now: dt.datetime
) -> tuple[AllowedSigner, ...]:
    """A list on which a machine has a new key: those it had before end now, and stay.

    Args:
        signers: The list so far.
        new: The machine with its key; one that had ended is in use again.
        now: Aware.
    """
    end = now.replace(microsecond=0) + dt.timedelta(seconds=1)  # what it signed just now counts
    others = (
        replace(one, ended_at=end) if one.name == new.name and one.is_in_use else one
        for one in signers
        if (one.name, one.public_key) != (new.name, new.public_key)
    )
    return (*others, new)


def signer_of(
    signers: Iterable[AllowedSigner], signature: str, message: bytes, namespace: str
) -> str:
    """The name of the allowed signer whose signature this is.

    A key that has ended is believed for papers that say they were made before its end. Its
    holder could have written an earlier moment: a key that was stolen must leave the list.

    Raises:
        SignatureError: ``SIGNATURE-INVALID``, or ``SIGNER-UNKNOWN`` when the signature is sound
            but its key is not allowed to sign for this purpose, or had ended.
    """
    key = sshsig.verify(signature, message, namespace)
    for signer in signers:
        is_its_key = signer.public_key == key and signer.may_sign_for(namespace)
        if is_its_key and signer.may_have_signed(message):
            return signer.name
    raise sshsig.SignatureError(
        f"the key {key.line()} may not sign for {namespace!r} here", code="SIGNER-UNKNOWN"
    )


def _was_made_before(message: bytes, end: dt.datetime) -> bool:
    try:
        paper = json.loads(message)
        (told,) = [paper[name] for name in _MOMENTS if name in paper]
        return from_text(told) < end
    except (ValueError, TypeError, RecursionError):
        return False


def _entry(path: Path, number: int, line: str) -> AllowedSigner:
    match = _LINE.fullmatch(line)
    try:
        if match is None:
            raise ValueError('expected: NAME [namespaces="…"] ssh-ed25519 KEY')  # noqa: TRY301
        namespaces, end = _read_options(match["options"] or "")
        return AllowedSigner(match["name"], PublicKey.from_line(match["key"]), namespaces, end)
    except ValueError as problem:
        raise ConfigError(
            f"line {number} of {path} is not understood: {problem}", code="ALLOWED-SIGNERS"
        ) from problem


def _read_options(text: str) -> tuple[tuple[str, ...], dt.datetime | None]:
    """The purposes and the end that an entry names.

    Raises:
        ValueError: It names anything else, or one thing twice.
    """
    options = re.findall(r'([a-z-]+)="([^"]*)"', text)
    told = dict(options)
    if len(told) < len(options) or not told.keys() <= {_NAMESPACES, _END}:
        raise ValueError(f"only {_NAMESPACES} and {_END} are understood, once each: {text}")
    namespaces = tuple(told[_NAMESPACES].split(",")) if told.get(_NAMESPACES) else ()
    return namespaces, _read_end(told[_END]) if _END in told else None


def _read_end(text: str) -> dt.datetime:
    end = dt.datetime.strptime(text, _END_FORM).replace(tzinfo=dt.UTC)
    if end.strftime(_END_FORM) != text:
        raise ValueError(f"not a moment as YYYYMMDDhhmmssZ: {text}")
    return end
