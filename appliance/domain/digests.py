"""Digests as values: which algorithm, and its lower-case hexadecimal text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SHA256: Final = "sha256"
XXH3: Final = "xxh3-128"
HEX_LENGTH: Final = {SHA256: 64, XXH3: 32}
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """One message digest (PREMIS ``messageDigest``).

    Args:
        algorithm: ``sha256`` (the only evidence) or ``xxh3-128`` (a *quick digest*: change
            detection and transfer blocks only).
        value: Lower-case hexadecimal text, 64 or 32 characters.

    Raises:
        ValueError: The algorithm is unknown, or the value is not its hexadecimal form.
    """

    algorithm: str
    value: str

    def __post_init__(self) -> None:
        length = HEX_LENGTH.get(self.algorithm)
        if length is None:
            raise ValueError(f"unknown digest algorithm {self.algorithm!r}")
        if len(self.value) != length or _HEX.fullmatch(self.value) is None:
            raise ValueError(f"not a {self.algorithm} value: {self.value!r}")

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


def sha256(value: str) -> Digest:
    """Name a SHA-256 digest by its hexadecimal text."""
    return Digest(SHA256, value)


def xxh3(value: str) -> Digest:
    """Name an XXH3-128 quick digest by its hexadecimal text."""
    return Digest(XXH3, value)
