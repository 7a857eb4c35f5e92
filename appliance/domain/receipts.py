"""The sidecar of a package and the receipt of a deposit: the two signed papers.

Both are canonical JSON with a detached SSHSIG beside them (``NAME.sig``), checkable with stock
``ssh-keygen -Y verify``. ``docs/format.md`` describes every key.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from appliance.domain.signed_paper import paper_bytes, read_paper

PACKAGE_NAMESPACE: Final = "appliance-package"
RECEIPT_NAMESPACE: Final = "appliance-receipt"
SIDECAR_FORMAT: Final = "archive-appliance-sidecar/1"
RECEIPT_FORMAT: Final = "archive-appliance-receipt/1"


class Proof(StrEnum):
    """How strong the evidence is that a place holds the bytes (invariant I4)."""

    NONE = "none"
    SENT = "sent"
    SIZES = "sizes"
    READ_BACK = "read_back"
    """Re-hashed from the place's own disk; the only one that counts as a copy."""


class Attestor(StrEnum):
    """Who says so."""

    FAR_SIDE = "far_side"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the box signs when it seals a package.

    Args:
        objid: The package's OBJID.
        file_code: The hồ sơ.
        fonds_code: The fonds.
        version: Package version of this hồ sơ, 1-based.
        name: File name of the ZIP.
        size_bytes: Of the ZIP.
        sha256: Of the ZIP, hexadecimal.
        block_bytes: Size of every block but the last.
        blocks: XXH3-128 of each block, hexadecimal; for transfer and repair, not evidence.
        sealed_at: ``clock.to_text``.
        box_id: The sealing box.
        event_counter: The box's event counter at the seal.
        event_head: Digest of that event: the chain's head.
    """

    objid: str
    file_code: str
    fonds_code: str
    version: int
    name: str
    size_bytes: int
    sha256: str
    block_bytes: int
    blocks: tuple[str, ...]
    sealed_at: str
    box_id: str
    event_counter: int
    event_head: str
    format: str = SIDECAR_FORMAT

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return paper_bytes(self.format, asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Sidecar:
        """Read canonical bytes.

        Raises:
            ValueError: Not a sidecar of this format.
        """
        return read_paper(data, SIDECAR_FORMAT, partial(_built, cls))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a destination signs after it read a package back from its own disk.

    Args:
        objid: The package's OBJID.
        name: Name it is stored under.
        size_bytes: Bytes read back.
        sha256: Of the bytes read back, hexadecimal.
        proof: How strong.
        attestor: Who says so.
        cache_possible: Whether the read may have come from memory instead of the disk.
        read_at: When the read-back ended, by the destination's clock (``clock.to_text``).
        store_id: The destination's store.
        counter: The store's own receipt counter, 1-based, without gaps.
        previous: SHA-256 of the store's previous receipt bytes, or 64 zeros.
        box_id: Whose deposit it was.
        event_counter: The box's event counter, as the sidecar names it: the anchor.
        event_head: The box's chain head, as the sidecar names it.
    """

    objid: str
    name: str
    size_bytes: int
    sha256: str
    proof: str
    attestor: str
    cache_possible: bool
    read_at: str
    store_id: str
    counter: int
    previous: str
    box_id: str
    event_counter: int
    event_head: str
    format: str = RECEIPT_FORMAT

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed."""
        return paper_bytes(self.format, asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> Receipt:
        """Read canonical bytes.

        Raises:
            ValueError: Not a receipt of this format.
        """
        return read_paper(data, RECEIPT_FORMAT, partial(_built, cls))


T = TypeVar("T", Sidecar, Receipt)

_TYPES: Final = {"str": str, "int": int, "bool": bool, "tuple[str, ...]": tuple}


def _has_form(value: object, form: type) -> bool:
    """Whether a value is exactly of its type; a list holds texts alone."""
    parts = value if isinstance(value, tuple) else ()
    return type(value) is form and all(type(part) is str for part in parts)


def _built(kind: type[T], values: dict[str, Any]) -> T:
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    wanted = {part.name: _TYPES[str(part.type)] for part in fields(kind)}
    if plain.keys() != wanted.keys():
        raise ValueError(f"wrong keys {sorted(plain)}")
    wrong = [name for name, form in wanted.items() if not _has_form(plain[name], form)]
    if wrong:
        raise ValueError(f"wrong form of {wrong}")
    return kind(**plain)
