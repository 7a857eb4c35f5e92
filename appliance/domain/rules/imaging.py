"""Rules of inspection: what a page image must be."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "IMAGE-NOT-DECODABLE",
        Severity.ERROR,
        "Không giải mã được ảnh {where}: {problem}.",
        "Quét lại trang này; tệp hỏng vẫn được giữ nguyên.",
        "The image {where} cannot be decoded: {problem}.",
        "Scan the page again; the broken file is kept.",
    ),
    Rule(
        "IMAGE-TOO-LARGE",
        Severity.ERROR,
        "Ảnh {where} khai {pixels} điểm ảnh, quá giới hạn {limit}.",
        "Kiểm tra máy quét; ảnh hợp lệ lớn nhất là A0 ở 600 dpi.",
        "The image {where} claims {pixels} pixels, above the limit of {limit}.",
        "Check the scanner; the largest legal scan is A0 at 600 dpi.",
    ),
    Rule(
        "IMAGE-DECODER-CRASHED",
        Severity.ERROR,
        "Bộ giải mã bị dừng khi đọc ảnh {where} (hết bộ nhớ, quá thời gian hoặc lỗi).",
        "Quét lại trang này; các tệp khác không bị ảnh hưởng.",
        "The decoder stopped while reading {where} (memory, time or a crash).",
        "Scan the page again; no other file is affected.",
    ),
    Rule(
        "IMAGE-LOW-DPI",
        Severity.WARNING,
        "Trang {where} quét ở {dpi} dpi, thấp hơn mức {limit} dpi.",
        "Quét lại ở độ phân giải cao hơn nếu bản gốc cho phép.",
        "Page {where} was scanned at {dpi} dpi, below {limit} dpi.",
        "Scan it again at a higher resolution if the original allows.",
    ),
    Rule(
        "IMAGE-DPI-UNKNOWN",
        Severity.WARNING,
        "Trang {where} không ghi độ phân giải đáng tin; tạm tính {dpi} dpi.",
        "Kiểm tra cài đặt máy quét để ảnh có ghi độ phân giải.",
        "Page {where} carries no believable resolution; {dpi} dpi is assumed.",
        "Set the scanner to record its resolution.",
    ),
    Rule(
        "IMAGE-FEW-BITS",
        Severity.WARNING,
        "Trang {where} có {bits} bit màu, thấp hơn mức {limit} bit.",
        "Quét lại ở chế độ màu 24 bit nếu bản gốc có màu.",
        "Page {where} has {bits} bits a pixel, fewer than {limit}.",
        "Scan it again in 24-bit colour if the original has colour.",
    ),
    Rule(
        "IMAGE-BLANK-SUSPECTED",
        Severity.WARNING,
        "Trang {where} có vẻ trắng (mực chiếm {ink_permille}‰).",
        "Xem lại trang; máy không bao giờ tự bỏ trang trắng.",
        "Page {where} looks blank (ink covers {ink_permille}‰).",
        "Look at the page; the box never drops blank pages by itself.",
    ),
)
