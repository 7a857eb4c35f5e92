"""Workbooks of hostile bytes: each is read, or refused with findings that name a place."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.errors import RuleError
from appliance.domain.rules import RULES
from appliance.spreadsheet.reading import read_workbook
from tests.fuzz.making import EXAMPLES, Mutation, fuzzing, mutated, mutations
from tests.spreadsheet.conftest import FILE_UNIT_CELLS, FILE_UNIT_NAMES, FONDS_SHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

METHOD_AT = 8, 10
"""Where a local header and an entry of the directory say how they are packed (APPNOTE 6.3.10)."""
FLAGS_AT = 6, 8
"""And where they say whether they are encrypted."""
WORDS = (
    b'r="9999999999"', b't="e"', b't="s"', b't="b"', b't="d"', b"<v>1e999</v>", b"<v>-1</v>",
    b"<f>1+1</f>", b"<v/>", b"<row", b"</row>", b"<mergeCell ref='A1:XFD1048576'/>", b"&a;", b"\0",
    b"<v>9999999</v>", b'ref="A1:ZZZ9"', b'r="ZZZZ1"', b"<!--", b"\xff\xfe", b'sheetId="x"',
)  # fmt: skip
"""What a part may say where it should not."""


@pytest.fixture(scope="module")
def workbook() -> bytes:
    """A small good register."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    dated = ("TH", "H11.2", "b", "01", "01", "01", 28_000.5, "01/1978", 2.0, "=1+1", 3e5, False)
    sheets = {"Phông": FONDS_SHEET, "Hồ sơ": (FILE_UNIT_NAMES, FILE_UNIT_CELLS, dated)}
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.fixture
def look(tmp_path: Path) -> Callable[[bytes], str]:
    """Read bytes as a workbook: the problems in English, empty when it is read."""

    def reading(data: bytes) -> str:
        path = tmp_path / "register.xlsx"
        path.write_bytes(data)
        try:
            read_workbook(path)
        except RuleError as refused:
            findings = refused.findings
        else:
            return ""
        assert {finding.code for finding in findings} <= set(RULES)
        assert all(finding.where for finding in findings)
        return "; ".join(str(finding.values["problem_en"]) for finding in findings)

    return reading


def packed_anew(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    """A workbook with some of its parts replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name) or old.read(name))
    return buffer.getvalue()


def with_number(data: bytes, at: tuple[int, int], value: int) -> bytes:
    """A ZIP whose every header has another number at a place."""
    changed = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        places = [one.header_offset + at[0] for one in archive.infolist()]
        position = archive.start_dir
    while (position := data.find(b"PK\1\2", position)) != -1:
        places.append(position + at[1])
        position += 4
    for place in places:
        changed[place : place + 2] = value.to_bytes(2, "little")
    return bytes(changed)


def test_damaged_workbooks_are_answered(workbook: bytes, look: Callable[[bytes], str]) -> None:
    """Any change to the archive gives a register or findings."""
    assert "formula" in look(workbook)

    @fuzzing(EXAMPLES // 3)
    @given(mutations())
    def answers(changes: list[Mutation]) -> None:
        look(mutated(workbook, changes))

    answers()


def test_damaged_parts_are_answered(workbook: bytes, look: Callable[[bytes], str]) -> None:
    """Any change within the parts of a sound archive gives a register or findings."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    words = st.lists(st.tuples(st.integers(0, 2**32), st.sampled_from(WORDS)), max_size=3)

    @fuzzing(EXAMPLES // 3)
    @given(st.sampled_from(sorted(parts)), mutations(), words)
    def answers(name: str, changes: list[Mutation], inserted: list[tuple[int, bytes]]) -> None:
        part = mutated(parts[name], changes[:2])
        for place, word in inserted:
            at = place % (len(part) + 1)
            part = part[:at] + word + part[at:]
        look(packed_anew(workbook, {name: part}))

    answers()


def test_packed_parts_that_do_not_unpack_are_refused(
    workbook: bytes, look: Callable[[bytes], str]
) -> None:
    """A byte of a packed part is another one, and its unpacker says so in an error of its own."""
    at = workbook.index(b"xl/worksheets/sheet1.xml") + len(b"xl/worksheets/sheet1.xml")
    assert "not an .xlsx" in look(workbook[:at] + b"\xff" + workbook[at + 1 :])


@pytest.mark.parametrize("method", [1, 9, 12, 14, 93, 99])
def test_other_packings_are_refused(
    workbook: bytes, look: Callable[[bytes], str], method: int
) -> None:
    """Parts that claim another packing than they have, known to the library or not."""
    assert look(with_number(workbook, METHOD_AT, method))


def test_a_workbook_behind_a_password_is_refused(
    workbook: bytes, look: Callable[[bytes], str]
) -> None:
    """Entries marked as encrypted are told as no register."""
    assert "encrypted" in look(with_number(workbook, FLAGS_AT, 1))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_entities_in_other_encodings_are_refused(
    workbook: bytes, look: Callable[[bytes], str], encoding: str
) -> None:
    """A part in UTF-16 declares entities no more than one in UTF-8."""
    part = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
    found = look(packed_anew(workbook, {"xl/styles.xml": part.encode(encoding)}))
    assert "document type" in found
