"""Long documents in volumes: where each begins is decided by recorded sizes alone.

Many readers fail above 2 GB, and a signing program holds a PDF whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE_OVERHEAD_BYTES: Final = 16 * 1024
"""Our own: words, content and dictionaries of one page; a full page of text takes about ten."""
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class VolumeLimits:
    """How much one PDF may hold.

    Args:
        max_bytes: Of its image streams with what goes along with each page; a single page may
            exceed it.
        max_pages: Pages.
    """

    max_bytes: int = 1024 * _MIB
    max_pages: int = 500


DEFAULT_VOLUMES: Final = VolumeLimits()


@dataclass(frozen=True, slots=True)
class Volume:
    """One PDF of a document.

    Args:
        number: 1-based.
        count: Of all volumes of the document.
        first_page: Of the document, 1-based.
        last_page: Of the document, inclusive.
    """

    number: int
    count: int
    first_page: int
    last_page: int

    @property
    def page_count(self) -> int:
        """Pages in it."""
        return self.last_page - self.first_page + 1

    def titled(self, title: str) -> str:
        """The title of the document as this volume bears it."""
        return title if self.count == 1 else f"{title} (tập {self.number}/{self.count})"


def plan_volumes(image_bytes: Iterable[int], limits: VolumeLimits) -> tuple[Volume, ...]:
    """Divide a document: each volume takes as many pages as fit, in order.

    Args:
        image_bytes: Of each page's image streams, as recorded (``PageDerivative.image_bytes``).
        limits: Of one volume.

    Returns:
        The same for the same sizes and limits; empty when there are no pages.
    """
    ends: list[int] = []
    held_pages = held_bytes = 0
    for page, size in enumerate(image_bytes, start=1):
        taken = size + PAGE_OVERHEAD_BYTES
        is_full = held_pages == limits.max_pages or held_bytes + taken > limits.max_bytes
        if held_pages and is_full:
            ends.append(page - 1)
            held_pages = held_bytes = 0
        held_pages, held_bytes = held_pages + 1, held_bytes + taken
    if held_pages:
        ends.append((ends[-1] if ends else 0) + held_pages)
    starts = [1, *(end + 1 for end in ends[:-1])]
    return tuple(
        Volume(number, len(ends), first, last)
        for number, (first, last) in enumerate(zip(starts, ends, strict=False), start=1)
    )
