"""The recovery sheet: the private key that opens the backups, and all that a recovery must know.

The first page is the key and is kept in sealed envelopes; the pages after it hold nothing
secret. The key stands there twice: as a QR code with the OpenSSH key that every tool reads, and
as four lines that can be typed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos

from appliance.domain.paper import ISO_SIZES_MM
from appliance.imaging.fonts import Face, find_font
from appliance.imaging.symbols import qr_modules
from appliance.reports.drawing import draw_modules

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY_QR_MM: Final = 84.0
"""An OpenSSH key of 390 letters has 93 modules: 0.9 mm each."""
PLACE_QR_MM: Final = 84.0
_WIDTH_MM, _HEIGHT_MM = ISO_SIZES_MM["A4"]
_EDGE_MM: Final = 18.0
_TEXT_MM: Final = _WIDTH_MM - 2 * _EDGE_MM
_LEADING: Final = 0.45
"""Millimetres of line height for each point of size."""
_FONT: Final = "sans"

_KEEPING: Final = (
    "MẬT. Ai có trang này mở được cơ sở dữ liệu của máy.",
    "1. In hai bản trang này. Mỗi bản bỏ vào một phong bì, niêm phong, ghi ngày, hai người ký.",
    "2. Một phong bì do người đứng đầu cơ quan giữ trong két; một phong bì giữ ở cơ quan khác.",
    "3. Không chụp ảnh, không quét vào máy tính, không gửi qua mạng. Xóa tệp PDF sau khi in.",
    "4. Mở phong bì khi máy bị mất hoặc hỏng. Sau khi khôi phục, in phiếu mới và hủy phiếu cũ.",
)
_USING: Final = (
    "Quét mã QR vào một tệp (đó là khóa OpenSSH), hoặc gõ bốn dòng dưới đây vào một tệp văn bản:",
)


@dataclass(frozen=True, slots=True)
class PlacePage:
    """One destination on the sheet.

    Args:
        name: As ``--from`` takes it.
        label: How people call it.
        facts: Lines for people: host, account, folder.
        text: What its QR code holds and what is printed to be typed: TOML.
        provisioning: What must stand at the place so that the recovery key is let in; empty
            where nothing must.
    """

    name: str
    label: str
    facts: tuple[str, ...]
    text: str
    provisioning: str = ""


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """What the sheet says.

    Args:
        box_id: Which box.
        box_label: How people call it.
        made_on: When it was printed.
        software: Name and version of what recovers.
        public_key: The public half of the key, as one OpenSSH line.
        private_key: The private half as OpenSSH keeps it in a file; empty for a sheet of places
            alone.
        typed_lines: The private half to be typed; none for a sheet of places alone.
        places: Every destination.
    """

    box_id: str
    box_label: str
    made_on: dt.date
    software: str
    public_key: str
    private_key: str
    typed_lines: tuple[str, ...]
    places: tuple[PlacePage, ...]


def recovery_sheet_pdf(sheet: RecoverySheet) -> bytes:
    """The sheet as a PDF of A4 pages.

    Raises:
        ConfigError: ``FONT-MISSING``: the typeface is not installed.
    """
    document = FPDF(format="A4", unit="mm")
    document.set_auto_page_break(auto=True, margin=_EDGE_MM)
    document.set_margins(_EDGE_MM, _EDGE_MM)
    document.set_title(f"Phiếu khôi phục {sheet.box_id}")
    document.set_lang("vi")
    document.set_creation_date(dt.datetime.combine(sheet.made_on, dt.time(tzinfo=dt.UTC)))
    document.add_font(_FONT, "", find_font(Face.SANS))
    document.add_font(_FONT, "B", find_font(Face.SANS_BOLD))
    if sheet.private_key:
        _draw_key(document, sheet)
    _draw_steps(document, sheet)
    for place in sheet.places:
        _draw_place(document, sheet, place)
    return bytes(document.output())


def _draw_key(document: FPDF, sheet: RecoverySheet) -> None:
    _head(document, sheet, "PHIẾU KHÔI PHỤC – TRANG KHÓA")
    _lines(document, _KEEPING, 11)
    left_mm, top_mm = (_WIDTH_MM - KEY_QR_MM) / 2, document.get_y() + 6
    draw_modules(document, qr_modules(sheet.private_key), (left_mm, top_mm), (KEY_QR_MM,) * 2)
    document.set_y(top_mm + KEY_QR_MM + 6)
    _lines(document, _USING, 11)
    document.ln(2)
    _lines(document, sheet.typed_lines, 16, "B")
    document.ln(2)
    _lines(document, ("Chữ cái A–Z và số 2–7; không có số 0, 1, 8.", sheet.public_key), 9)


def _draw_steps(document: FPDF, sheet: RecoverySheet) -> None:
    _head(document, sheet, "PHIẾU KHÔI PHỤC – CÁC BƯỚC")
    first = sheet.places[0].name if sheet.places else "NOI-LUU"
    steps = (
        "Cần có: một máy Linux trống (Debian 12 trở lên), bộ cài của phần mềm, phiếu này.",
        f"1. Cài phần mềm {sheet.software} hoặc mới hơn (docs/operations.md, mục Install).",
        "2. Ghi khóa vào tệp khoa.txt: quét mã QR ở trang khóa, hoặc gõ bốn dòng.",
        "3. Ghi nội dung mã QR của một nơi lưu (các trang sau) vào tệp phieu.toml.",
        "4. Chạy lệnh sau; bị ngắt thì chạy lại đúng lệnh ấy, máy làm tiếp từ chỗ dở:",
    )
    _lines(document, steps, 11)
    command = (
        f"appliance --config phieu.toml recover --from {first} \\",
        "    --into /var/lib/appliance --key khoa.txt",
    )
    _lines(document, command, 11, "B")
    more = (
        "   Nơi lưu là ổ đĩa mang đến: thay tên bằng đường dẫn, ví dụ --from /mnt/disk.",
        "5. Đọc báo cáo ở cuối: những gì đã về, những gì còn thiếu, việc phải làm tiếp.",
        "6. Xóa khoa.txt. Cho phép khóa mới của máy ở từng nơi lưu, như báo cáo chỉ dẫn.",
        "7. In phiếu khôi phục mới, hủy phiếu cũ.",
        "Không có phần mềm này vẫn đọc được: gói .zip mở bằng unzip; bản sao lưu mở bằng",
        "age -d -i khoa.txt data/catalogue.db.gz.age | gunzip > catalogue.db (SQLite).",
    )
    _lines(document, more, 11)
    document.ln(3)
    _lines(document, ("Khóa công khai / public key:", sheet.public_key), 9)


def _draw_place(document: FPDF, sheet: RecoverySheet, place: PlacePage) -> None:
    _head(document, sheet, f"NƠI LƯU: {place.label}")
    _lines(document, (f"Tên trong lệnh: --from {place.name}", *place.facts), 11)
    if place.provisioning:
        document.ln(2)
        _lines(document, ("Nơi lưu cho khóa khôi phục vào đọc bằng dòng này:",), 11)
        _lines(document, (place.provisioning,), 8)
    top_mm = document.get_y() + 6
    left_mm = (_WIDTH_MM - PLACE_QR_MM) / 2
    draw_modules(document, qr_modules(place.text), (left_mm, top_mm), (PLACE_QR_MM,) * 2)
    document.set_y(top_mm + PLACE_QR_MM + 6)
    _lines(document, ("Nội dung mã QR (phieu.toml), gõ lại nếu không quét được:",), 11)
    _lines(document, place.text.splitlines(), 9)


def _head(document: FPDF, sheet: RecoverySheet, title: str) -> None:
    document.add_page()
    document.set_xy(_EDGE_MM, _EDGE_MM)
    _lines(document, (title,), 18, "B")
    day = sheet.made_on.strftime("%d/%m/%Y")
    _lines(document, (f"{sheet.box_label} ({sheet.box_id}) · {day} · {sheet.software}",), 10)
    document.ln(4)


def _lines(document: FPDF, texts: Sequence[str], size_points: int, style: str = "") -> None:
    document.set_font(_FONT, style, size_points)
    for text in texts:
        document.multi_cell(
            _TEXT_MM,
            size_points * _LEADING,
            text or " ",
            align="L",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            wrapmode=WrapMode.CHAR if " " not in text else WrapMode.WORD,
        )
