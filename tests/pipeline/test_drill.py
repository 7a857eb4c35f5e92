"""Restore drills: a package is brought back, verified and opened, and nothing else is a drill."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageOps

from appliance.catalogue import audit_overview, drills
from appliance.catalogue.standing import read_standing
from appliance.domain.audits import DrillOutcome
from appliance.domain.coverage import judge_drill
from appliance.domain.rules import sentence
from appliance.domain.states import DepositState
from appliance.domain.verdict import Level, words
from appliance.pipeline.drill import DrillStage
from appliance.pipeline.drill_look import MAX_DIFFERENCE, difference_of
from appliance.pipeline.drill_page import drawn_page
from appliance.pipeline.recorded_pdfs import recorded_pdfs, take_out
from appliance.service.auditing import AuditStep
from tests.pipeline.auditing import PLAN, Audits, flipped

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from pathlib import Path

    from appliance.workers.pool import WorkerPool
    from tests.pipeline.making import Bench


class _Kept:
    """A pool that outlives the drill."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def __enter__(self) -> WorkerPool:
        return self._pool

    def __exit__(self, *_: object) -> None:
        """Leave it open."""


@pytest.fixture
def stage(audits: Audits, pool: WorkerPool) -> DrillStage:
    """The drills of the province."""
    place = audits.places()[0]
    kept: AbstractContextManager[WorkerPool] = _Kept(pool)
    return DrillStage(
        audits.bench.catalogue, audits.bench.store, place, audits.bench.work, lambda: kept
    )


def level_of(audits: Audits) -> Level | None:
    """The level of the province's line on drills; None while there is none."""
    with audits.bench.catalogue.read() as session:
        standing = read_standing(session, audits.bench.clock.now())
        facts = audit_overview.drill_facts(session, standing)
    (found,) = [one for one in facts if one.label == "Kho lưu trữ tỉnh"]
    statement = judge_drill(found)
    if statement is not None:
        assert words(statement) != words(statement, "en")
    return None if statement is None else statement.level


def test_a_whole_package_passes(audits: Audits, stage: DrillStage) -> None:
    """Verified, its first PDF page drawn, a master decoded, both like the pictures kept."""
    result = stage.hold()
    assert (result.outcome, result.findings) == (DrillOutcome.PASSED, ())
    assert 0 <= int(str(result.facts["pdf_difference"])) <= 100 * MAX_DIFFERENCE
    assert 0 <= int(str(result.facts["master_difference"])) <= 100 * MAX_DIFFERENCE
    assert list(audits.bench.work.iterdir()) == []
    assert level_of(audits) is Level.GOOD
    detail = audits.bench.events("validation")[-1]
    assert (detail["restore_drill"], detail["seed"]) == ("passed", result.seed)


def test_the_lot_can_be_drawn_again(audits: Audits, stage: DrillStage) -> None:
    """The seed that is kept draws the same package, and others draw others."""
    del audits
    drawn = {seed: stage.hold(seed).package for seed in ("1", "2", "3", "4")}
    again = stage.hold("1").package
    assert drawn["1"] is not None
    assert again is not None
    assert again.objid == drawn["1"].objid
    assert len({one.objid for one in drawn.values() if one is not None}) == 2


@pytest.mark.parametrize("removed", [False, True], ids=["flipped", "removed"])
def test_a_copy_that_cannot_be_used_fails(
    audits: Audits, stage: DrillStage, *, removed: bool
) -> None:
    """What does not come back as it was sealed is a failed drill, and a person is told."""
    for package in audits.bench.packages():
        whole = audits.far_bytes(package)
        assert whole is not None
        audits.change_far(package, None if removed else flipped(whole))
    result = stage.hold()
    assert result.outcome is DrillOutcome.FAILED
    assert sentence(result.findings[0])
    assert level_of(audits) is Level.NEEDS_PERSON
    assert result.package is not None
    states = {row.package_id: row.state for row in audits.bench.deposits(result.destination)}
    assert states[result.package.id or 0] == DepositState.FAR_DAMAGED


def test_a_drill_that_was_not_possible_is_not_passed(audits: Audits, stage: DrillStage) -> None:
    """A line that is down leaves the last word to the last drill that was held."""
    audits.far["province"].fail_next("LINE-DOWN", times=4)
    assert stage.hold().outcome is DrillOutcome.NOT_POSSIBLE
    audits.far["province"].errors.clear()
    with audits.bench.catalogue.read() as session:
        assert drills.last_held(session, "province") is None
    assert level_of(audits) is None
    assert not stage.is_due()
    audits.pass_days(1)
    assert stage.is_due()


