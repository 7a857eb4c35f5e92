"""Nights of audits: when a slice begins, goes on, ends, and what a crash leaves of it."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import audits as slices
from appliance.domain.audits import BOX_PLACE, SliceKind, SliceOutcome
from appliance.service.auditing import LINE_SECONDS, AuditStep
from tests.pipeline.auditing import LONG, PLAN, Audits, flipped

if TYPE_CHECKING:
    from appliance.catalogue.tables import PackageRow

HOUR = 3600


def go_to(audits: Audits, hour: int) -> None:
    """Let time pass until the next full hour of the archive's clock."""
    now = audits.bench.clock.now().astimezone(PLAN.zone)
    ahead = (hour - now.hour) % 24 or 24
    begins = (now + dt.timedelta(hours=ahead)).replace(minute=0, second=0, microsecond=0)
    audits.bench.clock.advance((begins - now).total_seconds())


def test_by_day_nothing_begins(audits: Audits) -> None:
    """Whatever is due waits for the night."""
    audits.pass_days(45)
    go_to(audits, 12)
    assert audits.stage().night_slice() is None
    assert audits.slices() == []


def test_one_slice_a_night(audits: Audits) -> None:
    """It begins once, and when it has ended the night is over."""
    audits.pass_days(46)
    go_to(audits, 22)
    stage = audits.stage()
    slice_id = stage.night_slice()
    assert slice_id is not None
    assert stage.work(slice_id, LONG) is SliceOutcome.DONE
    assert stage.night_slice() is None
    go_to(audits, 1)
    assert stage.night_slice() is None
    go_to(audits, 22)
    assert stage.night_slice() not in {None, slice_id}


def test_a_slice_that_was_cut_goes_on(audits: Audits) -> None:
    """A new process finds it open and does what is left, within the time that is left."""
    audits.pass_days(46)
    go_to(audits, 23)
    stage = audits.stage()
    slice_id = stage.night_slice()
    assert slice_id is not None
    assert stage.work(slice_id, 0.0) is None
    again = audits.stage()
    assert again.night_slice() == slice_id
    assert again.work(slice_id, LONG) is SliceOutcome.DONE
    assert audits.slices()[-1].proved == 4


def test_a_slice_ends_with_its_night(audits: Audits) -> None:
    """What was open at the end of the window is closed with its reason, and not gone on by day."""
    audits.pass_days(46)
    go_to(audits, 22)
    stage = audits.stage("province")
    slice_id = stage.night_slice()
    assert slice_id is not None
    audits.far["province"].fail_next("LINE-DOWN")
    assert stage.work(slice_id, LONG) is None
    go_to(audits, 8)
    assert stage.night_slice() is None
    assert audits.slices("province")[-1].outcome == SliceOutcome.LINE


def test_a_box_that_is_off_at_night_works_by_day(audits: Audits) -> None:
    """After some missed nights the slice begins when the box is on, and goes on by day."""
    go_to(audits, 9)
    audits.pass_days(49)
    stage = audits.stage()
    slice_id = stage.night_slice()
    assert slice_id is not None
    assert stage.work(slice_id, 0.0) is None
    assert stage.night_slice() == slice_id
    assert stage.work(slice_id, LONG) is SliceOutcome.DONE
    assert stage.night_slice() is None


def test_a_clock_that_goes_back_does_not_skip_nights(audits: Audits) -> None:
    """A slice from the future says nothing about tonight."""
    audits.pass_days(500)
    go_to(audits, 22)
    stage = audits.stage()
    first = stage.night_slice()
    assert first is not None
    audits.pass_days(-400)
    again = stage.night_slice()
    assert again not in {None, first}
    assert audits.slices()[0].outcome == SliceOutcome.REPLACED
    assert stage.work(again or 0, LONG) is SliceOutcome.DONE


def test_time_is_counted_against_the_budget(audits: Audits) -> None:
    """A slice that has spent its time ends, and the rest is for the next one."""
    audits.plan = replace(PLAN, budget_seconds=60)
    audits.pass_days(46)
    stage = audits.stage("province")
    slice_id = stage.ask(60)
    far, true_audit = audits.far["province"], audits.far["province"].audit

    def slow(*arguments: object, **named: object) -> object:
        audits.bench.clock.advance(45)
        return true_audit(*arguments, **named)  # type: ignore[arg-type]  # handed on

    far.audit = slow  # type: ignore[method-assign,assignment]  # a slow place
    assert stage.work(slice_id, LONG) is SliceOutcome.BUDGET
    row = audits.slices("province")[-1]
    assert (row.proved, row.spent_milliseconds) == (2, 90_000)


