"""Accept: a claimed file becomes a master in the store and a row in the catalogue.

Order (invariants I1, I2): copy under its digest, fsync, re-read; then one transaction; only then
is the claimed file removed. A crash in between repeats the step and changes nothing twice.
"""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, leases, masters, register
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import MasterRow
from appliance.domain.custody import EventType
from appliance.domain.identifiers import nfc, parse_drop_name
from appliance.domain.intake import Arrival, Decision, decide
from appliance.domain.states import (
    MASTER_INITIAL,
    MASTER_TABLE,
    FileUnitState,
    MasterEvent,
    MasterState,
    advance,
)
from appliance.pipeline.agents import SOFTWARE_AGENT, scanner_agent
from appliance.watchers import claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlmodel import Session

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import FileUnitRow
    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.watchers.claims import Claim
    from appliance.watchers.hotfolder import Look

_PLACE_DEPTH = 3
"""``<scanner>/<hồ sơ code>/NNNN.ext``"""


@dataclass(frozen=True, slots=True)
class AcceptStage:
    """The stage with what it needs.

    Args:
        catalogue: Rows are written there.
        store: Masters are copied there.
        claimed_root: Where claims wait until they are recorded.
        look: Judges the structure of a file without decoding it.
        patience_seconds: How long an unfinished claimed file may still change.
    """

    catalogue: Catalogue
    store: Store
    claimed_root: Path
    look: Callable[[Path], Look]
    patience_seconds: float

    def accept(self, claim: Claim) -> bool:
        """Take one claim to its end.

        Returns:
            False when a late writer is still changing it: the claim stays, and is taken up
            again in the next round.

        Raises:
            StorageError: The disk refused; the claim stays where it is.
            IntegrityError: The copy does not read back; the claim stays.
            OSError: The claim itself cannot be read; it stays.
        """
        with self.catalogue.read() as session:
            recorded = masters.by_claim(session, claim.claim_id)
        if recorded is None:
            look = self.look(claim.path)
            fingerprint = self._copy_unchanged(claim)
            if fingerprint is None or self._may_still_grow(claim, look):
                return False
            parts = [display_text(part) for part in claim.parts]
            waited_minutes = round(self.patience_seconds / 60)
            arrival = arrival_of(parts, look, waited_minutes=waited_minutes)
            with self.catalogue.write() as writing:
                _record(writing, claim, fingerprint, arrival)
        claims.release(claim, self.claimed_root)
        return True

    def _copy_unchanged(self, claim: Claim) -> Fingerprint | None:
        """Copy into the store; None when the file changed while it was read."""
        descriptor = os.open(claim.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor
            before = os.fstat(source.fileno())
            fingerprint = self.store.add_master(source, before.st_size)
            after = os.fstat(source.fileno())
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return fingerprint if same and fingerprint.size_bytes == after.st_size else None

    def _may_still_grow(self, claim: Claim, look: Look) -> bool:
        if look.is_whole or not look.is_image:
            return False
        quiet_seconds = self.catalogue.clock.now().timestamp() - claim.path.stat().st_mtime
        return 0 <= quiet_seconds < self.patience_seconds


def arrival_of(parts: Sequence[str], look: Look, *, waited_minutes: int) -> Arrival:
    """What a dropped file says of itself, before it is held against the catalogue.

    Args:
        parts: Its path below the hot folder as people read it: scanner, folders, name.
        look: At its structure.
        waited_minutes: How long it was waited for.
    """
    name = parts[-1]
    drop_name = parse_drop_name(name)
    return Arrival(
        name=name,
        folder=parts[1] if len(parts) == _PLACE_DEPTH else None,
        number=drop_name.number if drop_name is not None else None,
        is_image=look.is_image,
        is_whole=look.is_whole,
        problem=look.problem,
        problem_en=look.problem_en,
        waited_minutes=waited_minutes,
        unit_state=None,
    )


def display_text(part: str) -> str:
    """A name as people read it: NFC, with what is no UTF-8 or no printable letter replaced."""
    text = nfc(os.fsencode(part).decode("utf-8", "replace"))
    return "".join("�" if unicodedata.category(c).startswith("C") else c for c in text)


@dataclass(frozen=True, slots=True)
class Placed:
    """An arrival held against the catalogue."""

    arrival: Arrival
    unit: FileUnitRow | None
    holder: MasterRow | None
    decision: Decision


def place(session: Session, arrival: Arrival, sha256: str) -> Placed:
    """Find the hồ sơ, the number's holder and equal bytes, and decide."""
    folder = arrival.folder
    unit = None if folder is None else register.file_unit_in_folder(session, folder)
    if unit is None:
        return Placed(arrival, None, None, decide(arrival))
    unit_id, number = unit.id or 0, arrival.number or 0
    holder = masters.live_with_number(session, unit_id, number)
    twin = masters.live_with_digest(session, unit_id, sha256)
    holds = "none" if holder is None else "same" if holder.sha256 == sha256 else "other"
    is_twin = twin is not None and twin.file_number != number
    known = replace(
        arrival,
        unit_state=FileUnitState(unit.state),
        holds_number=holds,
        same_bytes_number=twin.file_number if twin is not None and is_twin else None,
    )
    return Placed(known, unit, holder, decide(known))


def _record(writing: Writing, claim: Claim, found: Fingerprint, arrival: Arrival) -> None:
    """Row, state and custody event of one taken file, in one transaction."""
    placed = place(writing.session, arrival, found.sha256)
    decision = placed.decision
    state = advance(MASTER_TABLE, MASTER_INITIAL, decision.event)
    is_page = state is not MasterState.PARKED
    if decision.replaces and placed.holder is not None:
        give_way(writing, placed.holder)
    row = MasterRow(
        claim_id=claim.claim_id,
        scanner=display_text(claim.parts[0]) if len(claim.parts) > 1 else "",
        place="/".join(display_text(part) for part in claim.parts),
        name=arrival.name,
        name_bytes=os.fsencode(claim.parts[-1]),
        file_unit_id=placed.unit.id if placed.unit is not None else None,
        file_number=arrival.number if is_page else None,
        sha256=found.sha256,
        xxh3=found.xxh3,
        size_bytes=found.size_bytes,
        state=str(state),
        findings=masters.findings_text(decision.findings),
        other_id=placed.holder.id if placed.holder is not None else None,
        received_at=writing.now,
        next_attempt=writing.now if state is MasterState.ACCEPTED else None,
    )
    masters.add_master(writing, row)
    _write_events(writing, row, state)
    if placed.unit is not None and state is MasterState.ACCEPTED:
        file_units.changed(writing, placed.unit.id or 0)


def give_way(writing: Writing, holder: MasterRow, **values: object) -> None:
    """A rescan takes the number of an earlier master, which is kept."""
    masters.transit(writing, holder, MasterEvent.REPLACE, **leases.waits(), **values)
    draft = EventDraft(EventType.REPLACEMENT, "master", holder.sha256, SOFTWARE_AGENT)
    events.record(writing, draft)


def _write_events(writing: Writing, row: MasterRow, state: MasterState) -> None:
    detail: dict[str, JsonValue] = {
        "claim": row.claim_id,
        "name": row.name,
        "place": row.place,
        "size_bytes": row.size_bytes,
        "state": str(state),
    }
    scanned = EventDraft(
        EventType.TRANSFER, "master", row.sha256, scanner_agent(row.scanner), detail=detail
    )
    events.record(writing, scanned)
    kind = EventType.PARKING if state is MasterState.PARKED else EventType.INGESTION
    codes = [finding.code for finding in masters.findings_of(row.findings)]
    taken = EventDraft(
        kind, "master", row.sha256, SOFTWARE_AGENT, detail={**detail, "findings": codes}
    )
    events.record(writing, taken)
