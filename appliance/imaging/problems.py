"""Why bytes are not a whole page image, in words that fit into a finding's sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_MESSAGE_CHARACTERS: Final = 160


@dataclass(frozen=True, slots=True)
class Problem:
    """A short reason, without a full stop.

    Args:
        vi: In plain Vietnamese.
        en: In plain English.
    """

    vi: str
    en: str

    def values(self) -> dict[str, str]:
        """The values ``problem`` and ``problem_en`` of a finding."""
        return {"problem": self.vi, "problem_en": self.en}


class BadStructure(Exception):  # noqa: N818 - names what the bytes have, not what the code did
    """The bytes cannot be followed; never leaves this package.

    Args:
        problem: Why.
        is_cut: Whether more bytes could mend it: the writer may not have finished.
        code: The rule that a file with such bytes breaks.
    """

    def __init__(
        self, problem: Problem, *, is_cut: bool, code: str = "IMAGE-NOT-DECODABLE"
    ) -> None:
        super().__init__(problem, is_cut, code)
        self.problem = problem
        self.is_cut = is_cut
        self.code = code


def cut(what_vi: str, what_en: str) -> BadStructure:
    """Something lies beyond the end of the bytes, or was not written yet."""
    return BadStructure(Problem(f"tệp thiếu {what_vi}", f"{what_en} is missing"), is_cut=True)


def malformed(what_vi: str, what_en: str) -> BadStructure:
    """Something contradicts the format, whatever may follow."""
    return BadStructure(Problem(what_vi, what_en), is_cut=False)


def refusal(problem: Exception, path: Path) -> BadStructure:
    """What a decoder said, as a problem that a finding can carry."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    said = (lines[-1] if lines else type(problem).__name__)[:_MESSAGE_CHARACTERS]
    said = said.replace(str(path), path.name)
    return malformed(f"bộ giải mã báo “{said}”", f"the decoder says “{said}”")
