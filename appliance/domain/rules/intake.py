"""Rules of the hot folder and of acceptance."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "INTAKE-INCOMPLETE",
        Severity.ERROR,
        "Tệp “{name}” chưa trọn vẹn sau {minutes} phút chờ: {problem}.",
        "Quét lại trang này; tệp dở dang vẫn được giữ nguyên.",
        "“{name}” is still not whole after {minutes} minutes: {problem}.",
        "Scan the page again; the unfinished file is kept.",
    ),
    Rule(
        "INTAKE-NOT-IMAGE",
        Severity.ERROR,
        "Tệp “{name}” không phải là ảnh quét mà máy đọc được ({problem}).",
        "Kiểm tra cài đặt máy quét: chỉ nhận TIFF, JPEG, PNG, JP2.",
        "“{name}” is not a page image this box reads ({problem}).",
        "Check the scanner's settings: TIFF, JPEG, PNG and JP2 are taken.",
    ),
    Rule(
        "INTAKE-BAD-NAME",
        Severity.ERROR,
        "Tên tệp “{name}” không theo mẫu số thứ tự (ví dụ 0017.tif).",
        "Đặt lại tên tệp ở máy quét theo số thứ tự rồi đưa vào lại.",
        "The name “{name}” does not follow the pattern NNNN.ext (such as 0017.tif).",
        "Set the scanner to number its files and drop it again.",
    ),
    Rule(
        "INTAKE-BAD-PLACE",
        Severity.ERROR,
        "Tệp “{name}” không nằm trong thư mục của một hồ sơ (drop/máy quét/mã hồ sơ).",
        "Đặt tệp vào thư mục mang mã hồ sơ.",
        "“{name}” does not lie in a folder of a file unit (drop/scanner/file code).",
        "Put it into the folder that carries the file code.",
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
        "Nếu cần đính chính, lập phiên bản mới của gói tin.",
        "File unit “{file_code}” is already sealed; “{name}” came after.",
        "If it is a correction, a new version of the package is needed.",
    ),
    Rule(
        "INTAKE-SPECIAL-FILE",
        Severity.ERROR,
        "“{name}” không phải là tệp thường (liên kết, thiết bị hoặc tệp có nhiều tên).",
        "Xóa khỏi thư mục quét; máy không bao giờ mở loại tệp này.",
        "“{name}” is not a regular file (a link, a device, or a file with several names).",
        "Remove it from the hot folder; the box never opens such files.",
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
        "INTAKE-FOLDER-GONE",
        Severity.ERROR,
        "Không thấy thư mục quét “{where}”.",
        "Kiểm tra ổ đĩa hoặc thư mục chia sẻ đã được gắn chưa.",
        "The hot folder “{where}” is gone.",
        "Check that its disk or share is mounted.",
        retries=True,
    ),
)
