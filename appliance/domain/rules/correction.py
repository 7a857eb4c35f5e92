"""Rules of corrections: a sealed hồ sơ becomes version n+1, and never changes version n."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "CORRECTION-OPEN",
        Severity.WARNING,
        "Hồ sơ {where} đang mở để đính chính (phiên bản {version}): {reason}.",
        "Quét lại trang, sửa danh sách tài liệu hoặc nhập lại bảng kê; xong thì bấm “Xong, niêm "
        "phong lại”, hoặc bỏ đính chính.",
        "File unit {where} is open for a correction (version {version}): {reason}.",
        "Rescan pages, change the documents or import the register again; then finish the "
        "correction, or withdraw it.",
    ),
    Rule(
        "CORRECTION-NOT-SEALED",
        Severity.ERROR,
        "Hồ sơ {where} chưa niêm phong nên chưa cần đính chính.",
        "Sửa trực tiếp: quét lại trang, hoặc nhập lại bảng kê.",
        "File unit {where} is not sealed, so it needs no correction.",
        "Change it as it is: scan pages again, or import the register again.",
    ),
    Rule(
        "CORRECTION-NO-REASON",
        Severity.ERROR,
        "Đính chính hồ sơ {where} cần một lý do từ {least} đến {most} ký tự, không có ký tự lạ.",
        "Ghi lý do đính chính (sai gì, theo văn bản nào) rồi làm lại.",
        "A correction of {where} needs a reason of {least} to {most} plain characters.",
        "Write what was wrong, or which paper asks for it, and try again.",
    ),
    Rule(
        "CORRECTION-NONE",
        Severity.ERROR,
        "Hồ sơ {where} không có đính chính nào đang mở.",
        "Mở lại trang hồ sơ để xem tình trạng hiện tại; chưa có gì bị thay đổi.",
        "File unit {where} has no open correction.",
        "Open the file unit again to see how it stands; nothing was changed.",
    ),
    Rule(
        "CORRECTION-NOTHING-CHANGED",
        Severity.ERROR,
        "Chưa có gì thay đổi trong hồ sơ {where} so với phiên bản {version}.",
        "Quét lại trang hoặc nhập lại bảng kê trước, hoặc bỏ đính chính.",
        "Nothing of {where} differs from version {version} yet.",
        "Rescan a page or import the register first, or withdraw the correction.",
    ),
    Rule(
        "CORRECTION-CHANGED",
        Severity.ERROR,
        "Hồ sơ {where} đã khác phiên bản {version}, không bỏ đính chính được nữa.",
        "Hoàn tất đính chính để niêm phong phiên bản mới; phiên bản cũ vẫn được giữ.",
        "{where} differs from version {version} already: the correction cannot be withdrawn.",
        "Finish it, and a new version is sealed; the old one is kept.",
    ),
)
