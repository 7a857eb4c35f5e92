"""Rules of a package's metadata: XML, the AIP's structure, METS, PREMIS, descriptions."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_ADVICE_VI: Final = (
    "Siêu dữ liệu và nội dung không khớp: gói này không được coi là bằng chứng. "
    "Lấy bản khác đã được chứng minh, hoặc yêu cầu nơi lập gói đóng lại."
)
_ADVICE_EN: Final = (
    "Metadata and content disagree: this package proves nothing. "
    "Take another proved copy, or have its maker write it again."
)

# Code, what happened in Vietnamese and in English, who asks for it.
_SENTENCES: Final = (
    (
        "XML-UNREADABLE",
        "Không đọc được XML “{where}”: {problem}.",
        "The XML {where} cannot be read: {problem}.",
        "XML 1.0 §2.1",
    ),
    (
        "XML-DTD",
        "“{where}” chứa khai báo DOCTYPE, không được phép trong gói tin.",
        "{where} carries a document type, which packages may not have.",
        "docs/format.md",
    ),
    (
        "XML-SCHEMA",
        "“{where}” dòng {line} sai lược đồ {rule}: {problem}.",
        "{where}, line {line}, breaks the schema {rule}: {problem}.",
        "{rule}",
    ),
    (
        "XML-TOO-LARGE",
        "“{where}” dài {size_bytes} byte, quá lớn cho một tệp siêu dữ liệu.",
        "{where} has {size_bytes} bytes, too large for metadata.",
        "docs/format.md",
    ),
    (
        "AIP-ROOT",
        "Túi phải chứa đúng một thư mục gói có METS.xml, tìm thấy {count}.",
        "The bag must hold exactly one package folder with METS.xml, not {count}.",
        "E-ARK CSIP 2.1.0, CSIPSTR4",
    ),
    (
        "AIP-STRAY",
        "“{where}” nằm ngoài thư mục của gói.",
        "{where} lies outside the package's folder.",
        "docs/format.md",
    ),
    (
        "AIP-MISSING",
        "Thiếu thành phần bắt buộc “{where}” (Thông tư 05/2025/TT-BNV, Phụ lục I).",
        "The required part {where} is missing (circular 05/2025, annex I).",
        "TT 05/2025/TT-BNV, Phụ lục I",
    ),
    (
        "AIP-NAME",
        "Thư mục “{name}” không khớp với OBJID “{objid}”.",
        "The folder {name} does not fit the OBJID {objid}.",
        "TT 05/2025/TT-BNV, Phụ lục I",
    ),
    (
        "AIP-EMPTY",
        "Bản thể hiện {name} không có nội dung nào.",
        "The representation {name} holds no content.",
        "TT 05/2025/TT-BNV, Phụ lục I",
    ),
    (
        "METS-PROFILE",
        "“{where}” thiếu hoặc sai {name} (quy tắc {rule}).",
        "{where} lacks {name} or has it wrong (rule {rule}).",
        "E-ARK CSIP 2.1.0, {rule}",
    ),
    (
        "METS-ID-TWICE",
        "“{where}” dùng mã ID “{id}” nhiều lần.",
        "{where} uses the ID {id} more than once.",
        "METS 1.12, xs:ID",
    ),
    (
        "METS-LINK",
        "“{where}” có {name} trỏ tới “{id}” không tồn tại.",
        "In {where} a {name} points to {id}, which does not exist.",
        "METS 1.12, xs:IDREF",
    ),
    (
        "METS-HREF",
        "“{where}” có địa chỉ không hợp lệ ở {name} “{id}”.",
        "{where} has an address that cannot be used, at {name} {id}.",
        "E-ARK CSIP 2.1.0, CSIP24, CSIP38, CSIP79",
    ),
    (
        "METS-MISSING",
        "“{where}” nêu “{path}” không có trong gói.",
        "{where} names {path}, which is not in the package.",
        "E-ARK CSIP 2.1.0, CSIP24, CSIP38, CSIP79",
    ),
    (
        "METS-TWICE",
        "“{where}” liệt kê “{path}” nhiều lần.",
        "{where} lists {path} more than once.",
        "TT 05/2025/TT-BNV, Phụ lục I",
    ),
    (
        "METS-SIZE",
        "“{where}” ghi “{path}” dài {expected} byte, thực tế {found}.",
        "{where} says {path} has {expected} bytes, it has {found}.",
        "E-ARK CSIP 2.1.0, CSIP27, CSIP41, CSIP69",
    ),
    (
        "METS-DIGEST",
        "Mã băm của “{path}” khác với “{where}”.",
        "The digest of {path} differs from {where}.",
        "E-ARK CSIP 2.1.0, CSIP29, CSIP43, CSIP71",
    ),
    (
        "METS-ORPHAN",
        "“{where}” nằm trong gói nhưng không METS nào nêu.",
        "{where} lies in the package, but no METS names it.",
        "TT 05/2025/TT-BNV, Phụ lục I",
    ),
    (
        "METS-UNLINKED",
        "“{where}” không nối “{path}” với mô tả hoặc nội dung của nó.",
        "{where} does not link {path} to its description or content.",
        "TT 05/2025/TT-BNV, Phụ lục I, structMap",
    ),
    (
        "PREMIS-DIGEST",
        "Mã băm của “{path}” khác với “{where}”.",
        "The digest of {path} differs from {where}.",
        "PREMIS 3.0, 1.5.2 fixity",
    ),
    (
        "PREMIS-SIZE",
        "“{where}” ghi “{path}” dài {expected} byte, thực tế {found}.",
        "{where} says {path} has {expected} bytes, it has {found}.",
        "PREMIS 3.0, 1.5.3 size",
    ),
    (
        "PREMIS-UNKNOWN",
        "“{where}” nêu đối tượng “{id}” không có trong gói.",
        "{where} tells of an object {id} that is not in the package.",
        "PREMIS 3.0, 1.1 objectIdentifier",
    ),
    (
        "PREMIS-NO-OBJECT",
        "“{where}” không nêu “{path}”.",
        "{where} does not tell of {path}.",
        "PREMIS 3.0, 1.1 objectIdentifier",
    ),
    (
        "PREMIS-LINK",
        "“{where}” có {name} trỏ tới “{id}” không tồn tại.",
        "In {where} a {name} points to {id}, which does not exist.",
        "PREMIS 3.0, {name}",
    ),
    (
        "PREMIS-ID-TWICE",
        "“{where}” dùng mã “{id}” nhiều lần.",
        "{where} uses the identifier {id} more than once.",
        "PREMIS 3.0, 1.1, 2.1, 3.1",
    ),
    (
        "METS-ORDER",
        "“{where}” không xếp các tệp theo thứ tự tên (tại “{path}”): mục lục đã bị viết lại.",
        "{where} does not list its files in the order of their names (at {path}): it was redone.",
        "docs/format.md",
    ),
    (
        "METS-ID-FORM",
        "“{where}” có mã ID “{id}” không đúng mẫu uuid-… hoặc ID-….",
        "{where} has the ID {id}, which is not of the form uuid-… or ID-….",
        "TT 05/2025/TT-BNV, Phụ lục I, METS",
    ),
    (
        "NAME-CODE",
        "Tên của “{where}” không bắt đầu bằng mã hồ sơ “{expected}”.",
        "The name of {where} does not begin with the file code {expected}.",
        "TT 05/2025/TT-BNV, Điều 8.1",
    ),
    (
        "METS-MIME",
        "“{where}” ghi loại “{found}” cho “{path}”, không hợp với tên của nó.",
        "{where} gives {path} the type {found}, which does not fit its name.",
        "E-ARK CSIP 2.1.0, CSIP26, CSIP40, CSIP68",
    ),
    (
        "PREMIS-DATE",
        "“{where}” ghi thời điểm “{value}” của sự kiện {id} không đúng mẫu ISO 8601.",
        "In {where} the event {id} has the time {value}, which is no ISO 8601 date.",
        "PREMIS 3.0, 2.3 eventDateTime",
    ),
    (
        "PREMIS-EVENT",
        "“{where}”: sự kiện hoặc tác nhân “{id}” thiếu {name}.",
        "In {where} the event or agent {id} lacks {name}.",
        "PREMIS 3.0, {name}",
    ),
    (
        "PREMIS-NO-EVENT",
        "“{where}” không có sự kiện “{name}” mà Thông tư 05/2025/TT-BNV đòi hỏi.",
        "Of {where} no event {name} is told, which circular 05/2025 demands.",
        "TT 05/2025/TT-BNV, Phụ lục I, PREMIS",
    ),
    (
        "PREMIS-FORMAT",
        "“{where}” không nêu định dạng của “{path}”.",
        "{where} does not name the format of {path}.",
        "PREMIS 3.0, 1.5.4 format",
    ),
    (
        "PREMIS-CHAIN",
        "“{where}”: sự kiện {id} không khớp với chuỗi sự kiện ({name}), đã bị sửa sau khi ghi.",
        "In {where} the event {id} breaks the chain of events ({name}); it was altered later.",
        "docs/format.md",
    ),
    (
        "DOCUMENT-COUNT",
        "Hồ sơ ghi {expected} tài liệu, gói có {found}.",
        "The file unit promises {expected} documents, the package has {found}.",
        "TT 05/2025/TT-BNV, Phụ lục I, totalDoc",
    ),
    (
        "DOCUMENT-CODE",
        "Trường {field} của “{where}” không khớp hồ sơ hoặc trùng với tài liệu khác.",
        "{field} of {where} does not fit the file unit, or equals another document's.",
        "TT 05/2025/TT-BNV, Phụ lục I, {field}",
    ),
    (
        "PAGE-COUNT",
        "Mô tả ghi {expected} trang, “{where}” có {found}.",
        "The description promises {expected} pages, {where} has {found}.",
        "TT 05/2025/TT-BNV, Phụ lục I, numberOfPage",
    ),
)

_OTHERS: Final = (
    Rule(
        "FORMAT-UNKNOWN",
        Severity.ERROR,
        "Gói ghi là theo định dạng phiên bản {version}, bản phần mềm này chưa biết.",
        "Kiểm tra bằng bản phần mềm mới hơn; không kết luận gì về gói từ lần kiểm tra này.",
        "The package says that it has format version {version}, which this release does not know.",
        "Check it with a newer release; conclude nothing about the package from this check.",
        source="docs/format.md",
    ),
    Rule(
        "PACKAGE-SECRET",
        Severity.ERROR,
        "“{where}” có chế độ sử dụng “Mật”: không được đóng gói, lưu giữ hay chuyển đi.",
        "Dừng lại, báo người phụ trách bảo vệ bí mật nhà nước; không sao chép thêm.",
        "{where} is marked secret: it may not be packaged, kept or sent.",
        "Stop and tell the officer in charge of state secrets; make no further copies.",
        source="TT 05/2025/TT-BNV, Phụ lục I, mode",
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
    *(
        Rule(code, Severity.ERROR, vi, _ADVICE_VI, en, _ADVICE_EN, source=source)
        for code, vi, en, source in _SENTENCES
    ),
    *_OTHERS,
)
