"""Reads a register workbook into plain texts with their places."""

from __future__ import annotations

import itertools
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.utils import get_column_letter

from appliance.domain.errors import RuleError
from appliance.spreadsheet.cells import CellProblem, cell_text
from appliance.spreadsheet.guarding import guard_workbook
from appliance.spreadsheet.headers import HEADER_SEARCH_ROWS, Header, find_header
from appliance.spreadsheet.layout import SHEETS, SheetLayout, folded
from appliance.spreadsheet.problems import refusal, unreadable
from appliance.spreadsheet.workbook import Workbook, WorkbookRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl.workbook.workbook import Workbook as OpenWorkbook

    from appliance.domain.findings import Finding
    from appliance.spreadsheet.cells import AnyCell

MAX_ROWS: Final = 200_000
"""Our own: rows of one sheet; a larger register is given in parts."""

MAX_COLUMNS: Final = 100
"""Our own: cells further to the right are not looked at."""

_Row = tuple["Sequence[AnyCell]", "Sequence[AnyCell]"]


def read_workbook(path: Path) -> Workbook:
    """Read every sheet of ``layout.SHEETS`` that the workbook holds.

    Sheets and columns are found by name or Vietnamese label, in any order. What the cells say
    is not judged here.

    Args:
        path: An .xlsx; nothing in it is run, and its size and unpacked size are bounded.

    Raises:
        RuleError: ``SHEET-UNREADABLE``: not an .xlsx, a sheet or column missing, a formula
            without a value, an error value, hostile content; each with its place.
    """
    guard_workbook(path)
    with _opened(path) as (values, formulas):
        reader = _Reader(values, formulas)
        parts = {layout.part: tuple(reader.rows(layout)) for layout in SHEETS}
    if reader.problems:
        raise refusal(tuple(reader.problems))
    return Workbook(**parts, findings=tuple(reader.unknown))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[OpenWorkbook, OpenWorkbook]]:
    """The workbook twice: with values, and with formulas to tell empty from uncalculated."""
    try:
        with ExitStack() as stack, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions that openpyxl passes over
            streams = [stack.enter_context(path.open("rb")) for _ in range(2)]
            values = openpyxl.load_workbook(streams[0], read_only=True, data_only=True)
            stack.callback(values.close)
            formulas = openpyxl.load_workbook(streams[1], read_only=True)
            stack.callback(formulas.close)
            yield values, formulas
    except RuleError:
        raise
    except Exception as problem:
        # openpyxl lets out whatever its parsers stumble on, from KeyError to XMLSyntaxError
        reason = f"{type(problem).__name__}: {problem}"[:200]
        finding = unreadable(path.name, f"nội dung tệp bị hỏng ({reason})", f"broken: {reason}")
        raise refusal((finding,)) from problem


class _Reader:
    """Collects the rows and problems of an open workbook."""

    def __init__(self, values: OpenWorkbook, formulas: OpenWorkbook) -> None:
        self._values = values
        self._formulas = formulas
        self._titles = {folded(sheet.title): sheet.title for sheet in values.worksheets}
        self.problems: list[Finding] = []
        self.unknown: list[Finding] = []

    def rows(self, layout: SheetLayout) -> Iterator[WorkbookRow]:
        title = self._titles.get(folded(layout.title))
        if title is None:
            if layout.required:
                self.problems.append(
                    unreadable(
                        layout.title, "thiếu trang tính này", "the workbook lacks this sheet"
                    )
                )
            return
        pairs = self._pairs(title)
        first = list(itertools.islice(pairs, HEADER_SEARCH_ROWS))
        header = self._header(layout, title, first)
        if header is None:
            return
        numbered = enumerate(itertools.chain(first, pairs), start=1)
        for number, pair in itertools.islice(numbered, header.last_row, None):
            row = self._row(header, title, number, pair)
            if row is not None:
                yield row

    def _pairs(self, title: str) -> Iterator[_Row]:
        return zip(_cells(self._values, title), _cells(self._formulas, title), strict=True)

    def _header(self, layout: SheetLayout, title: str, first: Sequence[_Row]) -> Header | None:
        header = find_header(layout, title, [values for values, _ in first])
        if not isinstance(header, Header):
            if layout.required or any(cell.value for row, _ in first for cell in row):
                self.problems.append(header)
            return None
        for finding in header.findings:
            known = self.unknown if finding.code == "FIELD-UNKNOWN" else self.problems
            known.append(finding)
        return header

    def _row(self, header: Header, title: str, number: int, pair: _Row) -> WorkbookRow | None:
        values: dict[str, str] = {}
        for index, column in header.columns.items():
            if index >= len(pair[0]):
                continue
            try:
                text = cell_text(pair[0][index], column)
                _refuse_uncalculated(pair[0][index], pair[1][index])
            except CellProblem as problem:
                place = f"{title}!{get_column_letter(index + 1)}{number}"
                self.problems.append(unreadable(place, problem.vietnamese, problem.english))
                continue
            if text:
                values[column.name] = text
        if values and number > MAX_ROWS:
            self.problems.append(unreadable(title, "quá nhiều dòng", f"over {MAX_ROWS} rows"))
        return WorkbookRow(values, title, number, header.letters) if values else None


def _cells(workbook: OpenWorkbook, title: str) -> Iterator[Sequence[AnyCell]]:
    sheet = workbook[title]
    return sheet.iter_rows(min_row=1, max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS)


def _refuse_uncalculated(value: AnyCell, formula: AnyCell) -> None:
    if value.value is None and formula.data_type == "f":
        raise CellProblem(
            "ô có công thức chưa được tính (mở bằng Excel, lưu lại)",
            "the cell's formula has no value yet: open it in a spreadsheet program and save",
        )
