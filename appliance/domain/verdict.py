"""The one verdict function (invariant I9): page, command and digest all call ``judge_box``.

The top line is the worst child. Unknown is never green, contact and proof are two clocks, and
"good" needs a read-back proof of every sealed package at every destination.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from appliance.domain.approvals import judge_approvals
from appliance.domain.backups import judge_backup
from appliance.domain.coverage import judge_coverage, judge_drill
from appliance.domain.levels import LEVEL_WORDS, Level, Statement
from appliance.domain.proof_age import is_proof_old
from appliance.domain.states import DepositState, FileUnitState, MasterState
from appliance.domain.verdict_sentences import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.domain.backups import BackupFacts
    from appliance.domain.canonical import JsonValue
    from appliance.domain.coverage import Coverage, DrillFacts

__all__ = [
    "LEVEL_WORDS",
    "BoxFacts",
    "Level",
    "PlaceFacts",
    "Statement",
    "judge_box",
    "judge_place",
    "words",
]

HEARTBEAT_LATE_SECONDS: Final = 30
"""Our own: a service that has not reported for longer is not known to be working."""

CONTACT_LATE_SECONDS: Final = 24 * 3600
"""Our own: a destination not reached for longer is shown as unknown, never as fine."""

_LINE_PREFIX: Final = "LINE-"
"""Of codes that lie with the line alone."""


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What is recorded of one destination.

    Args:
        name: The destination's name, such as ``province``.
        label: How people call it, such as ``Kho lưu trữ tỉnh``.
        deposits: How many packages are in each deposit state.
        contact_age_seconds: Since the last answer; None when it never answered.
        oldest_proof_age_seconds: Of the oldest proof among proved packages; None when none.
        is_line_up: Whether the last attempt to reach it succeeded; None when never tried.
        reason_code: Why the last attempt failed, a code of ``domain.rules.deposit``.
        needs_person: Whether that reason does not pass by itself.
        is_carried: Whether disks are the only way there: no line is up or down.
        packages_away: How many packages are on disks that have not come back.
        is_halted: Whether this box sends nothing anywhere, whatever the line says.
    """

    name: str
    label: str
    deposits: Mapping[DepositState, int]
    contact_age_seconds: int | None
    oldest_proof_age_seconds: int | None
    is_line_up: bool | None
    reason_code: str | None = None
    needs_person: bool = False
    is_carried: bool = False
    packages_away: int = 0
    is_halted: bool = False


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """What is recorded of the whole box, read in one transaction.

    Args:
        came_in: Dropped files taken since the beginning.
        masters: How many of them are in each state.
        file_units: How many hồ sơ are in each state.
        proved_everywhere: Sealed hồ sơ whose newest package every destination proved.
        held_for_person: Hồ sơ, not sealed, with a finding that only a person can settle.
        notices: Standing conditions that need a person, such as a hot folder that is gone.
        places: Every configured destination.
        heartbeat_age_seconds: Since the service last reported; None when it never did.
        is_service_stopped: Whether it was told to stop since then, and has.
        parked_batches: Batches whose sheets a person must look at.
        folders_gone: Folders of scanners that were there and are not.
        correcting: Hồ sơ of which an earlier version is proved everywhere and the correction is
            not: open, or sealed and on its way.
        awaiting_approval: Hồ sơ that wait for nothing but the approval of their list, by its code
            (``approvals.ON_NO_LIST``: they are on none).
        coverage: How well the copies at each place, this box first, are covered by proofs.
        drills: What is known of restore drills at each destination.
        backup: Of this catalogue; None before the first.
        halt_codes: Why nothing is sent anywhere, codes of ``domain.rules.sending``.
    """

    came_in: int
    masters: Mapping[MasterState, int]
    file_units: Mapping[FileUnitState, int]
    proved_everywhere: int
    held_for_person: int
    notices: int
    places: tuple[PlaceFacts, ...]
    heartbeat_age_seconds: int | None
    parked_batches: int = 0
    folders_gone: int = 0
    correcting: int = 0
    awaiting_approval: Mapping[str, int] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    drills: tuple[DrillFacts, ...] = ()
    halt_codes: tuple[str, ...] = ()
    backup: BackupFacts | None = None
    is_service_stopped: bool = False


