"""Rules of the box's own disk."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "MASTER-DIFFERS",
        Severity.ERROR,
        "Ảnh gốc “{name}” đọc lại từ ổ đĩa khác với lúc đã ghi.",
        "Báo kỹ thuật viên kiểm tra ổ đĩa của máy rồi thử lại; nếu vẫn lỗi, quét lại trang này.",
        "The master “{name}” reads back from the disk differently from what was written.",
        "Have the technician check the box's disk, then retry; if it stays, scan the page again.",
    ),
)
