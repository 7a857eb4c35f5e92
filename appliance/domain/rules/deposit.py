"""Rules of deposits and destinations: each cause has its own code and sentence.

``where`` is the destination. ``retries`` says whether the box goes on trying by itself: it does
so for whatever can pass without anybody touching the box.
"""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules import deposit_reach
from appliance.domain.rules.rule import Rule

_FAR_STORE: Final = (
    Rule(
        "FAR-STORE-MISSING",
        Severity.ERROR,
        "Kho lưu tại {where} không có dấu nhận dạng: ổ đĩa có thể chưa được gắn.",
        "Đề nghị bên nhận kiểm tra ổ đĩa; máy tự thử lại. Không tạo kho mới trên thư mục trống.",
        "The store at {where} has no marker: its disk may not be mounted.",
        "Ask its keeper to check the disk; the box tries again. Do not make a new store there.",
        retries=True,
    ),
    Rule(
        "FAR-STORE-FOREIGN",
        Severity.ERROR,
        "Kho lưu tại {where} là kho khác, không phải kho đã cấu hình.",
        "Máy ngừng gửi tới nơi này. Kỹ thuật viên đối chiếu mã kho hai bên.",
        "The store at {where} is another one than configured.",
        "Nothing is sent there. Compare the store's id on both sides.",
    ),
    Rule(
        "FAR-DISK-FULL",
        Severity.ERROR,
        "Ổ đĩa tại {where} không đủ chỗ.",
        "Đề nghị bên nhận thêm dung lượng; máy tự gửi tiếp khi đủ chỗ.",
        "The disk at {where} is full.",
        "Ask its keeper for more space; sending goes on by itself.",
        retries=True,
    ),
    Rule(
        "FAR-STORAGE",
        Severity.ERROR,
        "Ổ đĩa tại {where} báo lỗi khi ghi hoặc đọc.",
        "Đề nghị bên nhận kiểm tra ổ đĩa; máy tự thử lại.",
        "The disk at {where} failed to write or read.",
        "Ask its keeper to check the disk; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-NAMES-ENDLESS",
        Severity.ERROR,
        "Một thư mục của kho tại {where} có quá nhiều tên, hoặc máy chủ ở đó kể tên mãi không dứt; "
        "máy đã thôi nghe.",
        "Đề nghị bên nhận xem thư mục nêu trong nhật ký và chuyển tệp lạ ra chỗ khác; nếu không có "
        "tệp lạ thì máy chủ trả lời sai, phải sửa. Sau đó bấm thử lại.",
        "A folder of the store at {where} has too many names, or its server tells of more without "
        "end; the box stopped listening.",
        "Ask its keeper to look at the folder named in the journal and to move away what does not "
        "belong there; if nothing does not, its server answers wrongly and must be mended. Then "
        "retry.",
    ),
    Rule(
        "FAR-PERMISSION",
        Severity.ERROR,
        "Tài khoản của máy này không còn quyền đọc hoặc ghi trong kho tại {where}.",
        "Đề nghị bên nhận trả lại quyền trên thư mục nêu trong nhật ký; máy tự thử lại.",
        "This box's account may no longer read or write in the store at {where}.",
        "Ask its keeper to give back the rights on the folder named in the journal; the box "
        "tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-READ-ONLY",
        Severity.ERROR,
        "Ổ đĩa tại {where} chỉ cho đọc, không cho ghi.",
        "Đề nghị bên nhận kiểm tra ổ đĩa: hệ thống thường tự khóa ghi khi ổ đĩa có lỗi. Máy tự "
        "thử lại.",
        "The disk at {where} can only be read, not written.",
        "Ask its keeper to check the disk: a system often stops writing when a disk fails. The "
        "box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-NO-LOCKS",
        Severity.ERROR,
        "Hệ thống tệp của kho lưu tại {where} không cho khóa tệp, nên chương trình nhận không làm "
        "việc ở đó.",
        "Đề nghị bên nhận gắn lại ổ đĩa sao cho có khóa (NFS: chạy rpc.statd hoặc gắn với "
        "local_lock=flock; Lustre: gắn với flock), hoặc chuyển kho sang ổ đĩa khác; máy tự thử "
        "lại.",
        "The file system of the store at {where} gives no locks, so the receiver does not work "
        "there.",
        "Ask its keeper to mount it so that it has them (NFS: run rpc.statd, or mount with "
        "local_lock=flock; Lustre: mount with flock), or to move the store to another disk; the "
        "box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-CLOCK-BACK",
        Severity.WARNING,
        "Đồng hồ tại {where} chạy lùi hơn một ngày so với biên nhận mới nhất của chính nơi đó.",
        "Việc gửi vẫn tiếp tục; thứ tự biên nhận không dựa vào đồng hồ. Đề nghị bên nhận chỉnh "
        "đồng hồ.",
        "The clock at {where} is more than a day behind its own newest receipt.",
        "Sending goes on; the order of receipts needs no clock. Ask its keeper to set the clock.",
    ),
    Rule(
        "FAR-BUSY",
        Severity.INFO,
        "{where} đang nhận chính gói tin này trong một phiên khác.",
        "Không cần làm gì: máy tự thử lại.",
        "Another session is depositing the same package at {where}.",
        "Nothing to do: the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-REFUSED",
        Severity.ERROR,
        "{where} từ chối yêu cầu của máy này.",
        "Báo kỹ thuật viên kèm nhật ký: hai bên hiểu khác nhau về gói tin.",
        "{where} refuses what this box asks.",
        "Tell the technician and show the journal: the two sides disagree about the package.",
    ),
    Rule(
        "FAR-CONFLICT",
        Severity.ERROR,
        "{where} đã giữ một gói tin khác mang cùng mã OBJID.",
        "Không gì bị ghi đè. So hai gói tin; nếu là đính chính, lập phiên bản mới.",
        "{where} already holds other bytes under the same OBJID.",
        "Nothing was overwritten. Compare the two; a correction needs a new version.",
    ),
)

