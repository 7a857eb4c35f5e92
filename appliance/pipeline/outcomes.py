"""What inspections change in the catalogue: states, pages, events, and the proof of the copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType
from appliance.domain.custody import Outcome as EventOutcome
from appliance.domain.errors import IllegalTransition
from appliance.domain.identifiers import parse_drop_name
from appliance.domain.rules import is_blocking
from appliance.domain.states import MasterEvent
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.arrivals import give_way

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import MasterRow
    from appliance.imaging.facts import FrameFacts, Inspection

UNREADABLE_SHEET: Final = "?"
"""The mark of a page that looks like one of our sheets and cannot be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one master.

    Args:
        master: As it was leased.
        inspection: What was found.
        is_proved: Whether its bytes were read back from the disk as they were written.
    """

    master: MasterRow
    inspection: Inspection
    is_proved: bool

    @property
    def is_blocked(self) -> bool:
        """Whether a finding stops it."""
        return any(map(is_blocking, self.inspection.findings))

    @property
    def is_sheet(self) -> bool:
        """Whether every frame is one of our own printed sheets."""
        frames = self.inspection.frames
        return bool(frames) and all(frame.sheet_mark for frame in frames)

    @property
    def event(self) -> MasterEvent:
        """What happens to the master."""
        if self.is_blocked:
            return MasterEvent.PARK
        if self.master.batch_id is not None:
            return MasterEvent.BATCH
        return MasterEvent.RECOGNISE_SHEET if self.is_sheet else MasterEvent.INSPECT


def record_outcomes(writing: Writing, outcomes: Iterable[Outcome]) -> None:
    """Record several outcomes in one transaction.

    A master that a rescan replaced meanwhile stays as it is; that it was read back is recorded
    all the same, since its drop is let go on the strength of it.
    """
    units: set[int] = set()
    outcomes = tuple(outcomes)
    proved = [outcome.master for outcome in outcomes if outcome.is_proved]
    if proved:
        masters.mark_read_back(writing, proved)
    for outcome in outcomes:
        try:
            _record(writing, outcome)
        except IllegalTransition:
            continue  # nothing of it was written: its transition comes first
        if outcome.master.file_unit_id is not None:
            units.add(outcome.master.file_unit_id)
    for unit_id in sorted(units):
        file_units.changed(writing, unit_id)


def _record(writing: Writing, outcome: Outcome) -> None:
    master, inspection, event = outcome.master, outcome.inspection, outcome.event
    masters.transit(
        writing,
        master,
        event,
        image_format=inspection.kind,
        frame_count=len(inspection.frames),
        findings=masters.findings_text((*masters.kept_findings(master), *inspection.findings)),
        **leases.waits(),
    )
    if event is not MasterEvent.PARK:
        masters.put_pages(writing, master.id or 0, _pages(outcome))
    if event is MasterEvent.INSPECT:
        _overtake_parked(writing, master)
    _write_event(writing, outcome)


def _overtake_parked(writing: Writing, master: MasterRow) -> None:
    """A good scan settles what was parked for the same number before it: that is kept, replaced."""
    for parked in masters.parked_before(writing.session, master):
        name = parse_drop_name(parked.name)
        if name is not None and name.number == master.file_number:
            give_way(writing, parked, other_id=master.id)


def _pages(outcome: Outcome) -> list[dict[str, Any]]:
    has_marks = outcome.master.batch_id is not None or outcome.is_sheet
    return [
        {**_page(outcome, frame), "sheet_mark": _mark(frame) if has_marks else None}
        for frame in outcome.inspection.frames
    ]


def _page(outcome: Outcome, frame: FrameFacts) -> dict[str, Any]:
    master, quality = outcome.master, frame.quality
    where = {master.name, f"{master.name}#{frame.frame}"}
    own = [finding for finding in outcome.inspection.findings if finding.where in where]
    return {
        "master_id": master.id,
        "file_unit_id": master.file_unit_id,
        "frame": frame.frame,
        "width_px": frame.width_px,
        "height_px": frame.height_px,
        "dpi": frame.dpi,
        "dpi_source": frame.dpi_source,
        "mode": frame.mode,
        "bits_per_pixel": frame.bits_per_pixel,
        "compression": frame.compression,
        "has_icc": int(frame.has_icc),
        "orientation": frame.orientation,
        "paper_size": frame.paper_size,
        "a4_equivalent": frame.a4_equivalent,
        "integrity": str(frame.integrity),
        "ink_permille": None if quality is None else quality.ink_permille,
        "quality": None if quality is None else canonical_json(quality.to_json()).decode("utf-8"),
        "page_hash": None if quality is None else quality.page_hash,
        "findings": masters.findings_text(own),
        "thumbnail_sha256": None if frame.thumbnail is None else frame.thumbnail.sha256,
        "view_sha256": None if frame.view is None else frame.view.sha256,
    }


def _mark(frame: FrameFacts) -> str | None:
    return frame.sheet_mark or (UNREADABLE_SHEET if frame.sheet_suspected else None)


def _write_event(writing: Writing, outcome: Outcome) -> None:
    inspection = outcome.inspection
    draft = EventDraft(
        EventType.VALIDATION,
        "master",
        outcome.master.sha256,
        SOFTWARE_AGENT,
        EventOutcome.FAILURE if outcome.is_blocked else EventOutcome.SUCCESS,
        {
            "claim": outcome.master.claim_id,
            "format": inspection.kind,
            "frames": len(inspection.frames),
            "findings": [finding.code for finding in inspection.findings],
        },
    )
    events.record(writing, draft)
