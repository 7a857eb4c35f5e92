"""The register of the sample: one row for each hồ sơ and document, as an archivist would write."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from appliance.domain import codes
from appliance.domain.records import Approval
from appliance.samples.script import MAP_TYPE
from appliance.spreadsheet.workbook import Workbook, WorkbookRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.samples.pages import MadeDocument, MadeFileUnit

ARCHIVE_CODE: Final = "H11.LTLS"
"""The archive's code: that of the province (QĐ 20/2020/QĐ-TTg) and letters of our own."""

LIST_TITLE: Final = "Danh mục tài liệu lập bản sao dự phòng, đợt 1"
APPROVAL: Final = Approval(
    list_code="DM-2026-01",
    decision_number="1204/QĐ-UBND",
    decision_date=dt.date(2026, 3, 16),
    signer="Đặng Khắc Hoạch",
)
"""The invented decision that approves the sample's list."""

_FONDS: Final = (
    {
        "fonds_code": "BTH",
        "name": "Tòa Hành chánh tỉnh Bình Thuận (trước năm 1975)",
        "creator_code": "BTH",
        "period": "1957-1975",
    },
    {
        "fonds_code": "TH",
        "name": "Ủy ban nhân dân tỉnh Thuận Hải",
        "creator_code": "TH",
        "period": "1976-1991",
    },
    {
        "fonds_code": "BT",
        "name": "Ủy ban nhân dân tỉnh Bình Thuận",
        "creator_code": "H11",
        "period": "1992-2025",
    },
)
_INVENTORIES: Final = (
    {"fonds_code": "BTH", "number": "01", "title": "Tài liệu hành chánh"},
    {"fonds_code": "TH", "number": "02", "title": "Tài liệu kinh tế"},
    {"fonds_code": "BT", "number": "01", "title": "Tài liệu từ khi tái lập tỉnh"},
)
_AGENCIES: Final = (
    {
        "code": "BTH",
        "name": "Tòa Hành chánh tỉnh Bình Thuận",
        "valid_to": "18/04/1975",
        "successor_code": "TH",
    },
    {
        "code": "TH",
        "name": "Ủy ban nhân dân tỉnh Thuận Hải",
        "valid_to": "31/03/1992",
        "successor_code": "H11",
    },
    {
        "code": "H11",
        "name": "Ủy ban nhân dân tỉnh Bình Thuận",
        "valid_from": "01/04/1992",
        "valid_to": "30/06/2025",
        "successor_code": "H36",
    },
    {"code": "H36", "name": "Ủy ban nhân dân tỉnh Lâm Đồng", "valid_from": "01/07/2025"},
    {
        "code": ARCHIVE_CODE,
        "name": "Trung tâm Lưu trữ lịch sử tỉnh Bình Thuận",
        "valid_to": "30/06/2025",
        "parent_code": "H11",
    },
)


def sample_workbook(made: Sequence[MadeFileUnit]) -> Workbook:
    """The register of the hồ sơ that were made.

    Args:
        made: In the order of the register.
    """
    fonds = [{**row, "archive_code": ARCHIVE_CODE, "status": "closed"} for row in _FONDS]
    return Workbook(
        fonds=_rows(fonds),
        inventories=_rows(_INVENTORIES),
        file_units=_rows([_file_unit(unit, number) for number, unit in enumerate(made, start=1)]),
        documents=_rows(
            [
                _document(unit, document, ordinal)
                for unit in made
                for ordinal, document in enumerate(unit.documents, start=1)
            ]
        ),
        agencies=_rows(_AGENCIES),
        list_items=_rows([_list_item(unit) for unit in made]),
    )


def _rows(values: Sequence[dict[str, str]]) -> tuple[WorkbookRow, ...]:
    return tuple(WorkbookRow(row) for row in values)


def _file_unit(unit: MadeFileUnit, number: int) -> dict[str, str]:
    script = unit.script
    issued = sorted(document.issued for document in script.documents)
    return {
        "fonds_code": script.fonds_code,
        "inventory_number": script.inventory_number,
        "arcFileCode": script.file_code,
        "title": script.title,
        "maintenance": "01",
        "mode": "01",
        "language": "01",
        "startDate": _date(issued[0]),
        "endDate": _date(issued[-1]),
        "keyword": script.keyword,
        "totalDoc": str(len(unit.documents)),
        "numberOfPaper": str(unit.papers),
        "numberOfPage": str(unit.pages),
        "format": "02",
        "confidenceLevel": codes.DIGITISED,
        "paperFileCode": f"{ARCHIVE_CODE}.K1-G{number:02d}-H{number + 11:03d}.{number:04d}",
        "riskRecovery": "1",
        "riskRecoveryStatus": "02",
    }


def _document(unit: MadeFileUnit, document: MadeDocument, ordinal: int) -> dict[str, str]:
    script = document.script
    values = {
        "first_page": str(document.first_page),
        "last_page": str(document.last_page),
        "arcFileCode": unit.script.file_code,
        "mode": "01",
        "language": "01",
        "numberOfPage": str(document.last_page - document.first_page + 1),
        "format": "02",
        "confidenceLevel": codes.DIGITISED,
        "docCode": f"{unit.script.file_code}.{ordinal:07d}",
        "docOrdinal": str(ordinal),
        "typeName": script.type_code,
        "codeNumber": document.number,
        "codeNotation": document.notation,
        "issuedDate": _date(script.issued),
        "organName": unit.script.head.organ,
        "subject": script.subject,
        "description": "Khổ A3, gấp đôi" if script.type_code == MAP_TYPE else "",
    }
    return {name: text for name, text in values.items() if text}


def _list_item(unit: MadeFileUnit) -> dict[str, str]:
    return {
        "list_code": APPROVAL.list_code,
        "title": LIST_TITLE,
        "file_code": unit.script.file_code,
    }


def _date(day: dt.date) -> str:
    return day.strftime("%d/%m/%Y")
