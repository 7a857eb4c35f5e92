"""The values of the lists: hồ sơ and dropped files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, deposits
from appliance.catalogue.masters import findings_of
from appliance.domain.levels import Level
from appliance.domain.shelving import MAY_GO, PaperFacts, judge_paper
from appliance.domain.states import FileUnitState
from appliance.web.deposit_marks import DepositMark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.browse import FileUnitFilter
    from appliance.catalogue.tables import FileUnitRow, MasterRow
    from appliance.domain.findings import Finding
    from appliance.domain.states import MasterState

ROWS_PER_SCREEN: Final = 100
"""Our own: what a screen lists before it offers the next one."""


@dataclass(frozen=True, slots=True)
class FileUnitLine:
    """One hồ sơ in a list.

    Args:
        row: Its record.
        fonds_name: The name of its fonds.
        findings: What is found of it, as far as it is not sealed.
        marks: How its newest package stands, by destination; empty before the seal.
    """

    row: FileUnitRow
    fonds_name: str
    findings: tuple[Finding, ...]
    marks: Mapping[str, DepositMark]

    @property
    def is_last_word(self) -> bool:
        """Whether its newest package holds what is recorded now: no correction makes another."""
        return self.row.state == FileUnitState.SEALED

    def may_shelve(self, places: Collection[str]) -> bool:
        """Whether its paper may go back on the shelf, by what its own screen says.

        Args:
            places: The names of every configured destination.
        """
        marks = [self.marks.get(name) for name in places]
        facts = PaperFacts(
            state=FileUnitState(self.row.state),
            found=self.row.pages_found,
            expected=self.row.number_of_page,
            proof=max((m.level if m else Level.WAITING for m in marks), default=Level.WAITING),
            deposits=frozenset(mark.state for mark in self.marks.values()),
        )
        return judge_paper(facts).code == MAY_GO


@dataclass(frozen=True, slots=True)
class FileUnitList:
    """One screen of hồ sơ.

    Args:
        lines: The hồ sơ.
        places: The label of every configured destination by its name.
        next_after: The key that the next screen begins after; None at the end.
    """

    lines: tuple[FileUnitLine, ...]
    places: Mapping[str, str]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class MasterLine:
    """One dropped file in a list, with its hồ sơ where it is known."""

    row: MasterRow
    findings: tuple[Finding, ...]
    file_unit: FileUnitRow | None


@dataclass(frozen=True, slots=True)
class MasterList:
    """One screen of dropped files; ``next_key`` is where the next begins, None at the end."""

    lines: tuple[MasterLine, ...]
    next_key: int | None


def list_file_units(
    session: Session, wanted: FileUnitFilter, after_code: str, now: dt.datetime
) -> FileUnitList:
    """One screen of hồ sơ, by their codes."""
    rows = browse.file_units(session, wanted, after_code=after_code, limit=ROWS_PER_SCREEN + 1)
    shown = rows[:ROWS_PER_SCREEN]
    names = browse.fonds_names(session)
    proofs = browse.newest_proofs(session, [row.id or 0 for row in shown])
    lines = (
        FileUnitLine(
            row=row,
            fonds_name=names.get(row.fonds_code, ""),
            findings=findings_of(row.findings),
            marks={
                proof.place: DepositMark.of(proof.state, proof.proved_at, now)
                for proof in proofs.get(row.id or 0, ())
            },
        )
        for row in shown
    )
    places = {place.name: place.label for place in deposits.destinations(session)}
    next_after = shown[-1].file_code if len(rows) > len(shown) else None
    return FileUnitList(tuple(lines), places, next_after)


def list_masters(session: Session, state: MasterState | None, before_id: int | None) -> MasterList:
    """One screen of dropped files, the newest first."""
    rows = browse.masters_in_state(session, state, before_id=before_id, limit=ROWS_PER_SCREEN + 1)
    return master_list(session, rows)


def master_list(session: Session, rows: Sequence[MasterRow]) -> MasterList:
    """A screen of the rows that were read, of which one more than it shows."""
    shown = rows[:ROWS_PER_SCREEN]
    ids = {row.file_unit_id for row in shown if row.file_unit_id is not None}
    units = browse.file_units_by_id(session, ids)
    lines = tuple(
        MasterLine(row, findings_of(row.findings), units.get(row.file_unit_id or 0))
        for row in shown
    )
    next_key = shown[-1].id if len(rows) > len(shown) else None
    return MasterList(lines, next_key)
