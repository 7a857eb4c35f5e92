"""The sheets and columns of the register workbook: one table that reader and writer share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.field_sets import PICTURE_FIELDS
from appliance.domain.fields import (
    DOCUMENT_FIELDS,
    FILE_UNIT_FIELDS,
    NEEDED_WHEN,
    Field,
    Kind,
)
from appliance.domain.identifiers import nfc
from appliance.domain.records import PdfPer

if TYPE_CHECKING:
    from collections.abc import Mapping

_REQUIRED_MARK = re.compile(r"\s*\(?\*\)?$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        name: Its name in code; for the fields of a hồ sơ or document the TT 05/2025 name.
        label: The Vietnamese label of row 1.
        required: Whether the column itself must be there (its cells are another matter).
        width_characters: How wide it is written.
        code_list: The codes allowed, where exactly one of them is expected.
        note: What a person is told who points at its head; empty for nothing.
    """

    name: str
    label: str
    required: bool = False
    width_characters: int = 18
    code_list: Mapping[str, str] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """One sheet.

    Args:
        part: The attribute of ``Workbook`` that holds its rows.
        title: The sheet's Vietnamese name.
        columns: In the order written; any order is read.
        required: Whether a workbook without it is refused.
    """

    part: str
    title: str
    columns: tuple[Column, ...]
    required: bool = False


def folded(text: str) -> str:
    """A label as compared: NFC, lower case, single spaces, without the mark of a required field."""
    plain = " ".join(nfc(text).split()).casefold()
    return _REQUIRED_MARK.sub("", plain)


def _field_columns(fields: tuple[Field, ...]) -> tuple[Column, ...]:
    by_name = {field.name: field for field in fields}
    return tuple(
        Column(
            field.name,
            field.label,
            required=field.required,
            width_characters=_width_of(field),
            code_list=field.code_list if field.kind is Kind.CODE else None,
            note=_condition_of(field, by_name),
        )
        for field in fields
    )


def _condition_of(field: Field, beside: Mapping[str, Field]) -> str:
    """When a field that may stay empty must be there; empty for never."""
    name, said = NEEDED_WHEN.get(field.name, ("", ()))
    other = beside.get(name)
    if other is None:
        return ""
    in_words = other.code_list or {}
    codes_vi = " hoặc ".join(f"{code} ({in_words[code]})" for code in said)
    return (
        f"Bắt buộc khi cột “{other.label}” là {codes_vi}.\n"
        f"Required when {name} is {' or '.join(said)}."
    )


def _width_of(field: Field) -> int:
    long_text = field.kind is Kind.TEXT and (field.max_length or 0) >= 500  # noqa: PLR2004 - the circular's lengths of titles and notes
    return 60 if long_text else max(16, len(field.label) + 4)


_FONDS_COLUMN: Final = Column("fonds_code", "Mã phông", required=True)
_PAGE_COLUMNS: Final = (
    Column("first_page", "Trang đầu", required=True, width_characters=12),
    Column("last_page", "Trang cuối", required=True, width_characters=12),
)

PDF_PER: Final = {str(PdfPer.FILE_UNIT): "Hồ sơ", str(PdfPer.DOCUMENT): "Tài liệu"}
"""What one PDF holds, as the register says it."""

KINDS: Final = {"text": "Văn bản", "picture": "Ảnh", "sound": "Ghi âm", "video": "Ghi hình"}
"""What a document can be, as the register says it; the sheet ``Tài liệu`` takes texts."""

SHEETS: Final = (
    SheetLayout(
        "fonds",
        "Phông",
        (
            _FONDS_COLUMN,
            Column("name", "Tên phông", required=True, width_characters=48),
            Column("archive_code", "Mã cơ quan lưu trữ", required=True, width_characters=22),
            Column("creator_code", "Mã đơn vị hình thành phông", width_characters=30),
            Column("status", "Trạng thái phông", code_list=codes.FONDS_STATUS),
            Column("period", "Thời gian tài liệu", width_characters=22),
            Column("language", "Ngôn ngữ"),
            Column("history", "Lịch sử đơn vị hình thành phông", width_characters=60),
        ),
        required=True,
    ),
    SheetLayout(
        "inventories",
        "Mục lục",
        (
            _FONDS_COLUMN,
            Column("number", "Mục lục số", required=True),
            Column("title", "Tên mục lục", width_characters=60),
        ),
    ),
    SheetLayout(
        "file_units",
        "Hồ sơ",
        (
            _FONDS_COLUMN,
            Column("inventory_number", "Mục lục số"),
            *_field_columns(FILE_UNIT_FIELDS),
            Column("paper_sizes", "Khổ giấy"),
            Column("pdf_per", "Mỗi tệp PDF chứa", code_list=PDF_PER),
        ),
        required=True,
    ),
    SheetLayout(
        "documents",
        "Tài liệu",
        (
            *_PAGE_COLUMNS,
            *_field_columns(DOCUMENT_FIELDS),
            Column("kind", "Loại hình", code_list=KINDS),
        ),
    ),
    SheetLayout("pictures", "Ảnh", (*_PAGE_COLUMNS, *_field_columns(PICTURE_FIELDS))),
    SheetLayout(
        "agencies",
        "Cơ quan",
        (
            Column("code", "Mã cơ quan", required=True),
            Column("name", "Tên cơ quan", required=True, width_characters=60),
            Column("valid_from", "Có hiệu lực từ ngày", width_characters=22),
            Column("valid_to", "Hết hiệu lực ngày", width_characters=22),
            Column("parent_code", "Mã cơ quan cấp trên", width_characters=22),
            Column("successor_code", "Mã cơ quan kế thừa", width_characters=22),
        ),
    ),
    SheetLayout(
        "list_items",
        "Danh mục",
        (
            Column("list_code", "Mã danh mục", required=True, width_characters=24),
            Column("title", "Tên danh mục", width_characters=60),
            Column("file_code", "Mã hồ sơ lưu trữ", required=True, width_characters=32),
        ),
    ),
)
"""Every sheet of the workbook, in the order written."""

ORDINAL_LABELS: Final = frozenset({"stt", "tt", "số tt", "số thứ tự"})
"""Labels of a running number that forms carry; such a column is passed over."""
