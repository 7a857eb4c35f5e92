"""Wrong sheets, full disks, wrong clocks, gaps at the place: success, or a word on what to do."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from appliance.catalogue.rebuilding import unfinished
from appliance.domain.errors import RuleError, StorageError
from appliance.domain.receipts import PACKAGE_NAMESPACE
from appliance.domain.rules import sentence
from appliance.signing import sshsig
from appliance.signing.keys import new_key
from tests.recovery.making import FIRST, plan_for, recover, reopened, rows_of
from tests.recovery.test_recover import check_chain, check_store, flip
from tests.service.small_disk import mounted_disk
from tests.watchers.making import MovingClock

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.pipeline.recover_values import Recovered, RecoveryPlan
    from tests.recovery.making import LostBox

RECORDS: Final = ("file_unit", "master", "page", "package", "deposit", "document", "approval")
DISK_MIB: Final = 32
STEP_BYTES: Final = 96 * 1024
"""How much more room each try has: some end in each phase."""


def check_same(box: LostBox, plan: RecoveryPlan) -> None:
    """Every sealed record is as it was, and the store is whole."""
    with closing(reopened(plan)) as catalogue:
        for table in RECORDS:
            assert rows_of(catalogue, table) == rows_of(box.bench.catalogue, table), table
        check_chain(catalogue)
        check_store(plan, catalogue)


def refused(plan: RecoveryPlan, pool: Executor) -> RuleError:
    """A recovery that is refused before anything came back."""
    with pytest.raises(RuleError) as caught:
        recover(plan, pool)
    assert not plan.catalogue_path.exists()
    for finding in caught.value.findings:
        assert sentence(finding) != sentence(finding, "en")
    return caught.value


def test_a_full_disk_only_stops_it(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """Full in one phase after the other: no backup is blamed, and with room it ends as ever."""
    stops: list[str] = []
    with mounted_disk(tmp_path, DISK_MIB) as disk:
        plan = plan_for(box, disk.root / "new")
        disk.fill()
        while (found := unless_stopped(plan, pool, stops)) is None:
            disk.make_room()
            disk.fill(len(stops) * STEP_BYTES)
        assert len(stops) > 2
        assert set(stops) == {"STORAGE-FULL"}
        assert (found.packages, found.rebuilt, found.findings) == (len(FIRST), [], [])
        assert found.next_counter > 0
        check_same(box, plan)


def unless_stopped(plan: RecoveryPlan, pool: Executor, stops: list[str]) -> Recovered | None:
    """A recovery; None when the disk refused, and why is added to the list."""
    try:
        return recover(plan, pool, with_views=False)
    except StorageError as problem:
        stops.append(problem.code)
        return None


def test_a_new_disk_is_empty(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """The folder that a file system makes of itself is nobody's."""
    (tmp_path / "new" / "lost+found").mkdir(parents=True)
    assert recover(plan_for(box, tmp_path / "new"), pool).next_counter > 0


