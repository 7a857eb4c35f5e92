"""Words of a crooked page in lines: how high the line is, and how far each word has sunk in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.imaging.ocr import Word

FEWEST_WORDS: Final = 4
"""Our own: shorter lines say little of how crooked a page lies: letters differ in height."""
MOST_SUNK: Final = 0.23
"""Of the line's height, to either side of its middle: readers of PDF take what lies half a height
off for another line, and would give back a crooked line in pieces. At the ends of a line across a
whole A4 page this leaves a mark 0.5 mm off at 1 degree, and 2 mm, half a line, at 2 degrees."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line, all in pixels of the upright frame.

    Args:
        words: In reading order.
        top_px: Its upper edge, at its middle.
        height_px: What its words take, as if it lay straight.
        slope: Pixels that it sinks for each pixel to the right; negative when it rises.
    """

    words: tuple[Word, ...]
    top_px: float
    height_px: float
    slope: float

    def sunk_px(self, word: Word) -> float:
        """How much lower than the middle of the line a word is to be marked."""
        most = MOST_SUNK * self.height_px
        sunk = self.slope * (_centre(word) - _middle(self.words))
        return min(max(sunk, -most), most)


def text_lines(words: Sequence[Word]) -> Iterator[TextLine]:
    """The lines of a page; without a crooked line each is as its boxes are."""
    groups = [tuple(group) for _, group in groupby(words, key=attrgetter("line"))]
    slope = _slope([group for group in groups if len(group) >= FEWEST_WORDS])
    for group in groups:
        sunk = [slope * (_centre(word) - _middle(group)) for word in group]
        top = min(word.top - by for word, by in zip(group, sunk, strict=True))
        bottom = max(word.top + word.height - by for word, by in zip(group, sunk, strict=True))
        yield TextLine(group, top, bottom - top, slope)


def _slope(lines: Sequence[Sequence[Word]]) -> float:
    """The one slope that fits the middles of the words best, lines apart (least squares)."""
    along, fallen = 0.0, 0.0
    for line in lines:
        middle = sum(map(_centre, line)) / len(line)
        height = sum(map(_height, line)) / len(line)
        along += sum((_centre(word) - middle) ** 2 for word in line)
        fallen += sum((_centre(word) - middle) * (_height(word) - height) for word in line)
    return fallen / along if along else 0.0


def _middle(words: Sequence[Word]) -> float:
    return (words[0].left + words[-1].left + words[-1].width) / 2


def _centre(word: Word) -> float:
    return word.left + word.width / 2


def _height(word: Word) -> float:
    return word.top + word.height / 2
