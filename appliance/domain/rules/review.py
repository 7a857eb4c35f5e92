"""Rules over all pages of a hồ sơ: order, gaps, twins, paper."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "PAGES-ALIKE",
        Severity.WARNING,
        "Trang {page} và trang {other} của hồ sơ {file_code} trông như cùng một trang giấy.",
        "Xem hai ảnh cạnh nhau rồi trả lời: giữ cả hai, hoặc bỏ trang sau.",
        "Pages {page} and {other} of file unit {file_code} look like one page of paper.",
        "Look at the two pictures and answer: keep both, or leave the later one out.",
        asks=True,
    ),
    Rule(
        "PAGES-SAME-BYTES",
        Severity.WARNING,
        "Trang {page} và trang {other} của hồ sơ {file_code} trùng nhau từng bit.",
        "Xem hai ảnh cạnh nhau rồi trả lời: giữ cả hai, hoặc bỏ trang sau.",
        "Pages {page} and {other} of file unit {file_code} have the very same bytes.",
        "Look at the two pictures and answer: keep both, or leave the later one out.",
        asks=True,
    ),
    Rule(
        "PAGES-NUMBER-GAP",
        Severity.WARNING,
        "Hồ sơ {file_code} đủ số trang nhưng thiếu số thứ tự {missing}, ngay trước tệp số "
        "{number}.",
        "Đếm lại tờ giấy ở chỗ đó rồi trả lời: không thiếu trang, hoặc quét bổ sung.",
        "File unit {file_code} has all its pages, but number {missing} is missing before file "
        "number {number}.",
        "Count the paper there and answer: nothing is missing, or scan what is.",
        asks=True,
    ),
    Rule(
        "PAGES-MORE-THAN-SIDES",
        Severity.WARNING,
        "Hồ sơ {file_code} có {pages} trang trên {sheets} tờ: nhiều hơn hai mặt mỗi tờ.",
        "Kiểm tra số tờ và số trang trong bảng kê.",
        "File unit {file_code} has {pages} pages on {sheets} sheets: more than two sides each.",
        "Check the numbers of sheets and pages in the register.",
    ),
    Rule(
        "PAGES-FEWER-THAN-SHEETS",
        Severity.WARNING,
        "Hồ sơ {file_code} có {pages} trang trên {sheets} tờ: có tờ chưa được quét mặt nào.",
        "Kiểm tra số tờ và số trang trong bảng kê; quét bổ sung tờ còn thiếu.",
        "File unit {file_code} has {pages} pages on {sheets} sheets: a sheet has no scanned side.",
        "Check the numbers in the register; scan the missing sheet.",
    ),
    Rule(
        "PAGES-DUPLEX-FEW",
        Severity.WARNING,
        "Hồ sơ {file_code} quét hai mặt: {sheets} tờ phải có {sides} trang, nhưng chỉ có {pages}.",
        "Đếm lại số tờ: có thể hai tờ đã vào máy quét cùng lúc, hoặc máy quét tự bỏ mặt trắng. "
        "Thiếu tờ nào thì quét bổ sung tờ đó và sửa số trang trong bảng kê.",
        "File unit {file_code} was scanned on both sides: {sheets} sheets make {sides} pages, but "
        "there are {pages}.",
        "Count the sheets: two may have gone through the scanner at once, or the scanner itself "
        "leaves out blank sides. Scan what is missing, and correct the register's pages.",
    ),
    Rule(
        "PAGES-DUPLEX-ODD",
        Severity.WARNING,
        "Hồ sơ {file_code} quét hai mặt nhưng có số trang lẻ ({pages}).",
        "Xem lại: máy quét có thể đã bỏ một mặt giấy.",
        "File unit {file_code} was scanned on both sides but has an odd number of pages ({pages}).",
        "Look again: the scanner may have left out one side.",
    ),
    Rule(
        "PAGE-SIZE-UNEXPECTED",
        Severity.WARNING,
        "Trang {page} của hồ sơ {file_code} là khổ {size}, bảng kê chỉ ghi {expected}.",
        "Kiểm tra trang này: có thể quét nhầm khổ giấy hoặc nhầm hồ sơ.",
        "Page {page} of file unit {file_code} is {size}, the register says {expected}.",
        "Look at the page: the scanner's paper size or the file unit may be wrong.",
    ),
    Rule(
        "REVIEW-CANNOT-DROP",
        Severity.ERROR,
        "Trang {page} nằm trong tệp “{name}” có nhiều trang nên không bỏ riêng được.",
        "Quét lại tệp này không có trang thừa, với cùng số thứ tự.",
        "Page {page} is one of several in “{name}” and cannot be left out alone.",
        "Scan that file again without the page, under the same number.",
    ),
    Rule(
        "REVIEW-NO-QUESTION",
        Severity.ERROR,
        "Câu hỏi này không còn: trang đã được trả lời hoặc đã thay đổi.",
        "Mở lại trang hồ sơ để xem tình trạng hiện tại.",
        "There is no such question any more: it was answered, or the page changed.",
        "Open the file unit again to see how it stands.",
    ),
)
