"""The text of a page as it is kept: a page that lies upside down or on its side is read turned.

A page that is not upright is read with much doubt, so only then is the engine asked which way up
it is. What it says counts when the page, turned so, is also read better: both have to agree.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.domain.policy import (
    DOUBTFUL_TEXT_CONFIDENCE,
    MIN_TURN_CONFIDENCE,
    MIN_TURN_GAIN,
    SURE_TURN_CONFIDENCE,
)
from appliance.imaging.ocr import TextOutcome, read_orientation, read_text
from appliance.imaging.text_turns import ON_ITS_SIDE, is_on_its_side, turned_word

if TYPE_CHECKING:
    from appliance.imaging.ocr import Orientation, PageText
    from appliance.imaging.text_view import TextView


def read_page(view: TextView, *, languages: tuple[str, ...], limit_seconds: float) -> PageText:
    """Read one page, whichever way up it lies.

    Args:
        view: The page.
        languages: As for ``read_text``.
        limit_seconds: As for ``read_text``; for each of three looks at most.

    Raises:
        ConfigError: ``OCR-MISSING``, the engine or its trained data is not installed.
    """
    text = read_text(view, languages=languages, limit_seconds=limit_seconds)
    if is_doubtful(text):
        said = read_orientation(view, limit_seconds=limit_seconds)
        if said is not None and is_worth_a_try(said):
            turned_view = view.turned(said.turn_degrees)
            turned = read_text(turned_view, languages=languages, limit_seconds=limit_seconds)
            if is_confirmed(said, text, turned):
                return _laid_back(turned, said.turn_degrees, turned_view.size)
    return replace(text, turn_degrees=ON_ITS_SIDE) if is_on_its_side(text.words) else text


def is_doubtful(text: PageText) -> bool:
    """Whether a page was read with so much doubt that it may lie another way up."""
    was_read = text.outcome in {TextOutcome.FOUND, TextOutcome.UNSURE}
    return was_read and text.mean_confidence < DOUBTFUL_TEXT_CONFIDENCE


def is_worth_a_try(said: Orientation) -> bool:
    """Whether the page is to be read once more, turned as the engine says."""
    return said.turn_degrees != 0 and said.confidence >= MIN_TURN_CONFIDENCE


def is_confirmed(said: Orientation, text: PageText, turned: PageText) -> bool:
    """Whether reading the page turned bears out what the engine says of it.

    Args:
        said: Which way up it takes the page to be.
        text: As read where it lies.
        turned: As read when turned so.
    """
    is_turned_anyway = said.turn_degrees == ON_ITS_SIDE  # by the engine itself: nothing is gained
    least_sure = 0 if is_turned_anyway else 1
    least = least_sure if said.confidence >= SURE_TURN_CONFIDENCE else MIN_TURN_GAIN
    return turned.mean_confidence - text.mean_confidence >= least


def _laid_back(text: PageText, degrees: int, size: tuple[int, int]) -> PageText:
    """What was read of a turned page, with its places on the page as it lies."""
    words = tuple(turned_word(word, 360 - degrees, size) for word in text.words)
    return replace(text, words=words, turn_degrees=degrees)
