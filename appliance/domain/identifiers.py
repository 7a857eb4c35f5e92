"""Identifiers, safe names and the grammar of dropped file names.

A file code (mã hồ sơ) may hold letters, marks and signs that no file system, URL or BagIt
manifest carries safely. One rule, and its exact inverse, maps it to ``[A-Za-z0-9._-]``:
every other character, the underscore, and a dot or hyphen at either end becomes ``_`` and two
upper-case hexadecimal digits for each byte of its UTF-8 form (after NFC).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

MAX_FILE_CODE_CHARACTERS: Final = 100
"""TT 05/2025, fields ``arcFileCode`` and ``fileCode``."""

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
_ENDS = frozenset(".-")
_DROP_NAME = re.compile(r"(?P<number>[0-9]{1,6})\.(?P<extension>[A-Za-z0-9]{1,5})")
_ESCAPE = re.compile(r"_([0-9A-F]{2})")


def nfc(text: str) -> str:
    """Normalise Vietnamese text to composed form (Unicode NFC), trimmed of outer spaces."""
    return unicodedata.normalize("NFC", text).strip()


def safe_name(code: str) -> str:
    """Map a file code to a name of ``[A-Za-z0-9._-]``; ``code_of`` is the exact inverse.

    Raises:
        ValueError: The code is empty or longer than 100 characters.
    """
    text = nfc(code)
    if not text or len(text) > MAX_FILE_CODE_CHARACTERS:
        raise ValueError(f"a file code has 1 to {MAX_FILE_CODE_CHARACTERS} characters")
    last = len(text) - 1
    return "".join(
        character
        if character in _PLAIN and not (character in _ENDS and index in {0, last})
        else _escaped(character)
        for index, character in enumerate(text)
    )


def code_of(name: str) -> str:
    """Give back the file code that ``safe_name`` made this name of.

    Raises:
        ValueError: No file code maps to this name.
    """
    pieces = bytearray()
    position = 0
    while position < len(name):
        escape = _ESCAPE.match(name, position)
        if escape is not None:
            pieces.append(int(escape[1], 16))
            position = escape.end()
        else:
            pieces += name[position].encode("utf-8")
            position += 1
    try:
        code = pieces.decode("utf-8")
        is_inverse = safe_name(code) == name
    except ValueError:
        is_inverse = False
    if not is_inverse:
        raise ValueError(f"not the safe name of a file code: {name!r}")
    return code


def _escaped(character: str) -> str:
    return "".join(f"_{byte:02X}" for byte in character.encode("utf-8"))


@dataclass(frozen=True, slots=True)
class DropName:
    """A dropped file's name, understood: ``0017.tif`` is number 17.

    Args:
        number: The file's number in its file unit, 1-based; files are ordered by it.
        extension: Lower case, without the dot; only a hint, the bytes decide.
    """

    number: int
    extension: str


def parse_drop_name(name: str) -> DropName | None:
    """Read ``NNNN.ext``; None when the name does not follow the grammar or the number is 0."""
    match = _DROP_NAME.fullmatch(name)
    if match is None or int(match["number"]) == 0:
        return None
    return DropName(int(match["number"]), match["extension"].lower())


def object_id(uuid_text: str) -> str:
    """The OBJID of a package, ``urn:uuid:`` and the UUID in upper case (aip-hoso)."""
    return f"urn:uuid:{uuid_text.upper()}"


def object_folder(objid: str) -> str:
    """The folder name of a package: its OBJID with every ``:`` replaced by ``_``."""
    return objid.replace(":", "_")
