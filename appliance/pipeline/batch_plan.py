"""What splitting a batch would do, held against the register: all of it, or why nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from appliance.catalogue import masters, register
from appliance.domain.batches import Assignment, Holder, assign, batch_finding, split
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from appliance.catalogue.tables import FileUnitRow
    from appliance.domain.batches import BatchFile, Segment


@dataclass(frozen=True, slots=True)
class Step:
    """The pages that one sheet gives to a hồ sơ.

    Args:
        unit_id: Its row.
        file_code: Its code.
        assignments: The pages with their numbers.
    """

    unit_id: int
    file_code: str
    assignments: tuple[Assignment, ...]

    @property
    def adds_pages(self) -> bool:
        """Whether anything of it is new to the hồ sơ."""
        return any(one.repeats is None for one in self.assignments)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with a batch.

    Args:
        steps: In order; to be done only when there is no finding.
        sheet_ids: The masters that are sheets.
        findings: Why nothing may be done.
    """

    steps: tuple[Step, ...]
    sheet_ids: tuple[int, ...]
    findings: tuple[Finding, ...]


def plan_batch(session: Session, files: Iterable[BatchFile], place: str) -> Plan:
    """Split a batch and number its pages.

    Args:
        session: A transaction.
        files: Of the batch.
        place: Where it was dropped, for findings.
    """
    parts = split(files, place)
    steps: list[Step] = []
    findings = list(parts.findings)
    holders: dict[int, list[Holder]] = {}
    for segment in parts.segments:
        if not segment.pages:
            continue
        unit = register.file_unit_row(session, segment.sheet.code)
        if unit is None:
            findings.append(_sheet_finding("BATCH-UNKNOWN-FILE-UNIT", segment, place))
            continue
        known = holders.setdefault(unit.id or 0, _holders_of(session, unit.id or 0))
        step = _step(segment, unit, known)
        finding = _refusal(session, unit, step, segment, place)
        if finding is not None:
            findings.append(finding)
        holders[unit.id or 0] = _with_new(known, step.assignments)
        steps.append(step)
    return Plan(tuple(steps), parts.sheet_ids, tuple(findings))


def _holders_of(session: Session, unit_id: int) -> list[Holder]:
    rows = masters.live_masters(session, unit_id)
    return [Holder(row.id or 0, row.file_number or 0, row.sha256) for row in rows]


def _with_new(known: Sequence[Holder], assigned: Sequence[Assignment]) -> list[Holder]:
    """The holders of a hồ sơ after a step, for the next sheet of the same hồ sơ."""
    by_number = {holder.number: holder for holder in known}
    for one in assigned:
        if one.repeats is None:
            by_number[one.number] = Holder(one.file.master_id, one.number, one.file.sha256)
    return [by_number[number] for number in sorted(by_number)]


def _step(segment: Segment, unit: FileUnitRow, known: Sequence[Holder]) -> Step:
    first_of: dict[str, int] = {}
    for holder in known:
        first_of.setdefault(holder.sha256, holder.number)
    assignments = []
    for one in assign(segment, known):
        notes = tuple(_notes(one, unit.file_code, first_of))
        assignments.append(replace(one, notes=notes))
        first_of.setdefault(one.file.sha256, one.number)
    return Step(unit.id or 0, unit.file_code, tuple(assignments))


def _notes(one: Assignment, file_code: str, first_of: dict[str, int]) -> Iterable[Finding]:
    """What a person may want to know of one page: repeated, rescanned, or the bytes of another."""
    name = one.file.name
    if one.repeats is not None:
        yield Finding(
            "BATCH-REPEATED", name, {"name": name, "other": one.number, "file_code": file_code}
        )
        return
    if one.replaces is not None:
        yield Finding("INTAKE-RESCANNED", name, {"name": name})
    other = first_of.get(one.file.sha256)
    if other is not None and other != one.number:
        yield Finding("INTAKE-SAME-BYTES", name, {"name": name, "other": other})


def _refusal(
    session: Session, unit: FileUnitRow, step: Step, segment: Segment, place: str
) -> Finding | None:
    if not step.adds_pages:
        return None
    if unit.state == FileUnitState.SEALED:
        return _sheet_finding("BATCH-FILE-UNIT-SEALED", segment, place)
    if register.approval_of(session, unit.id or 0) is None:
        return _sheet_finding("BATCH-NOT-APPROVED", segment, place)
    return None


def _sheet_finding(code: str, segment: Segment, place: str) -> Finding:
    return batch_finding(code, segment.sheet_name, place, file_code=segment.sheet.code)
