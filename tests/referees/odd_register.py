"""A register that uses all it may: the longest texts, every code, every letter, every date."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.field_sets import PICTURE_FIELDS
from appliance.domain.fields import DOCUMENT_FIELDS, FILE_UNIT_FIELDS, Kind
from appliance.spreadsheet.workbook import Workbook, WorkbookRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.domain.fields import Field

LETTERS: Final = "".join(
    f"{mark}{mark.upper()}"
    for mark in "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
)
"""Every Vietnamese vowel with every tone mark, and đ, in NFC."""

SPECIAL: Final = "<a href='x'>&amp; \"]]>--> {0} %s \\ 𡨸喃 …"
"""What XML, HTML, shells and formatting would take for their own; Hán Nôm beyond 16 bits."""

FILE_CODE: Final = "H11.Phông Đắc-biệt/" + "Z" * 62
"""As long as a name on disk lets it be: its bytes beyond ASCII take three characters each."""

FONDS_CODE: Final = "Đ&T <1>"


def longest(field: Field, lead: str = "") -> str:
    """A text of exactly the length that a field allows."""
    length = field.max_length or 100
    text = f"{lead}{SPECIAL} {LETTERS} "
    return (text * (length // len(text) + 1))[: length - 1] + "Ộ"


def _texts(fields: tuple[Field, ...], lead: str) -> dict[str, str]:
    return {one.name: longest(one, lead) for one in fields if one.kind is Kind.TEXT}


def unit_row(pages: int, documents: int) -> WorkbookRow:
    """The hồ sơ."""
    values = {
        **_texts(FILE_UNIT_FIELDS, "Hồ sơ "),
        "fonds_code": FONDS_CODE,
        "arcFileCode": FILE_CODE,
        "maintenance": "01",
        "mode": "02",
        "language": ", ".join(codes.LANGUAGE),
        "startDate": "1858",
        "endDate": "12/1975",
        "totalDoc": str(documents),
        "numberOfPaper": str(pages),
        "numberOfPage": str(pages),
        "format": "03",
        "confidenceLevel": "03",
        "riskRecovery": "1",
        "riskRecoveryStatus": "01",
        "paper_sizes": "A4, A0",
        "pdf_per": "document",
    }
    return WorkbookRow(values, "Hồ sơ", 3)


def document_rows() -> tuple[WorkbookRow, ...]:
    """One document of one page for each type there is; other codes and forms of dates in turn."""
    languages, states = cycle(codes.LANGUAGE), cycle(("", *codes.PHYSICAL_STATE))
    levels, dates = cycle(codes.CONFIDENCE_LEVEL), cycle(("29/02/1980", "11/1954", "1945"))
    rows = []
    for ordinal, kind in enumerate(codes.TYPE_NAME, start=1):
        values = {
            **_texts(DOCUMENT_FIELDS, f"Văn bản {ordinal} "),
            **_place(ordinal),
            "mode": "02" if ordinal % 2 else "01",
            "language": f"{next(languages)}; {next(languages)}",
            "numberOfPage": "1",
            "format": next(states),
            "confidenceLevel": next(levels),
            "typeName": kind,
            "issuedDate": next(dates),
            "process": str(ordinal % 2),
        }
        rows.append(WorkbookRow(_present(values), "Tài liệu", ordinal + 2))
    return tuple(rows)


def picture_rows(first_ordinal: int) -> tuple[WorkbookRow, ...]:
    """One photograph for each kind and colour there is."""
    return tuple(_pictures(first_ordinal))


def _pictures(ordinal: int) -> Iterator[WorkbookRow]:
    for kind in codes.TYPE_PICTURE:
        for colour in codes.COLOUR:
            values = {
                **_texts(PICTURE_FIELDS, f"Ảnh {ordinal} "),
                **_place(ordinal),
                "maintenance": "01",
                "typePic": kind,
                "colour": colour,
                "docAttached": str(ordinal % 2),
                "photoTime": "02/09/1945",
                "mode": "01",
                "format": "02",
                "riskRecovery": "1",
                "riskRecoveryStatus": "02",
            }
            yield WorkbookRow(values, "Ảnh", ordinal)
            ordinal += 1


def _place(ordinal: int) -> dict[str, str]:
    """What names a document and its page; its code is as long as may be, and its own."""
    code = f"{ordinal:07d}."
    return {
        "arcFileCode": FILE_CODE,
        "docCode": code + LETTERS[: 100 - len(code)],
        "docOrdinal": str(ordinal),
        "first_page": str(ordinal),
        "last_page": str(ordinal),
    }


def _present(values: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if text}


def plain_row(file_code: str, pages: int) -> WorkbookRow:
    """A hồ sơ with the required fields alone."""
    values = {
        "fonds_code": FONDS_CODE,
        "arcFileCode": file_code,
        "title": "Ộ",
        "maintenance": "01",
        "mode": "01",
        "language": "09",
        "startDate": "1945",
        "endDate": "1945",
        "totalDoc": "1",
        "numberOfPaper": "1",
        "numberOfPage": str(pages),
        "riskRecovery": "0",
    }
    return WorkbookRow(values, "Hồ sơ", 4)


def plain_workbook(units: Mapping[str, int]) -> Workbook:
    """A register of hồ sơ with the required fields alone; pages by file code."""
    fonds = {"fonds_code": FONDS_CODE, "name": f"Phông {SPECIAL} {LETTERS}", "archive_code": "H11"}
    agency = {"code": "H11", "name": f"Trung tâm Lưu trữ {SPECIAL} {LETTERS}"}
    return Workbook(
        fonds=(WorkbookRow(fonds, "Phông", 3),),
        file_units=tuple(plain_row(code, count) for code, count in units.items()),
        agencies=(WorkbookRow(agency, "Cơ quan", 3),),
        list_items=tuple(_list_row(code) for code in units),
    )


def odd_workbook(unclaimed_pages: int, plain: Mapping[str, int]) -> Workbook:
    """The same with the odd hồ sơ, which has pages that no document claims."""
    documents = document_rows()
    pictures = picture_rows(len(documents) + 1)
    listed = len(documents) + len(pictures)
    register = plain_workbook(plain)
    return replace(
        register,
        file_units=(unit_row(listed + unclaimed_pages, listed), *register.file_units),
        documents=documents,
        pictures=pictures,
        list_items=(_list_row(FILE_CODE), *register.list_items),
    )


def _list_row(file_code: str) -> WorkbookRow:
    values = {"list_code": "DM-01", "title": "Đợt 1", "file_code": file_code}
    return WorkbookRow(values, "Danh mục", 3)