def test_nothing_to_bring_back_is_no_drill(audits: Audits, stage: DrillStage) -> None:
    """A destination without a proved package has no drill, and none is due."""
    with audits.bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql("UPDATE deposit SET state = 'refused'")
    assert not stage.is_due()
    result = stage.hold()
    assert result.outcome is DrillOutcome.NOT_POSSIBLE
    assert [finding.code for finding in result.findings] == ["DRILL-NOTHING"]


def test_a_drill_is_due_each_month(audits: Audits, stage: DrillStage) -> None:
    """At once while none was held, then after thirty days; late after two months."""
    assert stage.is_due()
    stage.hold()
    audits.pass_days(29)
    assert not stage.is_due()
    audits.pass_days(2)
    assert stage.is_due()
    assert level_of(audits) is Level.GOOD
    audits.pass_days(40)
    assert level_of(audits) is Level.STALE


def test_a_place_that_never_had_a_drill_grows_old(audits: Audits) -> None:
    """Two months after its first package the page asks for one."""
    assert level_of(audits) is None
    audits.pass_days(63)
    assert level_of(audits) is Level.STALE


def test_a_drill_takes_from_the_night(audits: Audits, stage: DrillStage) -> None:
    """What was brought back counts against the bytes and the time of the night's slice."""
    clock = audits.bench.clock

    def slow_pool() -> AbstractContextManager[Executor]:
        clock.advance(60)
        return stage.pool()

    step = AuditStep(audits.stage("province"), replace(stage, pool=slow_pool))
    clock.advance((PLAN.next_night(clock.now()) - clock.now()).total_seconds())
    assert step.run("audit:1") == 1
    (row,) = audits.slices("province")
    assert (row.proved, row.spent_milliseconds) == (0, 60_000)
    assert row.read_bytes in {one.size_bytes for one in audits.bench.packages()}
    assert audits.stage("province").left_seconds(row.id or 0) == PLAN.budget_seconds - 60


def test_another_picture_under_the_name_fails(audits: Audits, stage: DrillStage) -> None:
    """A page that opens, but is not the page that came in, does not pass."""
    with audits.bench.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE page SET view_sha256 = (SELECT thumbnail_sha256 FROM page p "
            "WHERE p.id <> page.id LIMIT 1)"
        )
        kept = writing.session.connection().exec_driver_sql("SELECT view_sha256 FROM page")
        names = {row[0] for row in kept}
    for name in names:
        path = audits.bench.store.derivative_path(name)
        with Image.open(path) as picture:
            other = ImageOps.invert(picture.convert("L"))
        path.chmod(0o600)
        other.save(path, "JPEG")
    result = stage.hold()
    assert result.outcome is DrillOutcome.FAILED
    assert {finding.code for finding in result.findings} == {"DRILL-PICTURE"}


class TestPictures:
    """Two pictures of one page are alike, those of two pages are not."""

    @pytest.fixture
    def drawn(self, audits: Audits, tmp_path: Path) -> list[Image.Image]:
        """The first page of each package, as its PDF shows it."""
        pages = []
        for package in audits.bench.packages():
            folder = tmp_path / f"{package.id}"
            folder.mkdir()
            (fact,) = take_out(audits.path(package), recorded_pdfs(package, "x"), folder)
            pages.append(drawn_page(fact.path))
        return pages

    def test_pages_differ(self, audits: Audits, drawn: list[Image.Image]) -> None:
        """A drawn page is near its own picture and far from another page's."""
        with audits.bench.catalogue.read() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT view_sha256 FROM page ORDER BY file_unit_id"
            )
            kept = [audits.bench.store.derivative_path(row[0]) for row in rows]
        for number, page in enumerate(drawn):
            with Image.open(kept[number]) as own, Image.open(kept[1 - number]) as other:
                assert difference_of(page, own) < MAX_DIFFERENCE / 2
                assert difference_of(page, other) > MAX_DIFFERENCE * 1.5

    def test_noise_and_size_do_not_matter(self, drawn: list[Image.Image]) -> None:
        """The same page at half the size, a little darker, is the same page."""
        smaller = drawn[0].resize((drawn[0].width // 2, drawn[0].height // 2))
        darker = smaller.point(lambda value: max(0, value - random.Random(value).randrange(6)))
        assert difference_of(drawn[0], darker) < MAX_DIFFERENCE


def test_an_empty_box_holds_no_drill(bench: Bench, pool: WorkerPool) -> None:
    """A bench without packages holds no drill at all."""
    bench.with_places()
    audits = Audits(bench, {"province": bench.far_side()})
    kept: AbstractContextManager[WorkerPool] = _Kept(pool)
    stage = DrillStage(bench.catalogue, bench.store, audits.places()[0], bench.work, lambda: kept)
    assert not stage.is_due()
    assert stage.hold().candidates == 0
