"""Rules of the way to a destination: its line, its host, the account and the receiver there.

``where`` and ``retries`` are as in ``domain.rules.deposit``, which has the rules of its store.
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
        "LINE-REFUSED-BY-HOST",
        Severity.WARNING,
        "Máy chủ của {where} nhận kết nối rồi đóng ngay: có thể đang tạm chặn địa chỉ của máy này.",
        "Máy tự thử lại sau. Nếu kéo dài, đề nghị bên nhận xem nhật ký sshd (PerSourcePenalties, "
        "MaxStartups, tường lửa); máy khác sau cùng địa chỉ mạng cũng có thể là nguyên nhân.",
        "The host of {where} takes the connection and closes it at once: it may be shutting this "
        "box's address out for a while.",
        "The box tries again later. If it lasts, ask its keeper to look at sshd's journal "
        "(PerSourcePenalties, MaxStartups, firewall); another machine behind the same network "
        "address may be the cause as well.",
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
        "FAR-RECEIVER-SILENT",
        Severity.ERROR,
        "Đăng nhập được vào {where} nhưng chương trình nhận ở đó không lên tiếng.",
        "Đường truyền vẫn tốt. Đề nghị bên nhận xem lệnh nào chạy khi tài khoản đăng nhập "
        "(~/.bashrc, ~/.ssh/rc, /etc/ssh/sshrc) bị treo, máy chủ có quá tải hay ổ đĩa có treo "
        "không; máy tự thử lại.",
        "The account at {where} lets this box in, but its receiver does not say a word.",
        "The line is well. Ask its keeper whether something that the account runs at login "
        "(~/.bashrc, ~/.ssh/rc, /etc/ssh/sshrc) hangs, or the host is overloaded, or its disk "
        "hangs; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-RECEIVER-NOISY",
        Severity.ERROR,
        "Đăng nhập được vào {where} nhưng ở đó có chữ khác hiện ra thay cho lời chào của chương "
        "trình nhận.",
        "Đề nghị bên nhận bỏ mọi lệnh in chữ khi tài khoản đăng nhập (~/.bashrc, ~/.ssh/rc, "
        "/etc/ssh/sshrc) và xem khóa của máy có gắn đúng chương trình nhận không; nhật ký ghi lại "
        "chữ đã hiện ra. Máy tự thử lại.",
        "The account at {where} lets this box in, but something else talks in place of its "
        "receiver.",
        "Ask its keeper to take away whatever prints when the account logs in (~/.bashrc, "
        "~/.ssh/rc, /etc/ssh/sshrc), and to see that this box's key runs the receiver; the journal "
        "has the words. The box tries again by itself.",
        retries=True,
    ),
    Rule(
        "ACCOUNT-LOCKED",
        Severity.ERROR,
        "Tài khoản của máy này tại {where} đang bị khóa hoặc hết hạn.",
        "Đề nghị bên nhận mở khóa tài khoản; máy tự thử lại.",
        "This box's account at {where} is locked or has expired.",
        "Ask its keeper to unlock the account; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-TOO-OLD",
        Severity.ERROR,
        "Chương trình nhận tại {where} cũ hơn máy này và chưa làm được việc vừa yêu cầu.",
        "Đề nghị bên nhận nâng cấp chương trình nhận; máy tự thử lại.",
        "The receiver at {where} is older than this box and cannot do what was asked.",
        "Ask its keeper to upgrade the receiver; the box tries again by itself.",
        retries=True,
    ),
    Rule(
        "FAR-TOO-NEW",
        Severity.ERROR,
        "Chương trình nhận tại {where} mới hơn máy này và không còn hiểu máy này.",
        "Kỹ thuật viên nâng cấp máy này rồi bấm thử lại.",
        "The receiver at {where} is newer than this box and no longer understands it.",
        "Upgrade this box, then retry.",
    ),
    Rule(
        "TWO-BOXES",
        Severity.ERROR,
        "{where} thấy hai máy cùng dùng một mã máy: sổ sự kiện của chúng mâu thuẫn nhau.",
        "Không gì bị ghi đè. Tắt máy thừa (máy bị nhân bản hoặc phục hồi từ bản sao cũ), cấp mã "
        "máy và khóa mới cho nó, rồi bấm thử lại.",
        "{where} has met two boxes with one id: their journals contradict each other.",
        "Nothing was overwritten. Stop the surplus box (a copy, or one restored from an old "
        "image), give it an id and a key of its own, then retry.",
    ),
)

RULES: Final[tuple[Rule, ...]] = (*_LINE, *_IDENTITY)
