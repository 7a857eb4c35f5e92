"""Finds the header rows of a sheet and which column holds what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openpyxl.utils import get_column_letter

from appliance.domain.findings import Finding
from appliance.spreadsheet.cells import CellProblem, cell_text
from appliance.spreadsheet.layout import ORDINAL_LABELS, folded
from appliance.spreadsheet.problems import unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.spreadsheet.cells import AnyCell
    from appliance.spreadsheet.layout import Column, SheetLayout

HEADER_SEARCH_ROWS: Final = 10
"""Our own: above the header a form may carry its title and who made it."""

_LEAST_MATCHES: Final = 2


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns of one sheet are.

    Args:
        last_row: The row that the header ends on, 1-based; records follow.
        columns: What stands in each column, by 0-based position.
        letters: The column letter of each column name.
        findings: Columns missing, given twice, or of no known name.
    """

    last_row: int
    columns: Mapping[int, Column]
    letters: Mapping[str, str]
    findings: tuple[Finding, ...]


def find_header(
    layout: SheetLayout, title: str, rows: Sequence[Sequence[AnyCell]]
) -> Header | Finding:
    """Look for the header among the first rows of a sheet.

    Args:
        layout: What the sheet should hold.
        title: The sheet's name as the workbook spells it.
        rows: Its first ``HEADER_SEARCH_ROWS`` rows.

    Returns:
        The header, or the finding that there is none.
    """
    matches = [_match(layout, row) for row in rows]
    starts = [index for index, found in enumerate(matches) if len(found) >= _LEAST_MATCHES]
    if not starts:
        return unreadable(title, "không thấy hàng tiêu đề cột", "no header row was found")
    start = starts[0]
    end = start + 1 if start + 1 in starts else start
    return _header(layout, title, rows[start : end + 1], matches[start : end + 1], start + 1)


def _match(layout: SheetLayout, row: Sequence[AnyCell]) -> dict[int, Column]:
    names = {folded(column.name): column for column in layout.columns}
    labels = {folded(column.label): column for column in layout.columns}
    texts = {index: folded(_text_or_nothing(cell)) for index, cell in enumerate(row)}
    known = {index: names.get(text) or labels.get(text) for index, text in texts.items()}
    return {index: column for index, column in known.items() if column}


def _text_or_nothing(cell: AnyCell) -> str:
    """A header text; a cell without one is no header, whatever ails it."""
    try:
        return cell_text(cell)
    except CellProblem:
        return ""


def _header(
    layout: SheetLayout,
    title: str,
    rows: Sequence[Sequence[AnyCell]],
    matches: Sequence[Mapping[int, Column]],
    first_row: int,
) -> Header:
    columns = {index: column for found in matches for index, column in found.items()}
    letters: dict[str, str] = {}
    findings: list[Finding] = []
    for index, column in sorted(columns.items()):
        letter = get_column_letter(index + 1)
        if column.name in letters:
            findings.append(_given_twice(title, column, letters[column.name], letter))
        letters.setdefault(column.name, letter)
    findings += [_missing(title, c) for c in layout.columns if c.required and c.name not in letters]
    findings += _unknown(title, rows[0], columns, first_row)
    return Header(first_row + len(rows) - 1, columns, letters, tuple(findings))


def _missing(title: str, column: Column) -> Finding:
    return unreadable(
        title, f"thiếu cột “{column.label}” ({column.name})", f"the column {column.name} is missing"
    )


def _given_twice(title: str, column: Column, first: str, second: str) -> Finding:
    return unreadable(
        title,
        f"cột “{column.label}” ({column.name}) có hai lần: {first} và {second}",
        f"the column {column.name} occurs twice: {first} and {second}",
    )


def _unknown(
    title: str, row: Sequence[AnyCell], columns: Mapping[int, Column], first_row: int
) -> list[Finding]:
    texts = {index: _text_or_nothing(cell) for index, cell in enumerate(row)}
    return [
        Finding(
            "FIELD-UNKNOWN",
            f"{title}!{get_column_letter(index + 1)}{first_row}",
            {"field": text, "label": text},
        )
        for index, text in texts.items()
        if text and index not in columns and folded(text) not in ORDINAL_LABELS
    ]
