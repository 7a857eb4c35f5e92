"""The values of the status page, read in one transaction and judged by the domain alone."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, deposits, overview, parked, sending, targets
from appliance.catalogue.masters import findings_of
from appliance.catalogue.standing import read_standing
from appliance.domain.clock import to_text
from appliance.domain.rules import HOLDING_CODES
from appliance.domain.states import DepositState
from appliance.domain.verdict import Level, judge_box
from appliance.web.place_names import with_label
from appliance.web.status_values import PlaceView, StatusView, StoppedView, TargetView

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.proof_times import ProofTimes
    from appliance.catalogue.sending import Estimate
    from appliance.catalogue.standing import Standing
    from appliance.catalogue.tables import DestinationRow
    from appliance.domain.pace import Bandwidth
    from appliance.domain.verdict import BoxFacts, PlaceFacts, Statement

BATCHES_SHOWN: Final = 5
"""Our own: parked batches that the status page names one by one."""

_PLACE_PREFIX: Final = "PLACE-"
_AUDIT_PREFIXES: Final = ("COVERAGE-", "DRILL-")
_ELSEWHERE: Final = (_PLACE_PREFIX, *_AUDIT_PREFIXES)
_COUNTS_PREFIX: Final = "COUNTS-"
_UNBOUNDED: Final[Mapping[str, Bandwidth]] = MappingProxyType({})


def read_status(
    session: Session, now: dt.datetime, bandwidths: Mapping[str, Bandwidth] = _UNBOUNDED
) -> StatusView:
    """Read and judge everything that the status page shows.

    Args:
        session: A read transaction.
        now: The present moment.
        bandwidths: How fast each destination may be sent to, by its name.
    """
    standing = read_standing(session, now)
    facts = overview.facts_of(session, standing)
    verdict = judge_box(facts)
    box_lines = tuple(c for c in verdict.children if not c.code.startswith(_ELSEWHERE))
    counts = next(line for line in box_lines if line.code.startswith(_COUNTS_PREFIX))
    return StatusView(
        at=to_text(now),
        verdict=verdict,
        box_lines=box_lines,
        box_level=max(line.level for line in box_lines),
        counts_agree=counts.level is Level.GOOD,
        heartbeat_at=standing.heartbeat_at,
        facts=facts,
        places=_places(session, standing, facts, verdict, bandwidths),
        audit_lines=tuple(c for c in verdict.children if c.code.startswith(_AUDIT_PREFIXES)),
        scanners=tuple(standing.folders),
        targets=_targets(session),
        stopped=_stopped(session, facts),
        parked=parked.groups(session, to_text(now)),
        batches=tuple(parked.batches(session, limit=BATCHES_SHOWN)),
        held=browse.held_groups(session, HOLDING_CODES),
        notices=standing.notices,
        halts=standing.halts,
        page_totals=browse.page_totals(session),
        pages_found=standing.counters.get("page:total", 0),
        pages_derived=standing.counters.get("page:derived", 0),
    )


def _targets(session: Session) -> tuple[TargetView, ...]:
    return tuple(
        TargetView(
            row.scanner,
            row.target_id,
            row.read_at,
            targets.figures_of(row),
            is_good=not findings_of(row.findings),
        )
        for row in targets.latest(session)
    )


def _places(
    session: Session,
    standing: Standing,
    facts: BoxFacts,
    verdict: Statement,
    bandwidths: Mapping[str, Bandwidth],
) -> tuple[PlaceView, ...]:
    rows = {row.name: row for row in standing.places}
    statements = (c for c in verdict.children if c.code.startswith(_PLACE_PREFIX))
    is_halted, now = bool(standing.halts), standing.at
    estimates = sending.estimates(session, standing.places, bandwidths, now, is_halted=is_halted)
    return tuple(
        _place(
            place,
            statement,
            rows[place.name],
            standing.far_proofs[place.name],
            estimates[place.name],
        )
        for place, statement in zip(facts.places, statements, strict=True)
    )


def _place(
    facts: PlaceFacts,
    statement: Statement,
    row: DestinationRow,
    proofs: ProofTimes,
    estimate: Estimate,
) -> PlaceView:
    is_down, called = facts.is_line_up is False, {facts.name: facts.label}
    finish_at = estimate.finish_at
    return PlaceView(
        facts=facts,
        statement=statement,
        last_contact_at=row.last_contact_at,
        oldest_proof_at=proofs.oldest_at,
        newest_proof_at=proofs.newest_at,
        reason=with_label(deposits.finding_from(row.reason), called) if is_down else None,
        free_bytes=row.free_bytes,
        estimate=estimate,
        finish_at=None if finish_at is None else to_text(finish_at),
    )


def _stopped(session: Session, facts: BoxFacts) -> tuple[StoppedView, ...]:
    return tuple(
        StoppedView(
            place.name,
            place.label,
            state,
            group.count,
            with_label(group.example, {place.name: place.label}),
        )
        for place in facts.places
        for state in (DepositState.DAMAGED, DepositState.REFUSED)
        if place.deposits[state]  # a kept counter: the table is read only when there are any
        for group in browse.deposit_groups(session, place.name, state)
    )
