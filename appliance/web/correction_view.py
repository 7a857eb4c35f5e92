"""The values around the versions of one hồ sơ: the verdict, and an open correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import corrections as records
from appliance.catalogue.register import FIELD_COLUMNS
from appliance.domain.fields import FILE_UNIT_FIELDS
from appliance.domain.states import FileUnitState
from appliance.domain.unit_verdict import judge_versions
from appliance.pipeline.corrections import Correction, standing

if TYPE_CHECKING:
    import datetime as dt

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.verdict import Statement

_LABELS = {field.name: field.label for field in FILE_UNIT_FIELDS if field.name in FIELD_COLUMNS}


@dataclass(frozen=True, slots=True)
class VersionsView:
    """What the screen says of the versions of a hồ sơ.

    Args:
        statement: Which version is proved, and whether it is the last word.
        may_open: Whether the hồ sơ is sealed, so that a correction can be opened.
        correction: The open one; None when there is none.
        labels: Of the fields that it changed, as people call them.
        is_signed: Whether a PDF of the hồ sơ ever came back signed.
    """

    statement: Statement
    may_open: bool
    correction: Correction | None
    labels: tuple[str, ...]
    is_signed: bool

    @property
    def may_lose_signatures(self) -> bool:
        """Whether a signed PDF may have to give way to a new one that nobody signed yet."""
        found = self.correction
        return self.is_signed and found is not None and found.changes.may_move_pages

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody must still finish or withdraw the correction."""
        return self.correction is not None and self.correction.row.finished_at is None


def read_versions(session: Session, row: FileUnitRow, now: dt.datetime) -> VersionsView:
    """Read and judge the versions of one hồ sơ."""
    found = standing(session, row)
    changed = () if found is None else found.changes.fields
    return VersionsView(
        statement=judge_versions(records.versions_facts(session, row.id or 0, now)),
        may_open=row.state == FileUnitState.SEALED,
        correction=found,
        labels=tuple(_LABELS.get(name, name) for name in changed),
        is_signed=bool(records.signed_pdfs(session, row.id or 0)),
    )
