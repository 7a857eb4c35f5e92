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

# Code, what happened in Vietnamese and in English, who asks for it.
# Copies that the disk or the line spoiled:
_DAMAGED: Final = (
    (
        "ZIP-UNREADABLE",
        "Không đọc được tệp ZIP {where}: {problem}.",
        "The ZIP cannot be read {where}: {problem}.",
        "APPNOTE 6.3.10 §4.3",
    ),
    (
        "ZIP-CRC",
        "Thành phần “{where}” bị hỏng: {problem}.",
        "“{where}” is damaged: {problem}.",
        "APPNOTE 6.3.10 §4.4.7",
    ),
    (
        "READ-FAILED",
        "Ổ đĩa không đọc được “{where}”: {problem}.",
        "The disk does not give back {where}: {problem}.",
        "",
    ),
    (
        "BAG-MISSING",
        "Thiếu “{where}” mà {manifest} có liệt kê.",
        "“{where}” is missing, though {manifest} lists it.",
        "RFC 8493 §3",
    ),
    (
        "BAG-DIGEST",
        "Mã băm của “{where}” khác với {manifest}: nội dung đã bị thay đổi.",
        "The digest of “{where}” differs from {manifest}: its bytes have changed.",
        "RFC 8493 §3",
    ),
    (
        "BAG-OXUM",
        "Tổng số byte và tệp là {found}, trong khi bag-info.txt ghi {expected}.",
        "The payload measures {found}, but bag-info.txt says {expected}.",
        "RFC 8493 §2.2.2",
    ),
)

# Packages that were made wrong, or altered on purpose:
_FOREIGN: Final = (
    (
        "ZIP-EXTRA-BYTES",
        "Tệp ZIP có dữ liệu không thuộc thành phần nào {where}: {problem}.",
        "The ZIP holds bytes that belong to no part {where}: {problem}.",
        "APPNOTE 6.3.10 §4.3.1",
    ),
    (
        "ZIP-HEADERS",
        "Tệp ZIP tự mâu thuẫn về “{where}”: {problem}.",
        "The ZIP contradicts itself about “{where}”: {problem}.",
        "APPNOTE 6.3.10 §4.3.7, §4.3.9, §4.3.12",
    ),
    (
        "ZIP-OVERLAP",
        "Thành phần “{where}” của tệp ZIP chồng lên thành phần khác.",
        "“{where}” overlaps another part of the ZIP.",
        "APPNOTE 6.3.10 §4.3.6",
    ),
    (
        "ZIP-COMPRESSED",
        "Thành phần “{where}” bị nén; gói tin phải để nguyên không nén.",
        "“{where}” is compressed; packages are stored uncompressed.",
        "docs/format.md",
    ),
    (
        "ZIP-ENCRYPTED",
        "Thành phần “{where}” bị mã hóa.",
        "“{where}” is encrypted.",
        "APPNOTE 6.3.10 §4.4.4",
    ),
    (
        "ZIP-DUPLICATE",
        "Tên “{where}” xuất hiện nhiều lần trong tệp ZIP.",
        "The name “{where}” occurs more than once in the ZIP.",
        "docs/format.md",
    ),
    (
        "ZIP-TOP-FOLDER",
        "Tệp ZIP phải có đúng một thư mục ngoài cùng: {problem}.",
        "The ZIP must hold exactly one top folder: {problem}.",
        "docs/format.md",
    ),
    (
        "NAME-UNSAFE",
        "Tên “{where}” không an toàn: có thể thoát ra ngoài thư mục hoặc chứa ký tự cấm.",
        "The name “{where}” is unsafe: it could leave its folder or holds forbidden characters.",
        "RFC 8493 §5.1",
    ),
    (
        "NAME-CLASH",
        "Tên “{where}” và “{other}” trùng nhau trên một số hệ thống.",
        "The names “{where}” and “{other}” are the same on some systems.",
        "RFC 8493 §6.1",
    ),
    (
        "ENTRY-LINK",
        "“{where}” là liên kết hoặc thiết bị, không phải tệp thường.",
        "“{where}” is a link or a device, not a plain file.",
        "docs/format.md",
    ),
    (
        "BAG-NO-DECLARATION",
        "Thiếu bagit.txt: đây không phải là túi BagIt.",
        "bagit.txt is missing: this is no bag.",
        "RFC 8493 §2.1.1",
    ),
    (
        "BAG-DECLARATION",
        "bagit.txt không đúng mẫu hai dòng của BagIt 1.0.",
        "bagit.txt does not have the two lines that BagIt prescribes.",
        "RFC 8493 §2.1.1",
    ),
    (
        "BAG-NO-MANIFEST",
        "Gói không có bảng kê mã băm (manifest).",
        "The package has no payload manifest.",
        "RFC 8493 §2.1.3",
    ),
    (
        "BAG-NO-SHA256",
        "Gói không có bảng kê mã băm SHA-256.",
        "The package has no SHA-256 manifest.",
        "TT 05/2025/TT-BNV, Phụ lục I; RFC 8493 §2.4",
    ),
    (
        "BAG-NO-TAGMANIFEST",
        "Gói không có tagmanifest-sha256.txt để bảo vệ các bảng kê.",
        "The package has no tagmanifest-sha256.txt to protect its manifests.",
        "docs/format.md; RFC 8493 §2.2.1",
    ),
    (
        "BAG-TAG-UNLISTED",
        "“{where}” không có trong tagmanifest-sha256.txt.",
        "“{where}” is not listed in tagmanifest-sha256.txt.",
        "docs/format.md; RFC 8493 §2.2.1",
    ),
    (
        "BAG-FETCH",
        "Gói có fetch.txt: một phần nội dung nằm ở nơi khác, gói không tự đầy đủ.",
        "The package has fetch.txt: part of it lies elsewhere, so it is not whole.",
        "docs/format.md; RFC 8493 §2.2.3",
    ),
    (
        "BAG-MANIFEST",
        "Bảng kê {where} có dòng {line} không đọc được.",
        "Line {line} of {where} cannot be read.",
        "RFC 8493 §2.1.3",
    ),
    (
        "BAG-UNSAFE-PATH",
        "Bảng kê {where} nêu đường dẫn không an toàn “{path}”.",
        "{where} names the unsafe path “{path}”.",
        "RFC 8493 §2.1.3, §5.1",
    ),
    (
        "BAG-TWICE",
        "Bảng kê {where} nêu “{path}” nhiều lần.",
        "{where} lists “{path}” more than once.",
        "RFC 8493 §2.1.3",
    ),
    (
        "BAG-EXTRA",
        "“{where}” nằm trong gói nhưng {manifest} không liệt kê.",
        "“{where}” lies in the package, but {manifest} does not list it.",
        "RFC 8493 §3",
    ),
    (
        "BAG-INFO-DIFFERS",
        "bag-info.txt ghi {field} khác với METS.xml của gói ({expected}).",
        "bag-info.txt gives {field} otherwise than the package's METS.xml ({expected}).",
        "docs/format.md",
    ),
    (
        "BAG-INFO",
        "bag-info.txt có dòng {line} không đúng mẫu “Tên: giá trị”.",
        "Line {line} of bag-info.txt is not of the form “Label: value”.",
        "RFC 8493 §2.2.2",
    ),
)

