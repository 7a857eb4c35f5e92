"""Rules of machine-read text: a page without it is sealed all the same, and says why."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "TEXT-TIMED-OUT",
        Severity.WARNING,
        "Máy chưa đọc xong chữ trên trang {where} sau {seconds} giây nên đã dừng; trang này không "
        "tìm được theo nội dung.",
        "Xem ảnh: trang nhiều hình vẽ hoặc vết bẩn thì bỏ qua; nếu là trang chữ rõ, báo kỹ thuật "
        "viên tăng page_seconds trong mục [text] rồi quét lại trang.",
        "The text of page {where} was not read within {seconds} seconds; the page cannot be found "
        "by its content.",
        "Look at the image: for drawings and stains there is nothing to do; if it is clear print, "
        "have page_seconds in [text] raised and scan the page again.",
    ),
    Rule(
        "TEXT-FAILED",
        Severity.WARNING,
        "Bộ đọc chữ bị dừng khi đọc trang {where}; ảnh vẫn nguyên vẹn nhưng trang này không tìm "
        "được theo nội dung.",
        "Quét lại trang nếu ảnh mờ hoặc lệch; nếu nhiều trang cùng bị, báo kỹ thuật viên kèm mã "
        "này.",
        "The reader of text stopped on page {where}; its image is whole, but the page cannot be "
        "found by its content.",
        "Scan the page again if it is blurred or crooked; if many pages have this, tell the "
        "technician the code.",
    ),
    Rule(
        "TEXT-SIDEWAYS",
        Severity.INFO,
        "Chữ trên trang {where} nằm ngang; máy đã quay trang {turn_degrees}° theo chiều kim đồng "
        "hồ để đọc, ảnh giữ nguyên.",
        "Bảng biểu in ngang thì không cần làm gì; nếu giấy bị đặt sai chiều thì quay giấy và quét "
        "lại.",
        "The text of page {where} lies on its side; it was read as if turned by {turn_degrees}° "
        "clockwise, the image stays as it is.",
        "Nothing to do for a table that is printed so; if the paper lay the wrong way, turn it and "
        "scan it again.",
    ),
    Rule(
        "TEXT-UNSURE",
        Severity.INFO,
        "Chữ máy đọc được trên trang {where} không đủ tin cậy ({confidence}/100, cần từ {limit}) "
        "nên không dùng; thường gặp ở chữ viết tay, bản vẽ, trang mờ.",
        "Không cần làm gì; trang này không tìm được theo nội dung.",
        "What was read on page {where} is too doubtful ({confidence} of 100, at least {limit} is "
        "asked for) and is not used; so it is with handwriting, drawings and faint pages.",
        "Nothing to do; the page cannot be found by its content.",
    ),
)
