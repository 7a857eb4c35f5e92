"""Names inside a package, and the ids minted from them."""

from __future__ import annotations

import string
from pathlib import PurePath
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from appliance.domain.identifiers import safe_name

if TYPE_CHECKING:
    from appliance.packaging.facts import MasterFact

_KNOWN_SUFFIXES: Final = {
    "image/tiff": ".tif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/jp2": ".jp2",
}
"""The suffix says what the bytes are, whatever the scanner called them."""

_DIGITS: Final = string.digits + string.ascii_uppercase
_DOCUMENT_ID_CHARACTERS: Final = 25
"""TT 05/2025, Phụ lục III: length of ``docId``."""


def pdf_name(file_code: str, ordinal: int | None = None, volume: int | None = None) -> str:
    """Name of a PDF/A in ``rep1`` (TT 05/2025 Điều 8.1).

    Args:
        file_code: Mã hồ sơ.
        ordinal: The document's ordinal, 1-based; None when one PDF holds the whole hồ sơ.
        volume: The volume (tập), 1-based, where there are several; the circular is silent there.
    """
    numbered = "" if ordinal is None else f".{ordinal:04d}"
    told = "" if volume is None else f".tap-{volume:03d}"
    return f"{safe_name(file_code)}{numbered}{told}.pdf"


def master_name(file_code: str, master: MasterFact) -> str:
    """Name of a master in ``rep2``: ``<safe code>.NNNN.ext``, NNNN its number at the scanner."""
    suffix = _KNOWN_SUFFIXES.get(master.mime_type) or PurePath(master.original_name).suffix.lower()
    return f"{safe_name(file_code)}.{master.file_number:04d}{suffix}"


class Ids:
    """Mints the ids of one package: the same OBJID and key always give the same id.

    Args:
        objid: The package's OBJID.
    """

    def __init__(self, objid: str) -> None:
        self._namespace = uuid5(NAMESPACE_URL, objid)

    def section(self, key: str) -> str:
        """An id for a METS section, group or division: ``uuid-{UUID}``."""
        return f"uuid-{self._uuid(key)}"

    def part(self, path: str) -> str:
        """The id of one file in the package, by its path: ``ID-{UUID}``."""
        return f"ID-{self._uuid(path)}"

    def document(self, ordinal: int) -> str:
        """The ``docId`` of one document, unique in the world and 25 characters long.

        A UUID of 128 bits fills 25 digits to the base 36, and 25 is what the circular allows.
        """
        number, digits = uuid5(self._namespace, f"document/{ordinal}").int, ""
        for _ in range(_DOCUMENT_ID_CHARACTERS):
            number, digit = divmod(number, len(_DIGITS))
            digits = _DIGITS[digit] + digits
        return digits

    def _uuid(self, key: str) -> str:
        return str(uuid5(self._namespace, key)).upper()
