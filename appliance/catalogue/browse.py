"""Lists that screens show, read by key: a page begins after the last key of the one before it.

Nothing here changes a record, and no row is skipped by counting, so that the thousandth page of
a list costs what the first one does.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from appliance.catalogue.deposits import finding_from
from appliance.catalogue.masters import findings_of
from appliance.catalogue.tables import (
    DepositRow,
    FileUnitRow,
    FondsRow,
    MasterRow,
    PackageRow,
)
from appliance.domain.states import DepositState, FileUnitState, MasterState

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from appliance.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Records that are held up for the same reason.

    Args:
        code: The rule code; empty when a record names no reason.
        count: How many records.
        example: The finding of the oldest of them; None when it names no reason.
    """

    code: str
    count: int
    example: Finding | None


@dataclass(frozen=True, slots=True)
class FileUnitFilter:
    """Which hồ sơ a list shows; None means any.

    Args:
        state: Where it stands.
        place: With ``deposit_state``: a destination's name.
        deposit_state: Some package of it stands so at the place.
        held_codes: Not sealed, and some finding of it has one of these codes.
        text: Each of its words occurs in the code or in the title, whatever the case.
    """

    state: FileUnitState | None = None
    place: str | None = None
    deposit_state: DepositState | None = None
    held_codes: Collection[str] | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceProof:
    """How far the newest package of a hồ sơ has come at one destination.

    Args:
        place: The destination's name.
        state: The deposit's state.
        proved_at: ``clock.to_text``; None before the proof.
    """

    place: str
    state: DepositState
    proved_at: str | None


@dataclass(frozen=True, slots=True)
class PageTotals:
    """Pages that the register promises, and pages inside newest sealed packages."""

    registered: int
    sealed: int


def masters_in_state(
    session: Session, state: MasterState | None, *, before_id: int | None, limit: int
) -> Sequence[MasterRow]:
    """Masters, newest first; in one state, or in any when it is None."""
    statement = select(MasterRow).order_by(col(MasterRow.id).desc()).limit(limit)
    if state is not None:
        statement = statement.where(MasterRow.state == str(state))
    if before_id is not None:
        statement = statement.where(col(MasterRow.id) < before_id)
    return session.exec(statement).all()


def held_groups(session: Session, codes: Collection[str]) -> tuple[FindingGroup, ...]:
    """Hồ sơ, not sealed, by each finding whose code is among ``codes``, the largest group first."""
    problem = func.json_each(FileUnitRow.findings).table_valued("value", name="problem")
    code = func.json_extract(problem.c.value, "$.code")
    oldest_id = func.min(FileUnitRow.id)
    count = func.count(func.distinct(FileUnitRow.id))
    statement = (
        select(code, count, oldest_id)
        .select_from(FileUnitRow)
        .join(problem, true())
        .where(FileUnitRow.state != str(FileUnitState.SEALED), FileUnitRow.findings != "[]")
        .where(code.in_(codes))
        .group_by(code)
        .order_by(count.desc(), code)
    )
    found = []
    for value, number, unit_id in session.exec(statement).all():
        findings = findings_of(session.get_one(FileUnitRow, unit_id).findings)
        example = next(finding for finding in findings if finding.code == value)
        found.append(FindingGroup(value, number, example))
    return tuple(found)


def held_count(session: Session, codes: Collection[str]) -> int:
    """Hồ sơ, not sealed, with any finding whose code is among ``codes``."""
    statement = select(func.count()).select_from(FileUnitRow)
    return session.exec(statement.where(*_is_held(codes))).one()


def deposit_groups(session: Session, place: str, state: DepositState) -> tuple[FindingGroup, ...]:
    """Deposits at a destination in one state, by the code of their reason, most first."""
    code = func.coalesce(func.json_extract(DepositRow.reason, "$.code"), "")
    statement = (
        select(code, func.count(), func.min(DepositRow.reason))
        .where(DepositRow.destination == place, DepositRow.state == str(state))
        .group_by(code)
        .order_by(func.count().desc(), code)
    )
    return tuple(
        FindingGroup(value, count, finding_from(reason))
        for value, count, reason in session.exec(statement).all()
    )


