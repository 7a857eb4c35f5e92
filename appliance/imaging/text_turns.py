"""Words of pages that lie on their heads or sides: where they are, and which way their lines run.

A turn is what the page needs to be read: 0, 90, 180 or 270 degrees, clockwise. Places stay those
of the page as it lies.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.imaging.ocr import Word

ON_ITS_SIDE: Final = 270
"""The engine reads lines that run downwards, where it finds a block of them, without being told."""
_CROSSWISE: Final = {0: ON_ITS_SIDE, 90: 0, 180: 90, 270: 0}
"""By the turn of a page: that of lines across the others, which the engine read in the same way."""
_LONG_LETTERS: Final = 3
"""Our own: shorter words may well be higher than they are wide."""
_TALL: Final = 1.5
"""Our own: words of a line that runs down or up are so many times as high as wide, at least."""


def turned_word(word: Word, degrees: int, size: tuple[int, int]) -> Word:
    """Where a word is when its page has been turned.

    Args:
        word: On the page before.
        degrees: Clockwise, a multiple of 90.
        size: Width and height of the page before, pixels.
    """
    width, height = size
    right, bottom = width - word.left - word.width, height - word.top - word.height
    match degrees % 360:
        case 90:
            return _placed(word, bottom, word.left, word.height, word.width)
        case 180:
            return _placed(word, right, bottom, word.width, word.height)
        case 270:
            return _placed(word, word.top, right, word.height, word.width)
    return word


def _placed(word: Word, left: int, top: int, width: int, height: int) -> Word:
    return replace(word, left=max(left, 0), top=max(top, 0), width=width, height=height)


def is_on_its_side(words: Iterable[Word]) -> bool:
    """Whether the words run downwards, most of them."""
    return _runs_across(words, 0)


def words_by_turn(words: Iterable[Word], page_degrees: int) -> dict[int, list[Word]]:
    """The words by the turn that their lines need, each in reading order.

    Args:
        words: Of a page, where they lie.
        page_degrees: The turn that the page needs.
    """
    found: dict[int, list[Word]] = {}
    for _, group in groupby(words, key=attrgetter("line")):
        line = list(group)
        is_across = _runs_across(line, page_degrees)
        degrees = _CROSSWISE[page_degrees] if is_across else page_degrees
        found.setdefault(degrees, []).extend(line)
    return found


def _runs_across(words: Iterable[Word], page_degrees: int) -> bool:
    """Whether words run across the lines of a page that needs this turn."""
    long = [word for word in words if sum(map(str.isalpha, word.text)) >= _LONG_LETTERS]
    along, across = sum(word.width for word in long), sum(word.height for word in long)
    if page_degrees % 180:
        along, across = across, along
    return across > _TALL * along
