"""Letters as values: what an office wrote, before any machine typed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table.

    Args:
        heads: The texts of its head row.
        rows: Its rows, each with as many texts as there are heads.
        widths: The parts of the text width that the columns take; they add up to 1.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What an office puts above and below all its papers.

    Args:
        organ: Its name, as the register gives it.
        left: Lines above the letter's number.
        right: Lines of the nation's heading.
        place: Where it sits, as the date line begins.
        signing: Lines above the signature.
        seal: The text around its seal.
        country_spelling: Whether syllables of a word are joined by hyphens, as before 1975.
    """

    organ: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    place: str
    signing: tuple[str, ...]
    seal: str
    country_spelling: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One document of a hồ sơ.

    Args:
        head: The office it comes from.
        type_code: Of ``codes.TYPE_NAME``.
        number: Its number.
        notation: What follows the number.
        issued: Its date.
        title: Lines set in the middle; the first is bold. Empty for a plain letter.
        subject: What it is about, as the register gives it.
        addressee: Whom it goes to; empty if nobody is named.
        body: Its paragraphs.
        table: A table after them.
        receivers: Who gets a copy.
        signer: The name below the signature.
    """

    head: Letterhead
    type_code: str
    number: str
    notation: str
    issued: dt.date
    title: tuple[str, ...]
    subject: str
    addressee: str
    body: tuple[str, ...]
    receivers: tuple[str, ...]
    signer: str
    table: Table | None = None

    @property
    def number_line(self) -> str:
        """The number as it stands below the office's name."""
        return f"Số: {self.number}/{self.notation}"

    @property
    def date_line(self) -> str:
        """Place and date as they stand below the nation's heading."""
        day = self.issued
        return f"{self.head.place}, ngày {day.day:02d} tháng {day.month} năm {day.year}"
