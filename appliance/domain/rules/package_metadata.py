"""Rules of a package's metadata: XML, the AIP's structure, METS, PREMIS, descriptions."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_TODO_VI: Final = (
    "Siêu dữ liệu và nội dung không khớp: gói này không được coi là bằng chứng. "
    "Lấy bản khác đã được chứng minh, hoặc yêu cầu nơi lập gói đóng lại."
)
_TODO_EN: Final = (
    "Metadata and content disagree: this package proves nothing. "
    "Take another proved copy, or have its maker write it again."
)

# Code, then what happened in Vietnamese and in English.
_SENTENCES: Final = (
    (
        "XML-UNREADABLE",
        "Không đọc được XML “{where}”: {problem}.",
        "The XML {where} cannot be read: {problem}.",
    ),
    (
        "XML-DTD",
        "“{where}” chứa khai báo DOCTYPE, không được phép trong gói tin.",
        "{where} carries a document type, which packages may not have.",
    ),
    (
        "XML-SCHEMA",
        "“{where}” dòng {line} sai lược đồ {rule}: {problem}.",
        "{where}, line {line}, breaks the schema {rule}: {problem}.",
    ),
    (
        "XML-TOO-LARGE",
        "“{where}” dài {size_bytes} byte, quá lớn cho một tệp siêu dữ liệu.",
        "{where} has {size_bytes} bytes, too large for metadata.",
    ),
    (
        "AIP-ROOT",
        "Túi phải chứa đúng một thư mục gói có METS.xml, tìm thấy {count}.",
        "The bag must hold exactly one package folder with METS.xml, not {count}.",
    ),
    (
        "AIP-STRAY",
        "“{where}” nằm ngoài thư mục của gói.",
        "{where} lies outside the package's folder.",
    ),
    (
        "AIP-MISSING",
        "Thiếu thành phần bắt buộc “{where}” (Thông tư 05/2025/TT-BNV, Phụ lục I).",
        "The required part {where} is missing (circular 05/2025, annex I).",
    ),
    (
        "AIP-NAME",
        "Thư mục “{name}” không khớp với OBJID “{objid}”.",
        "The folder {name} does not fit the OBJID {objid}.",
    ),
    (
        "AIP-EMPTY",
        "Bản thể hiện {name} không có nội dung nào.",
        "The representation {name} holds no content.",
    ),
    (
        "METS-PROFILE",
        "“{where}” thiếu hoặc sai {name} (quy tắc {rule}).",
        "{where} lacks {name} or has it wrong (rule {rule}).",
    ),
    (
        "METS-ID-TWICE",
        "“{where}” dùng mã ID “{id}” nhiều lần.",
        "{where} uses the ID {id} more than once.",
    ),
    (
        "METS-LINK",
        "“{where}” có {name} trỏ tới “{id}” không tồn tại.",
        "In {where} a {name} points to {id}, which does not exist.",
    ),
    (
        "METS-HREF",
        "“{where}” có địa chỉ không hợp lệ ở {name} “{id}”.",
        "{where} has an address that cannot be used, at {name} {id}.",
    ),
    (
        "METS-MISSING",
        "“{where}” nêu “{path}” không có trong gói.",
        "{where} names {path}, which is not in the package.",
    ),
    (
        "METS-TWICE",
        "“{where}” liệt kê “{path}” nhiều lần.",
        "{where} lists {path} more than once.",
    ),
    (
        "METS-SIZE",
        "“{where}” ghi “{path}” dài {expected} byte, thực tế {found}.",
        "{where} says {path} has {expected} bytes, it has {found}.",
    ),
    (
        "METS-DIGEST",
        "Mã băm của “{path}” khác với “{where}”.",
        "The digest of {path} differs from {where}.",
    ),
    (
        "METS-ORPHAN",
        "“{where}” nằm trong gói nhưng không METS nào nêu.",
        "{where} lies in the package, but no METS names it.",
    ),
    (
        "METS-UNLINKED",
        "“{where}” không nối “{path}” với mô tả hoặc nội dung của nó.",
        "{where} does not link {path} to its description or content.",
    ),
    (
        "PREMIS-DIGEST",
        "Mã băm của “{path}” khác với “{where}”.",
        "The digest of {path} differs from {where}.",
    ),
    (
        "PREMIS-SIZE",
        "“{where}” ghi “{path}” dài {expected} byte, thực tế {found}.",
        "{where} says {path} has {expected} bytes, it has {found}.",
    ),
    (
        "PREMIS-UNKNOWN",
        "“{where}” nêu đối tượng “{id}” không có trong gói.",
        "{where} tells of an object {id} that is not in the package.",
    ),
    (
        "PREMIS-NO-OBJECT",
        "“{where}” không nêu “{path}”.",
        "{where} does not tell of {path}.",
    ),
    (
        "PREMIS-LINK",
        "“{where}” có {name} trỏ tới “{id}” không tồn tại.",
        "In {where} a {name} points to {id}, which does not exist.",
    ),
    (
        "PREMIS-ID-TWICE",
        "“{where}” dùng mã “{id}” nhiều lần.",
        "{where} uses the identifier {id} more than once.",
    ),
    (
        "DOCUMENT-COUNT",
        "Hồ sơ ghi {expected} tài liệu, gói có {found}.",
        "The file unit promises {expected} documents, the package has {found}.",
    ),
    (
        "DOCUMENT-CODE",
        "Trường {field} của “{where}” không khớp hồ sơ hoặc trùng với tài liệu khác.",
        "{field} of {where} does not fit the file unit, or equals another document's.",
    ),
    (
        "PAGE-COUNT",
        "Mô tả ghi {expected} trang, “{where}” có {found}.",
        "The description promises {expected} pages, {where} has {found}.",
    ),
)

_OTHERS: Final = (
    Rule(
        "PACKAGE-SECRET",
        Severity.ERROR,
        "“{where}” có chế độ sử dụng “Mật”: không được đóng gói, lưu giữ hay chuyển đi.",
        "Dừng lại, báo người phụ trách bảo vệ bí mật nhà nước; không sao chép thêm.",
        "{where} is marked secret: it may not be packaged, kept or sent.",
        "Stop and tell the officer in charge of state secrets; make no further copies.",
    ),
    Rule(
        "PACKAGE-LONG-NAME",
        Severity.ERROR,
        "Mã hồ sơ {where} khi đổi thành tên tệp dài {length} ký tự, tối đa {limit}.",
        "Dùng mã hồ sơ ngắn hơn hoặc không dấu trong bảng kê rồi nhập lại.",
        "The file code {where} makes a file name of {length} characters, at most {limit} fit.",
        "Register a shorter file code, or one without marks, and import it again.",
    ),
    Rule(
        "PACKAGE-BAD-TEXT",
        Severity.ERROR,
        "Thông tin tại {where} có ký tự điều khiển không ghi được vào XML.",
        "Xóa ký tự lạ trong ô này của bảng kê rồi nhập lại.",
        "The text at {where} holds control characters that XML cannot carry.",
        "Remove the odd characters from the register's cell and import it again.",
    ),
)

RULES: Final = (
    *(Rule(code, Severity.ERROR, vi, _TODO_VI, en, _TODO_EN) for code, vi, en in _SENTENCES),
    *_OTHERS,
)
