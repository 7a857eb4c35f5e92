"""Writes a register workbook as archivists expect it: labels, names, frozen header, widths."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from appliance.disk.durable import make_folder, replace_file, storage_errors
from appliance.spreadsheet.layout import SHEETS, SheetLayout

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

_FIXED_TIME: Final = dt.datetime(2025, 7, 1)  # noqa: DTZ001 - the format's times carry no zone
"""The creation time of every workbook, so that equal rows give equal sheets."""

_AUTHOR: Final = "archive-appliance"
_HEAD_ROWS: Final = 2
_TEXT_FORMAT: Final = "@"
"""Keeps codes such as 01 from turning into numbers under a person's hands."""

_NOTE_HEIGHT_PX: Final = 90
_NOTE_WIDTH_PX: Final = 300
"""Our own: the longest note fits."""

_LABEL_FONT: Final = Font(bold=True, color="FFFFFF")
_LABEL_FILL: Final = PatternFill("solid", fgColor="1F4E79")
_NAME_FONT: Final = Font(italic=True, color="595959")
_NAME_FILL: Final = PatternFill("solid", fgColor="DDEBF7")
_THIN: Final = Side(style="thin", color="BFBFBF")
_GRID: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRED: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)


def write_workbook(path: Path, workbook: Workbook) -> None:
    """Write all sheets durably, in place of an older workbook of this name.

    Every cell is a text; a value that begins like a formula stays a text. The places of the
    rows given are not used: rows follow each other from row 3.

    Raises:
        ValueError: A row has a column that its sheet lacks.
        StorageError: The disk refused.
    """
    document = openpyxl.Workbook()
    document.remove(document.worksheets[0])
    document.properties.created = _FIXED_TIME
    document.properties.creator = _AUTHOR
    for layout in SHEETS:
        sheet = document.create_sheet(layout.title)
        _write_sheet(sheet, layout, getattr(workbook, layout.part))
    buffer = io.BytesIO()
    document.save(buffer)
    with storage_errors(f"cannot write {path}"):
        make_folder(path.parent)
        replace_file(path, buffer.getvalue())


def _write_sheet(sheet: Worksheet, layout: SheetLayout, rows: tuple[WorkbookRow, ...]) -> None:
    names = {column.name for column in layout.columns}
    for row in rows:
        if unknown := row.values.keys() - names:
            raise ValueError(f"the sheet {layout.title} has no columns {sorted(unknown)}")
    _write_head(sheet, layout)
    for number, row in enumerate(rows, start=_HEAD_ROWS + 1):
        for index, column in enumerate(layout.columns, start=1):
            _write_text(sheet, number, index, row.values.get(column.name, ""))
    sheet.freeze_panes = f"A{_HEAD_ROWS + 1}"
    last = get_column_letter(len(layout.columns))
    sheet.auto_filter.ref = f"A{_HEAD_ROWS}:{last}{_HEAD_ROWS + max(len(rows), 1)}"


def _write_head(sheet: Worksheet, layout: SheetLayout) -> None:
    for index, column in enumerate(layout.columns, start=1):
        mark = " (*)" if column.required else ""
        label = sheet.cell(1, index, f"{column.label}{mark}")
        label.font, label.fill = _LABEL_FONT, _LABEL_FILL
        name = sheet.cell(2, index, column.name)
        name.font, name.fill = _NAME_FONT, _NAME_FILL
        for cell in (label, name):
            cell.alignment, cell.border = _CENTRED, _GRID
        if column.note:
            label.comment = Comment(
                column.note, _AUTHOR, height=_NOTE_HEIGHT_PX, width=_NOTE_WIDTH_PX
            )
        sheet.column_dimensions[get_column_letter(index)].width = column.width_characters
    sheet.row_dimensions[1].height = 32


def _write_text(sheet: Worksheet, row: int, column: int, text: str) -> None:
    cell = sheet.cell(row, column)
    cell.number_format = _TEXT_FORMAT
    cell.alignment, cell.border = _WRAPPED, _GRID
    if text:
        cell.value = text
        cell.data_type = "s"  # whatever it begins with: never a formula
