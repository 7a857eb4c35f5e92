"""Rules of carried disks: each refusal has its own code and sentence.

``where`` is the disk's folder, a package or the destination, as each sentence says.
"""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_DISK: Final = (
    Rule(
        "COURIER-NOT-MOUNTED",
        Severity.ERROR,
        "{where} nằm trên ổ đĩa của chính máy này: đĩa mang đi chưa được gắn.",
        "Gắn đĩa rồi làm lại. Không có gì được ghi.",
        "{where} lies on this box's own disk: the disk to be carried is not mounted.",
        "Mount the disk and do it again. Nothing was written.",
    ),
    Rule(
        "COURIER-DISK-EMPTY",
        Severity.ERROR,
        "Trên {where} không có thư mục của đĩa chuyển gói tin.",
        "Kiểm tra đã cắm đúng đĩa chưa.",
        "There is no courier's folder on {where}.",
        "Check that it is the right disk.",
    ),
    Rule(
        "COURIER-DISK-FOREIGN",
        Severity.ERROR,
        "Thư mục của đĩa chuyển trên {where} không mang dấu nhận dạng đúng: {problem}.",
        "Không có gì bị ghi hay xóa. Dùng đĩa khác, hoặc tự dọn thư mục đó sau khi xem kỹ.",
        "The courier's folder on {where} carries no sound mark: {problem}.",
        "Nothing was written or removed. Use another disk, or clear that folder after a good look.",
    ),
    Rule(
        "COURIER-OTHER-BOX",
        Severity.ERROR,
        "Đĩa {where} do máy {box} chuẩn bị, không phải máy này.",
        "Trả đĩa về máy đó, hoặc dùng đĩa khác.",
        "The disk {where} was prepared by the box {box}, not by this one.",
        "Take it back to that box, or use another disk.",
    ),
    Rule(
        "COURIER-OTHER-PLACE",
        Severity.ERROR,
        "Đĩa {where} dành cho kho {store}, không phải kho {wanted}.",
        "Mang đĩa tới đúng nơi, hoặc dùng đĩa khác. Không có gì bị ghi.",
        "The disk {where} is for the store {store}, not for {wanted}.",
        "Take it to its own place, or use another disk. Nothing was written.",
    ),
    Rule(
        "COURIER-UNFINISHED",
        Severity.ERROR,
        "Đĩa {where} chưa được chuẩn bị xong: không có bảng kê.",
        "Mang về máy đã ghi đĩa và chạy lại lệnh chuẩn bị; việc dở dang được làm tiếp.",
        "The disk {where} was never finished: it has no manifest.",
        "Take it back to its box and prepare it again; what was begun goes on.",
    ),
    Rule(
        "COURIER-MANIFEST-BAD",
        Severity.ERROR,
        "Giấy tờ trên đĩa {where} không dùng được: {problem}.",
        "Không có gì được nhận theo giấy đó. Mang đĩa về máy đã ghi và chuẩn bị lại.",
        "A paper on the disk {where} cannot be used: {problem}.",
        "Nothing was taken by it. Take the disk back to its box and prepare it again.",
    ),
    Rule(
        "COURIER-DISK-UNSAFE",
        Severity.ERROR,
        "Trên đĩa có mục không phải tệp hay thư mục thường: {where}.",
        "Không mở mục đó. Hỏi người mang đĩa; kiểm tra đĩa ở máy khác trước khi dùng tiếp.",
        "Something on the disk is no plain file or folder: {where}.",
        "It was not opened. Ask who carried the disk, and look at it elsewhere before using it.",
    ),
    Rule(
        "COURIER-DISK-FULL",
        Severity.ERROR,
        "Đĩa {where} không đủ chỗ cho gói tin nhỏ nhất đang chờ.",
        "Dùng đĩa lớn hơn hoặc dọn bớt.",
        "The disk {where} has no room for the smallest package that waits.",
        "Use a larger disk, or make room on it.",
    ),
    Rule(
        "COURIER-WRITE-DAMAGED",
        Severity.ERROR,
        "Gói {where} ghi lên đĩa rồi đọc lại thì khác: đĩa không đáng tin.",
        "Bỏ đĩa này, dùng đĩa khác. Gói tin vẫn nguyên trên máy và vẫn chờ gửi.",
        "The package {where} reads back from the disk with other bytes: the disk is not sound.",
        "Use another disk. The package is whole on the box and still waits.",
    ),
    Rule(
        "COURIER-NO-RECEIPTS",
        Severity.WARNING,
        "Đĩa {where} chưa có biên nhận nào: nơi nhận chưa lấy gói tin từ đĩa.",
        "Mang đĩa tới nơi nhận và chạy lệnh nhận; không gói nào được tính là đã nộp.",
        "The disk {where} has no receipt yet: the destination has not taken it in.",
        "Take it there and have it taken in; no package counts as deposited.",
    ),
)

_PACKAGE: Final = (
    Rule(
        "COURIER-PACKAGE-DAMAGED",
        Severity.ERROR,
        "Gói {where} trên đĩa đã hỏng hoặc bị tráo: {problem}.",
        "Gói này không được nhận. Mang đĩa về máy đã ghi: gói vẫn chờ và được ghi lại.",
        "The package {where} on the disk is damaged or swapped: {problem}.",
        "It was not taken. Take the disk back: the package still waits and is written again.",
    ),
    Rule(
        "COURIER-RECEIPT-REFUSED",
        Severity.WARNING,
        "Một biên nhận trên đĩa không được công nhận ({where}): {problem}.",
        "Gói đó chưa được tính là đã nộp. Nếu lặp lại, đối chiếu khóa của kho với nơi nhận.",
        "A receipt on the disk is not believed ({where}): {problem}.",
        "That package does not count as deposited. If it repeats, compare the store's key.",
    ),
    Rule(
        "COURIER-NOT-TAKEN",
        Severity.WARNING,
        "Nơi nhận không lấy được {count} gói từ đĩa, lý do {reason}.",
        "Các gói đó vẫn chờ và đi theo đĩa sau; xử lý lý do ở nơi nhận trước.",
        "The destination could not take {count} packages from the disk, for the reason {reason}.",
        "They still wait and go with the next disk; have the reason mended there first.",
    ),
)

_TRIP: Final = (
    Rule(
        "COURIER-LATE",
        Severity.WARNING,
        "Đĩa gửi tới {place} ngày {day} chưa thấy về sau {days} ngày.",
        "Hỏi người mang đĩa. Nếu đã mất, bấm “Đã mất” ở trang Đĩa chuyển: các gói sẽ đi đĩa khác.",
        "The disk sent to {place} on {day} has not come back after {days} days.",
        "Ask who carried it. If it is lost, say so on the page of carried disks: its packages "
        "go with another one.",
    ),
    Rule(
        "COURIER-NO-TRIP",
        Severity.ERROR,
        "Trong sổ không có chuyến đĩa số {where}.",
        "Xem lại số chuyến ở trang Đĩa chuyển hoặc bằng lệnh courier list.",
        "There is no trip of a disk with the number {where}.",
        "Look the number up on the page of carried disks, or by the command courier list.",
    ),
    Rule(
        "COURIER-INTERRUPTED",
        Severity.WARNING,
        "Việc với đĩa ở {where} bị dừng giữa chừng: {problem}.",
        "Cắm lại đĩa và làm lần nữa; phần đã xong được giữ.",
        "The work on the disk at {where} stopped on the way: {problem}.",
        "Plug the disk in and do it again; what was done is kept.",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*_DISK, *_PACKAGE, *_TRIP)
