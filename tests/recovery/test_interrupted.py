"""Killed or cut anywhere, a place in bad shape: the same command goes on, or says what lacks."""

from __future__ import annotations

import json
import os
import traceback
from concurrent.futures import Executor, Future
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest

from appliance.domain.errors import ConfigError, RemoteError
from tests.recovery.making import LostBox, plan_for, recover, reopened, rows_of
from tests.recovery.test_recover import check_chain, check_store, codes_of, flip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.recover_values import RecoveryPlan

KILLED = 77
FAILED = 78
MOST_KILLS = 500


class Inline(Executor):
    """Runs everything at once in the calling thread: a forked child has no other."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - of Executor
        """Run it."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as problem:  # noqa: BLE001 - as an executor does
            future.set_exception(problem)
        return future


def recovered_until(plan: RecoveryPlan, syncs: int) -> int:
    """Recover in a child that dies as it makes something durable for the nth time; its status."""
    child = os.fork()
    if child == 0:
        _dies_after(syncs)
        try:
            recover(plan, Inline())
        except BaseException:  # noqa: BLE001 - nothing of the child may reach the test
            traceback.print_exc()
            os._exit(FAILED)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def kills_until_done(plan: RecoveryPlan) -> int:
    """How often the recovery was killed before it came to its end, each time a bit later."""
    kills = 0
    while (status := recovered_until(plan, kills // 2 + 1)) == KILLED:
        kills += 1
        assert kills < MOST_KILLS
    assert status == 0
    return kills


def _dies_after(syncs: int) -> None:
    left, true_fsync = [syncs], os.fsync

    def fsync(descriptor: Any) -> None:  # noqa: ANN401 - of os.fsync
        if left[0] == 0:
            os._exit(KILLED)
        left[0] -= 1
        true_fsync(descriptor)

    setattr(os, "fsync", fsync)  # noqa: B010 - in this child alone


@pytest.mark.kill
def test_killed_at_every_step_it_ends_as_if_it_was_not(box: LostBox, tmp_path: Path) -> None:
    """Each child gets a little further than the one before; the last one ends the recovery.

    A child dies before its nth fsync, so that every durable step is once the last one made.
    """
    plan = plan_for(box, tmp_path / "new")
    assert kills_until_done(plan) > 5
    with closing(reopened(plan)) as catalogue:
        for table in ("file_unit", "master", "page", "package", "deposit", "document"):
            assert rows_of(catalogue, table) == rows_of(box.bench.catalogue, table), table
        (backup,) = [one.objid for one in box.far.stored if one.fonds_code == "_appliance"]
        assert told_at_the_end(catalogue) == {"backup": backup, "packages": 2, "rebuilt": 0}
        check_chain(catalogue)
        check_store(plan, catalogue)


def told_at_the_end(catalogue: Catalogue) -> dict[str, object]:
    """What the event of the recovery says of it, whichever run did it."""
    detail = json.loads(rows_of(catalogue, "event")[-1]["detail"])
    return {name: detail[name] for name in ("backup", "packages", "rebuilt")}


@pytest.mark.kill
def test_killed_while_rebuilding_it_ends_the_same(box: LostBox, tmp_path: Path) -> None:
    """The same without any backup: no row comes twice, none is left out."""
    plan = plan_for(box, tmp_path / "new", recovery_key=None)
    assert kills_until_done(plan) > 5
    with closing(reopened(plan)) as catalogue:
        states = [row["state"] for row in rows_of(catalogue, "master")]
        assert states == ["sealed"] * 3
        assert len(rows_of(catalogue, "page")) == 3
        assert told_at_the_end(catalogue) == {"backup": "", "packages": 2, "rebuilt": 2}
        check_chain(catalogue)
        check_store(plan, catalogue)


def test_a_cut_line_is_an_error_that_passes(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """Wherever the line is cut, the same command ends what was begun."""
    plan, cuts = plan_for(box, tmp_path / "new"), 0
    for calls_before in range(8):
        box.far.errors.extend([None] * calls_before)
        box.far.fail_next("LINE-CUT")
        with suppress(RemoteError):
            recover(plan, pool)
            continue
        cuts += 1
    box.far.errors.clear()
    recover(plan, pool)
    assert cuts > 1
    with closing(reopened(plan)) as catalogue:
        check_chain(catalogue)
        check_store(plan, catalogue)


def test_a_damaged_copy_keeps_the_recovery_open(
    box: LostBox, tmp_path: Path, pool: Executor
) -> None:
    """What can come comes; the rest is named, and another place ends the recovery."""
    bad = next(one for one in box.far.stored if one.file_code == "HS-01")
    whole = box.far.stored[bad]
    flip(box.far, bad)
    plan = plan_for(box, tmp_path / "new")
    found = recover(plan, pool)
    assert (found.packages, found.next_counter) == (1, 0)
    (finding,) = found.findings
    assert (finding.code, finding.where) == ("RECOVER-COPY-MISSING", bad.objid)
    assert finding.values["file_code"] == "HS-01"
    box.far.stored[bad] = whole
    again = recover(plan, pool)
    assert (again.packages, again.findings) == (2, [])
    assert again.next_counter > 0


def test_a_person_may_end_it_all_the_same(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """When no place has a copy any more, the recovery is ended by an explicit word."""
    gone = next(one for one in box.far.stored if one.file_code == "HS-02")
    del box.far.stored[gone], box.far.sidecars[gone]
    plan = plan_for(box, tmp_path / "new")
    assert recover(plan, pool).next_counter == 0
    found = recover(plan, pool, accept_missing=True)
    assert codes_of(found) == ["RECOVER-COPY-MISSING"]
    assert found.next_counter > 0


def test_a_folder_of_something_else_is_left_alone(
    box: LostBox, tmp_path: Path, pool: Executor
) -> None:
    """Nothing is written into a folder that is not empty, nor into another box's recovery."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "letter.txt").write_text("keep")
    with pytest.raises(ConfigError) as caught:
        recover(plan_for(box, tmp_path / "new"), pool)
    assert caught.value.code == "RECOVER-NOT-EMPTY"
    recover(plan_for(box, tmp_path / "other"), pool)
    with pytest.raises(ConfigError) as caught:
        recover(plan_for(box, tmp_path / "other", box_id="box-02"), pool)
    assert caught.value.code == "RECOVER-NOT-EMPTY"
