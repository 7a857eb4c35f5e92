"""SSHSIG: detached signatures as ``ssh-keygen -Y sign`` and ``-Y verify`` use them.

The format is OpenSSH's ``PROTOCOL.sshsig``, version 1. What is signed are small papers, so the
message is held whole.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import IntegrityError
from appliance.signing import wire
from appliance.signing.keys import KEY_TYPE, PublicKey

if TYPE_CHECKING:
    from appliance.signing.keys import MachineKey

MAX_SIGNATURE_CHARACTERS: Final = 4096
"""Our own: an Ed25519 signature has about 300; longer text is refused unread."""

_MAGIC: Final = b"SSHSIG"
_VERSION: Final = 1
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_LINE_CHARACTERS: Final = 70
_DIGESTS: Final = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_OUR_DIGEST: Final = b"sha512"


class SignatureError(IntegrityError):
    """A signature is missing, malformed, by another key, or not over these bytes."""

    default_code = "SIGNATURE-INVALID"


@dataclass(frozen=True, slots=True)
class _Signature:
    public_key: PublicKey
    namespace: bytes
    digest_name: bytes
    raw: bytes


def sign(key: MachineKey, message: bytes, namespace: str) -> str:
    """The armoured signature over a message, ready to be written as ``NAME.sig``.

    Args:
        key: Who signs.
        message: The exact bytes, such as a paper's canonical form.
        namespace: What the signature is for; ``ssh-keygen -Y verify -n`` must name the same.
    """
    purpose = namespace.encode("ascii")
    raw = key.sign(_signed_bytes(message, purpose, _OUR_DIGEST))
    blob = b"".join(
        (
            _MAGIC,
            wire.number(_VERSION),
            wire.string(key.public.blob()),
            wire.string(purpose),
            wire.string(b""),
            wire.string(_OUR_DIGEST),
            wire.string(wire.string(KEY_TYPE.encode()) + wire.string(raw)),
        )
    )
    return _armoured(blob)


def verify(signature: str, message: bytes, namespace: str) -> PublicKey:
    """Check a signature; the caller decides whether it trusts the key that made it.

    Returns:
        The key that signed.

    Raises:
        SignatureError: Not a signature, for another purpose, or not over these bytes.
    """
    try:
        parsed = _parse(_unarmoured(signature))
    except ValueError as problem:
        raise SignatureError(f"not an SSH signature: {problem}") from problem
    if parsed.namespace != namespace.encode("ascii"):
        raise SignatureError(f"signed for {parsed.namespace!r}, not for {namespace!r}")
    signed = _signed_bytes(message, parsed.namespace, parsed.digest_name)
    if not parsed.public_key.accepts(parsed.raw, signed):
        raise SignatureError("the signature does not fit these bytes: one of them was changed")
    return parsed.public_key


def _signed_bytes(message: bytes, namespace: bytes, digest_name: bytes) -> bytes:
    digest = _DIGESTS[digest_name](message).digest()
    parts = (namespace, b"", digest_name, digest)
    return _MAGIC + b"".join(wire.string(part) for part in parts)


def _parse(blob: bytes) -> _Signature:
    reader = wire.Reader(blob)
    if reader.fixed(len(_MAGIC)) != _MAGIC or reader.number() != _VERSION:
        raise ValueError("unknown signature format or version")
    key_blob, namespace, _reserved = reader.string(), reader.string(), reader.string()
    digest_name, inner = reader.string(), wire.Reader(reader.string())
    reader.end()
    if digest_name not in _DIGESTS:
        raise ValueError(f"unknown digest algorithm {digest_name[:40]!r}")
    if inner.string() != KEY_TYPE.encode():
        raise ValueError(f"not an {KEY_TYPE} signature")
    raw = inner.string()
    inner.end()
    return _Signature(PublicKey.from_blob(key_blob), namespace, digest_name, raw)


def _armoured(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _LINE_CHARACTERS] for at in range(0, len(text), _LINE_CHARACTERS)]
    return "\n".join((_BEGIN, *lines, _END, ""))


def _unarmoured(text: str) -> bytes:
    if len(text) > MAX_SIGNATURE_CHARACTERS:
        raise ValueError("too long")
    body = text.strip()
    if not (body.startswith(_BEGIN) and body.endswith(_END)):
        raise ValueError("no armour")
    inner = body.removeprefix(_BEGIN).removesuffix(_END)
    try:
        return base64.b64decode("".join(inner.split()), validate=True)
    except binascii.Error as problem:
        raise ValueError(f"damaged armour: {problem}") from problem
