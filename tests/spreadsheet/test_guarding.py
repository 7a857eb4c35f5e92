"""Hostile and broken workbooks are refused with a finding, never opened half."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RuleError
from appliance.spreadsheet import guarding, reading
from appliance.spreadsheet.reading import read_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Sheets = dict[str, Sequence[Sequence[object]]]
    Save = Callable[[Sheets], Path]

SHEET_PART = "xl/worksheets/sheet2.xml"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


def _with_part(path: Path, name: str, data: bytes) -> Path:
    """A copy of a workbook with one part replaced."""
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, data if part == name else old.read(part))
    return changed


def _refused(path: Path) -> str:
    with pytest.raises(RuleError) as caught:
        read_workbook(path)
    finding = caught.value.findings[0]
    assert (finding.code, caught.value.exit_status) == ("SHEET-UNREADABLE", 3)
    assert finding.where == path.name
    return str(finding.values["problem"])


@pytest.mark.parametrize("content", [b"", b"STT,Ho so\n1,abc\n", b"\xd0\xcf\x11\xe0" * 200])
def test_not_a_workbook(tmp_path: Path, content: bytes) -> None:
    """An empty file, a CSV and an old .xls under the name .xlsx are refused."""
    path = tmp_path / "register.xlsx"
    path.write_bytes(content)
    assert "không phải là .xlsx" in _refused(path)


def test_absent_workbook(tmp_path: Path) -> None:
    """A path that is not there is a finding as well, not a bare error."""
    assert "không mở được" in _refused(tmp_path / "absent.xlsx")


def test_other_zip_is_refused(tmp_path: Path) -> None:
    """A ZIP that is no workbook says so."""
    path = tmp_path / "other.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "không phải là .xlsx" in _refused(path)


def test_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    """Parts that unpack to more than a register can hold are refused by their sizes."""
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(guarding.MAX_UNPACKED_BYTES // (1 << 20) + 1):
                part.write(bytes(1 << 20))
    assert path.stat().st_size < guarding.MAX_WORKBOOK_BYTES
    assert "quá lớn" in _refused(path)


def test_huge_workbook_is_refused_by_its_size(tmp_path: Path) -> None:
    """A workbook above the size bound is not even opened."""
    path = tmp_path / "huge.xlsx"
    with path.open("wb") as stream:
        stream.truncate(guarding.MAX_WORKBOOK_BYTES + 1)
    assert "quá lớn" in _refused(path)


def test_entities_are_refused(save: Save, sheets: Sheets) -> None:
    """A part that declares entities is refused before a parser expands them."""
    changed = _with_part(save(sheets), SHEET_PART, ENTITIES + b"<worksheet/>")
    assert "nguy hiểm" in _refused(changed)


@pytest.mark.parametrize("part", [SHEET_PART, "xl/workbook.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<worksheet><row", b"\x00\x01\x02"])
def test_broken_parts_are_refused(save: Save, sheets: Sheets, part: str, content: bytes) -> None:
    """A part that is cut off or no XML at all is a finding whatever the parser says."""
    assert _refused(_with_part(save(sheets), part, content))


def test_far_away_rows_do_not_cost_time(
    save: Save, sheets: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row number far beyond any register is refused instead of being counted up to."""
    monkeypatch.setattr(reading, "MAX_ROWS", 50)
    names, cells = sheets["Hồ sơ"]
    sheets["Hồ sơ"] = (names, *[cells] * 60)
    with pytest.raises(RuleError) as caught:
        read_workbook(save(sheets))
    assert [finding.where for finding in caught.value.findings] == ["Hồ sơ"]


def test_row_number_beyond_all_bounds(save: Save, sheets: Sheets) -> None:
    """A single row that claims number ten thousand million ends the sheet there."""
    path = save(sheets)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read(SHEET_PART)
    far = sheet.replace(b"</sheetData>", b'<row r="9999999999"><c r="A1"/></row></sheetData>')
    assert len(read_workbook(_with_part(path, SHEET_PART, far)).file_units) == 1
