"""Which hồ sơ a folder or a name means: letter by letter, and else only when one alone fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlmodel import col, func, select

from appliance.catalogue import register
from appliance.catalogue.tables import FileUnitRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    return file_units_named(session, [name])[name]


def file_units_named(session: Session, names: Iterable[str]) -> dict[str, NamedUnit]:
    """What each of many names means; those that no code has letter by letter cost one scan."""
    found: dict[str, NamedUnit] = {}
    others = []
    for name in names:
        unit = register.file_unit_in_folder(session, name)
        if unit is None:
            others.append(name)
        else:
            found[name] = NamedUnit(unit)
    alike = _alike(session, others) if others else {}
    return found | {name: _meant(alike.get(name.casefold(), ())) for name in others}


def _meant(rows: Sequence[FileUnitRow]) -> NamedUnit:
    if len(rows) == 1:
        return NamedUnit(rows[0])
    return NamedUnit(None, tuple(row.file_code for row in rows[:_MOST_NAMED]))


def _alike(session: Session, names: Sequence[str]) -> dict[str, list[FileUnitRow]]:
    """Hồ sơ whose code equals one of some names but for case, by the folded code."""
    wanted = {name.casefold() for name in names}
    found: dict[str, list[FileUnitRow]] = {}
    for unit_id, code in _candidates(session, names):
        folded = code.casefold()
        if folded in wanted:
            found.setdefault(folded, []).append(session.get_one(FileUnitRow, unit_id))
    return found


def _candidates(session: Session, names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Row id and code of every hồ sơ that may be meant.

    SQLite folds the case of ASCII letters alone: for one name, other letters stand as wild cards
    for it. For many names it is quicker to look at every code of their lengths.
    """
    code = col(FileUnitRow.file_code)
    lengths = {len(name) for name in names}
    statement = select(FileUnitRow.id, FileUnitRow.file_code).where(func.length(code).in_(lengths))
    if len(names) == 1:
        pattern = "".join(_pattern(character) for character in names[0])
        statement = statement.where(code.like(pattern, escape=_ESCAPE))
    for unit_id, found in session.exec(statement.order_by(code)):
        yield unit_id or 0, found


def _pattern(character: str) -> str:
    if character in {"%", _WILD, _ESCAPE}:
        return _ESCAPE + character
    return character if character.isascii() else _WILD
