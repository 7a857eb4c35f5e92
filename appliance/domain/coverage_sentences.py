"""The sentences of the verdict on audits and restore drills, Vietnamese first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

COVERAGE_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "COVERAGE-GOOD": (
        "{label}: kiểm chứng cũ nhất: {days} ngày; {percent} % trong {within_days} ngày.",
        "{label}: oldest proof {days} days; {percent} % within {within_days} days.",
    ),
    "COVERAGE-PARTLY": (
        (
            "{label}: kiểm chứng cũ nhất: {days} ngày; {percent} % trong {within_days} ngày "
            "({proved} trên {total} gói đã có bằng chứng)."
        ),
        (
            "{label}: oldest proof {days} days; {percent} % within {within_days} days "
            "({proved} of {total} packages have a proof)."
        ),
    ),
    "COVERAGE-OLD": (
        "{label}: kiểm chứng cũ nhất đã {days} ngày; chỉ {percent} % trong {within_days} ngày.",
        "{label}: the oldest proof is {days} days old; only {percent} % within {within_days} days.",
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
            "{label}: {damaged} bản không còn như lúc niêm phong; máy tự sửa từ bản đã kiểm chứng. "
            "{percent} % còn bằng chứng trong {within_days} ngày."
        ),
        (
            "{label}: {damaged} copies are no longer as sealed; they are repaired from proved "
            "ones. {percent} % have a proof within {within_days} days."
        ),
    ),
    "COVERAGE-HALTED": (
        (
            "{label}: quá nhiều bản hỏng trong một lượt, đã dừng kiểm tra và sửa; ổ đĩa ở đó có "
            "thể đang hỏng. Cần người xem trang kiểm tra."
        ),
        (
            "{label}: too much damage in one round; audits and repairs stopped there. Its disk "
            "may be dying: a person must look at the page of audits."
        ),
    ),
    "COVERAGE-MASTERS-LOST": (
        "{label}: {masters} ảnh gốc không còn như lúc nhận; xem trang kiểm tra.",
        "{label}: {masters} masters are no longer as they came; see the page of audits.",
    ),
    "COVERAGE-BROKEN": (
        "{label}: {broken} gói không nơi nào còn bản tốt; xem tên hồ sơ ở trang kiểm tra.",
        "{label}: {broken} packages have no good copy anywhere; the page of audits names them.",
    ),
    "DRILL-PASSED": (
        "{label}: diễn tập phục hồi gần nhất đạt, {days} ngày trước.",
        "{label}: the last restore drill passed, {days} days ago.",
    ),
    "DRILL-FAILED": (
        "{label}: diễn tập phục hồi gần nhất không đạt, {days} ngày trước; xem trang kiểm tra.",
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
