"""Code lists of TT 05/2025/TT-BNV, Phụ lục I (secondary readings; official text not read).

Shared by the writer and the verifier of packages, together with the digests: nothing else is.
"""

from __future__ import annotations

from typing import Final

MAINTENANCE: Final = {
    "01": "Vĩnh viễn",
    "02": "70 năm",
    "03": "50 năm",
    "04": "30 năm",
    "05": "20 năm",
    "06": "10 năm",
    "07": "Khác",
}
"""Thời hạn lưu trữ; a historical archive holds only 01."""

MODE: Final = {"01": "Công khai", "02": "Có điều kiện", "03": "Mật"}
"""Chế độ sử dụng. 03 is refused at the register and never stored (invariant I7)."""

SECRET_MODE: Final = "03"  # noqa: S105 - a code of the circular, no password

LANGUAGE: Final = {
    "01": "Tiếng Việt",
    "02": "Tiếng Anh",
    "03": "Tiếng Pháp",
    "04": "Tiếng Nga",
    "05": "Tiếng Trung",
    "06": "Tiếng Việt, Tiếng Anh",
    "07": "Tiếng Việt, Tiếng Nga",
    "08": "Tiếng Việt, Tiếng Pháp",
    "09": "Hán Nôm",
    "10": "Tiếng Việt, Tiếng Trung",
    "11": "Khác",
}

PHYSICAL_STATE: Final = {"01": "Tốt", "02": "Bình thường", "03": "Hỏng"}
"""Tình trạng vật lý (field ``format``)."""

CONFIDENCE_LEVEL: Final = {"01": "Gốc điện tử", "02": "Số hóa", "03": "Hỗn hợp"}
"""Mức độ tin cậy."""

DIGITISED: Final = "02"

RISK_RECOVERY: Final = {"1": "Có lập dự phòng", "0": "Không lập dự phòng"}
"""Chế độ lập tài liệu lưu trữ dự phòng."""

RISK_RECOVERY_STATUS: Final = {"01": "Đã dự phòng", "02": "Chưa dự phòng"}
"""Tình trạng lập tài liệu lưu trữ dự phòng."""

PROCESS: Final = {"1": "Có", "0": "Không"}
"""Quy trình xử lý; required when ``confidenceLevel`` is 01 or 03."""

TYPE_NAME: Final = {
    "01": "Nghị quyết",
    "02": "Quyết định",
    "03": "Chỉ thị",
    "04": "Quy chế",
    "05": "Quy định",
    "06": "Thông cáo",
    "07": "Thông báo",
    "08": "Hướng dẫn",
    "09": "Chương trình",
    "10": "Kế hoạch",
    "11": "Phương án",
    "12": "Đề án",
    "13": "Dự án",
    "14": "Báo cáo",
    "15": "Tờ trình",
    "16": "Giấy ủy quyền",
    "17": "Phiếu gửi",
    "18": "Phiếu chuyển",
    "19": "Phiếu báo",
    "20": "Biên bản",
    "21": "Hợp đồng",
    "22": "Công văn",
    "23": "Công điện",
    "24": "Bản ghi nhớ",
    "25": "Bản thỏa thuận",
    "26": "Giấy mời",
    "27": "Giấy giới thiệu",
    "28": "Giấy nghỉ phép",
    "29": "Thư công",
    "30": "Bản đồ",
    "31": "Bản vẽ kỹ thuật",
    "32": "Khác",
}
"""Tên loại tài liệu; a type that the list lacks (Nghị định, Sắc lệnh, Điện tín) is 32."""

OTHER_TYPE: Final = "32"

TYPE_PICTURE: Final = {"01": "Âm bản", "02": "Ảnh"}
"""Loại ảnh (field ``typePic``)."""

COLOUR: Final = {"01": "Màu", "02": "Đen trắng"}
"""Màu sắc of a picture."""

DOCUMENT_ATTACHED: Final = {"1": "Có", "0": "Không"}
"""Tài liệu đi kèm of a picture."""

UNCLAIMED_SUBJECT: Final = "Trang không thuộc văn bản nào"
"""Our own: how the ``subject`` begins that describes pages which no document claims.

Such a description is no document: ``totalDoc`` does not count it."""

RECORD_STATUS: Final = ("NEW", "SUPPLEMENT", "REPLACEMENT", "TEST", "OTHER")
"""``metsHdr/@RECORDSTATUS``."""

FONDS_STATUS: Final = {"open": "Phông mở", "closed": "Phông đóng"}