_PROOF: Final = (
    Rule(
        "FAR-DIGEST-MISMATCH",
        Severity.ERROR,
        "Gói tin đọc lại từ ổ đĩa tại {where} không khớp mã băm; chưa được công nhận.",
        "Máy tự gửi lại phần hỏng; nếu lặp lại, bên nhận phải kiểm tra ổ đĩa.",
        "What {where} read back from its disk does not match the digest; nothing was accepted.",
        "The damaged part is sent again; if this repeats, its disk must be checked.",
        retries=True,
    ),
    Rule(
        "FAR-COPY-DAMAGED",
        Severity.ERROR,
        "Bản lưu tại {where} đã hỏng: không còn khớp mã băm.",
        "Máy tự sửa từ bản còn tốt. Báo bên nhận kiểm tra ổ đĩa.",
        "The copy at {where} is damaged: it no longer matches its digest.",
        "It is repaired from a good copy. Have the disk there checked.",
    ),
    Rule(
        "FAR-COPY-MISSING",
        Severity.ERROR,
        "Không thấy bản lưu của gói tin này tại {where}.",
        "Máy tự gửi lại từ bản còn tốt. Hỏi bên nhận vì sao mất.",
        "The copy of this package is not at {where}.",
        "It is sent again from a good copy. Ask its keeper why it is gone.",
    ),
    Rule(
        "RECEIPT-INVALID",
        Severity.ERROR,
        "Biên nhận của {where} không hợp lệ: sai chữ ký hoặc sai nội dung.",
        "Gói tin chưa được coi là đã gửi. Kỹ thuật viên đối chiếu khóa của kho lưu.",
        "The receipt of {where} is not valid: its signature or content is wrong.",
        "The package does not count as deposited. Compare the store's key on both sides.",
    ),
    Rule(
        "RECEIPT-ROLLED-BACK",
        Severity.ERROR,
        "Sổ biên nhận của {where} bị lùi lại: kho có thể đã được phục hồi từ bản sao cũ.",
        "Máy ngừng gửi tới nơi này. Hỏi bên nhận; nếu họ đã phục hồi kho thì chấp nhận kho đó ở "
        "trang của nơi nhận.",
        "The receipts of {where} went back: the store may have been restored from an old backup.",
        "Nothing is sent there. Ask its keeper; if they restored the store, accept it on the "
        "destination's page.",
    ),
    Rule(
        "SOURCE-DAMAGED",
        Severity.ERROR,
        "Gói tin trên máy này không còn khớp mã băm lúc niêm phong; không gửi đi.",
        "Gọi kỹ thuật viên kiểm tra ổ đĩa; phục hồi gói tin từ một nơi nhận còn bản tốt.",
        "The box's own package no longer matches its sealed digest; it was not sent.",
        "Have the box's disk checked; restore the package from a destination with a good copy.",
    ),
    Rule(
        "SOURCE-MISSING",
        Severity.ERROR,
        "Không đọc được gói tin cần gửi trên máy này.",
        "Gọi kỹ thuật viên kiểm tra ổ đĩa của máy.",
        "The package to send cannot be read on this box.",
        "Have the box's disk checked.",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*deposit_reach.RULES, *_FAR_STORE, *_PROOF)
