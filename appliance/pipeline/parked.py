"""Parked files: looked at again when a person asks, or when the cause may have passed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.catalogue import events, file_units, leases, masters
from appliance.catalogue.events import EventDraft
from appliance.domain.custody import EventType
from appliance.domain.rules import rule_of
from appliance.domain.states import MasterEvent, MasterState
from appliance.pipeline.arrivals import Placed, arrival_of, give_way, place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.watchers.hotfolder import Look

_LOG: Final = logging.getLogger(__name__)
_PAGE_ROWS = 200


@dataclass(frozen=True, slots=True)
class ParkedStage:
    """Retries parked files from the bytes in the store.

    Args:
        catalogue: Where they are parked.
        store: Where their bytes lie.
        look: Judges their structure again.
        agent: Who asks, in the words of custody events.
    """

    catalogue: Catalogue
    store: Store
    look: Callable[[Path], Look]
    agent: str

    def retry(self, master_ids: frozenset[int] | None = None) -> int:
        """Judge parked files anew; how many left the parked list.

        Args:
            master_ids: Which ones; None means every one whose cause may pass by itself.
        """
        freed, after = 0, 0
        while True:
            with self.catalogue.read() as session:
                rows = masters.parked(session, limit=_PAGE_ROWS, after_id=after)
            if not rows:
                return freed
            wanted = [row for row in rows if _is_wanted(row, master_ids)]
            freed += sum(self._retry_one(row) for row in wanted)
            after = rows[-1].id or 0

    def _retry_one(self, row: MasterRow) -> bool:
        try:
            look = self.look(self.store.master_path(row.sha256))
        except OSError as problem:
            _LOG.warning("parked file %s cannot be read: %s", row.id, problem)
            return False
        with self.catalogue.write() as writing:
            return _judge_again(writing, row, look, self.agent)


def _is_wanted(row: MasterRow, master_ids: frozenset[int] | None) -> bool:
    if master_ids is not None:
        return row.id in master_ids
    return any(rule_of(finding).retries for finding in masters.findings_of(row.findings))


def _is_overtaken(row: MasterRow, placed: Placed) -> bool:
    """Whether a later scan holds the number by now: an earlier one never takes it back."""
    holder = placed.holder
    return placed.decision.replaces and holder is not None and (holder.id or 0) > (row.id or 0)


def _judge_again(writing: Writing, row: MasterRow, look: Look, agent: str) -> bool:
    arrival = arrival_of(row.place.split("/"), look, waited_minutes=0)
    placed = place(writing.session, arrival, row.sha256)
    if _is_overtaken(row, placed):
        return False
    decision, unit = placed.decision, placed.unit
    found = masters.findings_text(decision.findings)
    if decision.event is MasterEvent.PARK or unit is None:
        cause = masters.cause_of(decision.findings)
        masters.update_master(writing, row.id or 0, {"findings": found, "cause": cause})
        return False
    if decision.replaces and placed.holder is not None:
        give_way(writing, placed.holder)
    is_twin = decision.event is MasterEvent.RECOGNISE
    state = masters.transit(
        writing,
        row,
        MasterEvent.RECOGNISE if is_twin else MasterEvent.RETRY,
        file_unit_id=unit.id,
        file_number=arrival.number,
        findings=found,
        **(leases.waits() if is_twin else leases.done(writing.now)),
    )
    draft = EventDraft(
        EventType.INGESTION,
        "master",
        row.sha256,
        agent,
        detail={"claim": row.claim_id, "state": str(state), "retried": True},
    )
    events.record(writing, draft)
    if state is MasterState.ACCEPTED:
        file_units.changed(writing, unit.id or 0)
    return True
