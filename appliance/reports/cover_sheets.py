"""Cover sheets: one A4 page for each hồ sơ, to be scanned in front of its pages.

The same QR code stands in two corners and a flag bar in the other two: one code that reads is
enough, and a bar that reads says "a sheet of ours" when no code does. A crease, a staple or a
stamp takes one corner, hardly ever four.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from appliance.domain.paper import ISO_SIZES_MM
from appliance.domain.sheets import Sheet, SheetKind, format_sheet
from appliance.imaging.fonts import Face, find_font
from appliance.imaging.symbols import flag_bars, qr_modules
from appliance.reports.drawing import draw_modules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.domain.records import Approval

QR_SIDE_MM: Final = 60.0
"""The longest payload (100 Vietnamese letters) has 81 modules: 0.74 mm each, 5.8 dots of a scan
at 200 dpi; a usual code has 29 modules of 2 mm."""

_WIDTH_MM, _HEIGHT_MM = ISO_SIZES_MM["A4"]
_EDGE_MM: Final = 16.0
"""Symbols keep clear of what printers and scanners cut off, and of their own quiet zones."""

_FRAME_MM: Final = 7.0
_FRAME_LINE_MM: Final = 1.2
_BAR_WIDTH_MM: Final = 62.0
_BAR_HEIGHT_MM: Final = 22.0
_FONT: Final = "sans"
_MIDDLE_TOP_MM: Final = 84.0
_MIDDLE_BOTTOM_MM: Final = 214.0
_LEFT_MM: Final = 20.0
_TEXT_MM: Final = _WIDTH_MM - 2 * _LEFT_MM
_LEADING: Final = 0.45
"""Millimetres of line height for each point of size."""


@dataclass(frozen=True, slots=True)
class CoverSheet:
    """What one sheet says.

    Args:
        file_code: Mã hồ sơ.
        title: Tiêu đề hồ sơ.
        fonds: Code and name of the fonds.
        expected_pages: Pages that the register expects.
        approval: The list and the decision that approves it.
        number: For a rescan sheet: the number that the first page after it replaces.
    """

    file_code: str
    title: str
    fonds: str
    expected_pages: int
    approval: Approval
    number: int | None = None

    @property
    def payload(self) -> str:
        """The text of its QR code."""
        kind = SheetKind.COVER if self.number is None else SheetKind.RESCAN
        return format_sheet(Sheet(kind, self.file_code, self.number))


def cover_sheets_pdf(sheets: Iterable[CoverSheet], *, both_sides: bool = False) -> bytes:
    """A PDF of A4 pages, one for each sheet; the same sheets give the same bytes.

    Args:
        sheets: In the order to be printed.
        both_sides: Print each twice, to be printed on both sides: a scanner that scans both
            sides would take an empty back for a page.

    Raises:
        ConfigError: ``FONT-MISSING``: the typeface is not installed.
        ValueError: No sheet can carry a file code.
    """
    document = FPDF(format="A4", unit="mm")
    document.set_auto_page_break(auto=False)
    document.set_left_margin(_LEFT_MM)
    document.set_title("Tờ bìa hồ sơ")
    document.set_lang("vi")
    document.add_font(_FONT, "", find_font(Face.SANS))
    document.add_font(_FONT, "B", find_font(Face.SANS_BOLD))
    days = []
    for sheet in sheets:
        days.append(sheet.approval.decision_date)
        for _side in range(2 if both_sides else 1):
            _draw(document, sheet)
    midnight = dt.time(tzinfo=dt.UTC)
    document.set_creation_date(dt.datetime.combine(max(days, default=dt.date.min), midnight))
    return bytes(document.output())


def _draw(document: FPDF, sheet: CoverSheet) -> None:
    document.add_page()
    document.set_line_width(_FRAME_LINE_MM)
    inner_width, inner_height = _WIDTH_MM - 2 * _FRAME_MM, _HEIGHT_MM - 2 * _FRAME_MM
    document.rect(_FRAME_MM, _FRAME_MM, inner_width, inner_height)
    right, bottom = _WIDTH_MM - _EDGE_MM, _HEIGHT_MM - _EDGE_MM
    modules = qr_modules(sheet.payload)
    draw_modules(document, modules, (right - QR_SIDE_MM, _EDGE_MM), (QR_SIDE_MM, QR_SIDE_MM))
    draw_modules(document, modules, (_EDGE_MM, bottom - QR_SIDE_MM), (QR_SIDE_MM, QR_SIDE_MM))
    bars, size = flag_bars().reshape(1, -1), (_BAR_WIDTH_MM, _BAR_HEIGHT_MM)
    draw_modules(document, bars, (_EDGE_MM + 6, _EDGE_MM + 4), size)
    draw_modules(document, bars, (right - _BAR_WIDTH_MM - 6, bottom - _BAR_HEIGHT_MM - 4), size)
    _write_heading(document, sheet)
    _write_facts(document, sheet)
    _write_instructions(document, sheet)


def _write_heading(document: FPDF, sheet: CoverSheet) -> None:
    heading = "TỜ BÌA HỒ SƠ" if sheet.number is None else f"TỜ QUÉT LẠI\ntừ số {sheet.number}"
    document.set_xy(_LEFT_MM, _EDGE_MM + 34)
    _paragraph(document, heading, 20, "B", width_mm=QR_SIDE_MM + 36)


def _write_facts(document: FPDF, sheet: CoverSheet) -> None:
    approval = sheet.approval
    day = approval.decision_date.strftime("%d/%m/%Y")
    document.set_xy(_LEFT_MM, _MIDDLE_TOP_MM)
    _fitted(document, sheet.file_code, (34, 26, 20, 15), "B", room_mm=30)
    document.ln(3)
    _fitted(document, sheet.title, (20, 16, 13, 10, 8, 6), "", room_mm=56)
    document.ln(3)
    facts = (
        f"Phông: {sheet.fonds}",
        f"Số trang dự kiến: {sheet.expected_pages}",
        f"Danh mục {approval.list_code}, Quyết định số {approval.decision_number} ngày {day}",
    )
    room_mm = max(_MIDDLE_BOTTOM_MM - document.get_y(), 10)
    _fitted(document, "\n".join(facts), (14, 12, 10, 8, 6), "", room_mm=room_mm)


def _write_instructions(document: FPDF, sheet: CoverSheet) -> None:
    if sheet.number is None:
        steps = (
            "1. Đặt tờ này trước trang đầu tiên của hồ sơ.",
            "2. Quét cùng cả hồ sơ, một lượt.",
            "3. Không viết, không đóng dấu lên các mã.",
        )
    else:
        number = sheet.number
        steps = (
            "1. Đặt tờ này trước các trang quét lại.",
            f"2. Trang đầu tiên sau tờ này thay số {number}, các trang sau thay các số kế tiếp.",
            "3. Không viết, không đóng dấu lên các mã.",
        )
    document.set_xy(_EDGE_MM + QR_SIDE_MM + 10, _MIDDLE_BOTTOM_MM + 5)
    width_mm = _WIDTH_MM - _EDGE_MM - QR_SIDE_MM - 10 - _LEFT_MM
    _paragraph(document, "\n".join(steps), 13, "", width_mm=width_mm)


def _fitted(
    document: FPDF, text: str, sizes_points: tuple[int, ...], style: str, *, room_mm: float
) -> None:
    """A paragraph in the largest of some sizes that leaves it inside its room."""
    for size_points in sizes_points:
        document.set_font(_FONT, style, size_points)
        lines = document.multi_cell(
            _TEXT_MM, size_points * _LEADING, text, dry_run=True, output=MethodReturnValue.LINES
        )
        if isinstance(lines, list) and len(lines) * size_points * _LEADING <= room_mm:
            break
    _paragraph(document, text, size_points, style, width_mm=_TEXT_MM)


def _paragraph(document: FPDF, text: str, size_points: int, style: str, *, width_mm: float) -> None:
    document.set_font(_FONT, style, size_points)
    left_mm = document.get_x()
    document.multi_cell(
        width_mm,
        size_points * _LEADING,
        text,
        align="L",
        new_x=XPos.LEFT,
        new_y=YPos.NEXT,
    )
    document.set_x(left_mm)
