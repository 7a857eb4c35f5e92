"""Rules of audits, repairs and restore drills.

``where`` is the place, or the OBJID or digest of what is concerned.
"""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_BOX: Final = (
    Rule(
        "BOX-COPY-DAMAGED",
        Severity.ERROR,
        "Bản trên máy này của gói {where} không còn như lúc niêm phong: {problem}.",
        "Máy tự phục hồi từ một nơi nhận có bản vừa kiểm chứng; bản hỏng được giữ riêng. Kỹ thuật "
        "viên kiểm tra ổ đĩa của máy.",
        "This box's copy of the package {where} is no longer as it was sealed: {problem}.",
        "It is repaired from a destination whose copy was just proved; the damaged one is kept "
        "aside. Have the box's disk checked.",
        retries=True,
    ),
    Rule(
        "BOX-COPY-WAITS",
        Severity.ERROR,
        "Bản trên máy này của gói {where} bị hỏng và chưa phục hồi được: {problem}.",
        "Máy thử lại mỗi đêm. Kiểm tra đường truyền tới các nơi nhận và ổ đĩa của máy.",
        "This box's copy of the package {where} is damaged and could not be repaired yet: "
        "{problem}.",
        "It is tried again every night. Check the lines to the destinations and the box's disk.",
        retries=True,
    ),
    Rule(
        "PACKAGE-LOST",
        Severity.ERROR,
        "Gói {where} của hồ sơ {file_code} không nơi nào còn đủ các khối tốt ({blocks} khối hỏng "
        "ở mọi nơi).",
        "Dừng lại, gọi kỹ thuật viên. Không xóa gì: mọi bản hỏng đều được giữ. Tìm bản ở đĩa "
        "chuyển tay hoặc bản lưu khác, rồi kiểm tra lại.",
        "No place has every block of the package {where} of the file unit {file_code} "
        "({blocks} blocks are bad everywhere).",
        "Stop and call the technician. Delete nothing: every damaged copy is kept. Look for a "
        "copy on a carried disk or another backup, then audit again.",
    ),
)

_MASTERS: Final = (
    Rule(
        "MASTER-ROTTEN",
        Severity.ERROR,
        "Ảnh gốc của hồ sơ {file_code} không còn như lúc nhận: {problem}.",
        "Máy tự lấy lại từ gói đã niêm phong; bản hỏng được giữ riêng. Kỹ thuật viên kiểm tra ổ "
        "đĩa của máy.",
        "A master of the file unit {file_code} is no longer as it came: {problem}.",
        "It is taken from the sealed package again; the damaged one is kept aside. Have the box's "
        "disk checked.",
        retries=True,
    ),
    Rule(
        "MASTER-LOST",
        Severity.ERROR,
        "Ảnh gốc của hồ sơ {file_code} đã hỏng và chưa có gói niêm phong nào giữ nó.",
        "Quét lại trang này. Kỹ thuật viên kiểm tra ổ đĩa của máy trước.",
        "A master of the file unit {file_code} is damaged and no sealed package holds it.",
        "Scan this page again. Have the box's disk checked first.",
    ),
)

_PLACES: Final = (
    Rule(
        "AUDIT-MASS-DAMAGE",
        Severity.ERROR,
        "{label}: {damaged} bản không còn như lúc niêm phong trong một lượt kiểm tra. Ổ đĩa ở đó "
        "có thể đang hỏng.",
        "Máy đã dừng kiểm tra và phục hồi ở nơi này. Kiểm tra hoặc thay ổ đĩa, rồi cho chạy tiếp "
        "ở trang “Kiểm chứng” hoặc bằng lệnh “appliance audit --continue {where}”.",
        "{label}: {damaged} copies are no longer as they were sealed, in one round. The disk "
        "there may be dying.",
        "Audits and repairs stopped there. Check or replace the disk, then let them go on from "
        "the page of audits or with “appliance audit --continue {where}”.",
    ),
    Rule(
        "FAR-RECEIPTS-CUT",
        Severity.ERROR,
        "{label}: sổ biên nhận ở đó chỉ còn {counter} biên nhận, máy này đã nhận {known}. Kho có "
        "thể đã được phục hồi từ bản sao cũ.",
        "Hỏi bên giữ kho. Nếu đúng là đã phục hồi, chấp nhận bằng “appliance sync "
        "--accept-restored {where}”: máy gửi lại những gói đã mất.",
        "{label}: the list there ends with receipt {counter}, this box holds receipt {known}. The "
        "store may have been restored from an old backup.",
        "Ask its keeper. If it was restored, accept it with “appliance sync --accept-restored "
        "{where}”: what was lost is sent again.",
    ),
)

_DRILLS: Final = (
    Rule(
        "DRILL-NOTHING",
        Severity.WARNING,
        "Chưa có gói nào đã kiểm chứng ở {where} để diễn tập phục hồi.",
        "Không cần làm gì: máy diễn tập khi đã có gói.",
        "There is no proved package at {where} to hold a restore drill with.",
        "Nothing to do: a drill is held once there is one.",
        retries=True,
    ),
    Rule(
        "DRILL-SIDECAR",
        Severity.ERROR,
        "Phiếu kê đi kèm gói lấy về từ {where} khác với phiếu máy này đã ký.",
        "Gọi kỹ thuật viên: so hai phiếu và hỏi bên giữ kho.",
        "The sidecar that came back from {where} is not the one this box signed.",
        "Call the technician: compare the two and ask the keeper of the store.",
    ),
    Rule(
        "DRILL-PICTURE",
        Severity.ERROR,
        "{name} lấy về từ {where} mở ra không giống ảnh đã lưu: {problem}.",
        "Gọi kỹ thuật viên: mở gói này bằng phần mềm khác và so với ảnh trên trang.",
        "{name}, brought back from {where}, does not look like the stored picture: {problem}.",
        "Call the technician: open this package with other software and compare.",
    ),
    Rule(
        "DRILL-UNREADABLE",
        Severity.ERROR,
        "{name} lấy về từ {where} không mở được: {problem}.",
        "Gọi kỹ thuật viên: kiểm tra gói này bằng “appliance verify --deep”.",
        "{name}, brought back from {where}, cannot be opened: {problem}.",
        "Call the technician: check this package with “appliance verify --deep”.",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*_BOX, *_MASTERS, *_PLACES, *_DRILLS)
