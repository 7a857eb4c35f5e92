"""Rules of PDF files that a scanner drops: one whole image a page, and nothing else."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "PDF-DROP-ENCRYPTED",
        Severity.ERROR,
        "Tệp PDF “{where}” bị khóa hoặc mã hóa ({problem}).",
        "Tắt mật khẩu và mã hóa PDF ở máy quét rồi quét lại.",
        "The PDF “{where}” is locked or encrypted ({problem}).",
        "Switch passwords and encryption off at the scanner and scan again.",
    ),
    Rule(
        "PDF-DROP-ACTIVE",
        Severity.ERROR,
        "Tệp PDF “{where}” chứa nội dung hoạt động ({problem}), không phải là bản quét đơn thuần.",
        "Không mở tệp này; kiểm tra máy đã gửi nó, rồi quét lại từ máy quét.",
        "The PDF “{where}” carries active content ({problem}): it is no plain scan.",
        "Do not open it; check the machine that sent it, then scan again.",
    ),
    Rule(
        "PDF-DROP-NOT-SCAN",
        Severity.ERROR,
        "“{where}” không phải là trang quét: {problem}.",
        "Đặt máy quét xuất PDF mỗi trang đúng một ảnh (tắt chế độ PDF nén nhiều lớp), rồi quét "
        "lại; tài liệu điện tử không đi qua thư mục quét.",
        "“{where}” is no scanned page: {problem}.",
        "Set the scanner to write one image a page (no layered, compact PDF) and scan again; "
        "born-digital papers do not go through the hot folder.",
    ),
    Rule(
        "PDF-DROP-DAMAGED",
        Severity.ERROR,
        "Tệp PDF “{where}” bị hỏng: {problem}.",
        "Quét lại; tệp hỏng vẫn được giữ nguyên.",
        "The PDF “{where}” is damaged: {problem}.",
        "Scan it again; the damaged one is kept.",
    ),
    Rule(
        "PDF-DROP-CODING",
        Severity.ERROR,
        "Ảnh trong “{where}” được mã hóa theo cách máy không đọc được: {problem}.",
        "Đặt máy quét nén ảnh bằng JPEG hoặc CCITT G4 (không dùng JBIG2), rồi quét lại.",
        "The image in “{where}” is coded in a way this box does not read: {problem}.",
        "Set the scanner to JPEG or CCITT G4 (not JBIG2) and scan again.",
    ),
)
