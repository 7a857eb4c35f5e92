"""The recovery key on paper: typed as it is printed it comes back, typed wrong it is told where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.domain.recovery_key import TypingError, seed_of, typed_lines

SEEDS = st.binary(min_size=32, max_size=32)


@given(seed=SEEDS)
def test_what_is_printed_comes_back(seed: bytes) -> None:
    """Four lines of fifteen letters, and nothing of the seed is lost."""
    lines = typed_lines(seed)
    assert len(lines) == 4
    assert all(len(line.replace(" ", "")) == len("1:") + 15 for line in lines)
    assert seed_of("\n".join(lines)) == seed


@given(seed=SEEDS)
def test_a_tired_hand_is_understood(seed: bytes) -> None:
    """Small letters, no spaces, a title above, digits for letters, lines in any order."""
    typed = "\n".join(reversed(typed_lines(seed))).lower().replace("o", "0").replace("i", "1")
    heads = [f"{line[0]}:{line[2:].replace(' ', '')}" for line in typed.splitlines()]
    assert seed_of("phiếu khôi phục\n\n" + "\n".join(heads)) == seed


def _read(text: str) -> bytes | int | None:
    """What the lines say, or which of them is wrong."""
    try:
        return seed_of(text)
    except TypingError as problem:
        return problem.number


@given(seed=SEEDS, place=st.integers(0, 14), line=st.integers(0, 3))
def test_a_wrong_letter_is_told_with_its_line(seed: bytes, place: int, line: int) -> None:
    """A letter that was read as another one is found, but for one slip in a thousand."""
    lines = [one[:3] + one[3:].replace(" ", "") for one in typed_lines(seed)]
    there = lines[line][3 + place]
    wrong = "A" if there != "A" else "Q"
    lines[line] = lines[line][: 3 + place] + wrong + lines[line][4 + place :]
    found = _read("\n".join(lines))
    assert found == line + 1 or (isinstance(found, bytes) and found != seed)


def test_a_missing_line_is_told() -> None:
    """Three lines of four are no key."""
    lines = typed_lines(bytes(32))
    with pytest.raises(TypingError, match="line 3"):
        seed_of("\n".join((*lines[:2], lines[3])))


def test_something_else_is_no_key() -> None:
    """Text of another kind is told from a slip of the hand."""
    assert seed_of("[box]\nid = 'box-01'\n") is None
    with pytest.raises(ValueError, match="32 bytes"):
        typed_lines(b"short")
