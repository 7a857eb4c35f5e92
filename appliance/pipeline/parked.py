"""Parked files: judged again when a person asks, and by themselves when the cause may have passed.

Work goes in slices of one short transaction each, so that ten thousand files block nobody. The
service takes what is due (``run_once``); a passing cause becomes due of itself, later each time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from appliance.catalogue import events, file_units, leases, masters, parked
from appliance.catalogue.events import EventDraft
from appliance.catalogue.neighbours import Neighbours
from appliance.catalogue.parked import Wanted
from appliance.catalogue.work import TO_JUDGE_AGAIN
from appliance.domain.clock import later
from appliance.domain.custody import EventType
from appliance.domain.findings import Finding
from appliance.domain.rules import RULES
from appliance.domain.states import MasterEvent, MasterState
from appliance.pipeline.arrivals import (
    Origin,
    Placed,
    arrival_of,
    batch_for,
    dropped_at,
    give_way,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue, Writing
    from appliance.catalogue.tables import MasterRow
    from appliance.disk.store import Store
    from appliance.domain.canonical import JsonValue
    from appliance.domain.intake import Arrival
    from appliance.domain.scanners import ScannerProfiles
    from appliance.watchers.values import Look

_LOG: Final = logging.getLogger(__name__)
_SLICE: Final = 64
"""Our own: files judged in one transaction."""
_LEASE_SECONDS: Final = 600
FIRST_RETRY_SECONDS: Final = 60
LONGEST_RETRY_SECONDS: Final = 3600
"""Our own: a passing cause is looked at again after a minute, then after twice as long each time,
and at least once an hour."""

PASSING_CAUSES: Final = frozenset(code for code, rule in RULES.items() if rule.retries)
"""Causes that may pass without the file changing."""


@dataclass(frozen=True, slots=True)
class ParkedStage:
    """Retries parked files from the bytes in the store.

    Args:
        catalogue: Where they are parked.
        store: Where their bytes lie.
        look: Judges their structure again.
        profiles: How the pages of each scanner find their hồ sơ.
        agent: Who asks, in the words of custody events.
    """

    catalogue: Catalogue
    store: Store
    look: Callable[[Path], Look]
    profiles: ScannerProfiles
    agent: str

    def retry(self, wanted: Wanted | None = None) -> int:
        """Judge parked files anew, now; how many left the parked list.

        Args:
            wanted: Which ones; None means every one whose cause may pass by itself.
        """
        choices = [wanted] if wanted is not None else [Wanted(cause=c) for c in _passing()]
        slices = chain.from_iterable(_slices(self.catalogue, choice) for choice in choices)
        return sum(self._judge(rows) for rows in slices)

    def run_once(self, owner: str) -> int:
        """Judge a slice of what is due; how many there were."""
        with self.catalogue.write() as writing:
            at = later(writing.now, FIRST_RETRY_SECONDS)
            parked.schedule(writing, PASSING_CAUSES, at)
            claim = leases.Claim(owner, _SLICE, _LEASE_SECONDS)
            rows = leases.take(writing, *TO_JUDGE_AGAIN, claim)
        self._judge(sorted(rows, key=_id))
        return len(rows)

    def _judge(self, rows: Sequence[MasterRow]) -> int:
        """Look at the bytes first, then decide over all of them in one transaction."""
        looks = {_id(row): self._look(row) for row in rows}
        if not looks:
            return 0
        with self.catalogue.write() as writing:
            wanted = Wanted(ids=frozenset(looks))
            still = parked.listed(writing.session, wanted, limit=len(looks))
            arrivals = {_id(row): self._arrival(row, looks[_id(row)]) for row in still}
            near = Neighbours(writing.session)
            near.name_ahead(one.folder for one in arrivals.values() if one and one.folder)
            return sum(self._judge_one(writing, row, arrivals[_id(row)], near) for row in still)

    def _look(self, row: MasterRow) -> Look | None:
        """A look at its structure; None when its bytes cannot be read."""
        try:
            return self.look(self.store.master_path(row.sha256))
        except OSError as problem:
            _LOG.warning("parked file %s cannot be read: %s", row.id, problem)
            return None

    def _arrival(self, row: MasterRow, look: Look | None) -> Arrival | None:
        """What it says of itself; None when its bytes cannot be read."""
        if look is None:
            return None
        parts = dropped_at(row)
        profile = self.profiles.of(parts[0])
        waited_seconds = round(profile.patience_seconds)  # at least: before it was parked
        return arrival_of(parts, look, waited_seconds=waited_seconds, profile=profile)

    def _judge_one(
        self, writing: Writing, row: MasterRow, arrival: Arrival | None, near: Neighbours
    ) -> bool:
        if arrival is None:
            _stay(writing, row)
            return False
        placed = place(writing.session, arrival, row.sha256, _origin_of(row), near=near)
        if placed.decision.event is MasterEvent.PARK:
            _stay(writing, row, placed.decision.findings)
        elif _is_overtaken(row, placed):
            _stay(writing, row)
        else:
            self._let_go(writing, row, placed)
            return True
        return False

    def _let_go(self, writing: Writing, row: MasterRow, placed: Placed) -> None:
        """It leaves the parked list: to be inspected, or as the twin of another."""
        unit, decision = placed.unit, placed.decision
        if decision.replaces and placed.holder is not None:
            give_way(writing, placed.holder)
        is_twin = decision.event is MasterEvent.RECOGNISE
        state = masters.transit(
            writing,
            row,
            MasterEvent.RECOGNISE if is_twin else MasterEvent.RETRY,
            batch_id=row.batch_id or batch_for(writing, placed),
            file_unit_id=None if unit is None else unit.id,
            file_number=placed.arrival.number,
            findings=masters.findings_text(decision.findings),
            **(leases.waits() if is_twin else leases.done(writing.now)),
        )
        detail: dict[str, JsonValue] = {
            "claim": row.claim_id,
            "state": str(state),
            "retried": True,
        }
        draft = EventDraft(EventType.INGESTION, "master", row.sha256, self.agent, detail=detail)
        events.record(writing, draft)
        if state is MasterState.ACCEPTED and unit is not None:
            file_units.changed(writing, unit.id or 0)


def _slices(catalogue: Catalogue, wanted: Wanted) -> Iterator[Sequence[MasterRow]]:
    after = 0
    while True:
        with catalogue.read() as session:
            rows = parked.listed(session, wanted, after_id=after, limit=_SLICE)
        if not rows:
            return
        yield rows
        after = _id(rows[-1])


def _passing() -> list[str]:
    return sorted(PASSING_CAUSES)


def _id(row: MasterRow) -> int:
    return row.id or 0


def _origin_of(row: MasterRow) -> Origin | None:
    """Where and when it came; None for a cause that only a person has looked at again."""
    if row.place_bytes is None or row.cause not in PASSING_CAUSES:
        return None
    return Origin(row.place_bytes, row.received_at)


def _stay(writing: Writing, row: MasterRow, findings: Sequence[Finding] | None = None) -> None:
    """It stays parked, for the reasons found now if it was judged; when it is looked at again."""
    values: dict[str, Any] = {}
    if findings is not None:
        values["findings"] = masters.findings_text(findings)
        values["cause"] = masters.cause_of(findings)
    cause = values.get("cause", row.cause)
    values |= _next_look(writing.now, row.tries) if cause in PASSING_CAUSES else leases.waits()
    masters.update_master(writing, _id(row), values)


def _next_look(now: str, tries: int) -> dict[str, Any]:
    """After twice the first pause, and longer each time: the first was waited before any look."""
    return leases.retry_later(
        now,
        max(tries, 1) + 1,
        first_seconds=FIRST_RETRY_SECONDS,
        longest_seconds=LONGEST_RETRY_SECONDS,
    )


def _is_overtaken(row: MasterRow, placed: Placed) -> bool:
    """Whether a later scan holds the number by now: an earlier one never takes it back."""
    holder = placed.holder
    return placed.decision.replaces and holder is not None and _id(holder) > _id(row)


def ask(catalogue: Catalogue, wanted: Wanted, agent: str) -> int:
    """Let the service judge some parked files again, soon; who asked is recorded.

    Args:
        catalogue: Where they are parked.
        wanted: Which ones.
        agent: Who asks, in the words of custody events.

    Returns:
        How many they are.
    """
    with catalogue.write() as writing:
        asked = parked.ask(writing, wanted)
        if asked:
            events.record(writing, _asking(writing, wanted, asked, agent))
    return asked


def _asking(writing: Writing, wanted: Wanted, asked: int, agent: str) -> EventDraft:
    """One event for one request: about a master when it is about one, else about a cause."""
    detail: dict[str, JsonValue] = {"asked": "retry", "files": asked}
    if wanted.ids is not None and asked == 1:
        (row,) = parked.listed(writing.session, wanted, limit=1)
        detail |= {"claim": row.claim_id}
        return EventDraft(EventType.REVIEW, "master", row.sha256, agent, detail=detail)
    return EventDraft(EventType.REVIEW, "parked", wanted.cause or "", agent, detail=detail)


def set_aside(catalogue: Catalogue, wanted: Wanted, agent: str) -> int:
    """Take parked files off the list, because a person says that nobody needs them as pages.

    Their bytes and their history are kept; dropped once more, they are taken as new.

    Args:
        catalogue: Where they are parked.
        wanted: Which ones.
        agent: Who says so, in the words of custody events.

    Returns:
        How many they were.
    """
    return sum(_set_aside(catalogue, rows, agent) for rows in _slices(catalogue, wanted))


def _set_aside(catalogue: Catalogue, rows: Sequence[MasterRow], agent: str) -> int:
    with catalogue.write() as writing:
        ids = frozenset(map(_id, rows))
        still = parked.listed(writing.session, Wanted(ids=ids), limit=len(ids))
        for row in still:
            note = Finding("INTAKE-SET-ASIDE", row.name, {"name": row.name})
            text = masters.findings_text((*masters.findings_of(row.findings), note))
            masters.transit(writing, row, MasterEvent.REPLACE, findings=text, **leases.waits())
            detail: dict[str, JsonValue] = {"claim": row.claim_id, "said": "set_aside"}
            events.record(
                writing,
                EventDraft(EventType.REPLACEMENT, "master", row.sha256, agent, detail=detail),
            )
        for unit_id in {row.file_unit_id for row in still if row.file_unit_id is not None}:
            file_units.changed(writing, unit_id)
    return len(still)
