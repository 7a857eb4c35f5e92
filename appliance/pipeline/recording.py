"""What was taken becomes rows and custody events, many in one transaction.

What lies beside the files is read once for all, and rows and events are written by one statement
each; only what must see the rows before it, a rescan or a file of a batch, has them written first.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.catalogue import events, file_units, masters
from appliance.catalogue.events import EventDraft
from appliance.catalogue.neighbours import Neighbours
from appliance.catalogue.tables import MasterRow
from appliance.domain.custody import EventType
from appliance.domain.drop_names import visible
from appliance.domain.states import MASTER_INITIAL, MASTER_TABLE, MasterState, advance
from appliance.pipeline.agents import SOFTWARE_AGENT, scanner_agent
from appliance.pipeline.arrivals import (
    Origin,
    batch_for,
    give_way,
    place,
    place_bytes_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appliance.catalogue.engine import Writing
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.arrivals import Placed
    from appliance.pipeline.copying import Taken


@dataclass(slots=True)
class _Records:
    """Rows and events of one transaction that are not written yet.

    Args:
        writing: The transaction.
        near: What lies beside the files; rows that wait here are known to it.
        next_id: Of the next row.
    """

    writing: Writing
    near: Neighbours
    next_id: int
    _rows: list[MasterRow] = field(default_factory=list)
    _drafts: list[EventDraft] = field(default_factory=list)

    def add(self, row: MasterRow) -> None:
        """Take a row, which gets its id, with its events."""
        row.id = self.next_id
        self.next_id += 1
        self._rows.append(row)
        self._drafts += _events_of(row)
        if row.state == MasterState.ACCEPTED and row.file_unit_id is not None:
            self.near.add(row)

    def write(self) -> None:
        """Write what waits."""
        masters.add_masters(self.writing, self._rows)
        events.record_many(self.writing, self._drafts)
        self._rows.clear()
        self._drafts.clear()


def record_taken(writing: Writing, taken: Sequence[Taken]) -> list[MasterRow]:
    """Rows, states and custody events of taken files; their hồ sơ are told."""
    near = Neighbours(writing.session)
    near.name_ahead(one.arrival.folder for one in taken if one.arrival.folder)
    near.read_ahead(_numbered(near, taken))
    records = _Records(writing, near, masters.next_id(writing.session))
    rows = [_record(records, one) for one in taken]
    records.write()
    accepted = (row for row in rows if row.state == MasterState.ACCEPTED)
    for unit_id in sorted({row.file_unit_id for row in accepted if row.file_unit_id is not None}):
        file_units.changed(writing, unit_id)
    return rows


def _numbered(near: Neighbours, taken: Iterable[Taken]) -> Iterator[tuple[int, int, str]]:
    """Hồ sơ, number and digest of the files that name both."""
    for one in taken:
        folder, number = one.arrival.folder, one.arrival.number
        unit = near.unit_named(folder).unit if folder and number is not None else None
        if unit is not None and number is not None:
            yield unit.id or 0, number, one.copy.fingerprint.sha256


def _record(records: _Records, one: Taken) -> MasterRow:
    """Row, state and custody events of one taken file."""
    writing, arrival = records.writing, one.arrival
    if arrival.batch is not None:
        records.write()  # its batch is asked for the rows before
    origin = Origin(place_bytes_of(one.claim.parts), writing.now)
    sha256 = one.copy.fingerprint.sha256
    placed = place(writing.session, arrival, sha256, origin, near=records.near)
    if placed.decision.replaces and placed.holder is not None:
        records.write()  # the holder may wait among them
        give_way(writing, placed.holder)
        records.near.remove(placed.holder)
    row = _row(one, placed, origin)
    row.batch_id = batch_for(writing, placed)
    records.add(row)
    return row


def _row(one: Taken, placed: Placed, origin: Origin) -> MasterRow:
    parts, found, decision = one.claim.parts, one.copy.fingerprint, placed.decision
    state = advance(MASTER_TABLE, MASTER_INITIAL, decision.event)
    is_parked = state is MasterState.PARKED
    return MasterRow(
        claim_id=one.claim.claim_id,
        scanner=visible(parts[0]) if len(parts) > 1 else "",
        place="/".join(visible(part) for part in parts),
        name=one.arrival.name,
        name_bytes=os.fsencode(parts[-1]),
        place_bytes=origin.place_bytes,
        file_unit_id=placed.unit.id if placed.unit is not None else None,
        file_number=None if is_parked else one.arrival.number,
        sha256=found.sha256,
        xxh3=found.xxh3,
        size_bytes=found.size_bytes,
        is_read_back=0,
        state=str(state),
        cause=masters.cause_of(decision.findings) if is_parked else None,
        findings=masters.findings_text(decision.findings),
        other_id=placed.holder.id if placed.holder is not None else None,
        received_at=origin.received_at,
        next_attempt=origin.received_at if state is MasterState.ACCEPTED else None,
    )


def _events_of(row: MasterRow) -> tuple[EventDraft, EventDraft]:
    """It came from a scanner, and what intake made of it."""
    detail: dict[str, JsonValue] = {
        "claim": row.claim_id,
        "name": row.name,
        "place": row.place,
        "size_bytes": row.size_bytes,
        "state": row.state,
    }
    came = EventDraft(
        EventType.TRANSFER, "master", row.sha256, scanner_agent(row.scanner), detail=detail
    )
    kind = EventType.PARKING if row.state == MasterState.PARKED else EventType.INGESTION
    codes = [finding.code for finding in masters.findings_of(row.findings)]
    taken = EventDraft(
        kind, "master", row.sha256, SOFTWARE_AGENT, detail={**detail, "findings": codes}
    )
    return came, taken
