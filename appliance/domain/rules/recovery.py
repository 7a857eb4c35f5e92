"""Rules of the catalogue's backups and of coming back from nothing but the copies."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "BACKUP-NO-KEY",
        Severity.ERROR,
        "Chưa có phiếu khôi phục, nên cơ sở dữ liệu chưa được sao lưu.",
        "Kỹ thuật viên in phiếu: appliance recovery-sheet --out phieu.pdf, bỏ vào hai phong bì "
        "niêm phong, cất ở hai nơi.",
        "There is no recovery sheet yet, so the catalogue is not backed up.",
        "The technician prints it: appliance recovery-sheet --out sheet.pdf, in two sealed "
        "envelopes kept at two places.",
    ),
    Rule(
        "BACKUP-OPEN",
        Severity.ERROR,
        "“{where}” trong bản sao lưu không được mã hóa, hoặc không phải phần của bản sao lưu.",
        "Giữ nguyên tệp, báo kỹ thuật viên xem ai đã lập nó.",
        "{where} in the backup is not encrypted, or is no part of a backup.",
        "Keep it as it is and have the technician find out who made it.",
        source="docs/format.md",
    ),
    Rule(
        "BOX-TWICE",
        Severity.ERROR,
        "Ở {where} có biên nhận cho máy này mà máy này không hề gửi: có hai máy cùng mã.",
        "Dừng một máy ngay. Gọi kỹ thuật viên: máy cũ chưa tắt hẳn, hoặc máy được khôi phục hai "
        "lần.",
        "{where} has receipts for this box that this box never earned: two boxes have one id.",
        "Stop one of them now. Call the technician: the old box still runs, or the box was "
        "recovered twice.",
    ),
    Rule(
        "RECOVER-COPY-MISSING",
        Severity.ERROR,
        "Gói {where} của hồ sơ {file_code} không lấy lại được: {problem}.",
        "Chạy lại lệnh khôi phục từ nơi lưu khác với cùng thư mục; những gì đã lấy được giữ "
        "nguyên.",
        "The package {where} of the file unit {file_code} could not be brought back: {problem}.",
        "Run the recovery again from another place into the same folder; what is there stays.",
    ),
    Rule(
        "RECOVER-FOREIGN",
        Severity.ERROR,
        "Gói {where} ở nơi lưu ghi là của máy này nhưng không khóa nào trên phiếu đã ký nó "
        "({problem}); không lấy.",
        "Nếu đó là khóa của máy này, thêm nó vào phần [box] của phiếu rồi chạy lại vào cùng thư "
        "mục. Chỉ khi chắc không phải, thêm --accept-missing để bỏ qua.",
        "The package {where} at the place says that it is of this box, but no key of the sheet "
        "signed it ({problem}); it was left out.",
        "If that is a key of this box, add it to [box] of the sheet's text and run again into the "
        "same folder. Only when it surely is not, add --accept-missing to pass it over.",
    ),
    Rule(
        "RECOVER-BACKUP-PASSED",
        Severity.WARNING,
        "Bản sao lưu {where} không dùng được: {problem}.",
        "Máy thử bản cũ hơn; những gì ghi sau bản đó được lập lại từ chính các gói.",
        "The backup {where} is of no use: {problem}.",
        "The one before it is tried; what was recorded later is rebuilt from the packages.",
    ),
    Rule(
        "RECOVER-NO-BACKUP",
        Severity.WARNING,
        "Không có bản sao lưu cơ sở dữ liệu nào dùng được; mọi thứ được lập lại từ các gói.",
        "Xem docs/recovery.md: những thông tin không nằm trong gói phải nhập lại.",
        "No backup of the catalogue is of use; everything is rebuilt from the packages.",
        "See docs/recovery.md: what no package holds has to be entered again.",
    ),
    Rule(
        "RECOVER-BACKUP-NEEDED",
        Severity.ERROR,
        "Ở {where} không có bản sao lưu cơ sở dữ liệu nào dùng được với khóa này; chưa khôi phục "
        "gì.",
        "Kiểm tra phong bì: phải là khóa của phiếu mới nhất của máy này. Nếu đúng khóa, thử nơi "
        "lưu khác. Chỉ khi không còn cách nào, thêm --without-backup để lập lại tất cả từ các "
        "gói; những thông tin không nằm trong gói phải nhập lại (docs/recovery.md).",
        "{where} has no backup of the catalogue that is of use with this key; nothing was "
        "recovered.",
        "Look at the envelope: it must be the key of this box's newest sheet. If it is, try "
        "another place. Only when nothing helps, add --without-backup to rebuild everything from "
        "the packages; what no package holds has to be entered again (docs/recovery.md).",
    ),
    Rule(
        "RECOVER-NOTHING",
        Severity.ERROR,
        "Ở {where} không có gói nào do máy {box_id} ký; chưa khôi phục gì.",
        "Kiểm tra: phiếu phải là của máy đã mất, và nơi lưu phải đúng. Nếu máy từng đổi khóa, "
        "thêm khóa cũ vào phần [box] của phiếu rồi chạy lại.",
        "{where} holds nothing that the box {box_id} signed; nothing was recovered.",
        "Check that the sheet is the lost box's, and the place the right one. If the box had "
        "another key before, add it to [box] of the sheet's text and run again.",
    ),
    Rule(
        "RECOVER-OLD-SHEET",
        Severity.ERROR,
        "Ở {where} có bản sao lưu của máy này ký bằng khóa không có trên phiếu: phiếu này có thể "
        "là phiếu cũ; chưa khôi phục gì.",
        "Dùng phiếu mới nhất. Nếu khóa nêu bên dưới đúng là của máy, thêm nó vào phần [box] của "
        "phiếu. Chỉ khi chắc không phải của máy, thêm --accept-missing để bỏ qua.",
        "{where} has backups of this box signed by a key that the sheet does not name: it may be "
        "an old sheet; nothing was recovered.",
        "Use the newest sheet. If the key below is the box's, add it to [box] of the sheet's "
        "text. Only when it surely is not, add --accept-missing to pass them over.",
    ),
    Rule(
        "RECOVER-STOPPED",
        Severity.ERROR,
        "Khôi phục dừng lại, chưa xong: {problem}.",
        "Sửa nguyên nhân rồi chạy lại đúng lệnh đó: những gì đã về được giữ nguyên. Nếu nơi lưu "
        "không dùng được, chạy với nơi lưu khác vào cùng thư mục.",
        "The recovery stopped before its end: {problem}.",
        "Mend the cause and run the same command again: what is there stays. If the place is of "
        "no use, run it with another one into the same folder.",
    ),
    Rule(
        "RECOVER-NOT-EMPTY",
        Severity.ERROR,
        "Thư mục {where} đã có thứ khác; không ghi gì vào đó.",
        "Chọn một thư mục mới bằng --into. Muốn làm tiếp một lần khôi phục, dùng đúng phiếu và "
        "đúng thư mục của lần đó.",
        "{where} holds something else; nothing was written there.",
        "Name a new folder with --into. To go on with a recovery, use its sheet and its folder.",
    ),
    Rule(
        "RECOVERY-KEY",
        Severity.ERROR,
        "Không đọc được khóa khôi phục trong tệp {where}.",
        "Quét lại mã QR ở trang đầu của phiếu vào tệp, hoặc gõ lại bốn dòng ở đó; dòng sai được "
        "nêu bên dưới.",
        "The recovery key in {where} cannot be read.",
        "Scan the QR code of the sheet's first page into the file again, or type its four lines; "
        "a wrong one is named below.",
    ),
    Rule(
        "SHEET",
        Severity.ERROR,
        "Phiếu trong tệp {where} không dùng được cho nơi lưu này.",
        "Quét lại mã QR ở trang của nơi lưu vào tệp. Sau --from là tên ghi trên trang đó, hoặc "
        "thư mục nơi ổ đĩa đang gắn; nguyên nhân được nêu bên dưới.",
        "The sheet's text in {where} is of no use for this place.",
        "Scan the QR code of the place's page into the file again. --from takes the name on that "
        "page, or the folder where the disk is mounted; the cause is named below.",
    ),
    Rule(
        "ALREADY-RUNNING",
        Severity.ERROR,
        "Một lần khôi phục khác, hoặc dịch vụ, đang chạy trên thư mục {where}.",
        "Chờ nó xong, hoặc dừng nó, rồi chạy lại.",
        "Another recovery, or the service, runs on the folder {where}.",
        "Wait for its end, or stop it, and run again.",
    ),
    Rule(
        "RECOVER-REBUILT",
        Severity.INFO,
        "Hồ sơ {where} niêm phong sau bản sao lưu cuối: đã lập lại từ gói.",
        "Không cần làm gì; vài thông tin về lúc quét không nằm trong gói (docs/recovery.md).",
        "The file unit {where} was sealed after the last backup: it was rebuilt from its package.",
        "Nothing to do; some facts of its scanning are in no package (docs/recovery.md).",
    ),
    Rule(
        "RECOVER-NOT-SEALED",
        Severity.WARNING,
        "Hồ sơ {where} chưa niêm phong khi máy hỏng: ảnh quét không có ở nơi lưu nào.",
        "Quét lại hồ sơ này từ bản giấy.",
        "The file unit {where} was not sealed when the box was lost: its scans are at no place.",
        "Scan it again from the paper.",
    ),
    Rule(
        "RECOVER-LOST",
        Severity.ERROR,
        "Ảnh quét “{name}” chưa kịp niêm phong khi máy cũ hỏng nên không còn bản nào.",
        "Quét lại trang này từ bản giấy.",
        "The scan “{name}” was in no sealed package when the old box was lost: no copy of it is "
        "left.",
        "Scan the page again from the paper.",
    ),
    Rule(
        "RECOVER-FORKED",
        Severity.ERROR,
        "Hai giấy tờ của máy này cùng mang số sự kiện {counter} nhưng nói khác nhau ({where}).",
        "Có hai máy cùng mã, hoặc máy được khôi phục hai lần. Dừng máy kia, giữ cả hai, gọi kỹ "
        "thuật viên.",
        "Two papers of this box carry the event number {counter} and disagree ({where}).",
        "Two boxes have one id, or the box was recovered twice. Stop the other one, keep both, "
        "call the technician.",
    ),
    Rule(
        "RECOVER-RECEIPTS",
        Severity.WARNING,
        "Sổ biên nhận ở {where} không đọc được hết ({problem}).",
        "Các gói vẫn lấy lại được; lần gửi sau máy xin biên nhận mới.",
        "The receipts at {where} could not all be read ({problem}).",
        "Packages come back all the same; the next deposit earns new receipts.",
    ),
)
