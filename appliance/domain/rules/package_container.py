"""Rules of a package's container: the ZIP, its names, the bag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

_DAMAGED_VI: Final = (
    "Không dùng bản này. Lấy lại từ một bản đã được chứng minh ở nơi khác, rồi kiểm tra ổ đĩa."
)
_DAMAGED_EN: Final = (
    "Do not use this copy. Take one from a place that proved its own, then check this disk."
)
_FOREIGN_VI: Final = "Gói không theo quy cách: yêu cầu nơi lập gói đóng lại; không tự sửa gói."
_FOREIGN_EN: Final = "The package breaks its format: have its maker write it again; never mend it."

# Code, then what happened in Vietnamese and in English. Copies that the disk or the line spoiled:
_DAMAGED: Final = (
    (
        "ZIP-UNREADABLE",
        "Không đọc được tệp ZIP {where}: {problem}.",
        "The ZIP cannot be read {where}: {problem}.",
    ),
    (
        "ZIP-CRC",
        "Thành phần “{where}” bị hỏng: {problem}.",
        "“{where}” is damaged: {problem}.",
    ),
    (
        "BAG-MISSING",
        "Thiếu “{where}” mà {manifest} có liệt kê.",
        "“{where}” is missing, though {manifest} lists it.",
    ),
    (
        "BAG-DIGEST",
        "Mã băm của “{where}” khác với {manifest}: nội dung đã bị thay đổi.",
        "The digest of “{where}” differs from {manifest}: its bytes have changed.",
    ),
    (
        "BAG-OXUM",
        "Tổng số byte và tệp là {found}, trong khi bag-info.txt ghi {expected}.",
        "The payload measures {found}, but bag-info.txt says {expected}.",
    ),
)

# Packages that were made wrong, or altered on purpose:
_FOREIGN: Final = (
    (
        "ZIP-EXTRA-BYTES",
        "Tệp ZIP có dữ liệu không thuộc thành phần nào {where}: {problem}.",
        "The ZIP holds bytes that belong to no part {where}: {problem}.",
    ),
    (
        "ZIP-HEADERS",
        "Tệp ZIP tự mâu thuẫn về “{where}”: {problem}.",
        "The ZIP contradicts itself about “{where}”: {problem}.",
    ),
    (
        "ZIP-OVERLAP",
        "Thành phần “{where}” của tệp ZIP chồng lên thành phần khác.",
        "“{where}” overlaps another part of the ZIP.",
    ),
    (
        "ZIP-COMPRESSED",
        "Thành phần “{where}” bị nén; gói tin phải để nguyên không nén.",
        "“{where}” is compressed; packages are stored uncompressed.",
    ),
    (
        "ZIP-ENCRYPTED",
        "Thành phần “{where}” bị mã hóa.",
        "“{where}” is encrypted.",
    ),
    (
        "ZIP-DUPLICATE",
        "Tên “{where}” xuất hiện nhiều lần trong tệp ZIP.",
        "The name “{where}” occurs more than once in the ZIP.",
    ),
    (
        "ZIP-TOP-FOLDER",
        "Tệp ZIP phải có đúng một thư mục ngoài cùng: {problem}.",
        "The ZIP must hold exactly one top folder: {problem}.",
    ),
    (
        "NAME-UNSAFE",
        "Tên “{where}” không an toàn: có thể thoát ra ngoài thư mục hoặc chứa ký tự cấm.",
        "The name “{where}” is unsafe: it could leave its folder or holds forbidden characters.",
    ),
    (
        "NAME-CLASH",
        "Tên “{where}” và “{other}” trùng nhau trên một số hệ thống.",
        "The names “{where}” and “{other}” are the same on some systems.",
    ),
    (
        "ENTRY-LINK",
        "“{where}” là liên kết hoặc thiết bị, không phải tệp thường.",
        "“{where}” is a link or a device, not a plain file.",
    ),
    (
        "BAG-NO-DECLARATION",
        "Thiếu bagit.txt: đây không phải là túi BagIt.",
        "bagit.txt is missing: this is no bag.",
    ),
    (
        "BAG-DECLARATION",
        "bagit.txt không đúng mẫu hai dòng của BagIt 1.0.",
        "bagit.txt does not have the two lines that BagIt prescribes.",
    ),
    (
        "BAG-NO-MANIFEST",
        "Gói không có bảng kê mã băm (manifest).",
        "The package has no payload manifest.",
    ),
    (
        "BAG-NO-SHA256",
        "Gói không có bảng kê mã băm SHA-256.",
        "The package has no SHA-256 manifest.",
    ),
    (
        "BAG-NO-TAGMANIFEST",
        "Gói không có tagmanifest-sha256.txt để bảo vệ các bảng kê.",
        "The package has no tagmanifest-sha256.txt to protect its manifests.",
    ),
    (
        "BAG-TAG-UNLISTED",
        "“{where}” không có trong tagmanifest-sha256.txt.",
        "“{where}” is not listed in tagmanifest-sha256.txt.",
    ),
    (
        "BAG-FETCH",
        "Gói có fetch.txt: một phần nội dung nằm ở nơi khác, gói không tự đầy đủ.",
        "The package has fetch.txt: part of it lies elsewhere, so it is not whole.",
    ),
    (
        "BAG-MANIFEST",
        "Bảng kê {where} có dòng {line} không đọc được.",
        "Line {line} of {where} cannot be read.",
    ),
    (
        "BAG-UNSAFE-PATH",
        "Bảng kê {where} nêu đường dẫn không an toàn “{path}”.",
        "{where} names the unsafe path “{path}”.",
    ),
    (
        "BAG-TWICE",
        "Bảng kê {where} nêu “{path}” nhiều lần.",
        "{where} lists “{path}” more than once.",
    ),
    (
        "BAG-EXTRA",
        "“{where}” nằm trong gói nhưng {manifest} không liệt kê.",
        "“{where}” lies in the package, but {manifest} does not list it.",
    ),
    (
        "BAG-INFO",
        "bag-info.txt có dòng {line} không đúng mẫu “Tên: giá trị”.",
        "Line {line} of bag-info.txt is not of the form “Label: value”.",
    ),
)

_OTHERS: Final = (
    Rule(
        "ZIP-EXTRA-FIELD",
        Severity.WARNING,
        "Thành phần “{where}” mang trường phụ mà quy cách gói không dùng.",
        "Không cần làm gì nếu gói do phần mềm khác nén; nội dung vẫn được kiểm tra.",
        "“{where}” carries extra fields that the package format does not use.",
        "Nothing to do if another program made the ZIP; its content is checked all the same.",
    ),
    Rule(
        "NAME-UNUSUAL",
        Severity.WARNING,
        "Tên “{where}” có ký tự ngoài A-Z, a-z, 0-9, dấu chấm, gạch nối, gạch dưới.",
        "Đọc được, nhưng có thể sai tên ở hệ thống khác; nơi lập gói nên đặt lại tên.",
        "The name “{where}” holds characters other than A-Z, a-z, 0-9, dot, hyphen, underscore.",
        "It can be read, but other systems may alter it; its maker should rename it.",
    ),
    Rule(
        "BAG-VERSION",
        Severity.WARNING,
        "Túi theo bản thảo BagIt {version}, không phải 1.0.",
        "Đọc được; khi lập phiên bản mới hãy dùng BagIt 1.0.",
        "The bag follows the draft BagIt {version}, not 1.0.",
        "It can be read; a new version should use BagIt 1.0.",
    ),
    Rule(
        "PATH-MISSING",
        Severity.ERROR,
        "Không có “{where}”.",
        "Kiểm tra lại đường dẫn.",
        "There is no {where}.",
        "Check the path.",
    ),
    Rule(
        "PATH-UNKNOWN",
        Severity.ERROR,
        "“{where}” không phải là gói tin, giấy kèm, biên nhận hay kho.",
        "Chỉ ra tệp ZIP, thư mục đã giải nén, tệp .json đi kèm, biên nhận, hoặc thư mục kho.",
        "{where} is no package, sidecar, receipt or store.",
        "Name a ZIP, an unpacked folder, a sidecar, a receipt or a store folder.",
    ),
)


def _rules() -> Iterator[Rule]:
    for code, vi, en in _DAMAGED:
        yield Rule(code, Severity.ERROR, vi, _DAMAGED_VI, en, _DAMAGED_EN)
    for code, vi, en in _FOREIGN:
        yield Rule(code, Severity.ERROR, vi, _FOREIGN_VI, en, _FOREIGN_EN)
    yield from _OTHERS


RULES: Final = tuple(_rules())
