"""The recovery key as lines that a person can type from paper.

The 32 bytes of an Ed25519 seed (RFC 8032) as four lines of eight bytes each: the line's number,
thirteen letters and digits of the Base32 alphabet of RFC 4648, which has neither 0, 1 nor 8, and
two more that tell whether the line was typed as it is printed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Final

SEED_BYTES: Final = 32
_LINE_BYTES: Final = 8
_CHECK_LETTERS: Final = 2
_LINE_LETTERS: Final = 13
_LINE_COUNT: Final = SEED_BYTES // _LINE_BYTES
_GROUP: Final = 5
_LINE: Final = re.compile(r"\s*(?P<number>[1-4])\s*[:.)]\s*(?P<letters>[A-Za-z0-8\s-]+)")
_LOOKALIKES: Final = str.maketrans("018", "OIB")


class TypingError(ValueError):
    """A typed line is not what was printed.

    Args:
        number: Which line, 1-based.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number} is not as it is printed: compare it letter by letter")
        self.number = number


def typed_lines(seed: bytes) -> tuple[str, ...]:
    """The lines to print, such as ``1: ABCDE FGHIJ KLMNO``.

    Args:
        seed: 32 bytes.

    Raises:
        ValueError: Not 32 bytes.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    lines = []
    for number in range(1, _LINE_COUNT + 1):
        part = seed[(number - 1) * _LINE_BYTES : number * _LINE_BYTES]
        letters = _letters(part) + _check(number, part)
        groups = (letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
        lines.append(f"{number}: {' '.join(groups)}")
    return tuple(lines)


def seed_of(text: str) -> bytes | None:
    """Read typed lines back; None when the text is no such lines at all.

    Small letters, other spaces and the digits 0, 1 and 8 for the letters that look like them
    are understood. Other lines are passed over.

    Raises:
        TypingError: A line is missing or was not typed as it is printed.
    """
    found: dict[int, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            letters = re.sub(r"[\s-]", "", match["letters"].translate(_LOOKALIKES))
            found[int(match["number"])] = letters.upper()
    if not found:
        return None
    return b"".join(_part(number, found.get(number, "")) for number in range(1, _LINE_COUNT + 1))


def _part(number: int, letters: str) -> bytes:
    if len(letters) != _LINE_LETTERS + _CHECK_LETTERS:
        raise TypingError(number)
    body, check = letters[:_LINE_LETTERS], letters[_LINE_LETTERS:]
    try:
        part = base64.b32decode(f"{body}===")
    except binascii.Error as problem:
        raise TypingError(number) from problem
    if _letters(part) != body or _check(number, part) != check:
        raise TypingError(number)
    return part


def _letters(part: bytes) -> str:
    return base64.b32encode(part).decode("ascii").rstrip("=")


def _check(number: int, part: bytes) -> str:
    digest = hashlib.sha256(bytes([number]) + part).digest()
    return base64.b32encode(digest).decode("ascii")[:_CHECK_LETTERS]
