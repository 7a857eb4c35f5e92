"""The values of a register workbook: rows of plain texts that know where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class WorkbookRow:
    """One row.

    Args:
        values: Texts by column name, NFC and trimmed; an empty cell is an absent key.
        sheet: The sheet's name as the workbook spells it; empty for a row not read from one.
        number: The row's number in the sheet, 1-based; 0 for a row not read from one.
        letters: The column letter of each column name.
    """

    values: Mapping[str, str]
    sheet: str = ""
    number: int = 0
    letters: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The row as findings name it: ``Hồ sơ!7``."""
        return f"{self.sheet}!{self.number}"

    def place_of(self, name: str) -> str:
        """A cell as findings name it, ``Hồ sơ!B7``; the row where the sheet lacks the column."""
        return f"{self.sheet}!{self.letters.get(name, '')}{self.number}"


@dataclass(frozen=True, slots=True)
class Workbook:
    """The rows of every sheet, in order; ``layout.SHEETS`` names the columns.

    Args:
        fonds: Sheet ``Phông``.
        inventories: Sheet ``Mục lục``.
        file_units: Sheet ``Hồ sơ``: ``fonds_code``, ``inventory_number`` and the 18 fields.
        documents: Sheet ``Tài liệu``: ``first_page``, ``last_page`` and the 19 fields.
        pictures: Sheet ``Ảnh``: ``first_page``, ``last_page`` and the fields of a picture.
        agencies: Sheet ``Cơ quan``.
        list_items: Sheet ``Danh mục``: one row per hồ sơ of a selection list.
        findings: Columns that no field has the name of (``FIELD-UNKNOWN``).
    """

    fonds: tuple[WorkbookRow, ...] = ()
    inventories: tuple[WorkbookRow, ...] = ()
    file_units: tuple[WorkbookRow, ...] = ()
    documents: tuple[WorkbookRow, ...] = ()
    agencies: tuple[WorkbookRow, ...] = ()
    list_items: tuple[WorkbookRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    pictures: tuple[WorkbookRow, ...] = ()
