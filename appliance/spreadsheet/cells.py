"""One cell as plain text, the way a person reads it on the screen."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from appliance.domain.identifiers import nfc
from appliance.spreadsheet.layout import folded

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

    from appliance.spreadsheet.layout import Column

    AnyCell = Cell | MergedCell | ReadOnlyCell | EmptyCell

_EXACT_BELOW: Final = 10**15
"""A spreadsheet keeps fifteen digits of a number and drops the others without a word."""

_ZEROS = re.compile(r"0+")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_CARRIAGE_RETURN: Final = "_x000D_"
"""How the format writes a carriage return inside a text."""


class CellProblem(ValueError):  # noqa: N818 - a word about a cell, turned into a finding at once
    """A cell that has no text to read.

    Args:
        vietnamese: What is wrong with it.
        english: The same.
    """

    def __init__(self, vietnamese: str, english: str) -> None:
        super().__init__(english)
        self.vietnamese = vietnamese
        self.english = english


def cell_text(cell: AnyCell, column: Column | None = None) -> str:
    """The text of a cell that openpyxl read; empty for an empty cell.

    Whole numbers lose their ``.0``, dates become DD/MM/YYYY (MM/YYYY or YYYY where the cell
    shows no more), codes get back the leading zero that a spreadsheet takes away, and the
    words of a code list become their code.

    Args:
        cell: From a workbook opened for values, not formulas.
        column: What is expected in it.

    Raises:
        CellProblem: An error value, or characters that no text may hold.
    """
    if cell.data_type == "e":
        raise CellProblem(f"ô báo lỗi {cell.value}", f"the cell shows the error {cell.value}")
    text = _plain(cell.value, str(getattr(cell, "number_format", "") or ""))
    return _as_code(text, column, is_number=cell.data_type == "n")


def _plain(value: object, number_format: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case int() | float() | Decimal():
            return _number_text(value, number_format)
        case dt.datetime() | dt.date():
            return _date_text(value, number_format)
        case dt.time():
            return value.strftime("%H:%M")
        case dt.timedelta():
            raise CellProblem("ô chứa khoảng thời gian", "the cell holds a duration")
        case _:
            return _clean_text(str(value))


def _number_text(value: float | Decimal, number_format: str) -> str:
    if not (isinstance(value, int) or math.isfinite(value)):
        raise CellProblem("ô chứa số không hợp lệ", "the cell holds no finite number")
    if not -_EXACT_BELOW < value < _EXACT_BELOW:
        raise CellProblem(
            "ô chứa số quá dài, bảng tính không giữ đủ chữ số (định dạng ô là văn bản, ghi lại)",
            "the number is too long for a spreadsheet to keep: make the cell a text, write it anew",
        )
    text = str(int(value)) if value == int(value) else f"{value:.15g}"
    padded = _ZEROS.fullmatch(number_format)  # the format 00 shows 1 as 01
    return text.zfill(len(number_format)) if padded else text


def _date_text(value: dt.date, number_format: str) -> str:
    shown = _QUOTED.sub("", number_format).lower()
    month = f"{value.month:02d}/{value.year:04d}"
    if "d" in shown or "y" not in shown:
        return f"{value.day:02d}/{month}"
    return month if "m" in shown else f"{value.year:04d}"


def _clean_text(text: str) -> str:
    lines = text.replace(_CARRIAGE_RETURN, "").replace("\r", "").split("\n")
    clean = nfc("\n".join(" ".join(line.split()) for line in lines))
    for character in clean:
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cs"}:
            sign = f"U+{ord(character):04X}"
            raise CellProblem(f"ô chứa ký tự lạ {sign}", f"the cell holds the character {sign}")
    return clean


def _as_code(text: str, column: Column | None, *, is_number: bool) -> str:
    code_list = column.code_list if column else None
    if not text or not code_list or text in code_list:
        return text
    if is_number:
        width = max(len(code) for code in code_list)
        padded = text.zfill(width)
        return padded if padded in code_list else text
    named = [code for code, label in code_list.items() if folded(label) == folded(text)]
    return named[0] if named else text
