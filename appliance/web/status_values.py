"""What the status page shows: values, read and judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from appliance.domain.approvals import APPROVAL_SENTENCES
from appliance.domain.verdict import Level

if TYPE_CHECKING:
    from appliance.catalogue.browse import FindingGroup, PageTotals
    from appliance.catalogue.intake_tables import BatchRow, HotFolderRow
    from appliance.catalogue.parked import ParkedGroup
    from appliance.catalogue.sending import Estimate
    from appliance.domain.findings import Finding
    from appliance.domain.states import DepositState
    from appliance.domain.targets import TargetFigures
    from appliance.domain.verdict import BoxFacts, PlaceFacts, Statement

_SERVICE_SILENT: Final = frozenset({"SERVICE-LATE", "SERVICE-NEVER"})


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
    def service_lines(self) -> tuple[Statement, ...]:
        """The line on a service that does not report: it mends nothing by itself."""
        return tuple(line for line in self.box_lines if line.code in _SERVICE_SILENT)

    @property
    def approvals_asking(self) -> tuple[Statement, ...]:
        """The lines on hồ sơ that wait for nothing but the approval of their list."""
        return tuple(line for line in self.box_lines if line.code in APPROVAL_SENTENCES)

    @property
    def audits_asking(self) -> tuple[Statement, ...]:
        """The lines on proofs and restore drills that a person must see to."""
        return tuple(line for line in self.audit_lines if line.level >= Level.NEEDS_PERSON)

    @property
    def needs_person(self) -> bool:
        """Whether anything stands on the list for people."""
        matters = (
            self.service_lines,
            self.halts,
            self.stopped,
            self.parked,
            self.batches,
            self.held,
            self.approvals_asking,
            self.notices,
            self.audits_asking,
        )
        return any(matters)
