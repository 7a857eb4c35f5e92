"""Descriptive fields of TT 05/2025 Phụ lục I: names, lengths, code lists, required flags.

``FILE_UNIT_FIELDS`` are the 18 of ``EAD.xml``, ``DOCUMENT_FIELDS`` the 19 of ``EAD_doc``, both
in the circular's order. The required flags are those of a secondary reading.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """How a field's text is read."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """DD/MM/YYYY; in an AIP also MM/YYYY and YYYY."""
    CODE = "code"
    """One code of the list."""
    CODES = "codes"
    """One or more codes of the list, separated by ``,`` or ``;``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One descriptive field.

    Args:
        name: The element's name in the circular.
        label: The Vietnamese label, as forms and spreadsheets print it.
        kind: How its text is read.
        max_length: Characters; None where the circular gives none.
        required: Whether it must be there, whatever the others say.
        code_list: The codes allowed, for ``CODE`` and ``CODES``.
    """

    name: str
    label: str
    kind: Kind
    max_length: int | None
    required: bool
    code_list: Mapping[str, str] | None = None


_T, _N, _D, _C, _CS = Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.CODE, Kind.CODES

FILE_UNIT_FIELDS: Final = (
    Field("arcFileCode", "Mã hồ sơ lưu trữ", _T, 100, required=True),
    Field("title", "Tiêu đề hồ sơ", _T, 1000, required=True),
    Field("maintenance", "Thời hạn lưu trữ", _C, 100, required=True, code_list=codes.MAINTENANCE),
    Field("mode", "Chế độ sử dụng", _C, 30, required=True, code_list=codes.MODE),
    Field("language", "Ngôn ngữ", _CS, 100, required=True, code_list=codes.LANGUAGE),
    Field("startDate", "Thời gian bắt đầu", _D, None, required=True),
    Field("endDate", "Thời gian kết thúc", _D, None, required=True),
    Field("keyword", "Từ khóa", _T, 100, required=False),
    Field("totalDoc", "Tổng số tài liệu", _N, 10, required=True),
    Field("numberOfPaper", "Số lượng tờ", _N, 10, required=True),
    Field("numberOfPage", "Số lượng trang", _N, 10, required=True),
    Field("format", "Tình trạng vật lý", _C, 50, required=False, code_list=codes.PHYSICAL_STATE),
    Field("inforSign", "Ký hiệu thông tin", _T, 30, required=False),
    Field(
        "confidenceLevel",
        "Mức độ tin cậy",
        _C,
        40,
        required=False,
        code_list=codes.CONFIDENCE_LEVEL,
    ),
    Field("paperFileCode", "Mã hồ sơ gốc giấy", _T, 100, required=False),
    Field(
        "riskRecovery", "Chế độ lập dự phòng", _C, 1, required=True, code_list=codes.RISK_RECOVERY
    ),
    Field(
        "riskRecoveryStatus",
        "Tình trạng lập dự phòng",
        _C,
        2,
        required=False,
        code_list=codes.RISK_RECOVERY_STATUS,
    ),
    Field("description", "Ghi chú", _T, 2000, required=False),
)

DOCUMENT_FIELDS: Final = (
    Field("arcFileCode", "Mã hồ sơ lưu trữ", _T, 100, required=True),
    Field("mode", "Chế độ sử dụng", _C, 20, required=True, code_list=codes.MODE),
    Field("language", "Ngôn ngữ", _CS, 100, required=True, code_list=codes.LANGUAGE),
    Field("keyword", "Từ khóa", _T, 100, required=False),
    Field("numberOfPage", "Số lượng trang", _N, 4, required=True),
    Field("format", "Tình trạng vật lý", _C, 50, required=False, code_list=codes.PHYSICAL_STATE),
    Field("inforSign", "Ký hiệu thông tin", _T, 30, required=False),
    Field(
        "confidenceLevel",
        "Mức độ tin cậy",
        _C,
        30,
        required=False,
        code_list=codes.CONFIDENCE_LEVEL,
    ),
    Field("description", "Ghi chú", _T, 500, required=False),
    Field("docCode", "Mã lưu trữ tài liệu", _T, 100, required=True),
    Field("docOrdinal", "Số thứ tự tài liệu", _N, None, required=True),
    Field("typeName", "Tên loại tài liệu", _C, 10, required=True, code_list=codes.TYPE_NAME),
    Field("codeNumber", "Số của tài liệu", _T, 11, required=False),
    Field("codeNotation", "Ký hiệu của tài liệu", _T, 30, required=False),
    Field("issuedDate", "Ngày, tháng, năm tài liệu", _D, None, required=True),
    Field("organName", "Tên cơ quan ban hành", _T, 200, required=True),
    Field("subject", "Trích yếu nội dung", _T, 500, required=True),
    Field("autograph", "Bút tích", _T, 2000, required=False),
    Field("process", "Quy trình xử lý", _C, 1, required=False, code_list=codes.PROCESS),
)

