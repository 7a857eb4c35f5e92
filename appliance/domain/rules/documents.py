"""Rules of the documents inside a hồ sơ."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "DOCUMENT-RANGE",
        Severity.ERROR,
        "Tài liệu tại {where} ghi từ trang {first} đến trang {last}, nhưng hồ sơ chỉ có các trang "
        "từ 1 đến {pages}.",
        "Sửa trang đầu và trang cuối của tài liệu (trang đầu không lớn hơn trang cuối).",
        "The document at {where} runs from page {first} to page {last}, but the file unit has "
        "pages 1 to {pages}.",
        "Correct the document's first and last page; the first is not after the last.",
    ),
    Rule(
        "DOCUMENT-OVERLAP",
        Severity.ERROR,
        "Tài liệu tại {where} (trang {first}–{last}) trùng trang với tài liệu số {ordinal} "
        "({other}).",
        "Mỗi trang chỉ thuộc một tài liệu: sửa trang đầu, trang cuối của một trong hai tài liệu.",
        "The document at {where} (pages {first}–{last}) shares pages with document {ordinal} "
        "({other}).",
        "A page belongs to one document: correct the first or last page of one of the two.",
    ),
    Rule(
        "DOCUMENT-PAGES",
        Severity.ERROR,
        "Tài liệu tại {where} ghi có {said} trang, nhưng từ trang {first} đến trang {last} là "
        "{found} trang.",
        "Sửa số lượng trang, hoặc trang đầu và trang cuối của tài liệu.",
        "The document at {where} says it has {said} pages, but pages {first} to {last} are "
        "{found}.",
        "Correct the number of pages, or the document's first and last page.",
    ),
    Rule(
        "DOCUMENT-TOTAL",
        Severity.ERROR,
        "Hồ sơ tại {where} ghi tổng số {said} tài liệu, nhưng bảng kê liệt kê {found}.",
        "Sửa tổng số tài liệu, liệt kê đủ các tài liệu, hoặc không liệt kê tài liệu nào.",
        "The file unit at {where} says it has {said} documents, but {found} are listed.",
        "Correct the total, list every document, or list none.",
    ),
    Rule(
        "DOCUMENT-KIND",
        Severity.ERROR,
        "Tài liệu tại {where} ghi loại “{value}”: trang “Tài liệu” chỉ nhận văn bản.",
        "Ghi ảnh vào trang “Ảnh” của bảng kê; ghi âm, ghi hình không đưa vào máy này được.",
        "The document at {where} is given as “{value}”: this sheet takes texts alone.",
        "List pictures on the sheet of pictures; this box takes no sound or video recordings.",
    ),
    Rule(
        "DOCUMENT-GONE",
        Severity.ERROR,
        "Hồ sơ {where} không có tài liệu số {ordinal}, hoặc tài liệu vừa được người khác sửa.",
        "Xem lại danh sách tài liệu của hồ sơ; chưa có gì bị thay đổi.",
        "File unit {where} has no document {ordinal}, or somebody has just changed it.",
        "Look at the file unit's list of documents again; nothing was changed.",
    ),
    Rule(
        "DOCUMENT-SEALED",
        Severity.ERROR,
        "Hồ sơ {where} đã niêm phong, không sửa được danh sách tài liệu.",
        "Mở trang hồ sơ, bấm “Sửa hồ sơ đã niêm phong”, rồi sửa lại danh sách.",
        "File unit {where} is sealed; its list of documents cannot change.",
        "Open a correction on the file unit's page (or `appliance correct`), then change the list.",
    ),
    Rule(
        "PACKAGE-NOT-SEALED",
        Severity.ERROR,
        "Hồ sơ {where} chưa niêm phong, hoặc đang đính chính, nên chưa lập gói tin dạng khác được.",
        "Chờ hồ sơ được niêm phong (xem trang của hồ sơ), rồi làm lại.",
        "File unit {where} is not sealed, or is being corrected: no other form can be made of it.",
        "Wait until it is sealed (see its page), then try again.",
    ),
    Rule(
        "PACKAGE-FORM-EXISTS",
        Severity.ERROR,
        "Đã có tệp {where}: máy không ghi đè lên gói tin nào.",
        "Chuyển tệp đó đi, hoặc chọn thư mục khác.",
        "There is a {where} already: no package is ever written over.",
        "Move it away, or choose another folder.",
    ),
    Rule(
        "PACKAGE-FORM-NOT-VALID",
        Severity.ERROR,
        "Gói tin dạng {profile} của hồ sơ {where} không qua được kiểm tra: {problem}.",
        "Máy không giữ lại gói tin này. Báo kỹ thuật viên, kèm câu trên.",
        "The package of {where} in the form {profile} fails its check: {problem}.",
        "It was not kept. Call the technician, with this sentence.",
    ),
)
