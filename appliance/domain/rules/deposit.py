"""Rules of deposits and destinations: each cause has its own code and sentence.

``where`` is the destination. ``retries`` says whether the box goes on trying by itself: it does
so for whatever can pass without anybody touching the box.
"""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

_LINE: Final = (
    Rule(
        "LINE-DOWN",
        Severity.INFO,
        "Chưa liên lạc được với {where}.",
        "Không cần làm gì: máy tự gửi tiếp khi có đường truyền. Nếu kéo dài, hỏi đơn vị mạng.",
        "{where} cannot be reached.",
        "Nothing to do: sending goes on when the line is back. If it lasts, ask the network's "
        "keeper.",
        retries=True,
    ),
    Rule(
        "LINE-CUT",
        Severity.INFO,
        "Đường truyền tới {where} bị ngắt giữa chừng.",
        "Không cần làm gì: máy tự gửi tiếp từ chỗ đã gửi.",
        "The line to {where} was cut on the way.",
        "Nothing to do: sending goes on from where it was.",
        retries=True,
    ),
    Rule(
        "BLOCK-DAMAGED",
        Severity.WARNING,
        "Một khối dữ liệu tới {where} bị sai trên đường đi và đã bị từ chối.",
        "Máy tự gửi lại; nếu lặp lại, kỹ thuật viên kiểm tra bộ nhớ và ổ đĩa hai đầu.",
        "A block arrived damaged at {where} and was refused.",
        "It is sent again; if this repeats, have the memory and disks at both ends checked.",
        retries=True,
    ),
)

_IDENTITY: Final = (
    Rule(
        "HOST-KEY-CHANGED",
        Severity.ERROR,
        "Khóa máy chủ của {where} đã đổi: có thể là máy chủ khác giả danh.",
        "Máy ngừng gửi tới nơi này. Gọi kỹ thuật viên hỏi bên nhận có thay máy chủ không, rồi "
        "cài lại khóa.",
        "The host key of {where} has changed: another machine may be posing as it.",
        "Nothing is sent there. Ask its keeper whether the host was replaced, then provision "
        "the key again.",
    ),
    Rule(
        "HOST-KEY-UNKNOWN",
        Severity.ERROR,
        "Chưa có khóa máy chủ của {where} trong cấu hình.",
        "Kỹ thuật viên cài khóa máy chủ của nơi nhận; máy không bao giờ tự chấp nhận khóa lạ.",
        "No host key of {where} has been provisioned.",
        "Provision its host key; the box never accepts one by itself.",
    ),
    Rule(
        "AUTH-REFUSED",
        Severity.ERROR,
        "{where} từ chối khóa đăng nhập của máy này.",
        "Đề nghị bên nhận kiểm tra tài khoản và khóa công khai của máy.",
        "{where} refuses this box's login key.",
        "Ask its keeper to check the account and this box's public key.",
    ),
    Rule(
        "FAR-SENDER-UNKNOWN",
        Severity.ERROR,
        "{where} không công nhận chữ ký của máy này trên gói tin.",
        "Đề nghị bên nhận thêm khóa ký của máy vào danh sách được phép gửi.",
        "{where} does not know the key that signed the package.",
        "Ask its keeper to add this box's signing key to the allowed senders.",
    ),
    Rule(
        "FAR-RECEIVER-MISSING",
        Severity.ERROR,
        "Đăng nhập được vào {where} nhưng không thấy chương trình nhận.",
        "Đề nghị bên nhận cài hoặc khởi động lại chương trình nhận; máy tự thử lại.",
        "The account at {where} answers, but no receiver runs there.",
        "Ask its keeper to install the receiver; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "PROTOCOL-VERSION",
        Severity.ERROR,
        "Phiên bản chương trình nhận tại {where} không khớp với máy này.",
        "Nâng cấp bên cũ hơn rồi bấm thử lại.",
        "The receiver at {where} and this box have no protocol version in common.",
        "Upgrade the older one, then retry.",
    ),
)

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
        "Báo bên nhận kiểm tra ổ đĩa và phục hồi gói tin này từ một bản còn tốt.",
        "The copy at {where} is damaged: it no longer matches its digest.",
        "Have the disk there checked and this package restored from a good copy.",
    ),
    Rule(
        "FAR-COPY-MISSING",
        Severity.ERROR,
        "Không thấy bản lưu của gói tin này tại {where}.",
        "Hỏi bên nhận vì sao mất; gửi lại gói tin.",
        "The copy of this package is not at {where}.",
        "Ask its keeper why, and deposit the package again.",
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
        "Máy ngừng gửi tới nơi này. Hỏi bên nhận, rồi kiểm tra lại mọi gói tin ở đó.",
        "The receipts of {where} went back: the store may have been restored from an old backup.",
        "Nothing is sent there. Ask its keeper, then audit every package there.",
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

RULES: Final[tuple[Rule, ...]] = (*_LINE, *_IDENTITY, *_FAR_STORE, *_PROOF)
