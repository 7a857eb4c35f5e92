"""The grammar of what our printed sheets say: cover sheets, rescan sheets, target sheets.

A sheet's QR code carries ``AA1:`` (archive appliance, first grammar), one letter for its kind,
and what it names::

    AA1:H:<file code>            a cover sheet: the pages after it belong to this hồ sơ
    AA1:R:<file code>:<number>   a rescan sheet: the pages after it replace this number and on
    AA1:T:<target id>            a target sheet: the page itself measures the scanner

Texts are NFC. A file code may hold colons; the number is what follows the last one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.domain.identifiers import MAX_FILE_CODE_CHARACTERS, nfc

FLAG: Final = "AA1"
"""What the flag bars of every sheet carry: they say "one of ours" when its QR code is lost."""

PREFIX: Final = f"{FLAG}:"
"""How the text of every QR code of ours begins."""

MAX_NUMBER: Final = 999_999
"""The highest number of a dropped file's name (six figures)."""

_TARGET_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")


class SheetKind(StrEnum):
    """What a sheet is for; the value is its letter in the grammar."""

    COVER = "H"
    RESCAN = "R"
    TARGET = "T"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one printed sheet says.

    Args:
        kind: What it is for.
        code: A file code, or a target's id.
        number: For a rescan sheet: the number that the first page after it replaces, 1-based.
    """

    kind: SheetKind
    code: str
    number: int | None = None


def format_sheet(sheet: Sheet) -> str:
    """The text of a sheet's QR code; ``parse_sheet`` is its exact inverse.

    Raises:
        ValueError: The code or number cannot stand on a sheet.
    """
    number = "" if sheet.number is None else f":{sheet.number}"
    text = f"{PREFIX}{sheet.kind}:{sheet.code}{number}"
    if parse_sheet(text) != sheet:
        raise ValueError(f"no sheet can carry {sheet.code!r} with the number {sheet.number}")
    return text


def parse_sheet(text: str) -> Sheet | None:
    """Read the text of a QR code; None when it does not follow the grammar to the letter."""
    if not text.startswith(PREFIX):
        return None
    letter, separator, rest = text.removeprefix(PREFIX).partition(":")
    if not separator or letter not in set(SheetKind):
        return None
    kind = SheetKind(letter)
    if kind is SheetKind.TARGET:
        return Sheet(kind, rest) if _TARGET_ID.fullmatch(rest) else None
    if kind is SheetKind.COVER:
        return Sheet(kind, rest) if _is_file_code(rest) else None
    code, _, number = rest.rpartition(":")
    if not _is_file_code(code) or _NUMBER.fullmatch(number) is None:
        return None
    return Sheet(kind, code, int(number))


def _is_file_code(text: str) -> bool:
    is_short = 0 < len(text) <= MAX_FILE_CODE_CHARACTERS
    is_plain = not any(unicodedata.category(character).startswith("C") for character in text)
    return is_short and is_plain and nfc(text) == text