_OTHERS: Final = (
    Rule(
        "ZIP-ORDER",
        Severity.INFO,
        "Các thành phần của tệp ZIP không nằm theo thứ tự của quy cách, từ “{where}”.",
        "Không cần làm gì: chương trình khác đã nén lại; nội dung vẫn được kiểm tra.",
        "The entries of the ZIP do not lie in the order of the format, from “{where}” on.",
        "Nothing to do: another program packed it again; its content is checked all the same.",
        source="docs/format.md",
    ),
    Rule(
        "ZIP-FORM",
        Severity.INFO,
        "Tiêu đề của thành phần “{where}” trong tệp ZIP khác với quy cách gói "
        "(phiên bản, cờ, ngày giờ hoặc quyền của tệp).",
        "Không cần làm gì: chương trình khác đã nén lại; nội dung vẫn được kiểm tra.",
        "The header of “{where}” in the ZIP is not as the format has it "
        "(version, flags, time or permissions).",
        "Nothing to do: another program packed it again; its content is checked all the same.",
        source="docs/format.md",
    ),
    Rule(
        "ZIP-EXTRA-FIELD",
        Severity.WARNING,
        "Thành phần “{where}” mang trường phụ mà quy cách gói không dùng.",
        "Không cần làm gì nếu gói do phần mềm khác nén; nội dung vẫn được kiểm tra.",
        "“{where}” carries extra fields that the package format does not use.",
        "Nothing to do if another program made the ZIP; its content is checked all the same.",
        source="APPNOTE 6.3.10 §4.5",
    ),
    Rule(
        "NAME-UNUSUAL",
        Severity.WARNING,
        "Tên “{where}” có ký tự ngoài A-Z, a-z, 0-9, dấu chấm, gạch nối, gạch dưới.",
        "Đọc được, nhưng có thể sai tên ở hệ thống khác; nơi lập gói nên đặt lại tên.",
        "The name “{where}” holds characters other than A-Z, a-z, 0-9, dot, hyphen, underscore.",
        "It can be read, but other systems may alter it; its maker should rename it.",
        source="docs/format.md",
    ),
    Rule(
        "BAG-VERSION",
        Severity.WARNING,
        "Túi theo bản thảo BagIt {version}, không phải 1.0.",
        "Đọc được; khi lập phiên bản mới hãy dùng BagIt 1.0.",
        "The bag follows the draft BagIt {version}, not 1.0.",
        "It can be read; a new version should use BagIt 1.0.",
        source="RFC 8493 §2.1.1",
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
    for code, vi, en, source in _DAMAGED:
        yield Rule(code, Severity.ERROR, vi, _DAMAGED_VI, en, _DAMAGED_EN, source=source)
    for code, vi, en, source in _FOREIGN:
        yield Rule(code, Severity.ERROR, vi, _FOREIGN_VI, en, _FOREIGN_EN, source=source)
    yield from _OTHERS


RULES: Final = tuple(_rules())