def judge_box(facts: BoxFacts) -> Statement:
    """The verdict on the whole box: the worst of its children, in one sentence."""
    service = _service(facts)
    children = (
        service,
        _conservation(facts),
        _intake(facts),
        _file_units(facts),
        *judge_approvals(facts.awaiting_approval),
        *_corrections(facts),
        *_halts(facts),
        *(judge_place(place) for place in facts.places),
        *map(judge_coverage, facts.coverage),
        *filter(None, map(judge_drill, facts.drills)),
        *judge_backup(facts.backup),
    )
    if service.level is Level.UNKNOWN:
        children = tuple(map(_without_news, children))
    worst = max(child.level for child in children)
    sealed = facts.file_units.get(FileUnitState.SEALED, 0)
    values: dict[str, JsonValue] = {
        "proved": facts.proved_everywhere,
        "sealed": sealed,
        "registered": sum(facts.file_units.values()),
        "copies": len(facts.places) + 1,
        "problems": sum(child.level >= Level.NEEDS_PERSON for child in children),
    }
    return Statement(worst, f"BOX-{worst.name.replace('_', '-')}", values, children)


def _without_news(child: Statement) -> Statement:
    """Nobody knows that work is under way while the service does not report."""
    return replace(child, level=Level.UNKNOWN) if child.level is Level.WORKING else child


def _service(facts: BoxFacts) -> Statement:
    age = facts.heartbeat_age_seconds
    if age is None:
        return Statement(Level.UNKNOWN, "SERVICE-NEVER")
    if facts.is_service_stopped:
        return Statement(Level.UNKNOWN, "SERVICE-STOPPED", {"seconds": age})
    if age > HEARTBEAT_LATE_SECONDS:
        return Statement(Level.UNKNOWN, "SERVICE-LATE", {"seconds": age})
    return Statement(Level.GOOD, "SERVICE-ALIVE", {"seconds": age})


def _conservation(facts: BoxFacts) -> Statement:
    accounted = sum(facts.masters.values())
    values: dict[str, JsonValue] = {"came_in": facts.came_in, "accounted": accounted}
    if accounted != facts.came_in:
        return Statement(Level.BROKEN, "COUNTS-DIFFER", values)
    return Statement(Level.GOOD, "COUNTS-AGREE", values)


def _intake(facts: BoxFacts) -> Statement:
    """The first row that applies decides; the worst stand first."""
    rows = (
        (facts.folders_gone, Level.NEEDS_PERSON, "INTAKE-FOLDERS-GONE"),
        (facts.notices, Level.NEEDS_PERSON, "INTAKE-NOTICES"),
        (facts.masters.get(MasterState.PARKED, 0), Level.NEEDS_PERSON, "INTAKE-PARKED"),
        (facts.parked_batches, Level.NEEDS_PERSON, "INTAKE-BATCHES-PARKED"),
        (facts.masters.get(MasterState.ACCEPTED, 0), Level.WORKING, "INTAKE-WORKING"),
        (facts.masters.get(MasterState.BATCHED, 0), Level.WAITING, "INTAKE-BATCHED"),
    )
    for count, level, code in rows:
        if count:
            return Statement(level, code, {"count": count})
    return Statement(Level.GOOD, "INTAKE-CLEAR", {"count": facts.came_in})


def _file_units(facts: BoxFacts) -> Statement:
    sealed = facts.file_units.get(FileUnitState.SEALED, 0)
    total = sum(facts.file_units.values())
    values: dict[str, JsonValue] = {
        "sealed": sealed,
        "total": total,
        "held": facts.held_for_person,
    }
    if facts.held_for_person:
        return Statement(Level.NEEDS_PERSON, "FILE-UNITS-HELD", values)
    if total == 0:
        return Statement(Level.WAITING, "FILE-UNITS-NONE", values)
    if sealed < total:
        waiting = facts.file_units.get(FileUnitState.REGISTERED, 0)
        moving = total - sealed - waiting - sum(facts.awaiting_approval.values())
        level = Level.WORKING if moving > 0 else Level.WAITING
        return Statement(level, "FILE-UNITS-OPEN", values)
    if facts.proved_everywhere < sealed:
        return Statement(Level.WORKING, "FILE-UNITS-UNPROVED", values)
    return Statement(Level.GOOD, "FILE-UNITS-SEALED", values)


