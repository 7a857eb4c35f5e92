"""The six hồ sơ of the sample: what each is about, how it looks and how it was scanned."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.samples.encoding import (
    G4_ONE_STRIP,
    G4_STRIPS,
    GRAY_JPEG,
    GRAY_PNG,
    JPEG,
    LZW_COLOUR,
    PALETTE_PNG,
    RAW_GRAY,
)
from appliance.samples.fonts import Face
from appliance.samples.offices import BINH_THUAN, BINH_THUAN_BEFORE_1975, THUAN_HAI
from appliance.samples.paper import PaperStyle
from appliance.samples.typesetting import Look

if TYPE_CHECKING:
    from appliance.samples.encoding import ScanFormat
    from appliance.samples.letters import Letterhead


@dataclass(frozen=True, slots=True)
class DocumentScript:
    """One document.

    Args:
        type_code: Of ``codes.TYPE_NAME``.
        subject: What it is about.
        issued: Its date.
        paragraphs: How long it is.
        tabled: Whether it ends in a table.
    """

    type_code: str
    subject: str
    issued: dt.date
    paragraphs: int = 3
    tabled: bool = False


@dataclass(frozen=True, slots=True)
class FileUnitScript:
    """One hồ sơ.

    Args:
        file_code: Its code.
        fonds_code: Its fonds.
        inventory_number: Its inventory.
        title: Its title in the register.
        keyword: Its keywords in the register.
        head: The office that its papers come from.
        look: The machine they were typed on.
        paper: What became of the paper.
        forms: The formats of its scans, taken in turn.
        documents: Its documents, in order; a map (type 30) is drawn on A3.
        dpi: Dots per inch of its A4 scans.
        two_sided: Whether the pages of a document stand back to back.
        blank_reverse: Whether the first document's empty last reverse was scanned too.
        pages_per_scan: Pages in each multi-page TIFF; 1 where each page has its own scan.
    """

    file_code: str
    fonds_code: str
    inventory_number: str
    title: str
    keyword: str
    head: Letterhead
    look: Look
    paper: PaperStyle
    forms: tuple[ScanFormat, ...]
    documents: tuple[DocumentScript, ...]
    dpi: int = 200
    two_sided: bool = False
    blank_reverse: bool = False
    pages_per_scan: int = 1


MAP_TYPE: Final = "30"
"""The code of a map in ``codes.TYPE_NAME``."""

_TYPEWRITER: Final = Look(Face.SERIF, 11.5, leading=1.6, is_struck=True)
_OFFICE_SERIF: Final = Look(Face.SERIF, 12.0, leading=1.55)
_PRINTED: Final = Look(Face.SERIF, 12.0, leading=1.5)
_YELLOWED: Final = PaperStyle(
    (226, 204, 158), 0.05, stains=2, folds=(0.5,), punched=True, faded=0.2, most_skew_degrees=2.0
)
_WATER_MARKED: Final = PaperStyle(
    (218, 196, 154), 0.07, stains=4, folds=(0.33, 0.66), faded=0.28, most_skew_degrees=1.4
)
_PELURE: Final = PaperStyle(
    (233, 222, 190), 0.04, stains=1, faded=0.15, show_through=0.16, upright_folds=(0.5,)
)
_GRAYISH: Final = PaperStyle((222, 216, 204), 0.035, faded=0.12, punched=True)
_WHITE: Final = PaperStyle((243, 241, 234), 0.015, faded=0.06, folds=(0.5,), most_skew_degrees=0.6)

FILE_UNITS: Final = (
    FileUnitScript(
        file_code="H11.BTH-1966.012",
        fonds_code="BTH",
        inventory_number="01",
        title="Hồ sơ về việc tu bổ cầu đường và đập nước tại các quận năm 1966",
        keyword="cầu đường, đập nước",
        head=BINH_THUAN_BEFORE_1975,
        look=_TYPEWRITER,
        paper=_YELLOWED,
        forms=(JPEG,),
        documents=(
            DocumentScript("22", "Tu bổ đường liên xã", dt.date(1966, 3, 12), 9),
            DocumentScript("15", "Xin cấp vật liệu tu bổ đập nước", dt.date(1966, 5, 4), 8),
            DocumentScript("14", "Tiến độ thủy nông", dt.date(1966, 9, 20), 4, tabled=True),
        ),
    ),
    FileUnitScript(
        file_code="H11.BTH-1971.045",
        fonds_code="BTH",
        inventory_number="01",
        title="Hồ sơ cứu trợ đồng bào bị thiên tai năm 1971 - 1972",
        keyword="cứu trợ, thiên tai",
        head=BINH_THUAN_BEFORE_1975,
        look=_TYPEWRITER,
        paper=_WATER_MARKED,
        forms=(RAW_GRAY, LZW_COLOUR, GRAY_JPEG),
        documents=(
            DocumentScript("22", "Cứu trợ gia đình nạn nhân bão lụt", dt.date(1971, 10, 28), 9),
            DocumentScript("02", "Cấp phát gạo và vải cứu trợ", dt.date(1971, 11, 9), 7),
            DocumentScript("14", "Kết quả cứu trợ", dt.date(1972, 1, 17), 8),
        ),
    ),
    FileUnitScript(
        file_code="H11.TH-1978.160 Bản đồ",
        fonds_code="TH",
        inventory_number="02",
        title="Hồ sơ quy hoạch thủy lợi và khai hoang huyện Hàm Thuận năm 1978",
        keyword="quy hoạch, thủy lợi, khai hoang",
        head=THUAN_HAI,
        look=_TYPEWRITER,
        paper=_PELURE,
        forms=(JPEG,),
        documents=(
            DocumentScript("15", "Quy hoạch thủy lợi huyện Hàm Thuận", dt.date(1978, 2, 16), 3),
            DocumentScript(MAP_TYPE, "Sơ đồ quy hoạch thủy lợi", dt.date(1978, 2, 10)),
            DocumentScript("02", "Phê duyệt quy hoạch thủy lợi", dt.date(1978, 4, 27), 9),
            DocumentScript("22", "Cấp vật tư cho công trường", dt.date(1978, 6, 2), 4),
            DocumentScript("14", "Khai hoang đợt một", dt.date(1978, 12, 5), 7),
        ),
        two_sided=True,
        blank_reverse=True,
    ),
    FileUnitScript(
        file_code="H11.TH-1985.073",
        fonds_code="TH",
        inventory_number="02",
        title="Báo cáo sản xuất nông nghiệp các huyện năm 1985",
        keyword="nông nghiệp, báo cáo",
        head=THUAN_HAI,
        look=_OFFICE_SERIF,
        paper=_GRAYISH,
        forms=(G4_ONE_STRIP, G4_STRIPS),
        documents=(
            DocumentScript("14", "Sản xuất vụ đông xuân", dt.date(1985, 4, 18), 8, tabled=True),
            DocumentScript("10", "Gieo trồng vụ mùa", dt.date(1985, 6, 11), 8),
            DocumentScript("14", "Sản xuất vụ hè thu", dt.date(1985, 9, 3), 9, tabled=True),
            DocumentScript("22", "Đôn đốc thu mua lương thực", dt.date(1985, 10, 7), 10),
        ),
        pages_per_scan=3,
    ),
    FileUnitScript(
        file_code="H11.BT-1992.008",
        fonds_code="BT",
        inventory_number="01",
        title="Quyết định về tổ chức bộ máy của tỉnh sau khi tái lập năm 1992",
        keyword="tổ chức bộ máy, tái lập tỉnh",
        head=BINH_THUAN,
        look=_PRINTED,
        paper=_WHITE,
        forms=(GRAY_PNG, PALETTE_PNG),
        documents=(
            DocumentScript("02", "Tạm giao trụ sở làm việc", dt.date(1992, 4, 21), 10),
            DocumentScript("02", "Phân công nhiệm vụ các ban, ngành", dt.date(1992, 5, 12), 11),
            DocumentScript("10", "Công tác sáu tháng cuối năm", dt.date(1992, 6, 30), 12),
        ),
    ),
    FileUnitScript(
        file_code="H11.BT-1993.021",
        fonds_code="BT",
        inventory_number="01",
        title="Hồ sơ chỉ đạo sản xuất và dân sinh năm 1993",
        keyword="sản xuất, dân sinh",
        head=BINH_THUAN,
        look=_PRINTED,
        paper=_WHITE,
        forms=(JPEG, G4_ONE_STRIP, GRAY_JPEG),
        documents=(
            DocumentScript("14", "Sản xuất nông nghiệp", dt.date(1993, 7, 15), 6, tabled=True),
            DocumentScript("22", "Khắc phục hạn hán", dt.date(1993, 8, 2), 9),
            DocumentScript("10", "Ổn định dân cư vùng kinh tế mới", dt.date(1993, 11, 24), 12),
        ),
        dpi=300,
    ),
)
"""Every hồ sơ of the sample, in the order of the register."""