def test_the_wrong_envelope_brings_nothing(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """Another sheet's key is told before anything is lost; the right one goes on in the folder."""
    problem = refused(plan_for(box, tmp_path / "new", recovery_key=new_key()), pool)
    assert problem.code == "RECOVER-BACKUP-NEEDED"
    passed = [one for one in problem.findings if one.code == "RECOVER-BACKUP-PASSED"]
    assert ["BACKUP-KEY" in str(one.values["problem"]) for one in passed] == [True]
    plan = plan_for(box, tmp_path / "new")
    assert recover(plan, pool).findings == []
    check_same(box, plan)


def test_another_box_has_nothing_here(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """A sheet of another box, or of another key: nothing is made, and the right one goes on."""
    other = plan_for(box, tmp_path / "new", box_id="box-02")
    assert refused(other, pool).code == "RECOVER-NOTHING"
    stranger = plan_for(box, tmp_path / "new", box_keys=(new_key().public,))
    problem = refused(stranger, pool)
    assert {one.code for one in problem.findings} == {"RECOVER-NOTHING", "RECOVER-FOREIGN"}
    plan = plan_for(box, tmp_path / "new")
    assert recover(plan, pool).findings == []
    check_same(box, plan)


def test_an_old_sheet_is_told(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """The box had another key since: its newer backups are not passed over unasked."""
    old, new = box.bench.key, new_key()
    (name,) = [one for one in box.far.stored if one.fonds_code == "_appliance"]
    first = box.far.sidecars[name]
    again = sshsig.sign(new, first.sidecar.to_bytes(), PACKAGE_NAMESPACE)
    box.far.sidecars[name] = replace(first, signature=again)
    plan = plan_for(box, tmp_path / "new", box_keys=(old.public,))
    problem = refused(plan, pool)
    assert problem.code == "RECOVER-OLD-SHEET"
    both = replace(plan, box_keys=(new.public, old.public))
    found = recover(both, pool)
    assert (found.backup, found.findings) == (name.objid, [])
    check_same(box, both)


def test_newer_packages_of_another_key_are_not_left_out_unasked(
    box: LostBox, tmp_path: Path, pool: Executor
) -> None:
    """The backup is older than the box's change of key: a person says whose the packages are."""
    old, new = box.bench.key, new_key()
    box.register_more({"HS-03": 1})
    box.bench.drop_pages("HS-03", 1, first_seed=700)
    box.bench.settle()
    box.deposit()
    (name,) = [one for one in box.far.stored if one.file_code == "HS-03"]
    newest = box.far.sidecars[name]
    again = sshsig.sign(new, newest.sidecar.to_bytes(), PACKAGE_NAMESPACE)
    box.far.sidecars[name] = replace(newest, signature=again)

    plan = plan_for(box, tmp_path / "new", box_keys=(old.public,))
    found = recover(plan, pool, accept_missing=True)
    assert (found.packages, found.next_counter) == (len(FIRST), 0)
    assert [(one.code, one.where) for one in found.findings] == [("RECOVER-FOREIGN", name.objid)]
    with closing(reopened(plan)) as catalogue, catalogue.read() as session:
        assert unfinished(session) == found.recovery_id

    stranger = replace(plan, folder=tmp_path / "stranger", accepts_foreign=True)
    passed = recover(stranger, pool)
    assert [one.code for one in passed.findings] == ["RECOVER-FOREIGN"]
    assert (passed.packages, passed.next_counter > 0) == (len(FIRST), True)

    found = recover(replace(plan, box_keys=(new.public, old.public)), pool)
    assert (found.rebuilt, found.next_counter > 0) == (["HS-03"], True)
    assert [one.code for one in found.findings] == ["RECOVER-REBUILT"]


def test_a_place_whose_backups_rotted_asks_for_another(
    box: LostBox, tmp_path: Path, pool: Executor
) -> None:
    """Nothing is rebuilt with gaps while another place may have a backup that opens."""
    name = next(one for one in box.far.stored if one.fonds_code == "_appliance")
    whole = box.far.stored[name]
    flip(box.far, name)
    plan = plan_for(box, tmp_path / "new")
    assert refused(plan, pool).code == "RECOVER-BACKUP-NEEDED"
    box.far.stored[name] = whole  # as at the other place
    found = recover(plan, pool)
    assert (found.backup, found.rebuilt, found.findings) == (name.objid, [], [])
    check_same(box, plan)


@pytest.mark.parametrize("has_backup", [True, False])
def test_a_clock_that_is_behind_changes_nothing(
    box: LostBox, tmp_path: Path, pool: Executor, *, has_backup: bool
) -> None:
    """A new machine's clock stands at its making: order comes from counters, times from papers."""
    early = MovingClock(dt.datetime(2019, 1, 1, tzinfo=dt.UTC))
    changes = {} if has_backup else {"recovery_key": None}
    plan = plan_for(box, tmp_path / "new", clock=early, **changes)
    found = recover(plan, pool)
    assert (found.packages, found.next_counter > 0) == (len(FIRST), True)
    with closing(reopened(plan)) as catalogue:
        sealed = [row["sealed_at"] for row in rows_of(catalogue, "package")]
        assert sealed == [row["sealed_at"] for row in rows_of(box.bench.catalogue, "package")]
        check_chain(catalogue)
        check_store(plan, catalogue)


def test_a_receipt_that_is_gone_is_earned_again(
    box: LostBox, tmp_path: Path, pool: Executor
) -> None:
    """A package without its receipt comes back, and waits to be proved as any other."""
    lost = box.far.issued[0].receipt
    del box.far.issued[0]
    plan = plan_for(box, tmp_path / "new", recovery_key=None)
    found = recover(plan, pool)
    assert (found.packages, found.proofs) == (len(FIRST), len(FIRST) - 1)
    with closing(reopened(plan)) as catalogue:
        states = {
            package["objid"]: deposit["state"]
            for package in rows_of(catalogue, "package")
            for deposit in rows_of(catalogue, "deposit")
            if (deposit["package_id"], deposit["destination"]) == (package["id"], "province")
        }
    assert states.pop(lost.objid) == "waiting"
    assert set(states.values()) == {"proved"}


def test_a_second_run_adds_nothing(box: LostBox, tmp_path: Path, pool: Executor) -> None:
    """The command typed once more after the end: no row changes, and it says the same."""
    plan = plan_for(box, tmp_path / "new")
    first = recover(plan, pool)
    with closing(reopened(plan)) as catalogue:
        before = {table: rows_of(catalogue, table) for table in (*RECORDS, "event", "meta")}
    done = (plan.own_folder / "done.jsonl").read_text()
    again = recover(plan, pool)
    assert (plan.own_folder / "done.jsonl").read_text() == done
    assert (again.recovery_id, again.next_counter) == (first.recovery_id, first.next_counter)
    assert (again.backup, again.packages, again.masters) == (first.backup, len(FIRST), 3)
    assert (again.rebuilt, again.findings) == ([], [])
    with closing(reopened(plan)) as catalogue:
        for table, rows in before.items():
            assert rows_of(catalogue, table) == rows, table
