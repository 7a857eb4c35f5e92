"""Rules of the register and of the approved list."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final = (
    Rule(
        "FIELD-MISSING",
        Severity.ERROR,
        "Thiếu thông tin bắt buộc “{label}” ({field}) tại {where}.",
        "Điền ô này trong bảng kê rồi nhập lại.",
        "The required field {field} is missing at {where}.",
        "Fill the cell in the register and import it again.",
    ),
    Rule(
        "FIELD-TOO-LONG",
        Severity.ERROR,
        "“{label}” ({field}) tại {where} dài {length} ký tự, tối đa {limit}.",
        "Rút ngắn nội dung rồi nhập lại.",
        "{field} at {where} has {length} characters, at most {limit} are allowed.",
        "Shorten the text and import again.",
    ),
    Rule(
        "FIELD-NOT-NUMBER",
        Severity.ERROR,
        "“{label}” ({field}) tại {where} phải là số, đang là “{value}”.",
        "Sửa thành số nguyên rồi nhập lại.",
        "{field} at {where} must be a number, not “{value}”.",
        "Write a whole number and import again.",
    ),
    Rule(
        "FIELD-NOT-DATE",
        Severity.ERROR,
        "“{label}” ({field}) tại {where} phải là ngày dạng NN/TT/NNNN, đang là “{value}”.",
        "Sửa lại ngày (được phép chỉ ghi TT/NNNN hoặc NNNN) rồi nhập lại.",
        "{field} at {where} must be a date DD/MM/YYYY, MM/YYYY or YYYY, not “{value}”.",
        "Correct the date and import again.",
    ),
    Rule(
        "FIELD-NOT-CODE",
        Severity.ERROR,
        "“{label}” ({field}) tại {where} có mã “{value}” không nằm trong danh mục mã.",
        "Chọn một mã trong danh mục của Thông tư 05/2025/TT-BNV rồi nhập lại.",
        "{field} at {where} holds “{value}”, which is not in the code list.",
        "Choose a code of the circular's list and import again.",
    ),
    Rule(
        "FIELD-UNKNOWN",
        Severity.ERROR,
        "Cột “{field}” tại {where} không phải là trường thông tin của Thông tư 05/2025/TT-BNV.",
        "Xóa cột này hoặc sửa tên cột rồi nhập lại.",
        "{field} at {where} is not a field of circular 05/2025.",
        "Remove or rename the column and import again.",
    ),
    Rule(
        "REGISTER-SECRET",
        Severity.ERROR,
        "Hồ sơ tại {where} có chế độ sử dụng “Mật”: máy này không được lưu giữ hồ sơ mật.",
        "Đưa hồ sơ này ra khỏi bảng kê; xử lý theo quy định về bảo vệ bí mật nhà nước.",
        "The file unit at {where} is marked secret: this box may not hold it.",
        "Take it out of the register and follow the rules on state secrets.",
    ),
    Rule(
        "REGISTER-NOT-PERMANENT",
        Severity.WARNING,
        "Hồ sơ {where} có thời hạn lưu trữ không phải vĩnh viễn.",
        "Kiểm tra lại: bản dự phòng chỉ lập cho tài liệu vĩnh viễn hoặc quý, hiếm.",
        "File unit {where} is not of permanent value.",
        "Check it: insurance copies are for permanent or rare records.",
    ),
    Rule(
        "REGISTER-UNKNOWN-FONDS",
        Severity.ERROR,
        "Phông “{fonds}” của hồ sơ tại {where} chưa có trong danh sách phông.",
        "Thêm phông vào trang “Phông” của bảng kê rồi nhập lại.",
        "The fonds {fonds} of {where} is not registered.",
        "Add it to the sheet of fonds and import again.",
    ),
    Rule(
        "REGISTER-TWICE",
        Severity.ERROR,
        "Mã hồ sơ “{file_code}” xuất hiện nhiều lần ({where}).",
        "Giữ lại một dòng cho mỗi hồ sơ rồi nhập lại.",
        "File code {file_code} occurs more than once ({where}).",
        "Keep one row for each file unit and import again.",
    ),
    Rule(
        "REGISTER-BAD-CODE",
        Severity.ERROR,
        "Mã hồ sơ “{file_code}” tại {where} không hợp lệ.",
        "Mã hồ sơ có từ 1 đến 100 ký tự; sửa lại rồi nhập lại.",
        "File code “{file_code}” at {where} is not valid.",
        "A file code has 1 to 100 characters; correct it and import again.",
    ),
    Rule(
        "REGISTER-SEALED",
        Severity.ERROR,
        "Hồ sơ “{file_code}” đã niêm phong, không sửa được thông tin ({where}).",
        "Muốn đính chính phải lập phiên bản mới của gói tin.",
        "File unit {file_code} is sealed; its record cannot change ({where}).",
        "A correction needs a new version of the package.",
    ),
    Rule(
        "LIST-UNKNOWN-FILE-UNIT",
        Severity.ERROR,
        "Danh mục {where} nêu hồ sơ “{file_code}” chưa có trong bảng kê.",
        "Thêm hồ sơ vào bảng kê hoặc sửa danh mục rồi nhập lại.",
        "List {where} names the file unit {file_code}, which is not registered.",
        "Register it or correct the list, and import again.",
    ),
    Rule(
        "LIST-UNKNOWN",
        Severity.ERROR,
        "Không có danh mục “{where}”.",
        "Kiểm tra mã danh mục, hoặc nhập bảng kê có danh mục này trước.",
        "There is no selection list {where}.",
        "Check its code, or import the register that holds it first.",
    ),
    Rule(
        "LIST-APPROVED",
        Severity.ERROR,
        "Danh mục “{where}” đã được phê duyệt, không sửa được nữa.",
        "Lập danh mục bổ sung với mã khác.",
        "List {where} is approved and can no longer change.",
        "Make a supplementary list with another code.",
    ),
    Rule(
        "SHEET-UNREADABLE",
        Severity.ERROR,
        "Không đọc được bảng tính {where}: {problem}.",
        "Kiểm tra tệp .xlsx có đủ các trang và hàng tiêu đề như mẫu.",
        "The spreadsheet {where} cannot be read: {problem}.",
        "Check that the .xlsx has the sheets and header rows of the template.",
    ),
)
