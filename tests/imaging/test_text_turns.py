"""Where words lie on a page that was turned, and which way their lines run."""

from __future__ import annotations

import pytest

from appliance.imaging.ocr import Word
from appliance.imaging.text_turns import is_on_its_side, turned_word, words_by_turn

SIZE = (1000, 1400)
WORD = Word("Nghị", 100, 200, 80, 30, 95, 1)
DOWN = Word("quyết", 900, 300, 30, 120, 95, 2)


@pytest.mark.parametrize(
    ("degrees", "place"),
    [
        (0, (100, 200, 80, 30)),
        (90, (1170, 100, 30, 80)),
        (180, (820, 1170, 80, 30)),
        (270, (200, 820, 30, 80)),
    ],
)
def test_a_word_turns_with_its_page(degrees: int, place: tuple[int, int, int, int]) -> None:
    """A word near the upper left corner comes near the corner that follows clockwise."""
    word = turned_word(WORD, degrees, SIZE)
    assert (word.left, word.top, word.width, word.height) == place
    assert (word.text, word.confidence, word.line) == ("Nghị", 95, 1)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_turned_back_a_word_is_where_it_was(degrees: int) -> None:
    """The rest of a whole turn undoes a turn."""
    turned_size = SIZE if degrees % 180 == 0 else SIZE[::-1]
    assert turned_word(turned_word(WORD, degrees, SIZE), 360 - degrees, turned_size) == WORD


def test_a_page_lies_on_its_side_when_most_words_do() -> None:
    """One line that runs down does not turn a page, nor do words of two letters."""
    assert is_on_its_side([DOWN, DOWN, WORD])
    assert not is_on_its_side([WORD, WORD, DOWN])
    assert not is_on_its_side([Word("ở", 0, 0, 10, 60, 90, 1)])
    assert not is_on_its_side([])


@pytest.mark.parametrize(
    ("page_degrees", "along", "across"),
    [(0, WORD, DOWN), (180, WORD, DOWN), (90, DOWN, WORD), (270, DOWN, WORD)],
)
def test_lines_across_the_others_have_a_turn_of_their_own(
    page_degrees: int, along: Word, across: Word
) -> None:
    """A line of its own way is told apart; its words stay together."""
    found = words_by_turn([along, across], page_degrees)
    assert found[page_degrees] == [along]
    (other,) = set(found) - {page_degrees}
    assert found[other] == [across]
    assert (other - page_degrees) % 180 == 90


def test_lines_of_one_way_stay_one_list() -> None:
    """A usual page is one list in reading order, short words and figures included."""
    words = [WORD, Word("12", 190, 200, 9, 30, 90, 1), Word("|", 0, 300, 2, 90, 50, 2)]
    assert words_by_turn(words, 0) == {0: words}
    assert words_by_turn([], 0) == {}
