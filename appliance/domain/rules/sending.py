"""Rules of the sending as a whole: what stops it, and what a person must look at."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "SYNC-DAMAGE-SPREADS",
        Severity.ERROR,
        "Đã ngừng gửi tới mọi nơi nhận: {count} trên {total} gói tin của máy này không còn như "
        "lúc niêm phong.",
        "Gọi kỹ thuật viên ngay: ổ đĩa có thể đang hỏng, hoặc có người hay mã độc sửa tệp. Các "
        "bản ở nơi nhận vẫn nguyên. Chỉ cho gửi tiếp sau khi đã tìm ra nguyên nhân.",
        "Sending to every destination has stopped: {count} of {total} packages of this box are no "
        "longer as they were sealed.",
        "Call the technician now: the disk may be dying, or somebody or some malware changes "
        "files. The copies elsewhere are untouched. Let it go on only when the cause is known.",
    ),
    Rule(
        "OWN-STORE-MISSING",
        Severity.ERROR,
        "Không thấy kho lưu của chính máy này: ổ đĩa của kho có thể chưa được gắn.",
        "Gọi kỹ thuật viên gắn lại ổ đĩa của kho; máy tự gửi tiếp khi thấy lại dấu của kho. "
        "Không tạo thư mục hay dấu mới thay cho kho.",
        "This box's own store is not there: its disk may not be mounted.",
        "Have the technician mount the store's disk; sending goes on by itself when its marker is "
        "back. Make no new folder and no new marker in its place.",
        retries=True,
    ),
    Rule(
        "STORE-RESTORED",
        Severity.WARNING,
        "{where} được phục hồi từ bản sao cũ và không còn biên nhận số {counter} của gói tin này.",
        "Không cần làm gì: máy tự gửi lại; phần đã có ở đó không phải gửi lại.",
        "{where} was restored from an old backup and no longer has receipt {counter} of this "
        "package.",
        "Nothing to do: it is sent again, without what is still there.",
        retries=True,
    ),
    Rule(
        "STORE-NOT-RESTORED",
        Severity.ERROR,
        "Sổ biên nhận của {where} không bị lùi lại: không có gì để chấp nhận.",
        "Không cần làm gì. Nếu trang vẫn báo bị lùi, chờ lần liên lạc sau rồi xem lại.",
        "The receipts of {where} did not go back: there is nothing to accept.",
        "Nothing to do. If the page still says they did, look again after the next contact.",
    ),
    Rule(
        "FAR-CLOCK-DIFFERS",
        Severity.WARNING,
        "Biên nhận mới nhất của {where} ghi lúc {theirs}, còn đồng hồ máy này là {ours}: lệch "
        "hơn một ngày.",
        "Xem đồng hồ của máy này rồi báo bên nhận xem đồng hồ của họ. Việc gửi vẫn tiếp tục: thứ "
        "tự biên nhận không dựa vào đồng hồ.",
        "The newest receipt of {where} is dated {theirs}, this box's clock says {ours}: more than "
        "a day apart.",
        "Look at this box's clock, then ask the keeper there to look at theirs. Sending goes on: "
        "the order of receipts needs no clock.",
    ),
)
