"""The target sheet as a PDF: corner marks, patches, an askew square and the QR code of its id."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

from fpdf import FPDF

from appliance.domain.sheets import Sheet, SheetKind, format_sheet
from appliance.domain.targets import LAYOUT, MARK_BITS, MARK_CELLS
from appliance.imaging.fonts import Face, find_font
from appliance.imaging.symbols import qr_modules

if TYPE_CHECKING:
    from appliance.domain.targets import TargetLayout

_FONT: Final = "sans"
_MADE: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The same sheet is the same file: it shows no day."""
_TEXT_POINTS: Final = 10
_ADVICE: Final = (
    "In trên giấy trắng, không bóng, đúng cỡ 100 %, chất lượng cao nhất; giữ phẳng, tránh nắng.\n"
    "Quét cùng lô hồ sơ mỗi ngày, ở chế độ màu. Mỗi máy quét nên có một tờ riêng.\n"
    "Không in lại giữa chừng: tờ mới cần mã mới."
)


def target_sheet_pdf(target_id: str, layout: TargetLayout = LAYOUT) -> bytes:
    """One A4 page; the same id gives the same bytes.

    Args:
        target_id: What its QR code names; letters, digits, dots and hyphens.
        layout: What is where.

    Raises:
        ConfigError: ``FONT-MISSING``: the typeface is not installed.
        ValueError: No sheet can carry the id.
    """
    payload = format_sheet(Sheet(SheetKind.TARGET, target_id))
    document = FPDF(format="A4", unit="mm")
    document.set_auto_page_break(auto=False)
    document.set_creation_date(_MADE)
    document.set_title(f"Tờ chuẩn máy quét {target_id}")
    document.set_lang("vi")
    document.add_font(_FONT, "", find_font(Face.SANS))
    document.add_page()
    _draw_marks(document, layout)
    _draw_code(document, payload, layout)
    for patch in layout.patches:
        document.set_fill_color(patch.red, patch.green, patch.blue)
        document.rect(patch.left_mm, patch.top_mm, layout.patch_mm, layout.patch_mm, style="F")
    _draw_square(document, layout)
    _write(document, target_id)
    return bytes(document.output())


def _draw_marks(document: FPDF, layout: TargetLayout) -> None:
    cell = layout.mark_mm / MARK_CELLS
    inner = MARK_CELLS - 2
    for (left, top), bits in zip(layout.marks, MARK_BITS, strict=True):
        document.set_fill_color(0)
        document.rect(left, top, layout.mark_mm, layout.mark_mm, style="F")
        document.set_fill_color(255)
        for place in range(inner * inner):
            if bits >> (inner * inner - 1 - place) & 1:
                row, column = divmod(place, inner)
                x, y = left + (1 + column) * cell, top + (1 + row) * cell
                document.rect(x, y, cell, cell, style="F")


def _draw_code(document: FPDF, payload: str, layout: TargetLayout) -> None:
    modules = qr_modules(payload)
    side = layout.code_mm / modules.shape[0]
    left, top = layout.code_corner
    document.set_fill_color(0)
    for row, column in zip(*modules.nonzero(), strict=True):
        document.rect(left + column * side, top + row * side, side, side, style="F")


def _draw_square(document: FPDF, layout: TargetLayout) -> None:
    half, (across, down) = layout.square_mm / 2, layout.square_centre
    angle = math.radians(layout.square_degrees)
    corners = [
        (
            across + x * math.cos(angle) - y * math.sin(angle),
            down + x * math.sin(angle) + y * math.cos(angle),
        )
        for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))
    ]
    document.set_fill_color(layout.square_gray)
    document.polygon(corners, style="F")


def _write(document: FPDF, target_id: str) -> None:
    document.set_text_color(0)
    document.set_font(_FONT, "", 2 * _TEXT_POINTS)
    document.set_xy(40, 20)
    document.cell(130, 10, f"TỜ CHUẨN MÁY QUÉT {target_id}", align="C")
    document.set_font(_FONT, "", _TEXT_POINTS)
    document.set_xy(25, 205)
    document.multi_cell(95, 6, _ADVICE, align="L")
