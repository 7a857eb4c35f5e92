"""The values of the parked screen: causes, batches, and one screen of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, parked
from appliance.catalogue.masters import findings_of
from appliance.catalogue.parked import Wanted
from appliance.domain.rules import RULES
from appliance.pipeline.arrivals import number_of
from appliance.web.list_views import ROWS_PER_SCREEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.intake_tables import BatchRow
    from appliance.catalogue.parked import ParkedGroup
    from appliance.catalogue.tables import FileUnitRow, MasterRow, PageRow
    from appliance.domain.findings import Finding
    from appliance.domain.scanners import ScannerProfiles

BATCHES_PER_SCREEN: Final = 50
"""Our own: parked batches of one screen; each is looked at by itself."""

NAMEABLE: Final = frozenset({"BATCH-NO-SHEET", "BATCH-SHEET-UNREADABLE"})
"""Findings on a batch that the name of a hồ sơ settles."""


_LOST: Final = "RECOVER-LOST"
"""The one cause whose files are no more: there is nothing to look at again, or to take away."""


@dataclass(frozen=True, slots=True)
class GroupView:
    """One cause: what is parked for it, and whether it passes by itself."""

    group: ParkedGroup
    retries: bool

    @property
    def is_kept(self) -> bool:
        """Whether the bytes are still there."""
        return self.group.code != _LOST


@dataclass(frozen=True, slots=True)
class ParkedLine:
    """One parked file.

    Args:
        row: Its record.
        findings: Why it is parked.
        file_unit: The hồ sơ it was dropped for; None when that is not known.
        number: Its number there, as far as its name tells.
        page: Its first frame, when it could be decoded.
    """

    row: MasterRow
    findings: tuple[Finding, ...]
    file_unit: FileUnitRow | None
    number: int | None
    page: PageRow | None

    @property
    def is_kept(self) -> bool:
        """Whether the bytes are still there."""
        return self.row.cause != _LOST


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One parked batch, why, and the picture of the sheet it is about."""

    row: BatchRow
    findings: tuple[Finding, ...]
    page: PageRow | None

    @property
    def may_be_named(self) -> bool:
        """Whether a person who sees the picture may say which hồ sơ it is."""
        return self.page is not None and any(f.code in NAMEABLE for f in self.findings)


@dataclass(frozen=True, slots=True)
class ParkedView:
    """Everything on the parked screen.

    Args:
        groups: The causes, the largest first.
        batches: Parked batches, the oldest first.
        lines: One screen of files, the oldest first.
        next_key: Where the next screen begins; None at the end.
    """

    groups: tuple[GroupView, ...]
    batches: tuple[BatchLine, ...]
    lines: tuple[ParkedLine, ...]
    next_key: int | None

    @property
    def is_kept(self) -> bool:
        """Whether the bytes of every file are still there."""
        return all(view.is_kept for view in self.groups)

    @property
    def total(self) -> int:
        """How many files are parked."""
        return sum(view.group.count for view in self.groups)

    @property
    def due(self) -> int:
        """How many of them the service is about to judge again."""
        return sum(view.group.due for view in self.groups)


def read_parked(
    session: Session, now: str, cause: str | None, after_id: int, profiles: ScannerProfiles
) -> ParkedView:
    """Read the parked screen.

    Args:
        session: A read transaction.
        now: As ``clock.to_text``.
        cause: Only files of this one; None for all.
        after_id: The row id before the first file shown.
        profiles: They say how the scanners number their files.
    """
    limit = ROWS_PER_SCREEN + 1
    rows = parked.listed(session, Wanted(cause=cause), after_id=after_id, limit=limit)
    shown = rows[:ROWS_PER_SCREEN]
    return ParkedView(
        groups=_groups(session, now),
        batches=_batches(session),
        lines=_lines(session, shown, profiles),
        next_key=shown[-1].id if len(rows) > len(shown) else None,
    )


def _groups(session: Session, now: str) -> tuple[GroupView, ...]:
    return tuple(
        GroupView(group, group.code in RULES and RULES[group.code].retries)
        for group in parked.groups(session, now)
    )


def _lines(
    session: Session, rows: Sequence[MasterRow], profiles: ScannerProfiles
) -> tuple[ParkedLine, ...]:
    ids = {row.file_unit_id for row in rows if row.file_unit_id is not None}
    units = browse.file_units_by_id(session, ids)
    pages = parked.first_pages(session, [row.id or 0 for row in rows])
    return tuple(
        ParkedLine(
            row=row,
            findings=findings_of(row.findings),
            file_unit=units.get(row.file_unit_id or 0),
            number=number_of(row, profiles.of(row.scanner)),
            page=pages.get(row.id or 0),
        )
        for row in rows
    )


def _batches(session: Session) -> tuple[BatchLine, ...]:
    rows = parked.batches(session, limit=BATCHES_PER_SCREEN)
    found = {row.id or 0: findings_of(row.findings) for row in rows}
    names = {finding.where for findings in found.values() for finding in findings}
    pictures = parked.sheet_pictures(session, found, names)
    return tuple(_batch(row, found[row.id or 0], pictures) for row in rows)


def _batch(
    row: BatchRow, findings: tuple[Finding, ...], pictures: Mapping[tuple[int, str], PageRow]
) -> BatchLine:
    pages = (pictures.get((row.id or 0, finding.where)) for finding in findings)
    return BatchLine(row, findings, next((page for page in pages if page is not None), None))
