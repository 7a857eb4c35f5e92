"""What is written is read back the same, and looks like a form."""

from __future__ import annotations

import dataclasses
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.domain.identifiers import nfc
from appliance.spreadsheet.layout import SHEETS
from appliance.spreadsheet.reading import read_workbook
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from appliance.spreadsheet.writing import write_workbook

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED_FONDS = (WorkbookRow({"fonds_code": "TH", "name": "x", "archive_code": "y"}),)


def _texts(workbook: Workbook) -> dict[str, list[dict[str, str]]]:
    return {
        layout.part: [dict(row.values) for row in getattr(workbook, layout.part)]
        for layout in SHEETS
    }


def test_round_trip(tmp_path: Path, full_workbook: Workbook) -> None:
    """Every text of every sheet comes back, formula-like and two-line ones included."""
    path = tmp_path / "new folder" / "register.xlsx"
    write_workbook(path, full_workbook)
    again = read_workbook(path)
    assert _texts(again) == _texts(full_workbook)
    assert again.findings == ()
    assert again.file_units[0].place == "Hồ sơ!3"


@settings(max_examples=15, deadline=None)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Z")))
    .map(nfc)
    .filter(bool)
)
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever letters a title holds, it is read back as written."""
    path = tmp_path_factory.mktemp("text") / "register.xlsx"
    write_workbook(path, Workbook(fonds=REQUIRED_FONDS, file_units=(WorkbookRow({"title": text}),)))
    assert read_workbook(path).file_units[0].values == {"title": text}


def test_looks_like_a_form(tmp_path: Path, full_workbook: Workbook) -> None:
    """Labels and names stand on top and stay in view; cells are texts, not formulas."""
    path = tmp_path / "register.xlsx"
    write_workbook(path, full_workbook)
    sheet = openpyxl.load_workbook(path)["Hồ sơ"]
    assert (sheet["A1"].value, sheet["A2"].value) == ("Mã phông (*)", "fonds_code")
    assert sheet.freeze_panes == "A3"
    assert sheet["D3"].value == "=1+1"
    assert (sheet["D3"].data_type, sheet["D3"].number_format) == ("s", "@")
    assert sheet.column_dimensions["D"].width == 60


@pytest.mark.parametrize(
    ("sheet", "name", "note"),
    [
        ("Hồ sơ", "paperFileCode", "“Mức độ tin cậy” là 02 (Số hóa)"),
        ("Hồ sơ", "riskRecoveryStatus", "“Chế độ lập dự phòng” là 1 (Có lập dự phòng)"),
        ("Tài liệu", "process", "là 01 (Gốc điện tử) hoặc 03 (Hỗn hợp)"),
        ("Ảnh", "riskRecoveryStatus", "Required when riskRecovery is 1."),
        ("Hồ sơ", "keyword", ""),
    ],
)
def test_heads_say_when_a_cell_must_be_filled(
    tmp_path: Path, full_workbook: Workbook, sheet: str, name: str, note: str
) -> None:
    """A field that another one makes necessary says so in the note of its label."""
    path = tmp_path / "register.xlsx"
    write_workbook(path, full_workbook)
    labels, names = openpyxl.load_workbook(path)[sheet].iter_rows(max_row=2)
    (label,) = [one for one, other in zip(labels, names, strict=True) if other.value == name]
    found = label.comment.text if label.comment is not None else ""
    assert note in found
    assert bool(note) is bool(found)


def test_equal_rows_give_equal_parts(tmp_path: Path, full_workbook: Workbook) -> None:
    """Two writings differ in nothing but the time of saving."""
    parts = []
    for name in ("one.xlsx", "two.xlsx"):
        write_workbook(tmp_path / name, full_workbook)
        with zipfile.ZipFile(tmp_path / name) as archive:
            names = sorted(set(archive.namelist()) - {"docProps/core.xml"})
            parts.append([(part, archive.read(part)) for part in names])
    assert parts[0] == parts[1]


def test_an_older_workbook_is_replaced_whole(tmp_path: Path, full_workbook: Workbook) -> None:
    """Writing again leaves one workbook and no temporary file."""
    path = tmp_path / "register.xlsx"
    write_workbook(path, full_workbook)
    write_workbook(path, dataclasses.replace(full_workbook, list_items=()))
    assert read_workbook(path).list_items == ()
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.xlsx"]


def test_unknown_column_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    """A value that no column can hold is refused before anything is written."""
    workbook = Workbook(fonds=(WorkbookRow({"fondsCode": "TH"}),))
    with pytest.raises(ValueError, match="fondsCode"):
        write_workbook(tmp_path / "register.xlsx", workbook)
    assert list(tmp_path.iterdir()) == []
