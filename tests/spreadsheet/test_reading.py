"""What is read from workbooks that people made, in every shape they come in."""

from __future__ import annotations

import datetime as dt
import unicodedata
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from appliance.domain.errors import RuleError
from appliance.domain.fields import FILE_UNIT_FIELDS, check_fields
from appliance.domain.rules import sentence
from appliance.spreadsheet.reading import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Sheets = dict[str, Sequence[Sequence[object]]]
    Save = Callable[[Sheets], Path]


def _with_title(sheets: Sheets, title: object) -> Sheets:
    """The same sheets with another text as the title of the one hồ sơ."""
    names, cells = sheets["Hồ sơ"]
    changed = [title if name == "title" else cell for name, cell in zip(names, cells, strict=True)]
    return {**sheets, "Hồ sơ": (names, changed)}


def test_rows_know_their_places(save: Save, sheets: Sheets) -> None:
    """A row and its cells are named as a person finds them on the screen."""
    row = read_workbook(save(sheets)).file_units[0]
    assert row.values["arcFileCode"] == "H11.1"
    assert row.place == "Hồ sơ!2"
    assert row.place_of("title") == "Hồ sơ!C2"
    assert row.place_of("description") == "Hồ sơ!2"


def test_what_was_read_passes_the_field_rules(save: Save, sheets: Sheets) -> None:
    """The texts of a good row satisfy the circular's field rules as they are."""
    row = read_workbook(save(sheets)).file_units[0]
    fields = {key: text for key, text in row.values.items() if key != "fonds_code"}
    found = check_fields(FILE_UNIT_FIELDS, fields, row.place)
    assert [finding.values["field"] for finding in found] == ["riskRecoveryStatus"]


def test_vietnamese_labels_in_any_order_spelling_and_case(
    save: Save, sheets: Sheets, file_unit_names: tuple[str, ...]
) -> None:
    """Labels match in NFD, in capitals, with spare spaces and the mark of a required field."""
    labels = {
        "fonds_code": unicodedata.normalize("NFD", "Mã phông"),
        "title": "  TIÊU  ĐỀ HỒ SƠ (*) ",
        "arcFileCode": "Mã hồ sơ lưu trữ*",
        "numberOfPage": "số lượng TRANG",
    }
    names, cells = sheets["Hồ sơ"]
    head = [labels.get(str(name), name) for name in names]
    sheets["Hồ sơ"] = (head[::-1], list(cells)[::-1])
    values = read_workbook(save(sheets)).file_units[0].values
    assert set(values) == set(file_unit_names)
    assert values["title"] == "Tiêu đề"
    assert values["numberOfPage"] == "7"


def test_sheet_names_in_nfd_and_other_case(save: Save, sheets: Sheets) -> None:
    """A sheet is found whatever form its name is written in."""
    sheets[unicodedata.normalize("NFD", "HỒ SƠ")] = sheets.pop("Hồ sơ")
    assert len(read_workbook(save(sheets)).file_units) == 1


def test_title_rows_ordinals_and_empty_rows_are_passed_over(save: Save, sheets: Sheets) -> None:
    """A form's heading, its STT column and blank rows are no records and no problem."""
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = (
        ("UBND TỈNH THUẬN HẢI",),
        ("MỤC LỤC HỒ SƠ",),
        ("STT", *names),
        (1, *cells),
        (),
        (None, " ", *[None] * 5),
        (2, *cells),
    )
    workbook = read_workbook(save(sheets))
    assert [row.number for row in workbook.file_units] == [4, 7]
    assert workbook.findings == ()


def test_cells_as_a_person_reads_them(save: Save, sheets: Sheets) -> None:
    """Floats, NFD texts, hard spaces, carriage returns and booleans become plain texts."""
    names, _ = sheets["Hồ sơ"]
    title = unicodedata.normalize("NFD", "Hồ\u00a0sơ  địa chính_x000D_\nxã Hàm Liêm ")
    cells = (1978, "H11.1", title, 1, "Công khai", "01", 1978, "31/12/1979", 2.0, 4.0, "7", True)
    sheets["Hồ sơ"] = (names, cells)
    values = read_workbook(save(sheets)).file_units[0].values
    assert values == {
        "fonds_code": "1978",
        "arcFileCode": "H11.1",
        "title": "Hồ sơ địa chính\nxã Hàm Liêm",
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": "1978",
        "endDate": "31/12/1979",
        "totalDoc": "2",
        "numberOfPaper": "4",
        "numberOfPage": "7",
        "riskRecovery": "1",
    }


@pytest.mark.parametrize(
    ("number_format", "expected"),
    [
        ("dd/mm/yyyy", "05/03/1978"),
        ("yyyy-mm-dd h:mm", "05/03/1978"),
        ('[$-42A]mm"/"yyyy', "03/1978"),
        ("yyyy", "1978"),
    ],
)
def test_real_dates_keep_what_the_cell_shows(
    save: Save, sheets: Sheets, number_format: str, expected: str
) -> None:
    """A date cell gives day, month and year only as far as its format shows them."""
    path = save(sheets)
    document = openpyxl.load_workbook(path)
    cell = document["Hồ sơ"]["G2"]
    cell.value = dt.datetime(1978, 3, 5)  # noqa: DTZ001 - spreadsheet dates have no zone
    cell.number_format = number_format
    document.save(path)
    assert read_workbook(path).file_units[0].values["startDate"] == expected


