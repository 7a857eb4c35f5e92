"""Which hồ sơ a folder or a name means: letter by letter, and else only when one alone fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, func, select

from appliance.catalogue import register
from appliance.catalogue.tables import FileUnitRow

if TYPE_CHECKING:
    from sqlmodel import Session

_ESCAPE: Final = "\\"
_WILD: Final = "_"
_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """What a name means.

    Args:
        unit: The one hồ sơ that it can mean.
        similar: Codes that differ from it only by case, when there are several.
    """

    unit: FileUnitRow | None
    similar: tuple[str, ...] = ()


def file_unit_named(session: Session, name: str) -> NamedUnit:
    """The hồ sơ with this code or safe name; else the only one that differs by case.

    Args:
        session: A transaction.
        name: As it was meant: NFC, without outer spaces.
    """
    found = register.file_unit_in_folder(session, name)
    if found is not None:
        return NamedUnit(found)
    rows = _alike(session, name)
    if len(rows) == 1:
        return NamedUnit(rows[0])
    return NamedUnit(None, tuple(row.file_code for row in rows[:_MOST_NAMED]))


def _alike(session: Session, name: str) -> list[FileUnitRow]:
    """Hồ sơ whose code equals a name but for case.

    SQLite folds the case of ASCII letters alone: other letters stand as wild cards for it, and
    what it finds is compared again here.
    """
    wanted = name.casefold()
    pattern = "".join(_pattern(character) for character in name)
    statement = (
        select(FileUnitRow)
        .where(func.length(FileUnitRow.file_code) == len(name))
        .where(col(FileUnitRow.file_code).like(pattern, escape=_ESCAPE))
        .order_by(col(FileUnitRow.file_code))
    )
    return [row for row in session.exec(statement) if row.file_code.casefold() == wanted]


def _pattern(character: str) -> str:
    if character in {"%", _WILD, _ESCAPE}:
        return _ESCAPE + character
    return character if character.isascii() else _WILD
