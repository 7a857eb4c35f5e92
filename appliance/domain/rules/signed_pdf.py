"""Rules of PDFs that come back signed by the agency."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "SIGNED-BY",
        Severity.INFO,
        "PDF {where} có chữ ký số còn nguyên vẹn của: {signer} (thời điểm {signed_at}).",
        "Không phải làm gì.",
        "{where} carries an intact signature of {signer} (time {signed_at}).",
        "Nothing to do.",
    ),
    Rule(
        "SIGNED-TIME-CLAIMED",
        Severity.INFO,
        "Thời điểm ký {signed_at} của {signer} là do người ký tự khai, không có dấu thời gian.",
        "Không bắt buộc; nếu cần chứng minh thời điểm, ký có dấu thời gian (TSA).",
        "The time {signed_at} of {signer} is what the signer's own computer said; no time stamp.",
        "Nothing is required; to prove the time, sign with a time stamp (TSA).",
    ),
    Rule(
        "SIGNED-TRUST-NOT-CHECKED",
        Severity.WARNING,
        "Chưa kiểm tra được chứng thư số của {signer}: máy chưa được cài chứng thư gốc tin cậy.",
        "Kỹ thuật viên khai báo chứng thư gốc trong [signing] trust_roots để kiểm tra người ký.",
        "The certificate of {signer} was not checked: no trusted root is set up on this box.",
        "The technician names the roots in [signing] trust_roots, so that signers are checked.",
    ),
    Rule(
        "SIGNED-ALGORITHM-UNLISTED",
        Severity.WARNING,
        "Chữ ký của {signer} dùng {algorithm}, không thuộc các thuật toán của Thông tư "
        "15/2025/TT-BKHCN (RSA-PSS hoặc ECDSA).",
        "Chữ ký vẫn được nhận và ghi rõ; lần sau chọn RSA-PSS hoặc ECDSA trong phần mềm ký.",
        "The signature of {signer} uses {algorithm}, which circular 15/2025 does not list "
        "(RSA-PSS or ECDSA).",
        "It is taken and said so; choose RSA-PSS or ECDSA in the signing program next time.",
    ),
    Rule(
        "SIGNED-NO-SIGNATURE",
        Severity.ERROR,
        "PDF {where} không có chữ ký số nào.",
        "Ký số tệp này bằng phần mềm ký của cơ quan rồi nhận lại.",
        "{where} carries no digital signature.",
        "Sign it with the agency's program and import it again.",
    ),
    Rule(
        "SIGNED-BROKEN",
        Severity.ERROR,
        "Chữ ký của {signer} trong PDF {where} không khớp: nội dung đã bị thay đổi sau khi ký.",
        "Không dùng tệp này. Lấy lại PDF từ máy, ký lại, rồi gửi bằng cách khác.",
        "The signature of {signer} in {where} does not fit: bytes changed after signing.",
        "Do not use this file. Take the PDF from the box again, sign it, and send it another way.",
    ),
    Rule(
        "SIGNED-NOT-WHOLE",
        Severity.ERROR,
        "Chữ ký trong PDF {where} không bao trùm toàn bộ tệp: có phần được thêm vào sau khi ký.",
        "Không dùng tệp này. Ký lại PDF lấy từ máy và không mở, lưu bằng phần mềm khác sau khi ký.",
        "No signature in {where} covers the whole file: something was added after signing.",
        "Do not use it. Sign the box's PDF again and save it with no other program afterwards.",
    ),
    Rule(
        "SIGNED-CONTENT-CHANGED",
        Severity.ERROR,
        "PDF {where} đã bị sửa ngoài phần chữ ký.",
        "Không dùng tệp này. Lấy lại PDF từ máy và chỉ ký, không chèn hay sửa gì khác.",
        "{where} was changed beyond its signatures.",
        "Do not use it. Take the PDF from the box again and only sign it.",
    ),
    Rule(
        "SIGNED-ALGORITHM-WEAK",
        Severity.ERROR,
        "Chữ ký của {signer} dùng thuật toán đã yếu ({algorithm}).",
        "Ký lại bằng RSA-PSS từ 2048 bit hoặc ECDSA từ 256 bit, với SHA-256 trở lên.",
        "The signature of {signer} uses a weak algorithm ({algorithm}).",
        "Sign again with RSA-PSS of 2048 bits or ECDSA of 256 bits or more, and SHA-256 or better.",
    ),
    Rule(
        "SIGNED-CERTIFICATE-EXPIRED",
        Severity.ERROR,
        "Chứng thư số của {signer} không còn hoặc chưa có hiệu lực, và không có dấu thời gian "
        "chứng minh lúc ký còn hiệu lực.",
        "Ký lại bằng chứng thư còn hiệu lực, hoặc ký có dấu thời gian (TSA).",
        "The certificate of {signer} is not valid now, and no time stamp proves that it was when "
        "it signed.",
        "Sign again with a valid certificate, or with a time stamp (TSA).",
    ),
    Rule(
        "SIGNED-NOT-TRUSTED",
        Severity.ERROR,
        "Chứng thư số của {signer} không dẫn tới chứng thư gốc tin cậy nào của máy này.",
        "Kiểm tra đúng người ký chưa; nếu đúng, kỹ thuật viên thêm chứng thư gốc vào máy.",
        "The certificate of {signer} leads to no root that this box trusts.",
        "Check the signer; if it is right, the technician adds the root to the box.",
    ),
    Rule(
        "SIGNED-UNKNOWN-NAME",
        Severity.ERROR,
        "Không hồ sơ nào đã niêm phong có PDF tên “{where}”.",
        "Giữ nguyên tên tệp khi ký: <mã hồ sơ>.pdf hoặc <mã hồ sơ>.<số tài liệu>.pdf.",
        "No sealed file unit holds a PDF named “{where}”.",
        "Keep its name when signing: <file code>.pdf or <file code>.<document number>.pdf.",
    ),
    Rule(
        "SIGNED-OTHER-PDF",
        Severity.ERROR,
        "PDF “{where}” không bắt đầu bằng đúng các byte của PDF đã niêm phong trong hồ sơ "
        "{file_code}.",
        "Ký đúng tệp lấy từ gói tin của hồ sơ này, bằng phần mềm ký không ghi lại cả tệp.",
        "“{where}” does not begin with the very bytes of the PDF sealed in {file_code}.",
        "Sign the file from this package itself, with a program that does not rewrite it.",
    ),
    Rule(
        "SIGNED-OLDER-VERSION",
        Severity.ERROR,
        "PDF “{where}” thuộc phiên bản {version} của hồ sơ {file_code}; phiên bản mới nhất là "
        "{newest}.",
        "Lấy PDF của phiên bản mới nhất, ký lại rồi nhận vào.",
        "“{where}” belongs to version {version} of {file_code}; the newest is {newest}.",
        "Take the PDF of the newest version, sign that, and import it.",
    ),
    Rule(
        "SIGNED-UNDER-CORRECTION",
        Severity.ERROR,
        "Hồ sơ {file_code} đang được đính chính các trang hoặc cách chia tài liệu, nên chưa nhận "
        "PDF đã ký “{where}”.",
        "Hoàn tất đính chính, lấy PDF của phiên bản mới, ký lại rồi nhận vào.",
        "The pages of {file_code}, or how they make documents, are being corrected, so “{where}” "
        "is not taken now.",
        "Finish the correction, take the PDF of the new version, sign that, and import it.",
    ),
    Rule(
        "SIGNED-ALREADY",
        Severity.ERROR,
        "PDF “{where}” giống hệt PDF đã niêm phong trong hồ sơ {file_code}: không có gì mới.",
        "Nếu chưa ký thì ký rồi nhận lại; nếu đã ký thì không phải làm gì nữa.",
        "“{where}” is the very PDF that is sealed in {file_code}: there is nothing new.",
        "Sign it if it is not signed yet; else nothing is left to do.",
    ),
    Rule(
        "SIGNED-NOT-ARCHIVAL",
        Severity.ERROR,
        "Sau khi ký, PDF {where} không còn là PDF/A ({codes}).",
        "Ký lại không hiện chữ, hoặc hiện chữ ký bằng hình ảnh; PDF/A không cho phông chữ ngoài.",
        "Since it was signed {where} is no longer PDF/A ({codes}).",
        "Sign invisibly, or show the signature as a picture: PDF/A allows no fonts from outside.",
    ),
    Rule(
        "SIGNED-UNREADABLE",
        Severity.ERROR,
        "Không đọc được phần chữ ký của PDF {where}.",
        "Kiểm tra tệp có bị hỏng khi chép không; lấy lại PDF từ máy, ký lại rồi nhận vào.",
        "The signatures of {where} cannot be read.",
        "Check that it was copied whole; take the PDF from the box again, sign and import it.",
    ),
    Rule(
        "SIGNED-PACKAGE-UNREADABLE",
        Severity.ERROR,
        "Không đọc được gói tin phiên bản {version} của hồ sơ {where} trên máy này để so sánh.",
        "Báo kỹ thuật viên kiểm tra ổ đĩa và khôi phục gói tin từ nơi nhận.",
        "The package of version {version} of {where} cannot be read here to compare with.",
        "Tell the technician: check the disk and restore the package from a destination.",
    ),
)
