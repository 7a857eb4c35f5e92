"""Inspect: every frame of an accepted master is decoded to its last row in a worker process."""

from __future__ import annotations

import shutil
from concurrent.futures import CancelledError, Executor, Future, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlmodel import col

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.leases import Claim
from appliance.catalogue.tables import MasterRow
from appliance.disk.durable import make_folder
from appliance.domain.custody import EventType, Outcome
from appliance.domain.errors import IllegalTransition
from appliance.domain.findings import Finding
from appliance.domain.identifiers import parse_drop_name
from appliance.domain.rules import is_blocking
from appliance.domain.states import MasterEvent, MasterState
from appliance.imaging.inspection import FrameFacts, Inspection, InspectionLimits, inspect_image
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.arrivals import give_way

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.store import Store

LEASE_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class InspectStage:
    """The stage with what it needs.

    Args:
        catalogue: Where masters wait and pages are written.
        store: Where masters lie and thumbnails go.
        executor: Decodes; its workers have no network and a memory bound.
        work_folder: Thumbnails pass through it.
        limits: What a page must keep to.
        batch: Masters taken at a time.
    """

    catalogue: Catalogue
    store: Store
    executor: Executor
    work_folder: Path
    limits: InspectionLimits
    batch: int

    def run_once(self, owner: str) -> int:
        """Inspect a batch of accepted masters; how many there were."""
        ready = (col(MasterRow.state) == str(MasterState.ACCEPTED),)
        with self.catalogue.write() as writing:
            taken = leases.take(writing, MasterRow, ready, Claim(owner, self.batch, LEASE_SECONDS))
        folder = self.work_folder / f"inspect-{uuid4().hex}"
        make_folder(folder)
        try:
            for master, inspection in self._inspections(taken, folder):
                self._finish(master, inspection)
        finally:
            shutil.rmtree(folder)
        return len(taken)

    def _inspections(
        self, taken: Sequence[MasterRow], folder: Path
    ) -> Iterator[tuple[MasterRow, Inspection]]:
        futures: dict[Future[Inspection], MasterRow] = {}
        for master in taken:
            future = self.executor.submit(
                inspect_image,
                self.store.master_path(master.sha256),
                name=master.name,
                thumbnail_folder=folder,
                limits=self.limits,
            )
            futures[future] = master
        for future in as_completed(futures):
            yield futures[future], result_of(future, futures[future].name)

    def _finish(self, master: MasterRow, inspection: Inspection) -> None:
        """Thumbnails durable first, then one transaction."""
        thumbnails = [
            None if frame.thumbnail is None else self.store.add_derivative(frame.thumbnail).sha256
            for frame in inspection.frames
        ]
        try:
            with self.catalogue.write() as writing:
                _record(writing, master, inspection, thumbnails)
        except IllegalTransition:
            return  # a rescan replaced it meanwhile: nothing was changed, nothing is owed


def result_of(future: Future[Inspection], name: str) -> Inspection:
    """A worker's answer; whatever went wrong in it is a finding on this one file."""
    try:
        return future.result()
    except CancelledError:
        raise
    except OSError as problem:
        values = {"stage": "inspect", "problem": problem.strerror or str(problem)}
        finding = Finding("STAGE-FAILED", name, {**values})
    except Exception as problem:  # noqa: BLE001 - I8: a decoder's fault stays with its file
        finding = Finding("IMAGE-DECODER-CRASHED", name, {"problem": str(problem)})
    return Inspection("unknown", findings=(finding,))


def _record(
    writing: Writing,
    master: MasterRow,
    inspection: Inspection,
    thumbnails: Sequence[str | None],
) -> None:
    blocked = any(map(is_blocking, inspection.findings))
    event = MasterEvent.PARK if blocked else MasterEvent.INSPECT
    kept = tuple(f for f in masters.findings_of(master.findings) if f.code.startswith("INTAKE-"))
    masters.transit(
        writing,
        master,
        event,
        image_format=inspection.kind,
        frame_count=len(inspection.frames),
        findings=masters.findings_text((*kept, *inspection.findings)),
        **leases.waits(),
    )
    unit_id = master.file_unit_id or 0
    if not blocked:
        rows = [
            _page(master, unit_id, frame, inspection, thumbnail)
            for frame, thumbnail in zip(inspection.frames, thumbnails, strict=True)
        ]
        masters.put_pages(writing, master.id or 0, rows)
        _overtake_parked(writing, master)
    _write_event(writing, master, inspection, blocked=blocked)
    file_units.changed(writing, unit_id)


def _overtake_parked(writing: Writing, master: MasterRow) -> None:
    """A good scan settles what was parked for the same number before it: that is kept, replaced."""
    for parked in masters.parked_before(writing.session, master):
        name = parse_drop_name(parked.name)
        if name is not None and name.number == master.file_number:
            give_way(writing, parked, other_id=master.id)


def _page(
    master: MasterRow,
    unit_id: int,
    frame: FrameFacts,
    inspection: Inspection,
    thumbnail: str | None,
) -> dict[str, Any]:
    where = {master.name, f"{master.name}#{frame.frame}"}
    own = [finding for finding in inspection.findings if finding.where in where]
    return {
        **frame.to_json(),
        "has_icc": int(frame.has_icc),
        "master_id": master.id,
        "file_unit_id": unit_id,
        "thumbnail_sha256": thumbnail,
        "findings": masters.findings_text(own),
    }


def _write_event(
    writing: Writing, master: MasterRow, inspection: Inspection, *, blocked: bool
) -> None:
    draft = EventDraft(
        EventType.VALIDATION,
        "master",
        master.sha256,
        SOFTWARE_AGENT,
        Outcome.FAILURE if blocked else Outcome.SUCCESS,
        {
            "claim": master.claim_id,
            "format": inspection.kind,
            "frames": len(inspection.frames),
            "findings": [finding.code for finding in inspection.findings],
        },
    )
    events.record(writing, draft)
