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

# Code, then what happened in Vietnamese and in English.
_PDF: Final = (
    (
        "PDF-UNREADABLE",
        "Không mở được PDF “{where}”: {problem}.",
        "The PDF {where} cannot be opened: {problem}.",
    ),
    (
        "PDF-HEADER",
        "PDF “{where}” thiếu phần đầu hoặc mã ID mà PDF/A đòi hỏi.",
        "The PDF {where} lacks the header or ID that PDF/A demands.",
    ),
    ("PDF-ENCRYPTED", "PDF “{where}” bị mã hóa.", "The PDF {where} is encrypted."),
    (
        "PDF-NOT-PDFA",
        "PDF “{where}” không tự khai là PDF/A-2: {problem}.",
        "The PDF {where} does not declare itself PDF/A-2: {problem}.",
    ),
    (
        "PDF-OUTPUT-INTENT",
        "PDF “{where}” không có hồ sơ màu đầu ra (OutputIntent).",
        "The PDF {where} has no output intent with a colour profile.",
    ),
    (
        "PDF-ACTIVE",
        "PDF “{where}” chứa lệnh tự chạy ({name}).",
        "The PDF {where} holds an action ({name}).",
    ),
    (
        "PDF-ATTACHMENT",
        "PDF “{where}” có tệp đính kèm.",
        "The PDF {where} has attachments.",
    ),
    (
        "PDF-INTERPOLATE",
        "PDF “{where}” có ảnh bật chế độ nội suy.",
        "The PDF {where} has an image with interpolation.",
    ),
    (
        "PDF-STREAM-KIND",
        "PDF “{where}” dùng kiểu nén hoặc luồng ngoài mà PDF/A cấm ({name}).",
        "The PDF {where} uses a filter or external stream that PDF/A forbids ({name}).",
    ),
    (
        "PDF-STREAM",
        "PDF “{where}” có dữ liệu hỏng: {problem}.",
        "The PDF {where} holds damaged data: {problem}.",
    ),
    ("PDF-NO-PAGE", "PDF “{where}” không có trang nào.", "The PDF {where} has no page."),
    (
        "PDF-NO-IMAGE",
        "Trang {page} của PDF “{where}” không có ảnh.",
        "Page {page} of the PDF {where} has no image.",
    ),
    (
        "PDF-FONT",
        "Trang {page} của PDF “{where}” hiện chữ bằng phông không nhúng.",
        "Page {page} of the PDF {where} shows text in a font that is not embedded.",
    ),
)

_PAPERS: Final = (
    (
        "MASTER-DAMAGED",
        "Không giải mã được ảnh gốc “{where}”: {problem}.",
        "The master {where} cannot be decoded: {problem}.",
    ),
    (
        "PAPER-UNREADABLE",
        "Không đọc được giấy kèm hoặc biên nhận {where}: {problem}.",
        "The sidecar or receipt {where} cannot be read: {problem}.",
    ),
    (
        "SIDECAR-NO-PACKAGE",
        "Cạnh {where} không có gói “{name}”.",
        "The package {name} does not lie beside {where}.",
    ),
    (
        "SIDECAR-DIFFERS",
        "Gói khác với giấy kèm {where} ở {field}.",
        "The package differs from {where} in {field}.",
    ),
    (
        "SIGNATURE-MISSING",
        "Không có chữ ký {where}.sig.",
        "The signature {where}.sig is missing.",
    ),
    (
        "SIGNATURE-BAD",
        "Chữ ký của {where} không đúng hoặc không phải của máy được phép.",
        "The signature of {where} is wrong, or not of a machine that may sign.",
    ),
    (
        "RECEIPT-DIFFERS",
        "Gói khác với biên nhận {where} ở {field}.",
        "The package differs from the receipt {where} in {field}.",
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
        "SIDECAR-MISSING",
        Severity.WARNING,
        "Gói {where} không có giấy kèm đã ký.",
        "Lấy giấy kèm và chữ ký từ máy đã đóng gói.",
        "The package {where} has no signed sidecar.",
        "Fetch the sidecar and its signature from the box that sealed it.",
    ),
    Rule(
        "RECEIPT-WEAK",
        Severity.WARNING,
        "Biên nhận {where} chỉ chứng minh mức “{proof}”, chưa phải đọc lại toàn bộ.",
        "Chạy kiểm tra tại nơi nhận để có biên nhận mức read_back.",
        "The receipt {where} proves only “{proof}”, not a full read-back.",
        "Run an audit of that destination to get a read_back receipt.",
    ),
)

RULES: Final = (
    *(Rule(code, Severity.ERROR, vi, _REMAKE_VI, en, _REMAKE_EN) for code, vi, en in _PDF),
    *(Rule(code, Severity.ERROR, vi, _STOP_VI, en, _STOP_EN) for code, vi, en in _PAPERS),
    *_OTHERS,
)
