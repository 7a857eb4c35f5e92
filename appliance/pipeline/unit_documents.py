"""The documents of a hồ sơ as its package describes them: every page is in exactly one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.codes import DIGITISED, OTHER_TYPE, UNCLAIMED_SUBJECT
from appliance.domain.documents import PageRange, check_ranges, unclaimed
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.records import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.domain.records import FileUnit, Fonds

_SUBJECT_CHARACTERS: Final = 500
_ORGAN_CHARACTERS: Final = 200
_CODE_CHARACTERS: Final = 100
"""TT 05/2025: lengths of ``subject``, ``organName``, ``docCode``."""


def documents_of_package(
    unit: FileUnit, fonds: Fonds, listed: tuple[Document, ...], page_count: int
) -> tuple[Document, ...]:
    """What the package describes: the documents listed, and pages that none of them claims.

    Args:
        unit: The hồ sơ.
        fonds: Its fonds.
        listed: As registered, by ordinal; none means one description for the whole.
        page_count: Pages of the hồ sơ.

    Raises:
        RuleError: Documents overlap, leave the pages there are, or are not as many as promised.
    """
    if not listed:
        whole = PageRange(1, page_count)
        return (_stand_in(unit, fonds, 1, whole, unit.fields["title"]),)
    findings = tuple(_findings(unit, listed, page_count))
    if findings:
        raise RuleError(f"the documents of {unit.file_code} cannot be sealed", findings)
    last = max(document.ordinal for document in listed)
    gaps = enumerate(unclaimed(listed, page_count), start=last + 1)
    return (
        *listed,
        *(_stand_in(unit, fonds, ordinal, pages, _told(pages)) for ordinal, pages in gaps),
    )


def _findings(unit: FileUnit, listed: tuple[Document, ...], page_count: int) -> Iterator[Finding]:
    code = unit.file_code
    placed = [(f"{code}, {document.ordinal}", document) for document in listed]
    yield from check_ranges(placed, page_count)
    said = unit.fields.get("totalDoc", "")
    if said != str(len(listed)):
        yield Finding("DOCUMENT-TOTAL", code, {"said": said, "found": len(listed)})


def _told(pages: PageRange) -> str:
    if pages.page_count == 1:
        return f"{UNCLAIMED_SUBJECT} (trang {pages.first})"
    return f"{UNCLAIMED_SUBJECT} (trang {pages.first}–{pages.last})"


def _stand_in(
    unit: FileUnit, fonds: Fonds, ordinal: int, pages: PageRange, subject: str
) -> Document:
    """A description of pages that no archivist described, from what is known of the hồ sơ."""
    known = unit.fields
    fields = {
        "arcFileCode": unit.file_code,
        "mode": known["mode"],
        "language": known["language"],
        "keyword": known.get("keyword", ""),
        "numberOfPage": str(pages.page_count),
        "format": known.get("format", ""),
        "inforSign": known.get("inforSign", ""),
        "confidenceLevel": DIGITISED,  # another level would need ``process``, which nobody knows
        "docCode": f"{unit.file_code}.{ordinal:07d}"[-_CODE_CHARACTERS:],
        "docOrdinal": str(ordinal),
        "typeName": OTHER_TYPE,
        "issuedDate": known["endDate"],
        "organName": fonds.name[:_ORGAN_CHARACTERS],
        "subject": subject[:_SUBJECT_CHARACTERS],
    }
    present = {name: text for name, text in fields.items() if text}
    return Document(ordinal, pages.first, pages.last, present)
