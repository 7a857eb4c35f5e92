"""Audit: slices of reading copies again at one place, within a budget, from where they stood.

What is due is asked of the catalogue before every look, and every look is recorded at once, so
that a crash or a cut costs one look. Repairs go before proofs and proofs before comparisons, the
oldest first. Too much damage in one round stops the place and asks a person.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from appliance.catalogue import audits, box, events
from appliance.catalogue.audit_overview import HALT_CODE
from appliance.catalogue.events import EventDraft
from appliance.domain.audits import SliceKind, SliceOutcome, is_night_missed
from appliance.domain.clock import from_text
from appliance.domain.custody import EventType
from appliance.domain.errors import ApplianceError, RemoteError
from appliance.domain.findings import Finding
from appliance.domain.policy import AUDIT_MASS_DAMAGE
from appliance.pipeline.agents import SOFTWARE_AGENT
from appliance.pipeline.audit_places import Look

if TYPE_CHECKING:
    import datetime as dt

    from sqlmodel import Session

    from appliance.catalogue.audit_tables import AuditSliceRow
    from appliance.catalogue.engine import Catalogue
    from appliance.domain.audits import AuditPlan, Night
    from appliance.domain.canonical import JsonValue
    from appliance.pipeline.audit_places import Copies

_LOG: Final = logging.getLogger(__name__)


class Halted(ApplianceError):  # noqa: N818 - names what happened
    """The place must not be audited before a person has looked.

    Args:
        finding: Why, for people; it stands as a notice.
    """

    default_code = "AUDIT-HALTED"

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.where} is not audited: {finding.code}", code=finding.code)
        self.finding = finding


@dataclass(slots=True)
class AuditStage:
    """Audits one place.

    Args:
        catalogue: What is due, and what was found.
        plan: When, and how often.
        copies: The place.
    """

    catalogue: Catalogue
    plan: AuditPlan
    copies: Copies
    _passed: set[int] = field(default_factory=set)
    _passed_in: int = 0

    @property
    def place(self) -> str:
        """The place's name."""
        return self.copies.place

    def night_slice(self) -> int | None:
        """The slice that should be worked on now; None while there is none.

        One is begun when its night has come, or by day when the box slept through its nights.
        """
        now = self.catalogue.clock.now()
        with self.catalogue.read() as session:
            if self.is_halted(session):
                return None
            last = audits.last_slice(session, self.place, SliceKind.NIGHT)
            oldest = self.copies.oldest_proof_at(session)
        if last is not None and from_text(last.started_at) > now:
            last = None  # the clock went back: it says nothing about tonight
        night = self.plan.night(now)
        started = from_text(last.started_at) if last is not None else None
        if last is not None and last.ended_at is None:
            if self._goes_on(from_text(last.started_at), night, now):
                return last.id
            self.end(last.id or 0, SliceOutcome.LINE if last.finding else SliceOutcome.BUDGET)
        if night is None:
            last_at = last.started_at if last is not None else None
            return self._new() if is_night_missed(self.plan, now, last_at, oldest) else None
        return None if started is not None and started >= night.begins else self._new()

    def work(self, slice_id: int, seconds: float) -> SliceOutcome | None:
        """Look at copies for so long; how the slice ended, None when it goes on.

        Args:
            slice_id: Open.
            seconds: At most; the look at hand is finished, and one is always made.
        """
        if self._passed_in != slice_id:
            self._passed, self._passed_in = set(), slice_id
        try:
            outcome = self._worked(slice_id, seconds)
        except Halted as stop:
            self._note(slice_id, stop.finding)
            outcome = SliceOutcome.HALTED
        except RemoteError as problem:
            _LOG.warning("audit of %s: %s: %s", self.place, problem.code, problem)
            self._note(slice_id, Finding(problem.code, self.place, {"problem": str(problem)}))
            return None
        if outcome is not None:
            self.end(slice_id, outcome)
        return outcome

    def end(self, slice_id: int, outcome: SliceOutcome) -> None:
        """End a slice."""
        with self.catalogue.write() as writing:
            audits.end_slice(writing, slice_id, outcome, SOFTWARE_AGENT)
        _LOG.info("audit of %s ended: %s", self.place, outcome)

    def ask(self, budget_seconds: int) -> int:
        """Begin a slice that a person asked for; its id.

        Raises:
            Halted: A person must look first.
        """
        with self.catalogue.write() as writing:
            if self.is_halted(writing.session):
                raise Halted(Finding(HALT_CODE, self.place, {"label": self.copies.label}))
            return audits.begin_slice(writing, self.place, SliceKind.ASKED, budget_seconds)

    def charge(self, slice_id: int, seconds: float, read_bytes: int) -> None:
        """Take other work at the place from a slice's budget.

        Args:
            slice_id: Open.
            seconds: How long it took.
            read_bytes: What was read there, or brought from there.
        """
        self._count(slice_id, Look(read_bytes=read_bytes), seconds)

    def left_seconds(self, slice_id: int) -> int:
        """What is left of a slice's time; 0 as well when its bytes are spent."""
        with self.catalogue.read() as session:
            row = audits.slice_by_id(session, slice_id)
        is_full = self.copies.is_downloaded and row.read_bytes >= self.plan.fetch_bytes
        spent_seconds = row.spent_milliseconds // 1000
        return 0 if is_full else max(0, row.budget_seconds - spent_seconds)

    def _worked(self, slice_id: int, seconds: float) -> SliceOutcome | None:
        if not self.left_seconds(slice_id):
            return SliceOutcome.BUDGET
        clock = self.catalogue.clock
        began = clock.monotonic()
        kind, asked_at = self._kind(slice_id)
        with self.copies.visited(asked_at) as visit:
            self._note(slice_id, None)
            look_at_next = visit.repair if kind == SliceKind.REPAIR else visit.look
            while True:
                since = clock.monotonic()
                look = look_at_next(self._passed)
                if look is None:
                    return SliceOutcome.DONE
                row = self._count(slice_id, look, clock.monotonic() - since)
                self._check_mass_damage(row)
                if not self.left_seconds(slice_id):
                    return SliceOutcome.BUDGET
                if clock.monotonic() - began >= seconds:
                    return None

    def _kind(self, slice_id: int) -> tuple[str, str]:
        """What a slice is for, and when a person asked for it."""
        with self.catalogue.read() as session:
            row = audits.slice_by_id(session, slice_id)
        return row.kind, row.started_at if row.kind == SliceKind.ASKED else ""

    def _count(self, slice_id: int, look: Look, seconds: float) -> AuditSliceRow:
        with self.catalogue.write() as writing:
            audits.count(
                writing,
                slice_id,
                proved=look.proved,
                scrubbed=look.scrubbed,
                damaged=look.damaged,
                repaired=look.repaired,
                read_bytes=look.read_bytes,
                spent_milliseconds=round(seconds * 1000),
            )
            return audits.slice_by_id(writing.session, slice_id)

    def _check_mass_damage(self, row: AuditSliceRow) -> None:
        """Stop the place before anything more is repaired there.

        Raises:
            Halted: So much damage is no accident.
        """
        if row.damaged <= AUDIT_MASS_DAMAGE:
            return
        values: dict[str, JsonValue] = {"label": self.copies.label, "damaged": row.damaged}
        finding = Finding(HALT_CODE, self.place, values)
        with self.catalogue.write() as writing:
            box.put_notice(writing, finding)
        _LOG.critical("%s: %d damaged copies in one round", self.place, row.damaged)
        raise Halted(finding)

    def is_halted(self, session: Session) -> bool:
        """Whether a person must look first."""
        standing = {(finding.code, finding.where) for finding, _ in box.notices(session)}
        return (HALT_CODE, self.place) in standing

    def _goes_on(self, started: dt.datetime, night: Night | None, now: dt.datetime) -> bool:
        """Whether an open slice still has its time: its night, or a while when begun by day."""
        if night is not None:
            return started >= night.begins
        is_by_day = self.plan.night(started) is None
        return is_by_day and (now - started).total_seconds() < 2 * self.plan.budget_seconds

    def _new(self) -> int:
        with self.catalogue.write() as writing:
            return audits.begin_slice(
                writing, self.place, SliceKind.NIGHT, self.plan.budget_seconds
            )

    def _note(self, slice_id: int, finding: Finding | None) -> None:
        with self.catalogue.write() as writing:
            audits.note_obstacle(writing, slice_id, finding)


def continue_after_damage(catalogue: Catalogue, place: str, agent: str) -> bool:
    """Let audits and repairs at a place go on after a person has looked.

    Args:
        catalogue: Where it is recorded.
        place: Its name.
        agent: Who looked.

    Returns:
        Whether they had stopped.
    """
    with catalogue.write() as writing:
        standing = {(finding.code, finding.where) for finding, _ in box.notices(writing.session)}
        if (HALT_CODE, place) not in standing:
            return False
        box.clear_notice(writing, HALT_CODE, place)
        detail = {"asked": "audit on after damage"}
        draft = EventDraft(EventType.REVIEW, "destination", place, agent, detail={**detail})
        events.record(writing, draft)
    _LOG.warning("%s is audited on after damage, by %s", place, agent)
    return True
