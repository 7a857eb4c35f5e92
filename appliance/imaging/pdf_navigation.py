"""How a reader finds its way: the numbers that pages show, and bookmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.imaging.pdf_metadata import pdf_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.imaging.pdf_file import PdfFile

LABELS_PER_LEAF: Final = 1000
"""Our own: ISO 19005-1 6.1.12 allows an array 8191 entries, and each label takes two."""
MAX_LABEL_CHARACTERS: Final = 100
MAX_BOOKMARK_CHARACTERS: Final = 500
"""Our own, as is the one above: far below what a text string may hold in PDF 1.4."""


@dataclass(frozen=True, slots=True)
class _Bookmark:
    """A title and the object number of the page that it opens."""

    title: str
    page: int


class Bookmarks:
    """Collects bookmarks while pages are written; one level, in order."""

    def __init__(self) -> None:
        self._all: list[_Bookmark] = []

    def add(self, titles: Sequence[str], page: int) -> None:
        """What begins on a page, by the page's object number."""
        self._all += [_Bookmark(title[:MAX_BOOKMARK_CHARACTERS], page) for title in titles]

    def write(self, file: PdfFile) -> int | None:
        """Write them all; gives the number of their root, or None when there are none."""
        if not self._all:
            return None
        root = file.reserve()
        numbers = [file.reserve() for _ in self._all]
        for index, (number, bookmark) in enumerate(zip(numbers, self._all, strict=True)):
            before = f"/Prev {numbers[index - 1]} 0 R " if index else ""
            after = f"/Next {numbers[index + 1]} 0 R " if index + 1 < len(numbers) else ""
            file.write(
                number,
                f"<< /Title {pdf_text(bookmark.title)} /Parent {root} 0 R {before}{after}"
                f"/Dest [{bookmark.page} 0 R /Fit] >>",
            )
        file.write(
            root,
            f"<< /Type /Outlines /First {numbers[0]} 0 R /Last {numbers[-1]} 0 R "
            f"/Count {len(numbers)} >>",
        )
        return root


def write_page_labels(file: PdfFile, labels: Sequence[str]) -> int:
    """Write the labels of all pages; gives the number of their tree.

    Runs of plain numbers take one entry; every other label takes one of its own.
    """
    entries = _entries(labels)
    leaves = [
        entries[start : start + LABELS_PER_LEAF]
        for start in range(0, len(entries), LABELS_PER_LEAF)
    ]
    if len(leaves) == 1:
        return file.add(f"<< {_numbers(leaves[0])} >>")
    kids = [
        file.add(f"<< /Limits [{leaf[0][0]} {leaf[-1][0]}] {_numbers(leaf)} >>") for leaf in leaves
    ]
    return file.add(f"<< /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>")


def _numbers(entries: Sequence[tuple[int, str]]) -> str:
    listed = " ".join(f"{index} << {label} >>" for index, label in entries)
    return f"/Nums [{listed}]"


def _entries(labels: Sequence[str]) -> list[tuple[int, str]]:
    """The index of each page at which a new rule begins, 0-based, and the rule."""
    entries: list[tuple[int, str]] = []
    following = None
    for index, label in enumerate(labels):
        number = _plain_number(label)
        if number is None:
            entries.append((index, f"/P {pdf_text(label[:MAX_LABEL_CHARACTERS])}"))
        elif number != following:
            entries.append((index, f"/S /D /St {number}"))
        following = None if number is None else number + 1
    return entries


def _plain_number(label: str) -> int | None:
    """The number that a reader would print exactly so."""
    is_plain = label.isascii() and label.isdigit() and not label.startswith("0")
    return int(label) if is_plain and len(label) < 10 else None  # noqa: PLR2004 - what PDF integers hold
