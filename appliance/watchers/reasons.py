"""What a file system answers, in words for the person who can mend it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from appliance.domain.findings import Finding
from appliance.watchers.values import shown

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.domain.canonical import JsonValue

FULL: Final = {errno.ENOSPC, errno.EDQUOT}
"""A disk or an account's share of it has no room left."""

_NO_RIGHT: Final = "tài khoản của máy không có quyền"
_LOST: Final = "mất kết nối tới ổ đĩa hoặc thư mục chia sẻ"
_DAMAGED: Final = "ổ đĩa bị lỗi khi đọc hoặc ghi"
_VIETNAMESE: Final = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "ổ đĩa đang ở chế độ chỉ đọc",
    errno.EIO: _DAMAGED,
    errno.EUCLEAN: _DAMAGED,
    errno.ESTALE: _LOST,
    errno.ENOTCONN: _LOST,
    errno.EHOSTDOWN: _LOST,
    errno.EMFILE: "máy đang mở quá nhiều tệp",
    errno.ENFILE: "máy đang mở quá nhiều tệp",
}


def reasons(problem: OSError) -> dict[str, JsonValue]:
    """``problem`` and ``problem_en`` of a finding; the system's own words where none are better."""
    english = problem.strerror or type(problem).__name__
    return {
        "problem": _VIETNAMESE.get(problem.errno or 0, english),
        "problem_en": english,
    }


def cannot_read(where: str, problem: OSError) -> Finding:
    """The finding on a folder or a file that is not given to us."""
    return Finding("INTAKE-CANNOT-READ", where, reasons(problem))


def cannot_take(where: str, problem: OSError) -> Finding:
    """The finding on a folder from which nothing can be taken."""
    return Finding("INTAKE-CANNOT-TAKE", where, reasons(problem))


def cannot_claim(claimed_root: Path, problem: OSError) -> Finding:
    """The finding on what the hot folder's disk refuses: claims lie there, not in the store."""
    if problem.errno in FULL:
        return Finding("STORAGE-FILLED-UP", shown(claimed_root))
    return cannot_take(shown(claimed_root.parent), problem)
