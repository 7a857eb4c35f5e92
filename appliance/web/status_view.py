"""The values of the status page, read in one transaction and judged by the domain alone."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from appliance.catalogue import browse, deposits, overview, parked, sending, targets
from appliance.catalogue.masters import findings_of
from appliance.catalogue.standing import read_standing
from appliance.domain.clock import to_text
from appliance.domain.findings import Severity
from appliance.domain.rules import RULES
from appliance.domain.states import DepositState
from appliance.domain.verdict import Level, judge_box

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from sqlmodel import Session

    from appliance.catalogue.browse import FindingGroup, PageTotals
    from appliance.catalogue.intake_tables import BatchRow, HotFolderRow
    from appliance.catalogue.parked import ParkedGroup
    from appliance.catalogue.proof_times import ProofTimes
    from appliance.catalogue.sending import Estimate
    from appliance.catalogue.standing import Standing
    from appliance.catalogue.tables import DestinationRow
    from appliance.domain.findings import Finding
    from appliance.domain.pace import Bandwidth
    from appliance.domain.targets import TargetFigures
    from appliance.domain.verdict import BoxFacts, PlaceFacts, Statement

HOLDING_CODES: Final = frozenset(
    code for code, rule in RULES.items() if rule.severity is Severity.ERROR or rule.asks
)
"""The findings that hold a hồ sơ up until something is done: those the verdict counts."""

BATCHES_SHOWN: Final = 5
"""Our own: parked batches that the status page names one by one."""

_PLACE_PREFIX: Final = "PLACE-"
_AUDIT_PREFIXES: Final = ("COVERAGE-", "DRILL-")
_ELSEWHERE: Final = (_PLACE_PREFIX, *_AUDIT_PREFIXES)
_COUNTS_PREFIX: Final = "COUNTS-"
_UNBOUNDED: Final[Mapping[str, Bandwidth]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PlaceView:
    """One destination on the page.

    Args:
        facts: What the verdict was taken from.
        statement: Its judged line.
        last_contact_at: When it last answered; None when never.
        oldest_proof_at: The oldest proof; None when there is none.
        newest_proof_at: The newest proof; None when there is none.
        reason: Why the last attempt failed; None while the line is up.
        free_bytes: Room at the place; None when it never said.
        estimate: What is still to be sent to it, and how fast that usually goes.
        finish_at: When all of it is there (``clock.to_text``); None when nobody knows.
    """

    facts: PlaceFacts
    statement: Statement
    last_contact_at: str | None
    oldest_proof_at: str | None
    newest_proof_at: str | None
    reason: Finding | None
    free_bytes: int | None
    estimate: Estimate
    finish_at: str | None

    @property
    def total(self) -> int:
        """Packages that are owed to the place, whatever their state."""
        return sum(self.facts.deposits.values())


@dataclass(frozen=True, slots=True)
class StoppedView:
    """Packages that do not go on to a destination without a person, for one reason.

    Args:
        place: The destination's name.
        label: How people call it.
        state: ``refused`` or ``damaged``.
        count: How many packages.
        example: The reason as one of them carries it; None when none is recorded.
    """

    place: str
    label: str
    state: DepositState
    count: int
    example: Finding | None


@dataclass(frozen=True, slots=True)
class TargetView:
    """The newest reading of one target sheet on one scanner.

    Args:
        scanner: The scanner's folder.
        target_id: The sheet, as its QR code names it.
        read_at: When it was measured (``clock.to_text``).
        figures: What it showed; None when it could not be measured.
        is_good: Whether nothing was wrong with it.
    """

    scanner: str
    target_id: str
    read_at: str
    figures: TargetFigures | None
    is_good: bool


@dataclass(frozen=True, slots=True)
class StatusView:
    """Everything on the status page.

    Args:
        at: The moment of the reading (``clock.to_text``).
        verdict: The judged box.
        box_lines: The judged lines about this box itself.
        box_level: The worst of them.
        counts_agree: Whether every dropped file is accounted for.
        heartbeat_at: When the service last reported; None when never.
        facts: What the verdict was taken from.
        places: Every configured destination.
        audit_lines: The judged lines on proofs and restore drills, of every place.
        scanners: How each scanner's folder is watched.
        targets: What the newest scans of target sheets showed.
        stopped: Packages that a destination refused or that are damaged here, by reason.
        parked: Parked masters by reason.
        batches: Parked batches, the oldest first.
        held: Hồ sơ that are held up, by reason.
        notices: Standing conditions and since when.
        halts: Why nothing is sent anywhere, and since when.
        page_totals: Pages registered and sealed.
        pages_found: Pages that were inspected.
        pages_derived: Pages whose text and derivative are stored.
    """

    at: str
    verdict: Statement
    box_lines: tuple[Statement, ...]
    box_level: Level
    counts_agree: bool
    heartbeat_at: str | None
    facts: BoxFacts
    places: tuple[PlaceView, ...]
    audit_lines: tuple[Statement, ...]
    scanners: tuple[HotFolderRow, ...]
    targets: tuple[TargetView, ...]
    stopped: tuple[StoppedView, ...]
    parked: tuple[ParkedGroup, ...]
    batches: tuple[BatchRow, ...]
    held: tuple[FindingGroup, ...]
    notices: tuple[tuple[Finding, str], ...]
    halts: tuple[tuple[Finding, str], ...]
    page_totals: PageTotals
    pages_found: int
    pages_derived: int

    @property
    def audits_asking(self) -> tuple[Statement, ...]:
        """The lines on proofs and restore drills that a person must see to."""
        return tuple(line for line in self.audit_lines if line.level >= Level.NEEDS_PERSON)

    @property
    def needs_person(self) -> bool:
        """Whether anything stands on the list for people."""
        matters = (
            self.halts,
            self.stopped,
            self.parked,
            self.batches,
            self.held,
            self.notices,
            self.audits_asking,
        )
        return any(matters)


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
    estimates = sending.estimates(session, standing.places, bandwidths, standing.at)
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
    is_down = facts.is_line_up is False
    finish_at = estimate.finish_at
    return PlaceView(
        facts=facts,
        statement=statement,
        last_contact_at=row.last_contact_at,
        oldest_proof_at=proofs.oldest_at,
        newest_proof_at=proofs.newest_at,
        reason=deposits.finding_from(row.reason) if is_down else None,
        free_bytes=row.free_bytes,
        estimate=estimate,
        finish_at=None if finish_at is None else to_text(finish_at),
    )


def _stopped(session: Session, facts: BoxFacts) -> tuple[StoppedView, ...]:
    return tuple(
        StoppedView(place.name, place.label, state, group.count, group.example)
        for place in facts.places
        for state in (DepositState.DAMAGED, DepositState.REFUSED)
        if place.deposits[state]  # a kept counter: the table is read only when there are any
        for group in browse.deposit_groups(session, place.name, state)
    )
