"""What inspections change in the catalogue: states, pages, events, and the proof of the copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.moves import Move, transit_many
from appliance.domain.canonical import canonical_json
from appliance.domain.custody import EventType
from appliance.domain.custody import Outcome as EventOutcome
from appliance.domain.rules import is_blocking
from appliance.domain.states import MasterEvent
from appliance.imaging.facts import Integrity
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.arrivals import give_way, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.catalogue.engine import Writing
    from appliance.catalogue.tables import MasterRow
    from appliance.domain.scanners import ScannerProfiles
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


def record_outcomes(
    writing: Writing, outcomes: Iterable[Outcome], profiles: ScannerProfiles
) -> None:
    """Record several outcomes in one transaction, by a few statements for all.

    A master that a rescan replaced meanwhile stays as it is; that it was read back is recorded
    all the same, since its drop is let go on the strength of it.

    Args:
        writing: The transaction.
        outcomes: Of different masters.
        profiles: How names are read, by scanner.
    """
    outcomes = tuple(outcomes)
    proved = [outcome.master for outcome in outcomes if outcome.is_proved]
    if proved:
        masters.mark_read_back(writing, proved)
    moved = {move.master.id for move in transit_many(writing, [_move(one) for one in outcomes])}
    made = [outcome for outcome in outcomes if outcome.master.id in moved]
    masters.put_pages_of(
        writing,
        {one.master.id or 0: page_rows(one) for one in made if one.event is not MasterEvent.PARK},
    )
    events.record_many(writing, [_record(outcome) for outcome in made])
    _overtake_parked(writing, made, profiles)
    units = {one.master.file_unit_id for one in made if one.master.file_unit_id is not None}
    for unit_id in sorted(units):
        file_units.changed(writing, unit_id)


def _move(outcome: Outcome) -> Move:
    master, inspection = outcome.master, outcome.inspection
    found = (*masters.kept_findings(master), *inspection.findings)
    values: dict[str, object] = {
        "image_format": inspection.kind,
        "frame_count": len(inspection.frames),
        "findings": masters.findings_text(found),
        **leases.waits(),
    }
    return Move(master, outcome.event, values)


def _overtake_parked(writing: Writing, made: Iterable[Outcome], profiles: ScannerProfiles) -> None:
    """A good scan settles what was parked for the same number before it: that is kept, replaced."""
    good = {
        (one.master.file_unit_id, one.master.file_number): one.master
        for one in made
        if one.event is MasterEvent.INSPECT
    }
    unit_ids = {unit_id for unit_id, _number in good if unit_id is not None}
    if not unit_ids:
        return
    for parked in masters.parked_in(writing.session, sorted(unit_ids)):
        number = number_of(parked, profiles.of(parked.scanner))
        later = good.get((parked.file_unit_id, number))
        if number is not None and later is not None and _settles(later, parked):
            give_way(writing, parked, other_id=later.id)


def _settles(later: MasterRow, parked: MasterRow) -> bool:
    """Whether a good scan came after it for the same page; a twin of the number may be another."""
    is_twin = parked.cause == "INTAKE-NAME-TWIN" and parked.place_bytes != later.place_bytes
    return (later.id or 0) > (parked.id or 0) and not is_twin


def page_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """The pages that an inspection found, as columns of their rows."""
    in_batch = outcome.master.batch_id is not None
    return [
        {**_page(outcome, frame), "sheet_mark": _mark(frame, in_batch=in_batch)}
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


def _mark(frame: FrameFacts, *, in_batch: bool) -> str | None:
    """A sheet that reads is no page anywhere; one that does not is asked about in a batch alone."""
    is_asked_about = in_batch and frame.sheet_suspected
    return frame.sheet_mark or (UNREADABLE_SHEET if is_asked_about else None)


def _record(outcome: Outcome) -> EventDraft:
    """The event of one outcome."""
    inspection = outcome.inspection
    return EventDraft(
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
            "integrity": str(_integrity(inspection)),
        },
    )


def _integrity(inspection: Inspection) -> Integrity:
    """What the format proves of every frame; the weakest word stands for all."""
    proved = {frame.integrity for frame in inspection.frames}
    return Integrity.PASS if proved == {Integrity.PASS} else Integrity.NOT_CHECKED
