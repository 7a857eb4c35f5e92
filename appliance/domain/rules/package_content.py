"""Rules of a package's content and of the signed papers beside it."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_REMAKE_VI: Final = "Tạo lại PDF/A từ ảnh gốc và lập phiên bản mới của gói; ảnh gốc không đổi."
_REMAKE_EN: Final = "Make the PDF/A again from the masters, in a new version of the package."
_STOP_VI: Final = (
    "Không tin bản này. So với bản ở nơi khác và báo kỹ thuật viên: có thể bị hỏng hoặc bị sửa."
)
_STOP_EN: Final = (
    "Do not trust this copy. Compare it with another place's and tell the technician: "
    "it may be damaged or altered."
)

# Code, what happened in Vietnamese and in English, who asks for it.
_PDF: Final = (
    (
        "PDF-UNREADABLE",
        "Không mở được PDF “{where}”: {problem}.",
        "The PDF {where} cannot be opened: {problem}.",
        "ISO 19005-2, 6.1",
    ),
    (
        "PDF-HEADER",
        "PDF “{where}” thiếu phần đầu hoặc mã ID mà PDF/A đòi hỏi.",
        "The PDF {where} lacks the header or ID that PDF/A demands.",
        "ISO 19005-2, 6.1.2, 6.1.3",
    ),
    (
        "PDF-ENCRYPTED",
        "PDF “{where}” bị mã hóa.",
        "The PDF {where} is encrypted.",
        "ISO 19005-2, 6.1.3",
    ),
    (
        "PDF-NOT-PDFA",
        "PDF “{where}” không tự khai là PDF/A-1 hay PDF/A-2: {problem}.",
        "The PDF {where} does not declare itself PDF/A-1 or PDF/A-2: {problem}.",
        "ISO 19005-2, 6.6.4",
    ),
    (
        "PDF-OUTPUT-INTENT",
        "PDF “{where}” không có hồ sơ màu đầu ra (OutputIntent).",
        "The PDF {where} has no output intent with a colour profile.",
        "ISO 19005-2, 6.2.3",
    ),
    (
        "PDF-ACTIVE",
        "PDF “{where}” chứa lệnh tự chạy ({name}).",
        "The PDF {where} holds an action ({name}).",
        "ISO 19005-2, 6.5, 6.4.1",
    ),
    (
        "PDF-ATTACHMENT",
        "PDF “{where}” có tệp đính kèm.",
        "The PDF {where} has attachments.",
        "docs/format.md; ISO 19005-2, 6.8",
    ),
    (
        "PDF-INTERPOLATE",
        "PDF “{where}” có ảnh bật chế độ nội suy.",
        "The PDF {where} has an image with interpolation.",
        "ISO 19005-2, 6.2.8",
    ),
    (
        "PDF-STREAM-KIND",
        "PDF “{where}” dùng kiểu nén hoặc luồng ngoài mà PDF/A cấm ({name}).",
        "The PDF {where} uses a filter or external stream that PDF/A forbids ({name}).",
        "ISO 19005-2, 6.1.7",
    ),
    (
        "PDF-STREAM",
        "PDF “{where}” có dữ liệu hỏng: {problem}.",
        "The PDF {where} holds damaged data: {problem}.",
        "ISO 32000-1, 7.3.8",
    ),
    (
        "PDF-NO-PAGE",
        "PDF “{where}” không có trang nào.",
        "The PDF {where} has no page.",
        "ISO 32000-1, 7.7.3",
    ),
    (
        "PDF-NO-IMAGE",
        "Trang {page} của PDF “{where}” không có ảnh.",
        "Page {page} of the PDF {where} has no image.",
        "TT 05/2025/TT-BNV, Điều 8",
    ),
    (
        "PDF-FORBIDDEN",
        "PDF “{where}” dùng {name}, điều PDF/A cấm.",
        "The PDF {where} uses {name}, which PDF/A forbids.",
        "ISO 19005-2, 6.2.8, 6.2.9, 6.10, 6.11; ISO 19005-1, 6.4",
    ),
    (
        "PDF-ANNOTATION",
        "Trang {page} của PDF “{where}” có chú thích {name} ngoài ô chữ ký.",
        "Page {page} of the PDF {where} has an annotation {name} that is no quiet signature field.",
        "ISO 19005-2, 6.3",
    ),
    (
        "PDF-PAGE-SIZE",
        "Trang {page} của PDF “{where}” có khổ ngoài giới hạn 3 đến 14400 điểm.",
        "Page {page} of the PDF {where} has a side below 3 or above 14400 points.",
        "ISO 19005-2, 6.1.13",
    ),
    (
        "PDF-COLOUR",
        "Trang {page} của PDF “{where}” có màu {name} mà không hồ sơ màu nào định nghĩa.",
        "Page {page} of the PDF {where} has {name} colours that no profile defines.",
        "ISO 19005-2, 6.2.4.3",
    ),
    (
        "PDF-NOT-MASTER",
        "PDF ở “{where}” chỉ có {found} trang mang đúng dữ liệu ảnh gốc, hồ sơ ghi {expected}.",
        "In {where} only {found} pages carry their master's bytes, though {expected} are said to.",
        "docs/format.md",
    ),
    (
        "PDF-FONT",
        "Trang {page} của PDF “{where}” hiện chữ bằng phông không nhúng.",
        "Page {page} of the PDF {where} shows text in a font that is not embedded.",
        "ISO 19005-2, 6.2.11.4",
    ),
)

_PAPERS: Final = (
    (
        "MASTER-DAMAGED",
        "Không giải mã được ảnh gốc “{where}”: {problem}.",
        "The master {where} cannot be decoded: {problem}.",
        "docs/format.md",
    ),
    (
        "PAPER-UNREADABLE",
        "Không đọc được giấy kèm hoặc biên nhận {where}: {problem}.",
        "The sidecar or receipt {where} cannot be read: {problem}.",
        "docs/format.md",
    ),
    (
        "SIDECAR-NO-PACKAGE",
        "Cạnh {where} không có gói “{name}”.",
        "The package {name} does not lie beside {where}.",
        "docs/format.md",
    ),
    (
        "SIDECAR-DIFFERS",
        "Gói khác với giấy kèm {where} ở {field}.",
        "The package differs from {where} in {field}.",
        "docs/format.md",
    ),
    (
        "SIGNATURE-MISSING",
        "Không có chữ ký {where}.sig.",
        "The signature {where}.sig is missing.",
        "docs/format.md",
    ),
    (
        "SIGNATURE-BAD",
        "Chữ ký của {where} không đúng hoặc không phải của máy được phép.",
        "The signature of {where} is wrong, or not of a machine that may sign.",
        "docs/format.md",
    ),
    (
        "RECEIPT-DIFFERS",
        "Gói khác với biên nhận {where} ở {field}.",
        "The package differs from the receipt {where} in {field}.",
        "docs/format.md",
    ),
    (
        "RECEIPT-GAP",
        "Biên nhận của kho thiếu hoặc sai số: {where} mang số {found}, lẽ ra là {expected}.",
        "The store's list of receipts has a gap: {where} is number {found}, not {expected}.",
        "docs/format.md",
    ),
    (
        "RECEIPT-CHAIN",
        "Biên nhận {where} không nối tiếp biên nhận trước nó: có biên nhận đã bị thay đổi.",
        "The receipt {where} does not follow from the one before it: one of them was altered.",
        "docs/format.md",
    ),
    (
        "RECEIPT-NO-PACKAGE",
        "Biên nhận {where} nói đến gói “{name}”, nhưng kho không còn gói này.",
        "The receipt {where} speaks of the package {name}, which is not in the store.",
        "docs/format.md",
    ),
    (
        "STORE-DIGEST",
        "Nội dung của “{where}” không còn đúng với mã băm là tên của nó.",
        "The bytes of {where} no longer have the digest that is its name.",
        "docs/format.md",
    ),
)

_OTHERS: Final = (
    Rule(
        "MASTER-NOT-DECODED",
        Severity.WARNING,
        "Ảnh gốc {where} chưa được giải mã thử: máy này thiếu bộ giải mã {problem}.",
        "Cài bộ giải mã (gói jbig2dec) rồi kiểm tra lại; các kiểm tra khác vẫn có giá trị.",
        "The master {where} was not decoded: this machine lacks the {problem} decoder.",
        "Install it (package jbig2dec) and check again; the other checks stand.",
    ),
    Rule(
        "DECODE-STOPPED",
        Severity.WARNING,
        "Chưa giải mã thử hết “{where}”: {problem}.",
        "Xem riêng tệp này trên máy khác; các kiểm tra khác vẫn có giá trị.",
        "“{where}” was not decoded to its end: {problem}.",
        "Look at it on another machine; the other checks stand.",
    ),
    Rule(
        "CHECK-STOPPED",
        Severity.WARNING,
        "Việc kiểm tra gói {where} bị dừng giữa chừng: chưa biết gói còn tốt hay không.",
        "Kiểm tra riêng gói này, trên máy có nhiều bộ nhớ hơn; các gói khác vẫn có giá trị.",
        "The check of the package {where} broke down: whether it is good is not known.",
        "Check this package by itself, on a machine with more memory; the others stand.",
    ),
    Rule(
        "SIDECAR-MISSING",
        Severity.WARNING,
        "Gói {where} không có giấy kèm đã ký.",
        "Lấy giấy kèm và chữ ký từ máy đã đóng gói.",
        "The package {where} has no signed sidecar.",
        "Fetch the sidecar and its signature from the box that sealed it.",
        source="docs/format.md",
    ),
    Rule(
        "RECEIPT-WEAK",
        Severity.WARNING,
        "Biên nhận {where} chỉ chứng minh mức “{proof}”, chưa phải đọc lại toàn bộ.",
        "Chạy kiểm tra tại nơi nhận để có biên nhận mức read_back.",
        "The receipt {where} proves only “{proof}”, not a full read-back.",
        "Run an audit of that destination to get a read_back receipt.",
        source="docs/format.md",
    ),
)

RULES: Final = (
    *(
        Rule(code, Severity.ERROR, vi, _REMAKE_VI, en, _REMAKE_EN, source=source)
        for code, vi, en, source in _PDF
    ),
    *(
        Rule(code, Severity.ERROR, vi, _STOP_VI, en, _STOP_EN, source=source)
        for code, vi, en, source in _PAPERS
    ),
    *_OTHERS,
)
