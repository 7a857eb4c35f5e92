"""Rules of the hot folder and of acceptance."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "INTAKE-INCOMPLETE",
        Severity.ERROR,
        "Tệp “{name}” chưa trọn vẹn sau {waited} chờ: {problem}.",
        "Quét lại trang này; tệp dở dang vẫn được giữ nguyên.",
        "“{name}” is still not whole after {waited}: {problem}.",
        "Scan the page again; the unfinished file is kept.",
    ),
    Rule(
        "INTAKE-NOT-IMAGE",
        Severity.ERROR,
        "Tệp “{name}” không phải là ảnh quét mà máy đọc được ({problem}).",
        "Nếu là trang tài liệu: cho máy quét ghi TIFF, JPEG, PNG, JP2 hoặc PDF quét rồi quét lại. "
        "Nếu không: cho tệp vào lịch sử.",
        "“{name}” is not a page image this box reads ({problem}).",
        "If it is a page, let the scanner write TIFF, JPEG, PNG, JP2 or scanned PDF and scan it "
        "again. If not, put it into the history.",
    ),
    Rule(
        "INTAKE-BAD-NAME",
        Severity.ERROR,
        "Không hiểu tên tệp “{name}”: {problem}.",
        "Đặt lại tên tệp ở máy quét theo số thứ tự (ví dụ 0017.tif) hoặc theo mẫu tên đã cấu "
        "hình cho máy quét này, rồi đưa vào lại.",
        "The name “{name}” is not understood: {problem}.",
        "Set the scanner to number its files (0017.tif), or to the template configured for it, "
        "and drop it again.",
    ),
    Rule(
        "INTAKE-NAME-TWIN",
        Severity.ERROR,
        "Hai tệp khác nhau cùng lúc nhận một số thứ tự: “{name}” và “{other}”.",
        "Tải tệp này về xem và so với ảnh của bản kia trong hồ sơ. Nếu tệp này là bản quét lại, "
        "bấm “Kiểm tra lại”: nó thay bản kia. Nếu là trang khác, đặt số thứ tự khác rồi đưa vào "
        "lại.",
        "Two different files came for one number at the same time: “{name}” and “{other}”.",
        "Download this one and compare it with the picture of the other in its file unit. If this "
        "one is the rescan, retry it: it takes the other's place. If it is another page, give it "
        "its own number and drop it again.",
    ),
    Rule(
        "INTAKE-OLD-SCAN",
        Severity.ERROR,
        "Tệp “{name}” trùng từng bit với bản cũ của số thứ tự này; từ đó trang đã được quét lại.",
        "Nếu là bản cũ được chép vào lần nữa, cho tệp này vào lịch sử: bản quét lại vẫn được dùng. "
        "Nếu muốn dùng lại bản cũ, bấm “Kiểm tra lại”: nó thay bản quét lại.",
        "“{name}” has the very bytes of an earlier scan of this number; the page was scanned again "
        "since.",
        "If an old copy was dropped once more, put this file into the history: the rescan stays. "
        "If the old scan is wanted after all, retry it: it takes the rescan's place.",
    ),
    Rule(
        "INTAKE-CODE-AMBIGUOUS",
        Severity.ERROR,
        "“{file_code}” không đúng hẳn mã hồ sơ nào, nhưng khác chữ hoa, chữ thường với nhiều mã: "
        "{similar}.",
        "Đặt tên đúng từng chữ như mã trong bảng kê rồi đưa vào lại.",
        "“{file_code}” is no file code, but differs only by case from several: {similar}.",
        "Name it letter by letter as the register does, and drop it again.",
    ),
    Rule(
        "INTAKE-BAD-PLACE",
        Severity.ERROR,
        "Tệp “{name}” không nằm trong thư mục của một hồ sơ (drop/máy quét/mã hồ sơ).",
        "Đưa tệp vào lại, lần này trong thư mục mang mã hồ sơ; rồi cho bản đang để riêng vào "
        "lịch sử.",
        "“{name}” does not lie in a folder of a file unit (drop/scanner/file code).",
        "Drop it again in the folder that carries the file code; then put this one into the "
        "history.",
    ),
    Rule(
        "INTAKE-TOO-DEEP",
        Severity.ERROR,
        "Tệp “{name}” nằm quá sâu: máy quét này chỉ nhận tệp ngay trong thư mục của nó hoặc trong "
        "một thư mục con.",
        "Đưa tệp vào thư mục của máy quét, hoặc một thư mục con cho mỗi tập quét.",
        "“{name}” lies too deep: this scanner's files lie in its own folder or in one below it.",
        "Put it into the scanner's folder, or into one folder below for each batch.",
    ),
    Rule(
        "INTAKE-UNKNOWN-FILE-UNIT",
        Severity.ERROR,
        "Mã hồ sơ “{file_code}” không có trong bảng kê.",
        "Kiểm tra tên thư mục, hoặc nhập hồ sơ này vào bảng kê; máy sẽ tự thử lại.",
        "File code “{file_code}” is not in the register.",
        "Check the folder's name, or register the file unit; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "INTAKE-FILE-UNIT-SEALED",
        Severity.ERROR,
        "Hồ sơ “{file_code}” đã niêm phong; tệp “{name}” đến sau.",
        "Nếu là đính chính: mở trang hồ sơ, bấm “Sửa hồ sơ đã niêm phong”, rồi thử lại tệp này.",
        "File unit “{file_code}” is already sealed; “{name}” came after.",
        "If it is a correction, open one on the file unit's page (or `appliance correct`), and "
        "retry this file.",
    ),
    Rule(
        "INTAKE-SPECIAL-FILE",
        Severity.ERROR,
        "“{where}” không phải là tệp thường (liên kết, thiết bị hoặc tệp có nhiều tên).",
        "Xóa khỏi thư mục quét; máy không bao giờ mở loại tệp này.",
        "“{where}” is not a regular file (a link, a device, or a file with several names).",
        "Remove it from the hot folder; the box never opens such files.",
    ),
    Rule(
        "INTAKE-TOO-LARGE",
        Severity.ERROR,
        "Tệp “{where}” lớn {size_mib} MiB, quá mức {limit_mib} MiB của máy quét này; máy không mở.",
        "Nếu không phải ảnh quét, xóa khỏi thư mục quét. Nếu máy quét làm ra tệp lớn như vậy, chia "
        "thành nhiều tệp, hoặc nhờ kỹ thuật viên tăng max_file_mib.",
        "“{where}” has {size_mib} MiB, more than this scanner's {limit_mib} MiB; it is not opened.",
        "If it is no scan, remove it from the hot folder. If the scanner makes such files, split "
        "them, or have the technician raise max_file_mib.",
        retries=True,
    ),
    Rule(
        "INTAKE-DUPLICATE",
        Severity.INFO,
        "Tệp “{name}” trùng từng bit với tệp đã nhận cho cùng số thứ tự.",
        "Không cần làm gì: tệp chỉ được tính một lần.",
        "“{name}” has the very bytes already accepted for the same number.",
        "Nothing to do: it counts once.",
    ),
    Rule(
        "INTAKE-SAME-BYTES",
        Severity.WARNING,
        "Tệp “{name}” trùng từng bit với tệp số {other} của cùng hồ sơ.",
        "Xem lại hai trang: có thể một trang được quét hai lần.",
        "“{name}” has the very bytes of number {other} of the same file unit.",
        "Look at the two pages: one may have been scanned twice.",
    ),
    Rule(
        "INTAKE-RESCANNED",
        Severity.INFO,
        "Tệp “{name}” được quét lại; bản trước được giữ trong lịch sử.",
        "Không cần làm gì.",
        "“{name}” was scanned again; the earlier one is kept in its history.",
        "Nothing to do.",
    ),
    Rule(
        "INTAKE-SET-ASIDE",
        Severity.INFO,
        "Tệp “{name}” không cần dùng: có người đã xem và cho vào lịch sử.",
        "Không cần làm gì; tệp vẫn được giữ. Nếu cần, đưa tệp vào thư mục quét lần nữa.",
        "“{name}” is not needed: somebody looked at it and put it into the history.",
        "Nothing; it is kept. Drop it once more if it is needed after all.",
    ),
    Rule(
        "INTAKE-FOLDER-GONE",
        Severity.ERROR,
        "Không thấy thư mục quét “{where}”.",
        "Kiểm tra ổ đĩa hoặc thư mục chia sẻ đã được gắn chưa.",
        "The hot folder “{where}” is gone.",
        "Check that its disk or share is mounted.",
        retries=True,
    ),
    Rule(
        "INTAKE-FOLDER-FOREIGN",
        Severity.ERROR,
        "Thư mục quét “{where}” nằm trên một ổ đĩa khác: dấu của máy này không có ở đó.",
        "Gắn đúng ổ đĩa. Nếu đã thay ổ đĩa có chủ ý, làm theo mục “Thay ổ đĩa của thư mục quét” "
        "trong tài liệu vận hành; máy không đọc gì trước khi có dấu.",
        "The hot folder “{where}” is on another disk: this box's mark is not there.",
        "Mount the right disk. If it was replaced on purpose, follow “Another disk for the hot "
        "folder” in the operations manual; nothing is read until the mark is there.",
        retries=True,
    ),
    Rule(
        "INTAKE-OTHER-DISK",
        Severity.ERROR,
        "Thư mục “{where}” nằm trên một hệ tệp khác với thư mục quét, nên máy không nhận tệp ở đó.",
        "Gắn cả thư mục quét trên một hệ tệp, không gắn riêng từng thư mục con.",
        "“{where}” is on another file system than the hot folder, so nothing is taken there.",
        "Mount the whole hot folder as one file system, not its folders one by one.",
        retries=True,
    ),
    Rule(
        "INTAKE-FOLDER-TOO-DEEP",
        Severity.WARNING,
        "Thư mục “{where}” nằm sâu hơn {depth} cấp; máy không vào đó.",
        "Chuyển các tệp lên thư mục mang mã hồ sơ.",
        "“{where}” lies deeper than {depth} levels; the box does not look inside.",
        "Move its files up into the folder that carries the file code.",
        retries=True,
    ),
    Rule(
        "INTAKE-TOO-MANY",
        Severity.WARNING,
        "Thư mục “{where}” có nhiều hơn {limit} mục chờ; máy nhận dần từng phần.",
        "Không cần làm gì nếu số tệp giảm dần. Nếu không, xóa thư mục rỗng và tệp không phải "
        "ảnh quét.",
        "“{where}” holds more than {limit} waiting things; the box takes them in portions.",
        "Nothing, while they grow fewer. Otherwise remove empty folders and what is no scan.",
        retries=True,
    ),
    Rule(
        "INTAKE-STALE-NAME",
        Severity.WARNING,
        "Trong “{where}” có {count} tên ẩn, tên tạm hoặc tên khóa không đổi đã hơn {minutes} phút, "
        "ví dụ “{name}”; máy không nhận những tệp như vậy.",
        "Nếu đó là trang quét gửi dở, quét hoặc gửi lại rồi xóa tệp tạm. Nếu không, xóa đi.",
        "“{where}” holds {count} hidden, temporary or lock names that have not changed for more "
        "than {minutes} minutes, such as “{name}”; the box does not take such files.",
        "If it is a page whose upload broke off, scan or send it again and remove it. Otherwise "
        "just remove it.",
        retries=True,
    ),
    Rule(
        "INTAKE-LOCKED",
        Severity.WARNING,
        "Khóa “{where}” đã nằm đó {minutes} phút; các tệp bên cạnh vẫn chờ máy quét.",
        "Xem máy quét còn đang quét không. Nếu không, xóa khóa; máy sẽ nhận các tệp ngay.",
        "The lock “{where}” has been there for {minutes} minutes; the files beside it wait.",
        "See whether the scanner is still at work. If not, remove the lock; the files follow.",
        retries=True,
    ),
    Rule(
        "INTAKE-HELD-OPEN",
        Severity.WARNING,
        "Tệp “{where}” không thay đổi {minutes} phút nhưng vẫn có chương trình mở để ghi.",
        "Xem máy quét hoặc kết nối của nó có bị treo không; tệp được nhận khi đã đóng.",
        "“{where}” has not changed for {minutes} minutes but is still open for writing.",
        "See whether the scanner or its connection hangs; the file is taken once it is closed.",
        retries=True,
    ),
    Rule(
        "INTAKE-CANNOT-TAKE",
        Severity.ERROR,
        "Máy không chuyển được tệp ra khỏi thư mục “{where}”: {problem}.",
        "Nếu thiếu quyền: cho tài khoản của máy quyền ghi và xóa trong thư mục đó (nhóm appliance, "
        "umask 007). Nếu do ổ đĩa: báo kỹ thuật viên. Các tệp vẫn nằm nguyên; máy tự thử lại.",
        "The box cannot take files out of “{where}”: {problem}.",
        "If it lacks a right, let its account write and remove there (group appliance, umask 007). "
        "If it is the disk, tell the technician. The files stay; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "INTAKE-CANNOT-READ",
        Severity.ERROR,
        "Máy không đọc được “{where}”: {problem}.",
        "Nếu thiếu quyền: cho tài khoản của máy quyền đọc, ghi và xóa ở đó (nhóm appliance, umask "
        "007). Nếu do ổ đĩa: báo kỹ thuật viên. Mọi thứ vẫn nằm nguyên; máy tự thử lại.",
        "The box cannot read “{where}”: {problem}.",
        "If it lacks a right, let its account read, write and remove there (group appliance, umask "
        "007). If it is the disk, tell the technician. All stays; the box tries again by itself.",
        retries=True,
    ),
)
