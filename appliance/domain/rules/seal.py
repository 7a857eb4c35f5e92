"""Rules between the last page and the sealed package."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "PAGES-TOO-FEW",
        Severity.WARNING,
        "Hồ sơ {where} mới có {found} trên {expected} trang.",
        "Quét tiếp các trang còn thiếu; kiểm tra các tệp đang chờ xử lý của hồ sơ.",
        "File unit {where} has {found} of {expected} pages.",
        "Scan the missing pages; look at the parked files of this file unit.",
        retries=True,
    ),
    Rule(
        "PAGES-TOO-MANY",
        Severity.ERROR,
        "Hồ sơ {where} có {found} trang, nhiều hơn {expected} trang trong bảng kê.",
        "Đếm lại tờ giấy: sửa số trang trong bảng kê, hoặc bỏ trang quét nhầm. Trang nào có vẻ "
        "được quét hai lần thì máy nêu ở mục “Câu hỏi”.",
        "File unit {where} has {found} pages, more than the {expected} registered.",
        "Count the paper again: correct the register, or take out what was scanned by mistake. "
        "Pages that look scanned twice are among the questions.",
        retries=True,
    ),
    Rule(
        "SEAL-NOT-APPROVED",
        Severity.WARNING,
        "Hồ sơ {where} chưa nằm trong danh mục đã được phê duyệt.",
        "Trình phê duyệt danh mục, rồi ghi số quyết định, ngày, người ký bằng lệnh “appliance "
        "register approve”; máy sẽ tự niêm phong sau đó.",
        "File unit {where} is on no approved list.",
        "Have the list approved and record the decision (number, date, signer) with “appliance "
        "register approve”; sealing follows by itself.",
        retries=True,
    ),
    Rule(
        "SEAL-MASTER-DAMAGED",
        Severity.ERROR,
        "Ảnh quét gốc của {where} không còn khớp mã băm đã ghi.",
        "Dừng đóng gói hồ sơ này. Gọi kỹ thuật viên kiểm tra ổ đĩa, quét lại trang.",
        "A master of {where} no longer matches its recorded digest.",
        "This file unit is not sealed. Have the disk checked and scan the page again.",
    ),
    Rule(
        "SEAL-READ-BACK",
        Severity.ERROR,
        "Gói tin vừa ghi của hồ sơ {where} đọc lại từ ổ đĩa không khớp.",
        "Ảnh gốc còn nguyên; giữ lại gói tin, gọi kỹ thuật viên kiểm tra ổ đĩa.",
        "The package just written for {where} reads back from the disk with other bytes.",
        "The masters are untouched; keep the package and have the disk checked.",
    ),
    Rule(
        "SEAL-NOT-VALID",
        Severity.ERROR,
        "Gói tin vừa đóng của hồ sơ {where} không qua được kiểm tra: {problem}.",
        "Gói bị loại bỏ, ảnh gốc còn nguyên. Báo kỹ thuật viên kèm mã lỗi.",
        "The package just written for {where} fails its check: {problem}.",
        "It was discarded, the masters are untouched. Tell the technician the code.",
    ),
    Rule(
        "DERIVE-FAILED",
        Severity.ERROR,
        "Không tạo được bản dẫn xuất của trang {where}: {problem}.",
        "Máy tự thử lại; nếu lặp lại, báo kỹ thuật viên.",
        "The derivative of page {where} cannot be made: {problem}.",
        "The box tries again; if it goes on, tell the technician.",
        retries=True,
    ),
    Rule(
        "STORAGE-FULL",
        Severity.ERROR,
        "Ổ đĩa của máy không đủ chỗ: cần {needed_bytes} byte, còn {free_bytes} byte.",
        "Giải phóng hoặc thêm ổ đĩa; máy tự làm tiếp khi đủ chỗ.",
        "The box's disk is too full: {needed_bytes} bytes needed, {free_bytes} free.",
        "Free or add disk space; work goes on by itself.",
        retries=True,
    ),
    Rule(
        "STORAGE-FILLED-UP",
        Severity.ERROR,
        "Ổ đĩa của máy đầy giữa chừng khi đang ghi {where}.",
        "Giải phóng hoặc thêm ổ đĩa; máy tự làm tiếp khi đủ chỗ.",
        "The box's disk filled up while {where} was written.",
        "Free or add disk space; work goes on by itself.",
        retries=True,
    ),
    Rule(
        "STAGE-FAILED",
        Severity.ERROR,
        "Bước “{stage}” của {where} bị lỗi: {problem}.",
        "Máy tự thử lại; nếu lặp lại, báo kỹ thuật viên kèm mã lỗi.",
        "The stage {stage} failed for {where}: {problem}.",
        "The box tries again; if it goes on, tell the technician.",
        retries=True,
    ),
)