NEEDED_WHEN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "paperFileCode": ("confidenceLevel", (codes.DIGITISED,)),
    "riskRecoveryStatus": ("riskRecovery", ("1",)),
    "process": ("confidenceLevel", ("01", "03")),
}
"""Fields that must be there when another one, named first, says one of these codes."""

MAX_DIGITS: Final = 10
"""Of a number without a length of its own: the longest that TT 05/2025/TT-BNV gives one."""

_DECEMBER: Final = 12
_DATE = re.compile(r"(?:(?:([0-9]{2})/)?([0-9]{2})/)?([0-9]{4})")


def check_fields(
    fields: tuple[Field, ...], values: Mapping[str, str], where: str
) -> tuple[Finding, ...]:
    """Hold texts against their fields; an empty text counts as absent.

    Args:
        fields: ``FILE_UNIT_FIELDS`` or ``DOCUMENT_FIELDS``.
        values: Texts by field name; unknown names are findings too.
        where: What the findings name as their place.
    """
    known = {field.name for field in fields}
    strange = sorted(values.keys() - known)
    unknown = (Finding("FIELD-UNKNOWN", where, {"field": name}) for name in strange)
    per_field = (finding for field in fields for finding in _check_one(field, values, where))
    return (*per_field, *unknown, *_check_together(known, values, where))


def _check_one(field: Field, values: Mapping[str, str], where: str) -> tuple[Finding, ...]:
    text = values.get(field.name, "")
    about = {"field": field.name, "label": field.label}
    if not text:
        return (Finding("FIELD-MISSING", where, {**about}),) if field.required else ()
    limit = MAX_DIGITS if field.kind is _N and field.max_length is None else field.max_length
    if limit is not None and len(text) > limit:
        lengths = {"length": len(text), "limit": limit}
        return (Finding("FIELD-TOO-LONG", where, {**about, **lengths}),)
    if not _is_well_formed(field, text):
        return (Finding(f"FIELD-NOT-{_FORM[field.kind]}", where, {**about, "value": text}),)
    return ()


_FORM: Final = {_T: "TEXT", _N: "NUMBER", _D: "DATE", _C: "CODE", _CS: "CODE"}


def _is_well_formed(field: Field, text: str) -> bool:
    allowed = field.code_list or {}
    match field.kind:
        case Kind.TEXT:
            return True
        case Kind.NUMBER:
            return is_count(text)
        case Kind.DATE:
            return is_date(text)
        case Kind.CODE:
            return text in allowed
        case Kind.CODES:
            return all(code in allowed for code in split_codes(text))


def split_codes(text: str) -> tuple[str, ...]:
    """The codes of a field that may hold several."""
    return tuple(part.strip() for part in re.split(r"[,;]", text))


def is_count(text: str) -> bool:
    """Whether a text is a whole number of pages, sheets or documents.

    Longer numbers are none: Python refuses to read those of thousands of digits at all.
    """
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def is_date(text: str) -> bool:
    """Whether a text is DD/MM/YYYY, MM/YYYY or YYYY, and a real day or month."""
    return days_of(text) is not None


def days_of(text: str) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that a date of the circular can mean; None for no date.

    Args:
        text: DD/MM/YYYY, MM/YYYY or YYYY.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) if part else None for part in match.groups())
    try:
        first = dt.date(year or 0, _or(month, 1), _or(day, 1))
    except ValueError:
        return None
    last_month = _or(month, _DECEMBER)
    last_day = _or(day, calendar.monthrange(first.year, last_month)[1])
    return first, dt.date(first.year, last_month, last_day)


def _or(part: int | None, otherwise: int) -> int:
    """A part of a date, or what it may be when it is not said; 00 is said, and wrong."""
    return otherwise if part is None else part


def _check_together(known: set[str], values: Mapping[str, str], where: str) -> tuple[Finding, ...]:
    """Rules that join fields: required only when another says so."""
    missing = (
        name
        for name, (other, said) in NEEDED_WHEN.items()
        if values.get(other) in said and name in known
    )
    return tuple(
        Finding("FIELD-MISSING", where, {"field": name, "label": _LABEL[name]})
        for name in missing
        if not values.get(name)
    )


_LABEL: Final = {field.name: field.label for field in (*DOCUMENT_FIELDS, *FILE_UNIT_FIELDS)}
