"""The sentences of the verdict on audits and restore drills, Vietnamese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

COVERAGE_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "COVERAGE-GOOD": (
        (
            "{label}: đã đọc lại {percent}% trong {within_days} ngày qua; bằng chứng cũ nhất: "
            "{days} ngày."
        ),
        "{label}: {percent}% read again within {within_days} days; oldest proof: {days} days.",
    ),
    "COVERAGE-PARTLY": (
        (
            "{label}: đã đọc lại {percent}% trong {within_days} ngày qua ({proved} trên {total} "
            "gói đã có bằng chứng); bằng chứng cũ nhất: {days} ngày."
        ),
        (
            "{label}: {percent}% read again within {within_days} days ({proved} of {total} "
            "packages have a proof); oldest proof: {days} days."
        ),
    ),
    "COVERAGE-OLD": (
        (
            "{label}: chỉ đọc lại {percent}% trong {within_days} ngày qua; bằng chứng cũ nhất đã "
            "{days} ngày."
        ),
        "{label}: only {percent}% read again within {within_days} days; oldest proof: {days} days.",
    ),
    "COVERAGE-MASTERS-OLD": (
        (
            "{label}: có ảnh gốc đã {masters_days} ngày chưa được đọc lại; gói tin: đã đọc lại "
            "{percent}% trong {within_days} ngày qua."
        ),
        (
            "{label}: some masters were not read for {masters_days} days; packages: {percent}% "
            "read again within {within_days} days."
        ),
    ),
    "COVERAGE-NONE": (
        "{label}: chưa có gói nào được kiểm chứng, 0 trên {total}.",
        "{label}: no package has a proof yet, 0 of {total}.",
    ),
    "COVERAGE-EMPTY": (
        "{label}: chưa có gói nào để kiểm chứng.",
        "{label}: no package to prove yet.",
    ),
    "COVERAGE-DAMAGED": (
        (
            "{label}: {damaged} bản không còn như lúc niêm phong; máy tự phục hồi từ bản đã kiểm "
            "chứng. Đã đọc lại {percent}% trong {within_days} ngày qua."
        ),
        (
            "{label}: {damaged} copies are no longer as sealed; they are repaired from proved "
            "ones. {percent}% have a proof within {within_days} days."
        ),
    ),
    "COVERAGE-HALTED": (
        (
            "{label}: quá nhiều bản hỏng trong một lượt, đã dừng kiểm tra và phục hồi; ổ đĩa ở đó "
            "có thể đang hỏng. Cần người xem trang “Kiểm chứng”."
        ),
        (
            "{label}: too much damage in one round; audits and repairs stopped there. Its disk "
            "may be dying: a person must look at the page of audits."
        ),
    ),
    "COVERAGE-MASTERS-LOST": (
        "{label}: {masters} ảnh gốc không còn như lúc nhận; xem trang “Kiểm chứng”.",
        "{label}: {masters} masters are no longer as they came; see the page of audits.",
    ),
    "COVERAGE-BROKEN": (
        "{label}: {broken} gói không nơi nào còn bản tốt; xem tên hồ sơ ở trang “Kiểm chứng”.",
        "{label}: {broken} packages have no good copy anywhere; the page of audits names them.",
    ),
    "DRILL-PASSED": (
        "{label}: diễn tập phục hồi gần nhất đạt, cách đây {days} ngày.",
        "{label}: the last restore drill passed, {days} days ago.",
    ),
    "DRILL-FAILED": (
        "{label}: diễn tập phục hồi gần nhất không đạt, cách đây {days} ngày; xem “Kiểm chứng”.",
        "{label}: the last restore drill failed, {days} days ago; see the page of audits.",
    ),
    "DRILL-LATE": (
        "{label}: đã {days} ngày chưa diễn tập phục hồi.",
        "{label}: no restore drill was held for {days} days.",
    ),
    "DRILL-NEVER": (
        "{label}: chưa diễn tập phục hồi lần nào.",
        "{label}: no restore drill was ever held.",
    ),
}
