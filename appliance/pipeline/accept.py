"""Accept: a claimed file becomes a master in the store and a row in the catalogue.

Order (invariants I1, I2): copy under its digest, fsync, re-read; then one transaction; only then
is the claimed file removed. A crash in between repeats the step and changes nothing twice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.tables import MasterRow
from appliance.domain.custody import EventType
from appliance.domain.states import (
    MASTER_INITIAL,
    MASTER_TABLE,
    MasterState,
    advance,
)
from appliance.pipeline.agents import SOFTWARE_AGENT, scanner_agent
from appliance.pipeline.arrivals import arrival_of, display_text, give_way, place
from appliance.watchers import claims

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.disk.digesting import Fingerprint
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.domain.intake import Arrival
    from appliance.watchers.claims import Claim
    from appliance.watchers.hotfolder import Look


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


def _record(writing: Writing, claim: Claim, found: Fingerprint, arrival: Arrival) -> None:
    """Row, state and custody event of one taken file, in one transaction."""
    placed = place(writing.session, arrival, found.sha256)
    decision = placed.decision
    state = advance(MASTER_TABLE, MASTER_INITIAL, decision.event)
    is_twin = state is MasterState.DUPLICATE
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
        is_read_back=1,
        state=str(state),
        cause=None if is_page or is_twin else masters.cause_of(decision.findings),
        findings=masters.findings_text(decision.findings),
        other_id=placed.holder.id if placed.holder is not None else None,
        received_at=writing.now,
        next_attempt=writing.now if state is MasterState.ACCEPTED else None,
    )
    masters.add_master(writing, row)
    _write_events(writing, row, state)
    if placed.unit is not None and state is MasterState.ACCEPTED:
        file_units.changed(writing, placed.unit.id or 0)


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