def _corrections(facts: BoxFacts) -> tuple[Statement, ...]:
    """What is proved of a hồ sơ under correction is the version before it, and it is said so."""
    if not facts.correcting:
        return ()
    values: dict[str, JsonValue] = {"count": facts.correcting}
    return (Statement(Level.WORKING, "FILE-UNITS-CORRECTING", values),)


def _halts(facts: BoxFacts) -> tuple[Statement, ...]:
    """What stops all sending is a matter of the box, not of any place."""
    said = {"OWN-STORE-MISSING": "SYNC-STORE-MISSING"}
    return tuple(
        Statement(Level.BROKEN, said.get(code, "SYNC-HALTED")) for code in facts.halt_codes
    )


def judge_place(place: PlaceFacts) -> Statement:
    """The verdict on one destination: a line of that on the whole box."""
    count = {state: place.deposits.get(state, 0) for state in DepositState}
    open_count = count[DepositState.WAITING] + count[DepositState.SENDING]
    values: dict[str, JsonValue] = {
        "place": place.label,
        "proved": count[DepositState.PROVED],
        "waiting": open_count,
        "refused": count[DepositState.REFUSED],
        "damaged": count[DepositState.DAMAGED],
        "far_damaged": count[DepositState.FAR_DAMAGED],
        "total": sum(count.values()),
        "reason": place.reason_code or "",
        "away": place.packages_away,
    }
    level, code = _place_level(place, count, open_count)
    return Statement(level, code, values)


def _place_level(
    place: PlaceFacts, count: Mapping[DepositState, int], open_count: int
) -> tuple[Level, str]:
    """The first row that applies decides; the worst stand first."""
    contact, oldest = place.contact_age_seconds, place.oldest_proof_age_seconds
    is_line_expected = not place.is_carried
    is_down = place.is_line_up is False
    is_line = (place.reason_code or _LINE_PREFIX).startswith(_LINE_PREFIX)
    is_silent = contact is not None and contact > CONTACT_LATE_SECONDS
    rows = (
        (count[DepositState.DAMAGED] > 0, Level.BROKEN, "PLACE-DAMAGED"),
        (count[DepositState.FAR_DAMAGED] > 0, Level.NEEDS_PERSON, "PLACE-FAR-DAMAGED"),
        (count[DepositState.REFUSED] > 0, Level.NEEDS_PERSON, "PLACE-REFUSED"),
        (is_down and place.needs_person, Level.NEEDS_PERSON, "PLACE-BLOCKED"),
        (open_count > 0 and place.is_halted, Level.NEEDS_PERSON, "PLACE-HALTED"),
        (place.is_carried and place.packages_away > 0, Level.WAITING, "PLACE-CARRIED"),
        (place.is_carried and open_count > 0, Level.WAITING, "PLACE-DISK-WANTED"),
        (is_line_expected and contact is None, Level.UNKNOWN, "PLACE-NEVER-REACHED"),
        (is_line_expected and is_silent, Level.UNKNOWN, "PLACE-SILENT"),
        (open_count > 0 and is_down and not is_line, Level.WAITING, "PLACE-HELD"),
        (open_count > 0 and is_down, Level.WAITING, "PLACE-LINE-DOWN"),
        (open_count > 0, Level.WORKING, "PLACE-SENDING"),
        (oldest is None, Level.WAITING, "PLACE-EMPTY"),
        (is_proof_old(oldest), Level.STALE, "PLACE-PROOF-OLD"),
        (True, Level.GOOD, "PLACE-PROVED"),
    )
    return next((level, code) for applies, level, code in rows if applies)


def words(statement: Statement, language: str = "vi") -> str:
    """The statement's sentence in ``vi`` or ``en``; there ``label_en`` stands in for ``label``."""
    pair, values = SENTENCES[statement.code], dict(statement.values)
    if language != "vi":
        values |= {n.removesuffix("_en"): v for n, v in values.items() if n.endswith("_en")}
    return pair[0 if language == "vi" else 1].format_map(values)
