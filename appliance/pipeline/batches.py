"""Batches: when one has been quiet, its sheets say which page belongs to which hồ sơ.

Everything of a batch is decided and recorded in one transaction: all of it is assigned, or
nothing is and the batch is parked with the name of the file that holds it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from appliance.catalogue import (
    answers,
    batches,
    events,
    file_units,
    hot_folders,
    leases,
    masters,
)
from appliance.catalogue.events import EventDraft
from appliance.catalogue.file_codes import file_unit_named
from appliance.catalogue.work import TO_SPLIT
from appliance.domain.batches import corrects, in_order
from appliance.domain.clock import later
from appliance.domain.custody import EventType
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.sheets import Sheet, SheetKind, format_sheet
from appliance.domain.states import BatchEvent, BatchState, MasterEvent
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.arrivals import give_way
from appliance.pipeline.batch_plan import Plan, plan_batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.intake_tables import BatchRow
    from appliance.catalogue.tables import MasterRow
    from appliance.domain.batches import Assignment, BatchFile
    from appliance.domain.canonical import JsonValue

_LEASE_SECONDS: Final = 300
_UNINSPECTED_SECONDS: Final = 1
"""Our own: a batch that is quiet but not yet all there and inspected is looked at again after this
time."""


@dataclass(frozen=True, slots=True)
class BatchStage:
    """The stage with what it needs.

    Args:
        catalogue: Everything happens there.
        limit: Batches taken at a time.
    """

    catalogue: Catalogue
    limit: int

    def run_once(self, owner: str) -> int:
        """Split the batches that are due; how many were split or parked anew."""
        with self.catalogue.write() as writing:
            claim = leases.Claim(owner, self.limit, _LEASE_SECONDS)
            taken = leases.take(writing, *TO_SPLIT, claim)
            return sum([_settle(writing, batch) for batch in taken])

    def retry(self, batch_ids: Iterable[int] | None = None) -> int:
        """Try parked batches again now; how many left the parked list.

        Args:
            batch_ids: Which ones; None means every one.
        """
        with self.catalogue.read() as session:
            wanted = batches.parked_ids(session, batch_ids)
        return sum([self._retry_one(batch_id) for batch_id in wanted])

    def say(self, batch_id: int, master_id: int, file_code: str, agent: str) -> None:
        """Record what a person saw: this sheet, or the sheet missing before this page.

        The batch is tried again at once.

        Args:
            batch_id: A parked batch.
            master_id: A file of it: the sheet that cannot be read, or its first page.
            file_code: The hồ sơ that the pages from there on belong to.
            agent: Who says so, in the words of custody events.

        Raises:
            RuleError: The batch is not parked, or the file is none of its own.
            ValueError: No hồ sơ that was registered can be meant by this code.
        """
        with self.catalogue.write() as writing:
            unit = file_unit_named(writing.session, file_code).unit
            if unit is None:
                raise ValueError(f"no hồ sơ {file_code!r} is registered")
            payload = format_sheet(Sheet(SheetKind.COVER, unit.file_code))
            batch = _parked_batch(writing, batch_id)
            rows = {row.id: row for row in batches.masters_of(writing.session, batch_id)}
            if master_id not in rows:
                raise RuleError(f"file {master_id} is not waiting in batch {batch_id}")
            answers.put(writing, (master_id, 1, batches.ANSWER_CODE), payload, agent)
            _write_event(
                writing, EventType.REVIEW, rows[master_id], agent, batch=batch_id, said=payload
            )
            _settle(writing, batch)

    def set_aside(self, batch_id: int, agent: str) -> int:
        """Keep the files of a parked batch as history, because it was scanned again.

        Args:
            batch_id: A parked batch.
            agent: Who says so, in the words of custody events.

        Returns:
            How many files were set aside.

        Raises:
            RuleError: The batch is not parked.
        """
        with self.catalogue.write() as writing:
            batch = _parked_batch(writing, batch_id)
            rows = batches.masters_of(writing.session, batch_id)
            for row in rows:
                note = Finding("BATCH-SET-ASIDE", row.name, {"name": row.name})
                text = masters.findings_text((*masters.findings_of(row.findings), note))
                masters.transit(writing, row, MasterEvent.REPLACE, findings=text, **leases.waits())
                _write_event(writing, EventType.REPLACEMENT, row, agent, batch=batch_id)
            batches.settle(writing, batch, BatchEvent.SPLIT)
        return len(rows)

    def _retry_one(self, batch_id: int) -> bool:
        with self.catalogue.write() as writing:
            batch = batches.by_id(writing.session, batch_id)
            if batch is None or batch.state != BatchState.PARKED:
                return False
            _settle(writing, batch)
            writing.session.expire_all()
            now = batches.by_id(writing.session, batch_id)
            return now is not None and now.state == BatchState.SPLIT


def _parked_batch(writing: Writing, batch_id: int) -> BatchRow:
    batch = batches.by_id(writing.session, batch_id)
    if batch is None or batch.state != BatchState.PARKED:
        raise RuleError(f"batch {batch_id} is not parked (any more): look at the page again")
    return batch


def _settle(writing: Writing, batch: BatchRow) -> int:
    """Split a batch or park it; 0 when nothing changed."""
    session, batch_id = writing.session, batch.id or 0
    if batches.is_uninspected(session, batch_id) or _is_arriving(session, batch):
        due = later(writing.now, _UNINSPECTED_SECONDS)
        values = {**leases.RELEASED, "next_attempt": due}
        batches.update_batch(writing, batch, values)
        return 0
    _supersede(writing, batch_id)
    files = batches.files_of(session, batch_id)
    if batch.state == BatchState.OPEN and _correct(writing, batch, files):
        return 1
    plan = plan_batch(session, files, batch.place)
    if plan.findings:
        return _park(writing, batch, plan)
    _apply(writing, batch, plan)
    return 1


def _is_arriving(session: Session, batch: BatchRow) -> bool:
    """Whether a file of an open batch may still lie in its scanner's folder.

    One that is unfinished, locked, or has no room on the disk may be the next cover sheet: what
    comes after it would go to the wrong hồ sơ.
    """
    is_open = batch.state == BatchState.OPEN
    return is_open and hot_folders.has_more_to_come(session, batch.scanner)


def _supersede(writing: Writing, batch_id: int) -> None:
    """Of files with one name the one scanned last counts; the others are kept in history."""
    rows = sorted(batches.masters_of(writing.session, batch_id), key=attrgetter("name"))
    for _name, group in groupby(rows, key=attrgetter("name")):
        *earlier, last = sorted(group, key=attrgetter("id"))
        for row in earlier:
            give_way(writing, row, other_id=last.id)


def _correct(writing: Writing, batch: BatchRow, files: Sequence[BatchFile]) -> bool:
    """Whether a small batch was what one parked batch of the same place waited for."""
    parked = batches.parked_at(writing.session, batch.scanner, batch.place)
    waiting = [one for one in parked if corrects(files, batches.findings_on(one))]
    if len(waiting) != 1:
        return False
    (target,) = waiting
    is_missing_sheet = batches.findings_on(target)[0].code == "BATCH-NO-SHEET"
    if is_missing_sheet:
        _put_in_front(writing, target, files[0])
        rows = {row.id: row for row in batches.masters_of(writing.session, batch.id or 0)}
        _recognise_sheets(writing, rows, (files[0].master_id,))
    else:
        for file in files:
            masters.update_master(writing, file.master_id, {"batch_id": target.id})
    batches.settle(writing, batch, BatchEvent.SPLIT)
    batches.update_batch(writing, target, leases.done(writing.now))
    return True


def _put_in_front(writing: Writing, target: BatchRow, sheet: BatchFile) -> None:
    """The sheet that was scanned alone speaks for the first page of a batch without one."""
    if sheet.opening is None:
        raise ValueError(f"{sheet.name} is no readable sheet")
    first = in_order(batches.files_of(writing.session, target.id or 0))[0]
    key = (first.master_id, 1, batches.ANSWER_CODE)
    answers.put(writing, key, format_sheet(sheet.opening), SOFTWARE_AGENT)


def _park(writing: Writing, batch: BatchRow, plan: Plan) -> int:
    is_news = batches.findings_on(batch) != plan.findings
    batches.settle(writing, batch, BatchEvent.PARK, plan.findings)
    if is_news:
        codes: list[JsonValue] = [finding.code for finding in plan.findings]
        blocker = batches.named(writing.session, batch.id or 0, plan.findings[0].where)
        if blocker is not None:
            _write_event(
                writing,
                EventType.PARKING,
                blocker,
                SOFTWARE_AGENT,
                batch=batch.id,
                findings=codes,
            )
    return int(is_news)


def _apply(writing: Writing, batch: BatchRow, plan: Plan) -> None:
    rows = {row.id: row for row in batches.masters_of(writing.session, batch.id or 0)}
    writing.session.expunge_all()  # else every update looks through every row of the batch
    _recognise_sheets(writing, rows, plan.sheet_ids)
    for step in plan.steps:
        for one in step.assignments:
            _assign(writing, rows[one.file.master_id], one, step.unit_id)
            facts: dict[str, JsonValue] = {
                "batch": batch.id,
                "file_code": step.file_code,
                "number": one.number,
                "repeats": one.repeats is not None,
            }
            row = rows[one.file.master_id]
            _write_event(writing, EventType.INGESTION, row, SOFTWARE_AGENT, **facts)
    for unit_id in sorted({step.unit_id for step in plan.steps if step.adds_pages}):
        file_units.changed(writing, unit_id)
    batches.settle(writing, batch, BatchEvent.SPLIT)


def _recognise_sheets(
    writing: Writing, rows: Mapping[int | None, MasterRow], sheet_ids: Iterable[int]
) -> None:
    for sheet_id in sheet_ids:
        masters.transit(writing, rows[sheet_id], MasterEvent.RECOGNISE_SHEET, **leases.waits())


def _assign(writing: Writing, row: MasterRow, one: Assignment, unit_id: int) -> None:
    if one.replaces is not None:
        holder = masters.by_id(writing.session, one.replaces.master_id)
        if holder is not None:
            give_way(writing, holder)
    notes = masters.findings_of(row.findings)
    masters.transit(
        writing,
        row,
        MasterEvent.ASSIGN if one.repeats is None else MasterEvent.RECOGNISE,
        file_unit_id=unit_id,
        file_number=one.number,
        findings=masters.findings_text((*notes, *one.notes)),
        other_id=_other_id(one),
        **leases.waits(),
    )
    batches.move_pages(writing, row.id or 0, unit_id)


def _other_id(one: Assignment) -> int | None:
    other = one.repeats or one.replaces
    return None if other is None else other.master_id


def _write_event(
    writing: Writing, kind: EventType, row: MasterRow, agent: str, **facts: JsonValue
) -> None:
    draft = EventDraft(
        kind, "master", row.sha256, agent, detail={"claim": row.claim_id, "name": row.name, **facts}
    )
    events.record(writing, draft)
