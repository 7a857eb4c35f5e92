"""Whether the paper of one hồ sơ may go back on its shelf: what the person at the scanner asks.

It may once the hồ sơ is proved: every page is here, was checked and asked about, and lies in a
verified package that every destination has read back. Before that a disk of this machine could
still take the only copy of a paper that will not bear another scan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.levels import Level, Statement
from appliance.domain.states import DepositState, FileUnitState

if TYPE_CHECKING:
    from collections.abc import Mapping

PAPER_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "PAPER-TO-SCAN": (
        "Giấy: chưa quét trang nào.",
        "Paper: no page is scanned yet.",
    ),
    "PAPER-PAGES-MISSING": (
        "Giấy: giữ lại, mới nhận {found} trên {expected} trang.",
        "Paper: keep it out, {found} of {expected} pages have come in.",
    ),
    "PAPER-HELD": (
        "Giấy: giữ lại, hồ sơ đang vướng, có thể phải quét lại.",
        "Paper: keep it out, the file unit is held up and may have to be scanned again.",
    ),
    "PAPER-IN-CHECK": (
        "Giấy: giữ lại, đã đủ trang nhưng chưa niêm phong.",
        "Paper: keep it out, all pages are here but nothing is sealed yet.",
    ),
    "PAPER-IN-CORRECTION": (
        "Giấy: giữ lại những tờ còn phải quét lại, hồ sơ đang đính chính.",
        "Paper: keep the sheets that are still to be scanned, a correction is open.",
    ),
    "PAPER-UNPROVED": (
        "Giấy: giữ lại, hồ sơ đã niêm phong nhưng chưa nơi nhận nào có đủ bản kiểm chứng.",
        "Paper: keep it out, the file unit is sealed but not yet proved at every destination.",
    ),
    "PAPER-PROOF-OLD": (
        "Giấy: nếu còn ở ngoài thì giữ lại, bản ở nơi khác đã quá hạn kiểm chứng.",
        "Paper: if it is still out keep it out, the proof of a copy elsewhere is out of date.",
    ),
    "PAPER-MAY-GO": (
        "Giấy: cất về kho được. Hồ sơ đã niêm phong và có đủ bản kiểm chứng ở mọi nơi nhận.",
        "Paper: it may go back. The file unit is sealed and proved at every destination.",
    ),
    "PAPER-COPY-DAMAGED": (
        "Giấy: giữ lại hoặc lấy lại, gói tin trên máy này hỏng và chưa nơi nào có bản kiểm chứng.",
        "Paper: keep or fetch it, the package here is damaged and no other place proved a copy.",
    ),
}
"""Vietnamese first; part of ``verdict_sentences``."""

MAY_GO: Final = "PAPER-MAY-GO"
"""The one sentence by which the paper may go back."""


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What is recorded of one hồ sơ.

    Args:
        state: Its state; a sealed one whose correction is open is no longer ``SEALED``.
        found: Pages that are here.
        expected: Pages that its register promises.
        is_held: Whether a finding holds it up until something is done.
        was_sealed: Whether a version of it is sealed.
        proof: How its newest package stands at all destinations together: ``GOOD`` when each
            has proved it in time, ``STALE`` when some proof is out of date.
        deposits: In which states that package is at the destinations.
    """

    state: FileUnitState
    found: int
    expected: int
    is_held: bool = False
    was_sealed: bool = False
    proof: Level = Level.WAITING
    deposits: frozenset[DepositState] = frozenset()


def judge_paper(facts: PaperFacts) -> Statement:
    """One judged line; the doubt comes first."""
    if facts.state is FileUnitState.SEALED:
        return _sealed(facts)
    if facts.is_held:
        return Statement(Level.NEEDS_PERSON, "PAPER-HELD")
    if facts.was_sealed:
        return Statement(Level.WORKING, "PAPER-IN-CORRECTION")
    if not facts.found:
        return Statement(Level.WAITING, "PAPER-TO-SCAN")
    if facts.state is FileUnitState.SCANNING:
        values = {"found": facts.found, "expected": facts.expected}
        return Statement(Level.WORKING, "PAPER-PAGES-MISSING", values)
    return Statement(Level.WORKING, "PAPER-IN-CHECK")


def _sealed(facts: PaperFacts) -> Statement:
    if DepositState.DAMAGED in facts.deposits and DepositState.PROVED not in facts.deposits:
        return Statement(Level.BROKEN, "PAPER-COPY-DAMAGED")
    if facts.proof is Level.GOOD:
        return Statement(Level.GOOD, MAY_GO)
    if facts.proof is Level.STALE:
        return Statement(Level.STALE, "PAPER-PROOF-OLD")
    return Statement(Level.WAITING, "PAPER-UNPROVED")
