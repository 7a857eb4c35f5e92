"""The words of the screens for states, events and proofs: fixed, few, never merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain import rules
from appliance.domain.custody import EventType, Outcome
from appliance.domain.receipts import Attestor, Proof
from appliance.domain.records import DocumentKind, PdfPer
from appliance.domain.scanners import WatchWay
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.verdict import Level
from appliance.imaging.ocr import TextOutcome
from appliance.web.language import marked

if TYPE_CHECKING:
    from collections.abc import Mapping

MASTER_WORDS: Final[Mapping[str, str]] = {
    MasterState.ACCEPTED: marked("chờ kiểm tra"),
    MasterState.BATCHED: marked("chờ phân hồ sơ"),
    MasterState.SHEET: marked("tờ bìa"),
    MasterState.INSPECTED: marked("đã kiểm tra"),
    MasterState.PARKED: marked("để riêng"),
    MasterState.DUPLICATE: marked("trùng"),
    MasterState.REPLACED: marked("thôi dùng"),
    MasterState.SEALED: marked("đã niêm phong"),
}
"""The states that a row can hold, in the order of the strip."""

FILE_UNIT_WORDS: Final[Mapping[str, str]] = {
    FileUnitState.REGISTERED: marked("chưa quét"),
    FileUnitState.SCANNING: marked("đang quét"),
    FileUnitState.COMPLETE: marked("đủ trang"),
    FileUnitState.REVIEWED: marked("đã rà soát"),
    FileUnitState.DERIVED: marked("đã xử lý trang"),
    FileUnitState.SEALED: marked("đã niêm phong"),
}

KIND_WORDS: Final[Mapping[str, str]] = {
    DocumentKind.TEXT: marked("văn bản"),
    DocumentKind.PICTURE: marked("ảnh"),
}
"""What a document of a hồ sơ is."""

NEW_KIND_WORDS: Final[Mapping[str, str]] = {
    DocumentKind.TEXT: marked("Thêm văn bản"),
    DocumentKind.PICTURE: marked("Thêm ảnh"),
}

PDF_PER_WORDS: Final[Mapping[str, str]] = {
    "": marked("như cấu hình của máy"),
    PdfPer.FILE_UNIT: marked("cả hồ sơ"),
    PdfPer.DOCUMENT: marked("một tài liệu"),
}
"""What one PDF of a hồ sơ holds."""

DEPOSIT_WORDS: Final[Mapping[str, str]] = {
    DepositState.WAITING: marked("chờ gửi"),
    DepositState.SENDING: marked("đang gửi"),
    DepositState.PROVED: marked("đã kiểm chứng"),
    DepositState.REFUSED: marked("bị từ chối"),
    DepositState.DAMAGED: marked("không khớp mã băm"),
    DepositState.FAR_DAMAGED: marked("bản ở nơi đó bị hỏng"),
}

PROOF_OLD_WORD: Final = marked("đã kiểm chứng, nay quá hạn")
"""Of a proved deposit whose proof is past its time."""

PROOF_WORDS: Final[Mapping[str, str]] = {
    Proof.NONE: marked("chưa có bằng chứng"),
    Proof.SENT: marked("mới chỉ gửi xong"),
    Proof.SIZES: marked("mới chỉ so kích thước"),
    Proof.READ_BACK: marked("đã đọc lại và so mã băm"),
}

ATTESTOR_WORDS: Final[Mapping[str, str]] = {
    Attestor.FAR_SIDE: marked("nơi nhận ký xác nhận"),
    Attestor.BOX: marked("máy này tự đọc lại và ký"),
}

WAY_WORDS: Final[Mapping[str, str]] = {
    WatchWay.EVENTS: marked("báo ngay khi có tệp"),
    WatchWay.POLLING: marked("chỉ xem định kỳ"),
    WatchWay.GONE: marked("không thấy thư mục"),
    WatchWay.UNKNOWN: marked("chưa dò"),
}
"""How the folder of a scanner is watched."""

WAY_LEVELS: Final[Mapping[str, Level]] = {
    WatchWay.EVENTS: Level.GOOD,
    WatchWay.POLLING: Level.WAITING,
    WatchWay.GONE: Level.BROKEN,
    WatchWay.UNKNOWN: Level.UNKNOWN,
}
"""The mark beside one folder; the verdict on the intake is the domain's."""

INTEGRITY_WORDS: Final[Mapping[str, str]] = {
    "pass": marked("tổng kiểm tra trong tệp khớp"),
    "not_checked": marked("chưa kiểm được: định dạng này không tự chứng minh từng điểm ảnh"),
}
"""What the format itself proves about the pixels of a page."""

MODE_WORDS: Final[Mapping[str, str]] = {
    "bitonal": marked("đen trắng"),
    "gray": marked("xám"),
    "palette": marked("bảng màu"),
    "colour": marked("màu"),
    "cmyk": marked("màu in (CMYK)"),
    "other": marked("loại khác"),
}

SIDE_WORDS: Final[Mapping[str, str]] = {
    "left": marked("trái"),
    "right": marked("phải"),
    "top": marked("trên"),
    "bottom": marked("dưới"),
}

TEXT_WORDS: Final[Mapping[str, str]] = {
    TextOutcome.FOUND: marked("đã đọc, tìm được theo nội dung"),
    TextOutcome.NO_TEXT: marked("không thấy chữ"),
    TextOutcome.UNSURE: marked("đọc không đủ tin cậy, không dùng"),
    TextOutcome.TIMED_OUT: marked("đọc quá lâu nên đã dừng"),
    TextOutcome.FAILED: marked("bộ đọc chữ bị dừng"),
    TextOutcome.SWITCHED_OFF: marked("tắt cho phông này"),
}
"""How the reading of a page ended."""

OUTCOME_WORDS: Final[Mapping[str, str]] = {
    Outcome.SUCCESS: marked("đạt"),
    Outcome.FAILURE: marked("không đạt"),
}

QUESTION_CODES: Final = frozenset(code for code, rule in rules.RULES.items() if rule.asks)
"""Findings on a hồ sơ that a person answers on the page of questions."""

EVENT_WORDS: Final[Mapping[str, str]] = {
    EventType.TRANSFER: marked("Số hóa, đưa vào"),
    EventType.INGESTION: marked("Tiếp nhận vào kho"),
    EventType.DIGEST_CALCULATION: marked("Tính mã băm"),
    EventType.VALIDATION: marked("Kiểm tra"),
    EventType.REVIEW: marked("Rà soát"),
    EventType.NORMALIZATION: marked("Tạo bản dẫn xuất"),
    EventType.PACKAGE_CREATION: marked("Đóng gói, niêm phong"),
    EventType.REPLICATION: marked("Nơi nhận xác nhận bản lưu"),
    EventType.EXPORTING: marked("Ghi lên đĩa chuyển, giao đĩa đi"),
    EventType.FIXITY_CHECK: marked("Kiểm tra toàn vẹn"),
    EventType.QUARANTINE: marked("Cách ly bản hỏng"),
    EventType.RECOVERY: marked("Phục hồi từ bản còn tốt"),
    EventType.REGISTRATION: marked("Ghi vào bảng kê"),
    EventType.APPROVAL: marked("Phê duyệt danh mục"),
    EventType.MODIFICATION: marked("Đính chính"),
    EventType.SIGNATURE_VALIDATION: marked("Kiểm tra chữ ký số"),
    EventType.PARKING: marked("Để riêng chờ xử lý"),
    EventType.REPLACEMENT: marked("Thôi dùng: có bản thay hoặc không cần"),
}
