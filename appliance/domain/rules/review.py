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
        "PAGES-ALIKE-RUN",
        Severity.WARNING,
        "Các trang {first}–{last} của hồ sơ {file_code} trông giống nhau, như cùng một mẫu in; "
        "giống nhau nhất là trang {other} và trang {page}.",
        "Xem hai ảnh giống nhau nhất rồi trả lời: giữ cả hai nếu là hai tờ, khi đó máy không hỏi "
        "về các trang khác trong đoạn này nữa; bỏ trang sau nếu là một tờ quét hai lần, máy sẽ hỏi "
        "tiếp về hai trang giống nhau kế đó.",
        "Pages {first}-{last} of file unit {file_code} look alike, as one printed form does; most "
        "alike are pages {other} and {page}.",
        "Look at these two pictures and answer: keep both if they are two sheets, and nothing more "
        "is asked about these pages; leave the later one out if it is one sheet scanned twice, and "
        "the next two are asked about.",
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
        "PAGES-OF-ANOTHER-UNIT",
        Severity.WARNING,
        "{count} tệp của hồ sơ {file_code} trùng từng bit với tệp của hồ sơ {other_code}; tệp đầu "
        "là trang {page} ở hồ sơ này, trang {other} ở hồ sơ kia.",
        "Xem thư mục quét có bị chép hai lần, dưới hai mã hồ sơ không. Nếu giấy thuộc cả hai hồ sơ "
        "thì giữ cả hai; nếu không thì bỏ trang ở hồ sơ này, máy hỏi tiếp từng trang còn lại.",
        "Scans of file unit {file_code} ({count}) have the very bytes of scans of file unit "
        "{other_code}; the first is page {page} here and page {other} there.",
        "See whether one folder was copied under two file codes. Keep both if the paper belongs to "
        "both; else leave the page out here, and the next one is asked about.",
        asks=True,
    ),
    Rule(
        "PAGES-TOO-SMALL",
        Severity.WARNING,
        "Ảnh của trang {page} trong hồ sơ {file_code} có cạnh chỉ {pixels} điểm ảnh, quá nhỏ để là "
        "một trang giấy.",
        "Xem tờ giấy; máy quét có thể đã lỗi. Quét lại trang này, hoặc trả lời giữ trang này nếu "
        "ảnh đúng như vậy.",
        "The picture of page {page} of file unit {file_code} has a side of {pixels} pixels, too "
        "small for a page of paper.",
        "Look at the paper; the scanner may have failed. Scan the page again, or answer keep if "
        "the picture is as it should be.",
        asks=True,
    ),
    Rule(
        "PAGES-RESCAN-BLANK",
        Severity.WARNING,
        "Trang {page} của hồ sơ {file_code} được quét lại thành trang trắng, còn bản trước có nội "
        "dung.",
        "Xem bản trước và tờ giấy. Nếu mặt giấy đúng là trắng thì trả lời giữ trang này. Nếu "
        "không (ví dụ mặt sau của một tờ quét lại đã chiếm chỗ trang này), quét lại trang này.",
        "Page {page} of file unit {file_code} was scanned again as a blank page; the earlier scan "
        "is not blank.",
        "Look at the earlier scan and at the paper. If that side really is blank, answer keep. If "
        "not (the back of a rescanned sheet took this page's place, say), scan the page again.",
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
