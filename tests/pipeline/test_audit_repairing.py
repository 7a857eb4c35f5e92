"""Known damage is repaired at once, by day as well, within a budget of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from appliance.catalogue import audit_records, halts
from appliance.catalogue import audits as slices
from appliance.domain.audits import BOX_PLACE, CheckState, SliceKind, SliceOutcome
from appliance.domain.findings import Finding
from appliance.domain.policy import AUDIT_REPAIR_AGAIN_HOURS
from appliance.pipeline.audit_repairing import repair_slice
from appliance.pipeline.halting import DAMAGE_SPREADS
from appliance.service.auditing import LINE_SECONDS, LOOK_SECONDS, AuditStep
from tests.pipeline.auditing import LONG, PLAN, Audits, flipped
from tests.pipeline.test_audit_nights import go_to

if TYPE_CHECKING:
    from appliance.catalogue.tables import PackageRow

HOUR: Final = 3600
AGENT: Final = "software:tester"


@pytest.fixture
def by_day(audits: Audits) -> Audits:
    """A box at noon, when no night's slice is on."""
    go_to(audits, 12)
    return audits


@pytest.fixture
def package(by_day: Audits) -> PackageRow:
    """One of its packages."""
    return by_day.bench.packages()[0]


def meet_damage(audits: Audits, package: PackageRow, place: str = "ministry") -> None:
    """The box's copy rots, and a deposit that is about to be sent comes upon it."""
    audits.change_own(package, flipped(audits.path(package).read_bytes()))
    with audits.bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE deposit SET state = 'waiting', next_attempt = ? "
            "WHERE package_id = ? AND destination = ?",
            (writing.now, package.id, place),
        )
    audits.send()
    assert audits.states(place)[0] == "damaged"


def step(audits: Audits, place: str = BOX_PLACE) -> int:
    """A round of the part of the service, as it comes by itself."""
    audits.bench.clock.advance(LOOK_SECONDS)
    return AuditStep(audits.stage(place)).run("audit:1")


def kinds(audits: Audits, place: str = BOX_PLACE) -> list[tuple[str, str | None]]:
    """What slices there were, and how they ended."""
    return [(row.kind, row.outcome) for row in audits.slices(place)]


def test_what_a_deposit_comes_upon_is_repaired_now(by_day: Audits, package: PackageRow) -> None:
    """Not when its proof grows old, nor in the next night: the package is sent within minutes."""
    whole = by_day.path(package).read_bytes()
    meet_damage(by_day, package)
    assert by_day.check(package).state == CheckState.DAMAGED
    assert step(by_day) == 1
    assert by_day.path(package).read_bytes() == whole
    assert kinds(by_day) == [(SliceKind.REPAIR, SliceOutcome.DONE)]
    assert by_day.slices()[-1].proved == 0
    by_day.send()
    assert by_day.states("ministry") == ["proved", "proved"]
    assert step(by_day) == 0


def test_a_copy_there_is_put_aside_now(by_day: Audits, package: PackageRow) -> None:
    """Damage at a destination that was met by day makes way for a whole copy by day."""
    whole = by_day.far_bytes(package)
    assert whole is not None
    by_day.change_far(package, flipped(whole))
    deposit = by_day.bench.deposits()[0]
    finding = Finding("FAR-COPY-DAMAGED", "province", {"problem": "met by a drill"})
    with by_day.bench.catalogue.write() as writing:
        audit_records.find_far_damage(writing, deposit, package, finding, AGENT)
    assert step(by_day, "province") == 1
    by_day.send()
    assert by_day.states() == ["proved", "proved"]
    assert by_day.far_bytes(package) == whole


def test_a_night_that_ended_too_soon_is_not_waited_for(by_day: Audits, package: PackageRow) -> None:
    """What a night found and had no time to repair is repaired behind it."""
    by_day.change_own(package, flipped(by_day.path(package).read_bytes()))
    by_day.pass_days(46)
    go_to(by_day, 22)
    by_day.bench.clock.advance(60)
    night = by_day.stage().night_slice()
    assert night is not None
    by_day.bench.clock.advance(60)
    assert by_day.stage().work(night, 0.0) is None
    by_day.stage().end(night, SliceOutcome.BUDGET)
    assert by_day.check(package).state == CheckState.DAMAGED
    assert step(by_day) == 1
    assert by_day.check(package).state == CheckState.GOOD
    assert kinds(by_day)[-1] == (SliceKind.REPAIR, SliceOutcome.DONE)


