"""Rows of a register workbook: their fields, what is wrong with a cell, the lists they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.findings import Finding
from appliance.domain.records import SelectionList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.spreadsheet.workbook import Workbook, WorkbookRow

CODE: Final = "arcFileCode"
_SHOWN_CHARACTERS: Final = 60
"""Our own: of a cell, in a sentence about it."""


def only(row: WorkbookRow, names: frozenset[str]) -> dict[str, str]:
    """The values of some columns."""
    return {name: text for name, text in row.values.items() if name in names}


def is_secret(row: WorkbookRow) -> bool:
    """Whether a row is marked secret: nothing of it may be repeated."""
    return row.values.get("mode") == codes.SECRET_MODE


def missing(row: WorkbookRow, *names: str) -> Iterator[Finding]:
    """A finding for each of these cells that is empty."""
    for name in names:
        if not row.values.get(name):
            yield Finding("FIELD-MISSING", row.place_of(name), {"field": name, "label": name})


def wrong(kind: str, row: WorkbookRow, name: str) -> Finding:
    """A cell that holds another kind of text than it should (``NUMBER``, ``DATE``, ``CODE``)."""
    shown = row.values.get(name, "")[:_SHOWN_CHARACTERS]
    values = {"field": name, "label": name, "value": shown}
    return Finding(f"FIELD-NOT-{kind}", row.place_of(name), values)


def paper_sizes(row: WorkbookRow) -> tuple[str, ...]:
    """The paper that a hồ sơ holds, such as ``A4, A3``; empty when the register does not say."""
    text = row.values.get("paper_sizes", "").upper()
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))


def selection_lists(workbook: Workbook) -> tuple[SelectionList, ...]:
    """The lists of the sheet ``Danh mục``, each with its hồ sơ."""
    items: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for row in workbook.list_items:
        code = row.values.get("list_code", "")
        items.setdefault(code, []).append(row.values.get("file_code", ""))
        titles.setdefault(code, row.values.get("title", ""))
    return tuple(
        SelectionList(code, titles[code], tuple(dict.fromkeys(found)))
        for code, found in items.items()
    )
