"""What waits for a decision alone: hồ sơ that could be sealed were their list approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appliance.domain.levels import Level, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appliance.domain.canonical import JsonValue

APPROVAL_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "APPROVAL-WANTED": (
        (
            "Có {count} hồ sơ đã xong, chỉ chờ phê duyệt danh mục {lists}: trình duyệt rồi ghi "
            "quyết định bằng lệnh “appliance register approve”."
        ),
        (
            "{count} file units are done and wait only for the approval of list {lists}: record "
            "the decision with “appliance register approve”."
        ),
    ),
    "APPROVAL-UNLISTED": (
        (
            "Có {count} hồ sơ đã xong nhưng không thuộc danh mục nào: ghi vào một danh mục mới của "
            "bảng kê, nhập lại bảng kê rồi trình phê duyệt."
        ),
        (
            "{count} file units are done but on no list: put them on a new list of the register, "
            "import it again and have that list approved."
        ),
    ),
}
"""Vietnamese first; part of ``verdict_sentences``."""

ON_NO_LIST: Final = ""
"""Stands for the list where there is none."""

_LISTS_NAMED: Final = 3
"""Our own: lists that one sentence names."""


def judge_approvals(awaiting: Mapping[str, int]) -> tuple[Statement, ...]:
    """The lines on what only people can move; none when nothing waits.

    Args:
        awaiting: How many hồ sơ wait for each list, by its code; ``ON_NO_LIST`` for none.
    """
    unlisted = awaiting.get(ON_NO_LIST, 0)
    listed = {
        code: count for code, count in sorted(awaiting.items()) if code != ON_NO_LIST and count
    }
    lines: list[Statement] = []
    if listed:
        wanted: dict[str, JsonValue] = {"count": sum(listed.values()), "lists": _named(listed)}
        lines.append(Statement(Level.NEEDS_PERSON, "APPROVAL-WANTED", wanted))
    if unlisted:
        lines.append(Statement(Level.NEEDS_PERSON, "APPROVAL-UNLISTED", {"count": unlisted}))
    return tuple(lines)


def _named(codes: Iterable[str]) -> str:
    shown = tuple(codes)
    more = ("…",) if len(shown) > _LISTS_NAMED else ()
    return ", ".join((*shown[:_LISTS_NAMED], *more))