def test_without_damage_no_day_is_worked(by_day: Audits) -> None:
    """However old proofs are: that is for the night."""
    by_day.pass_days(47)
    assert repair_slice(by_day.stage()) is None
    assert repair_slice(by_day.stage("province")) is None


def test_a_place_that_was_not_reached_is_tried_again(by_day: Audits, package: PackageRow) -> None:
    """Not each minute: what was tried with nothing new is left alone for hours."""
    meet_damage(by_day, package)
    for remote in by_day.far.values():
        remote.fail_next("LINE-DOWN", times=2)
    assert step(by_day) == 1
    assert by_day.check(package).state == CheckState.DAMAGED
    for remote in by_day.far.values():
        remote.errors.clear()
    assert step(by_day) == 0
    by_day.bench.clock.advance(AUDIT_REPAIR_AGAIN_HOURS * HOUR)
    assert step(by_day) == 1
    assert by_day.check(package).state == CheckState.GOOD


def test_a_line_that_is_cut_lets_it_go_on(by_day: Audits, package: PackageRow) -> None:
    """The slice stays open, and goes on when the place answers; a new process finds it."""
    meet_far_damage(by_day, package)
    by_day.far["province"].fail_next("LINE-DOWN")
    assert step(by_day, "province") == 1
    assert kinds(by_day, "province") == [(SliceKind.REPAIR, None)]
    by_day.bench.clock.advance(LINE_SECONDS)
    assert step(by_day, "province") == 1
    assert kinds(by_day, "province") == [(SliceKind.REPAIR, SliceOutcome.DONE)]
    assert by_day.states()[0] == "waiting"


def meet_far_damage(audits: Audits, package: PackageRow) -> None:
    """Somebody finds a destination's copy damaged."""
    audits.change_far(package, b"rotten")
    finding = Finding("FAR-COPY-DAMAGED", "province", {"problem": "met"})
    with audits.bench.catalogue.write() as writing:
        deposit = audits.bench.deposits()[0]
        audit_records.find_far_damage(writing, deposit, package, finding, AGENT)


def test_the_budget_of_a_day_is_respected(by_day: Audits, package: PackageRow) -> None:
    """What repairs have spent today is not there any more, until a day later."""
    by_day.plan = replace(PLAN, budget_seconds=60)
    stage = by_day.stage("province")
    with by_day.bench.catalogue.write() as writing:
        spent = slices.begin_slice(writing, "province", SliceKind.REPAIR, 60)
        slices.count(writing, spent, spent_milliseconds=45_000)
        slices.end_slice(writing, spent, SliceOutcome.DONE, AGENT)
    by_day.bench.clock.advance(60)
    meet_far_damage(by_day, package)
    slice_id = repair_slice(stage)
    assert slice_id is not None
    assert stage.left_seconds(slice_id) == 15
    with by_day.bench.catalogue.write() as writing:
        slices.count(writing, slice_id, spent_milliseconds=15_000)
    assert stage.work(slice_id, LONG) is SliceOutcome.BUDGET
    by_day.bench.clock.advance(AUDIT_REPAIR_AGAIN_HOURS * HOUR)
    assert repair_slice(stage) is None
    by_day.bench.clock.advance(24 * HOUR)
    assert repair_slice(stage) is not None


def test_what_all_sending_stopped_for_waits_for_a_person(
    by_day: Audits, package: PackageRow
) -> None:
    """Damage that spreads is no accident: nothing of it is repaired before somebody has looked."""
    meet_damage(by_day, package)
    with by_day.bench.catalogue.write() as writing:
        halts.put_halt(writing, Finding(DAMAGE_SPREADS, "", {"count": 3, "total": 4}))
    assert step(by_day) == 0
    by_day.run()
    assert by_day.check(package).state == CheckState.DAMAGED
    with by_day.bench.catalogue.write() as writing:
        halts.clear_halt(writing, DAMAGE_SPREADS)
    by_day.bench.clock.advance(AUDIT_REPAIR_AGAIN_HOURS * HOUR)
    assert step(by_day) == 1
    assert by_day.check(package).state == CheckState.GOOD