def file_units(
    session: Session, wanted: FileUnitFilter, *, after_code: str, limit: int
) -> Sequence[FileUnitRow]:
    """Hồ sơ by their codes."""
    statement = (
        select(FileUnitRow)
        .where(*_conditions(wanted), FileUnitRow.file_code > after_code)
        .order_by(col(FileUnitRow.file_code))
        .limit(limit)
    )
    return session.exec(statement).all()


def _conditions(wanted: FileUnitFilter) -> tuple[ColumnElement[bool], ...]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(col(FileUnitRow.state) == str(wanted.state))
    if wanted.place is not None and wanted.deposit_state is not None:
        conditions.append(_has_deposit(wanted.place, wanted.deposit_state))
    if wanted.held_codes is not None:
        conditions.extend(_is_held(wanted.held_codes))
    conditions.extend(
        _says(word) for word in unicodedata.normalize("NFC", wanted.text or "").split()
    )
    return tuple(conditions)


def _says(word: str) -> ColumnElement[bool]:
    """SQLite folds the case of ASCII alone, so the usual spellings of a word are all looked for."""
    spellings = {word, word.lower(), word.upper(), word.capitalize(), word.title()}
    return or_(
        *(
            column.contains(spelling, autoescape=True)
            for spelling in sorted(spellings)
            for column in (col(FileUnitRow.file_code), col(FileUnitRow.title))
        )
    )


def _has_deposit(place: str, state: DepositState) -> ColumnElement[bool]:
    return exists().where(
        col(PackageRow.file_unit_id) == col(FileUnitRow.id),
        col(DepositRow.package_id) == col(PackageRow.id),
        col(DepositRow.destination) == place,
        col(DepositRow.state) == str(state),
    )


def _is_held(codes: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    problem = func.json_each(FileUnitRow.findings).table_valued("value", name="problem")
    code = func.json_extract(problem.c.value, "$.code")
    return (
        col(FileUnitRow.state) != str(FileUnitState.SEALED),
        col(FileUnitRow.findings) != "[]",  # most have none: SQLite need not read these as JSON
        exists(select(1).select_from(problem).where(code.in_(codes))),
    )


def file_units_by_id(session: Session, ids: Collection[int]) -> Mapping[int, FileUnitRow]:
    """Some hồ sơ by their row ids."""
    rows = session.exec(select(FileUnitRow).where(col(FileUnitRow.id).in_(ids)))
    return {row.id or 0: row for row in rows}


def fonds_names(session: Session) -> Mapping[str, str]:
    """The name of every fonds by its code."""
    return dict(session.exec(select(FondsRow.fonds_code, FondsRow.name)).all())


def newest_proofs(session: Session, ids: Collection[int]) -> Mapping[int, tuple[PlaceProof, ...]]:
    """For each hồ sơ with a package: where its newest one stands at each destination."""
    statement = (
        select(
            PackageRow.file_unit_id, DepositRow.destination, DepositRow.state, DepositRow.proved_at
        )
        .join(DepositRow, col(DepositRow.package_id) == col(PackageRow.id))
        .where(col(PackageRow.file_unit_id).in_(ids), _is_newest())
        .order_by(col(DepositRow.destination))
    )
    found: dict[int, list[PlaceProof]] = {}
    for unit_id, place, state, proved_at in session.exec(statement):
        proof = PlaceProof(place, DepositState(state), proved_at)
        found.setdefault(unit_id, []).append(proof)
    return {unit_id: tuple(proofs) for unit_id, proofs in found.items()}


def _is_newest() -> ColumnElement[bool]:
    later = aliased(PackageRow)
    return ~exists().where(
        col(later.file_unit_id) == col(PackageRow.file_unit_id),
        col(later.version) > col(PackageRow.version),
    )


def page_totals(session: Session) -> PageTotals:
    """Pages registered and pages sealed, over every hồ sơ."""
    registered = select(func.coalesce(func.sum(FileUnitRow.number_of_page), 0))
    sealed = select(func.coalesce(func.sum(PackageRow.page_count), 0)).where(_is_newest())
    return PageTotals(session.exec(registered).one(), session.exec(sealed).one())