class TestStep:
    """The part of one place: it comes round by itself, and leaves the line to what is sent."""

    def test_a_night_is_worked_off(self, audits: Audits) -> None:
        """Rounds are done until the slice ends; then it rests."""
        audits.pass_days(46)
        go_to(audits, 22)
        step = AuditStep(audits.stage("province"))
        assert step.run("audit:province:1") == 1
        assert audits.slices("province")[-1].outcome == SliceOutcome.DONE
        assert step.run("audit:province:1") == 0
        assert step.idle_seconds() > 1

    def test_sending_comes_first(self, audits: Audits) -> None:
        """While a package waits to be sent there, one copy is read, then the line is free."""
        waiting = audits.bench.deposits()[0]
        with audits.bench.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(
                "UPDATE deposit SET state = 'waiting', next_attempt = ? WHERE id = ?",
                (writing.now, waiting.id),
            )
        audits.pass_days(46)
        go_to(audits, 22)
        far, true_audit = audits.far["province"], audits.far["province"].audit

        def slow(*arguments: object, **named: object) -> object:
            audits.bench.clock.advance(10)
            return true_audit(*arguments, **named)  # type: ignore[arg-type]  # handed on

        far.audit = slow  # type: ignore[method-assign,assignment]  # a slow place
        step = AuditStep(audits.stage("province"))
        assert step.run("audit:province:1") == 1
        assert audits.slices("province")[-1].proved == 1
        assert step.run("audit:province:1") == 0
        audits.bench.clock.advance(31)
        assert step.run("audit:province:1") == 1

    def test_a_line_that_is_down_is_left_alone_for_a_while(self, audits: Audits) -> None:
        """It is tried again within the night, not at once."""
        audits.pass_days(46)
        go_to(audits, 22)
        step = AuditStep(audits.stage("province"))
        audits.far["province"].fail_next("LINE-DOWN")
        assert step.run("audit:province:1") == 1
        assert step.run("audit:province:1") == 0
        audits.bench.clock.advance(LINE_SECONDS)
        step.run("audit:province:1")
        assert audits.slices("province")[-1].outcome == SliceOutcome.DONE


KILLED = """
import os, signal, sys
from pathlib import Path
from appliance.pipeline import own_copies
from tests.pipeline.auditing import Audits
from tests.pipeline.making import Bench

def die(self, target):
    os.kill(os.getpid(), signal.SIGKILL)

bench = Bench(Path(sys.argv[1]), None)
audits = Audits(bench)
package = bench.packages()[0]
copy = own_copies.OwnCopy.of(bench.store, package)
copy.partial_path.parent.mkdir(exist_ok=True)
copy.partial_path.write_bytes(Path(sys.argv[2]).read_bytes())
Path.replace = die
own_copies.put_in_place(copy.partial_path, copy.path, bench.store)
"""


@pytest.mark.kill
def test_a_kill_between_quarantine_and_publish_loses_nothing(audits: Audits) -> None:
    """The damaged copy has a second name by then, and the next round finishes the repair."""
    package = audits.bench.packages()[0]
    whole = audits.path(package).read_bytes()
    audits.change_own(package, flipped(whole))
    good = audits.bench.folder / "good"
    good.write_bytes(whole)
    command = [sys.executable, "-c", KILLED, str(audits.bench.folder), str(good)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    quarantine = audits.bench.store.root / "quarantine"
    assert audits.path(package).read_bytes() == flipped(whole)
    assert [path.read_bytes() for path in quarantine.iterdir()] == [flipped(whole)]
    audits.pass_days(46)
    assert audits.run() is SliceOutcome.DONE
    assert audits.path(package).read_bytes() == whole
    assert [path.read_bytes() for path in quarantine.iterdir()] == [flipped(whole)]
    assert audits.far["province"].sent_blocks == []  # the partial of the killed one was whole


def test_blocks_that_were_fetched_are_not_fetched_again(audits: Audits) -> None:
    """A repair that was cut goes on from its partial."""
    package: PackageRow = audits.bench.packages()[0]
    whole = audits.path(package).read_bytes()
    audits.change_own(package, None)
    audits.pass_days(46)
    for remote in audits.far.values():
        true_blocks = remote.fetch_blocks

        def cut(sidecar: object, indexes: list[int], true_blocks: object = true_blocks) -> object:
            return true_blocks(sidecar, indexes[:1])  # type: ignore[operator]  # the real one

        remote.fetch_blocks = cut  # type: ignore[method-assign,assignment]  # cut after one
    audits.run()
    assert not audits.path(package).exists()
    for remote in audits.far.values():
        del remote.fetch_blocks
    fetched = {index for remote in audits.far.values() for _, index in remote.sent_blocks}
    audits.run()
    assert audits.path(package).read_bytes() == whole
    sent = [one for remote in audits.far.values() for one in remote.sent_blocks]
    assert len(set(sent)) == len(sent)
    assert fetched


def test_the_kinds_of_slices_are_apart(audits: Audits) -> None:
    """What a person asked for is no night's slice."""
    audits.pass_days(46)
    audits.ask()
    with audits.bench.catalogue.read() as session:
        assert slices.last_slice(session, BOX_PLACE, SliceKind.NIGHT) is None
    go_to(audits, 22)
    assert audits.stage().night_slice() is not None
