"""Workbooks for the spreadsheet tests, made by plain openpyxl as other programs would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from appliance.spreadsheet.workbook import Workbook, WorkbookRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Sheets = dict[str, Sequence[Sequence[object]]]

FONDS_SHEET = (("fonds_code", "name", "archive_code"), ("TH", "UBND tỉnh Thuận Hải", "H11"))
"""The least that the required sheet of fonds may hold."""

FILE_UNIT_NAMES = (
    "fonds_code",
    "arcFileCode",
    "title",
    "maintenance",
    "mode",
    "language",
    "startDate",
    "endDate",
    "totalDoc",
    "numberOfPaper",
    "numberOfPage",
    "riskRecovery",
)
"""The columns that the sheet of hồ sơ must have."""

FILE_UNIT_CELLS = ("TH", "H11.1", "Tiêu đề", "01", "01", "01", "1978", "1979", 2, 4, 7, True)
"""One row below them."""


@pytest.fixture
def file_unit_names() -> tuple[str, ...]:
    """The required columns of the sheet of hồ sơ."""
    return FILE_UNIT_NAMES


@pytest.fixture
def file_unit_cells() -> tuple[object, ...]:
    """One row of the sheet of hồ sơ, below its required columns."""
    return FILE_UNIT_CELLS


@pytest.fixture
def sheets() -> Sheets:
    """The cells of a small good workbook, by sheet; tests change what they are about."""
    return {"Phông": FONDS_SHEET, "Hồ sơ": (FILE_UNIT_NAMES, FILE_UNIT_CELLS)}


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Sheets], Path]:
    """Saves cells as an .xlsx and gives its path."""

    def save_sheets(sheets: Sheets) -> Path:
        document = openpyxl.Workbook()
        document.remove(document.worksheets[0])
        for title, rows in sheets.items():
            sheet = document.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        path = tmp_path / "bảng kê.xlsx"
        document.save(path)
        return path

    return save_sheets


@pytest.fixture
def full_workbook() -> Workbook:
    """A workbook with rows in every sheet, awkward texts among them."""
    common = {"arcFileCode": "H11.TH-1978.160 (bản đồ)", "mode": "01", "language": "01,03"}
    return Workbook(
        fonds=(
            WorkbookRow(
                {"fonds_code": "TH", "name": "UBND tỉnh Thuận Hải", "archive_code": "H11.LTLS"}
            ),
        ),
        inventories=(WorkbookRow({"fonds_code": "TH", "number": "01", "title": "Năm 1978"}),),
        file_units=(
            WorkbookRow(
                {"fonds_code": "TH", "inventory_number": "01", "title": "=1+1", **common},
            ),
            WorkbookRow({"fonds_code": "TH", "title": "dòng một\ndòng hai", "maintenance": "01"}),
        ),
        documents=(
            WorkbookRow({"first_page": "1", "last_page": "3", "docOrdinal": "1", **common}),
        ),
        pictures=(
            WorkbookRow(
                {"first_page": "4", "last_page": "4", "imageTitle": "=Cầu", "typePic": "02"}
            ),
        ),
        agencies=(
            WorkbookRow({"code": "H11", "name": "UBND tỉnh Bình Thuận", "valid_to": "30/06/2025"}),
        ),
        list_items=(
            WorkbookRow({"list_code": "DM-01", "title": "Đợt 1", "file_code": "H11.TH-1978.160"}),
        ),
    )
