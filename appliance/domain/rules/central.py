"""Rules of the central register: why a paper does not count there. ``where`` is its path."""

from __future__ import annotations

from typing import Final

from appliance.domain.findings import Severity
from appliance.domain.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "CENTRAL-PAPER-UNREADABLE",
        Severity.ERROR,
        "Không đọc được giấy {where}: {problem}.",
        "Kiểm tra ổ đĩa; giấy này có thể lấy lại từ máy đã niêm phong hoặc từ nơi lưu khác.",
        "The paper {where} cannot be read: {problem}.",
        "Check the disk; it can be had again from its box or from another store.",
    ),
    Rule(
        "CENTRAL-SIGNATURE-BAD",
        Severity.ERROR,
        "Chữ ký của giấy {where} thiếu hoặc sai: {problem}.",
        "Giấy này không được tính. Hỏi nơi giữ vì sao nó bị sửa.",
        "The signature of the paper {where} is missing or wrong: {problem}.",
        "It does not count. Ask its keeper why it was changed.",
    ),
    Rule(
        "CENTRAL-SIGNER-UNKNOWN",
        Severity.ERROR,
        "Không biết ai đã ký giấy {where}: {problem}.",
        "Thêm khóa của máy hoặc kho đó vào danh sách người ký được phép, rồi chạy lại.",
        "It is not known who signed the paper {where}: {problem}.",
        "Add the key of that box or store to the allowed signers, then build again.",
    ),
    Rule(
        "CENTRAL-METADATA-UNREADABLE",
        Severity.WARNING,
        "Không đọc được thông tin mô tả trong gói tin của {where}: {problem}.",
        "Gói vẫn có trong sổ, chưa có tiêu đề. Kiểm tra gói bằng lệnh verify.",
        "The description inside the package of {where} cannot be read: {problem}.",
        "The package is in the register, without its title. Check it with verify.",
    ),
    Rule(
        "CENTRAL-PACKAGE-DIFFERS",
        Severity.ERROR,
        "Gói tin nằm cạnh {where} không phải gói mà giấy nói tới: {problem}.",
        "Kiểm tra gói bằng lệnh verify và phục hồi từ nơi còn bản tốt.",
        "The package beside {where} is not the one that the paper names: {problem}.",
        "Check it with verify, and restore it from a place with a good copy.",
    ),
    Rule(
        "CENTRAL-CONFLICT",
        Severity.ERROR,
        "Hai giấy khác nhau cùng nói về một gói tin: {problem}.",
        "So hai giấy; mã OBJID không bao giờ được dùng lại.",
        "Two papers say different things about one package: {problem}.",
        "Compare the two; an OBJID is never used again.",
    ),
    Rule(
        "CENTRAL-RECEIPTS-FORK",
        Severity.ERROR,
        "Kho đã ký hai biên nhận khác nhau cùng một số: {problem}.",
        "Kho có thể đã được phục hồi từ bản sao cũ: kiểm tra lại mọi gói tin ở đó.",
        "A store signed two different receipts with one number: {problem}.",
        "It may have been restored from an old backup: audit every package there.",
    ),
)
