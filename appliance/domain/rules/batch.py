"""Rules of batches that are split by cover sheets."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "BATCH-NO-SHEET",
        Severity.ERROR,
        "Tập quét “{place}” bắt đầu bằng trang “{name}” mà không có tờ bìa mã QR đứng trước.",
        "Quét riêng tờ bìa của hồ sơ này vào cùng thư mục: máy ghép vào đầu tập rồi tự thử lại. "
        "Hoặc xem ảnh trên trang web và ghi mã hồ sơ.",
        "The batch “{place}” begins with the page “{name}”: no cover sheet stands before it.",
        "Scan this file unit's cover sheet alone into the same folder: it goes to the front of "
        "the batch, which is tried again. Or look at the page and name the file unit.",
        retries=True,
    ),
    Rule(
        "BATCH-SHEET-UNREADABLE",
        Severity.ERROR,
        "Trang “{name}” của tập quét “{place}” là tờ bìa nhưng không đọc được mã QR.",
        "In lại tờ bìa rồi quét riêng vào cùng thư mục với đúng tên “{name}”: máy tự thử lại. "
        "Hoặc xem ảnh trên trang web và ghi mã hồ sơ.",
        "“{name}” of the batch “{place}” is a cover sheet whose QR code cannot be read.",
        "Print the sheet again and scan it alone into the same folder under the name “{name}”: "
        "the batch is tried again. Or look at the sheet and name the file unit.",
        retries=True,
    ),
    Rule(
        "BATCH-PAGE-PARKED",
        Severity.ERROR,
        "Trang “{name}” của tập quét “{place}” bị hỏng; không biết đó là tờ bìa hay trang tài "
        "liệu.",
        "Quét lại riêng trang này vào cùng thư mục với đúng tên “{name}”: máy tự thử lại.",
        "“{name}” of the batch “{place}” is broken: it may be a cover sheet or a page.",
        "Scan it again, alone, into the same folder under the name “{name}”: the batch is tried "
        "again.",
        retries=True,
    ),
    Rule(
        "BATCH-SHEET-INSIDE",
        Severity.ERROR,
        "Tệp nhiều trang “{name}” của tập quét “{place}” có tờ bìa ở giữa (trang {frame}).",
        "Đặt máy quét ghi mỗi trang một tệp, hoặc để tờ bìa mở đầu mỗi tệp, rồi quét lại tập "
        "này; sau đó cho tập cũ vào lịch sử.",
        "The multi-page file “{name}” of the batch “{place}” has a cover sheet inside it "
        "(page {frame}).",
        "Set the scanner to one page a file, or begin each file with its sheet, and scan the "
        "batch again; then set this one aside.",
    ),
    Rule(
        "BATCH-UNKNOWN-FILE-UNIT",
        Severity.ERROR,
        "Tờ bìa “{name}” của tập quét “{place}” ghi mã hồ sơ “{file_code}” không có trong bảng kê.",
        "Nhập hồ sơ này vào bảng kê; máy tự thử lại.",
        "The sheet “{name}” of the batch “{place}” names “{file_code}”, which is not registered.",
        "Register the file unit; the batch is tried again.",
        retries=True,
    ),
    Rule(
        "BATCH-NOT-APPROVED",
        Severity.ERROR,
        "Hồ sơ “{file_code}” của tờ bìa “{name}” (tập quét “{place}”) chưa thuộc danh mục nào "
        "được phê duyệt.",
        "Ghi quyết định phê duyệt danh mục; máy tự thử lại.",
        "The file unit “{file_code}” of the sheet “{name}” (batch “{place}”) is on no approved "
        "list.",
        "Record the approval of its list; the batch is tried again.",
        retries=True,
    ),
    Rule(
        "BATCH-FILE-UNIT-SEALED",
        Severity.ERROR,
        "Hồ sơ “{file_code}” của tờ bìa “{name}” (tập quét “{place}”) đã niêm phong.",
        "Nếu là đính chính: mở trang hồ sơ, bấm “Sửa hồ sơ đã niêm phong”, rồi thử lại tập này; "
        "nếu quét nhầm, cho tập này vào lịch sử.",
        "The file unit “{file_code}” of the sheet “{name}” (batch “{place}”) is sealed.",
        "If it is a correction, open one on the file unit's page and retry the batch; if it was "
        "scanned by mistake, set the batch aside.",
    ),
    Rule(
        "BATCH-SET-ASIDE",
        Severity.INFO,
        "Tệp “{name}” thuộc một tập quét đã được người phụ trách cho vào lịch sử.",
        "Không cần làm gì: tệp được giữ, không tính vào hồ sơ nào.",
        "“{name}” belongs to a batch that a person set aside.",
        "Nothing to do: it is kept, and counts for no file unit.",
    ),
    Rule(
        "BATCH-REPEATED",
        Severity.INFO,
        "Tệp “{name}” trùng từng bit, đúng thứ tự, với số {other} của hồ sơ {file_code}.",
        "Không cần làm gì: tập quét được đưa vào hai lần, chỉ tính một lần.",
        "“{name}” repeats number {other} of {file_code}, byte by byte and in order.",
        "Nothing to do: the batch was dropped twice and counts once.",
    ),
)
