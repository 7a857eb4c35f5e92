"""Correct: a sealed hồ sơ is opened, changed and sealed as version n+1; version n stays.

While a correction is open its pages can be scanned again and its record imported again, as
before the first seal. Nothing goes on until a person finishes it; then it is counted, reviewed,
derived and sealed as any hồ sơ is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import corrections, events, file_units, leases, register
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.policy import MAX_REASON_CHARACTERS, MIN_REASON_CHARACTERS
from appliance.domain.states import FileUnitEvent, FileUnitState

if TYPE_CHECKING:
    from sqlmodel import Session

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.catalogue.version_tables import CorrectionRow
    from appliance.domain.canonical import JsonValue
    from appliance.domain.corrections import Changes


@dataclass(frozen=True, slots=True)
class Correction:
    """How an open correction stands.

    Args:
        row: Its record.
        predecessor_objid: OBJID of the version that is corrected.
        changes: What differs from that version by now.
    """

    row: CorrectionRow
    predecessor_objid: str
    changes: Changes


def standing(session: Session, unit: FileUnitRow) -> Correction | None:
    """The open correction of a hồ sơ, finished or not; None when it has none."""
    unit_id = unit.id or 0
    row = corrections.open_correction(session, unit_id)
    package = corrections.newest_package(session, unit_id)
    if row is None or package is None:
        return None
    return Correction(row, package.objid, corrections.changes_of(session, unit, row))


def hold(session: Session, unit: FileUnitRow) -> Finding | None:
    """Why a hồ sơ must not go on: somebody is correcting it and has not finished."""
    row = corrections.open_correction(session, unit.id or 0)
    if row is None or row.finished_at is not None:
        return None
    values: dict[str, JsonValue] = {"version": row.version, "reason": row.reason}
    return Finding("CORRECTION-OPEN", unit.file_code, values)


def start(writing: Writing, file_code: str, reason: str, agent: str) -> Correction:
    """Open a sealed hồ sơ for a correction.

    Args:
        writing: The transaction.
        file_code: Of the hồ sơ.
        reason: In a person's words; it goes into the custody record and the package.
        agent: Who does it, in the words of custody events.

    Raises:
        RuleError: There is no such hồ sơ, it is not sealed, or the reason says nothing.
    """
    unit = _unit(writing.session, file_code)
    plain = _plain_reason(reason, file_code)
    if unit.state != FileUnitState.SEALED:
        raise _refused("CORRECTION-NOT-SEALED", file_code)
    row = corrections.add_correction(writing, unit, plain, agent)
    file_units.transit(
        writing, unit, FileUnitEvent.CORRECT, objid=None, minted_at=None, minted_counter=None
    )
    found = _open(writing.session, unit)
    _record(writing, unit, found, agent, step="opened", reason=plain)
    return Correction(row, found.predecessor_objid, found.changes)


def finish(writing: Writing, file_code: str, agent: str) -> Correction:
    """Say that a correction is complete: the hồ sơ is counted, reviewed and sealed anew.

    Raises:
        RuleError: There is no open correction, or nothing differs from the version before.
    """
    unit = _unit(writing.session, file_code)
    found = _open(writing.session, unit)
    if not found.changes.is_any:
        raise _refused("CORRECTION-NOTHING-CHANGED", file_code, version=found.row.version - 1)
    corrections.set_finished(writing, found.row)
    status = found.changes.record_status
    _record(writing, unit, found, agent, step="finished", record_status=status)
    file_units.changed(writing, unit.id or 0)
    return found


def withdraw(writing: Writing, file_code: str, agent: str) -> Correction:
    """Give a correction up that changed nothing: the hồ sơ is sealed as it was.

    Raises:
        RuleError: There is no open correction, or something differs already.
    """
    unit = _unit(writing.session, file_code)
    found = _open(writing.session, unit)
    if found.changes.is_any:
        raise _refused("CORRECTION-CHANGED", file_code, version=found.row.version - 1)
    corrections.set_withdrawn(writing, found.row)
    _record(writing, unit, found, agent, step="withdrawn")
    minted = corrections.minted(writing.session, unit.id or 0)
    still = {"findings": "[]", **leases.waits()}
    file_units.transit(writing, unit, FileUnitEvent.WITHDRAW, **minted, **still)
    return found


def _unit(session: Session, file_code: str) -> FileUnitRow:
    unit = register.file_unit_row(session, file_code)
    if unit is None:
        raise _refused("INTAKE-UNKNOWN-FILE-UNIT", file_code, file_code=file_code)
    return unit


def _open(session: Session, unit: FileUnitRow) -> Correction:
    found = standing(session, unit)
    if found is None or found.row.finished_at is not None:
        raise _refused("CORRECTION-NONE", unit.file_code)
    return found


def _plain_reason(reason: str, file_code: str) -> str:
    plain = " ".join(reason.split())
    is_long_enough = MIN_REASON_CHARACTERS <= len(plain) <= MAX_REASON_CHARACTERS
    if not (is_long_enough and plain.isprintable()):
        bounds = {"least": MIN_REASON_CHARACTERS, "most": MAX_REASON_CHARACTERS}
        raise _refused("CORRECTION-NO-REASON", file_code, **bounds)
    return plain


def _record(
    writing: Writing, unit: FileUnitRow, found: Correction, agent: str, **more: JsonValue
) -> None:
    detail: dict[str, JsonValue] = {
        "predecessor": found.predecessor_objid,
        "version": found.row.version,
        **more,
    }
    draft = EventDraft(EventType.MODIFICATION, "file_unit", unit.file_code, agent, detail=detail)
    events.record(writing, draft)


def _refused(code: str, where: str, **values: JsonValue) -> RuleError:
    return RuleError("nothing was changed", (Finding(code, where, values),))