def test_number_shown_with_zeros_keeps_them(save: Save, sheets: Sheets) -> None:
    """A number formatted 000 is read as it is shown."""
    path = save(sheets)
    document = openpyxl.load_workbook(path)
    document["Hồ sơ"]["B2"].value = 7
    document["Hồ sơ"]["B2"].number_format = "000"
    document.save(path)
    assert read_workbook(path).file_units[0].values["arcFileCode"] == "007"


def test_merged_cells_filters_and_notes_do_not_disturb(save: Save, sheets: Sheets) -> None:
    """Merged titles, a comment and a second, unknown sheet leave the rows as they are."""
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = (("MỤC LỤC",), names, cells)
    sheets["Ghi chú nội bộ"] = (("gì cũng được",),)
    path = save(sheets)
    document = openpyxl.load_workbook(path)
    document["Hồ sơ"].merge_cells("A1:L1")
    document["Hồ sơ"].auto_filter.ref = "A2:L3"
    document.save(path)
    assert [row.number for row in read_workbook(path).file_units] == [3]


def test_unknown_column_is_a_finding(save: Save, sheets: Sheets) -> None:
    """A column of no known name is reported once, by its cell, and its texts are left out."""
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = ((*names, "Người lập"), (*cells, "Văn thư"))
    workbook = read_workbook(save(sheets))
    assert [(f.code, f.where) for f in workbook.findings] == [("FIELD-UNKNOWN", "Hồ sơ!M1")]
    assert "Văn thư" not in workbook.file_units[0].values.values()


def _problems(path: Path) -> dict[str, str]:
    with pytest.raises(RuleError) as caught:
        read_workbook(path)
    assert {finding.code for finding in caught.value.findings} == {"SHEET-UNREADABLE"}
    return {finding.where: sentence(finding) for finding in caught.value.findings}


def test_every_missing_sheet_and_column_is_named(save: Save, sheets: Sheets) -> None:
    """One reading tells all that is missing, so that it can be mended at once."""
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = (list(names)[:2] + list(names)[3:], list(cells)[:2] + list(cells)[3:])
    del sheets["Phông"]
    problems = _problems(save(sheets))
    assert set(problems) == {"Phông", "Hồ sơ"}
    assert "Tiêu đề hồ sơ" in problems["Hồ sơ"]


def test_sheet_without_header_is_named(save: Save, sheets: Sheets) -> None:
    """A sheet whose first rows name no column is refused by its name."""
    sheets["Hồ sơ"] = ((1, 2, 3), (4, 5, 6))
    assert set(_problems(save(sheets))) == {"Hồ sơ"}


def test_column_given_twice_is_refused(save: Save, sheets: Sheets) -> None:
    """Two columns of one field would let one of them silently win."""
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = ((*names, "Tiêu đề hồ sơ"), (*cells, "khác"))
    assert "C và M" in _problems(save(sheets))["Hồ sơ"]


@pytest.mark.parametrize("content", ["=A1&B1", "#REF!", "tiêu\x7fđề"])
def test_cell_without_a_text_is_named(save: Save, sheets: Sheets, content: str) -> None:
    """An uncalculated formula, an error value and a control character name their cell."""
    assert set(_problems(save(_with_title(sheets, content)))) == {"Hồ sơ!C2"}


@pytest.mark.parametrize("digits", [16, 400, 4000])
def test_a_number_that_no_spreadsheet_keeps_names_its_cell(
    save: Save, sheets: Sheets, digits: int
) -> None:
    """Beyond fifteen digits a spreadsheet has changed the number already: it must be a text."""
    problems = _problems(_with_digits(save, sheets, digits))
    assert set(problems) == {"Hồ sơ!C2"}
    assert "số quá dài" in problems["Hồ sơ!C2"]


def test_fifteen_digits_are_read(save: Save, sheets: Sheets) -> None:
    """What a spreadsheet keeps whole is taken whole."""
    workbook = read_workbook(_with_digits(save, sheets, 15))
    assert workbook.file_units[0].values["title"] == "9" * 15


def test_a_number_too_long_for_python_refuses_the_workbook(save: Save, sheets: Sheets) -> None:
    """No program writes one; a hostile workbook with one is refused like any broken one."""
    (told,) = _problems(_with_digits(save, sheets, 5000)).values()
    assert len(told) < 600


def _with_digits(save: Save, sheets: Sheets, digits: int) -> Path:
    """A workbook with a number cell of so many nines, which openpyxl itself would not write."""
    path = save(_with_title(sheets, 123_454_321))
    made = path.with_name("made.xlsx")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            data = before.read(name).replace(b"<v>123454321</v>", b"<v>%s</v>" % (b"9" * digits))
            after.writestr(name, data)
    return made
