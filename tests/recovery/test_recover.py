"""Coming back: what a backup covers is equal row by row, what is newer comes from its package."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from appliance.catalogue import box as box_rows
from appliance.catalogue import events, hot_folders, masters, rebuilding
from appliance.catalogue.masters import findings_of
from appliance.catalogue.snapshot import KEPT_TABLES
from appliance.catalogue.tables import FileUnitRow, MasterRow
from appliance.domain.custody import EVENTS_NEVER_SEEN, EventType, Gap, first_break
from appliance.packaging.verify import verify_path
from appliance.pipeline import corrections
from appliance.pipeline.recover_catalogue import gaps_of
from tests.pipeline.making import BOX_ID, Bench
from tests.recovery.making import FIRST, LostBox, plan_for, recover, reopened, rows_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from appliance.catalogue.engine import Catalogue
    from appliance.pipeline.recover_values import Recovered, RecoveryPlan
    from appliance.sync.papers import PackageName
    from tests.sync.fakes import FakeRemote

OWN: Final = {"event", "backup", "backup_copy", "meta"}
"""Tables that a recovery itself adds to: compared by hand."""


def codes_of(found: Recovered) -> list[str]:
    """The rule codes of a recovery's findings."""
    return sorted(finding.code for finding in found.findings)


def flip(far: FakeRemote, name: PackageName) -> None:
    """Flip a bit in the middle of a stored package."""
    data = bytearray(far.stored[name])
    data[len(data) // 2] ^= 1
    far.stored[name] = bytes(data)


def check_chain(catalogue: Catalogue) -> None:
    """The events follow each other, but for what the recovery says is not there."""
    with catalogue.read() as session:
        _, head = events.head(session)
        assert first_break(events.all_events(session), head=head, gaps=gaps_of(session)) is None


def check_store(plan: RecoveryPlan, catalogue: Catalogue) -> None:
    """Every package verifies, and every live master lies under its digest."""
    reports = verify_path(plan.store.root)
    assert [report.findings for report in reports if report.findings] == []
    for row in rows_of(catalogue, "master"):
        if row["state"] == "sealed":
            plan.store.prove_master(row["sha256"], row["size_bytes"])


class TestWithABackup:
    """The catalogue comes back as it was, and everything sealed with it."""

    def test_every_row_is_equal(self, box: LostBox, tmp_path: Path, pool: Executor) -> None:
        """All tables of records, all columns: as they were when the backup was made."""
        plan = plan_for(box, tmp_path / "new")
        found = recover(plan, pool)
        assert (found.packages, found.masters, found.rebuilt) == (2, 3, [])
        assert found.findings == []
        with closing(reopened(plan)) as catalogue:
            for table in sorted(KEPT_TABLES - OWN):
                assert rows_of(catalogue, table) == rows_of(box.bench.catalogue, table), table
            old = [row for row in rows_of(box.bench.catalogue, "event") if row["counter"] <= 19]
            assert rows_of(catalogue, "event")[:-1] == old
            check_chain(catalogue)
            check_store(plan, catalogue)

    def test_it_can_be_used_only_when_it_has_ended(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """The recovery is open until its last step; then nothing stands in the way."""
        plan = plan_for(box, tmp_path / "new")
        recover(plan, pool)
        with closing(reopened(plan)) as catalogue, catalogue.read() as session:
            assert rebuilding.unfinished(session) is None
            rebuilding.refuse_unfinished(session)
            assert box_rows.box_id(session) == BOX_ID
            assert rebuilding.former_keys(session) == (box.bench.key.public.line(),)

    def test_its_hot_folder_is_new(self, bench: Bench, tmp_path: Path, pool: Executor) -> None:
        """The disk that the lost box had marked is gone with it: this one is marked anew."""
        bench.sealed(FIRST)
        with bench.catalogue.write() as writing:
            hot_folders.remember_drop_mark(writing)
        lost = LostBox(bench)
        lost.deposit()
        lost.back_up()
        plan = plan_for(lost, tmp_path / "new")
        assert recover(plan, pool).backup
        with closing(reopened(plan)) as catalogue, catalogue.read() as session:
            assert not hot_folders.is_drop_marked(session)

    def test_no_counter_is_given_twice(self, box: LostBox, tmp_path: Path, pool: Executor) -> None:
        """The chain goes on far behind the last event that any paper names, and says so."""
        plan = plan_for(box, tmp_path / "new")
        found = recover(plan, pool)
        with box.bench.catalogue.read() as session:
            last_of_the_lost, _ = events.head(session)
        with closing(reopened(plan)) as catalogue, catalogue.read() as session:
            (event,) = [
                one for one in events.all_events(session) if one.type is EventType.RESTORATION
            ]
        assert event.counter == found.next_counter - 1
        assert event.counter > last_of_the_lost + EVENTS_NEVER_SEEN - 10
        assert event.detail["recovery"] == found.recovery_id
        assert Gap.of(event).last + 1 == event.counter

    def test_the_newest_that_opens_is_taken(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """A damaged backup is passed over for the one before it, and that is told."""
        name = next(one for one in box.far.stored if one.fonds_code == "_appliance")
        first = name.objid
        box.bench.clock.advance(25 * 3600)
        box.register_more({"HS-09": 1})
        box.back_up()
        newest = next(
            one for one in box.far.stored if one.objid != first and one.fonds_code == "_appliance"
        )
        flip(box.far, newest)
        found = recover(plan_for(box, tmp_path / "new"), pool)
        assert found.backup == first
        assert "RECOVER-BACKUP-PASSED" in codes_of(found)

    def test_scans_that_were_not_sealed_are_told(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """Their rows say that no copy is left, and their hồ sơ waits for new scans."""
        box.bench.clock.advance(25 * 3600)
        box.register_more({"HS-05": 2})
        box.bench.drop("HS-05", "0001.png", page_bytes(500))
        box.bench.settle()
        box.back_up()
        plan = plan_for(box, tmp_path / "new")
        found = recover(plan, pool)
        assert found.lost_masters == 1
        assert codes_of(found) == ["RECOVER-NOT-SEALED"]
        with closing(reopened(plan)) as catalogue, catalogue.read() as session:
            lost = session.get_one(MasterRow, 4)
            assert (lost.state, lost.cause) == ("parked", "RECOVER-LOST")
            assert [one.code for one in findings_of(lost.findings)] == ["RECOVER-LOST"]
            unit = session.get_one(FileUnitRow, lost.file_unit_id)
            assert unit.state == "scanning"


class TestNewerThanTheBackup:
    """What was sealed after the last backup is rebuilt from its package."""

    def test_it_comes_back_beside_the_rest(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """A hồ sơ that the backup does not know at all, and its receipt."""
        box.register_more({"HS-03": 2})
        box.bench.drop_pages("HS-03", 2, first_seed=700)
        box.bench.settle()
        box.deposit()
        plan = plan_for(box, tmp_path / "new")
        found = recover(plan, pool)
        assert found.rebuilt == ["HS-03"]
        assert codes_of(found) == ["RECOVER-REBUILT"]
        assert found.proofs == 1
        with closing(reopened(plan)) as catalogue:
            check_chain(catalogue)
            check_store(plan, catalogue)
            old, new = (rows_of(one, "file_unit") for one in (box.bench.catalogue, catalogue))
            assert new == old

    def test_a_later_version_takes_the_place_of_the_first(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """A hồ sơ corrected after the backup: its new master is sealed, the old one replaced."""
        correct_one_page(box.bench, "HS-02")
        box.deposit()
        plan = plan_for(box, tmp_path / "new")
        found = recover(plan, pool)
        assert found.rebuilt == ["HS-02"]
        with closing(reopened(plan)) as catalogue:
            new = {(one["sha256"], one["state"]) for one in rows_of(catalogue, "master")}
            old = {(one["sha256"], one["state"]) for one in rows_of(box.bench.catalogue, "master")}
            assert new == old
            versions = [one["version"] for one in rows_of(catalogue, "package")]
            assert sorted(versions) == [1, 1, 2]


def correct_one_page(bench: Bench, file_code: str) -> None:
    """Replace page 1 of a sealed hồ sơ and seal its next version."""
    with bench.catalogue.write() as writing:
        corrections.start(writing, file_code, "trang mờ", "person:tester")
    bench.drop(file_code, "0001.png", page_bytes(901))
    bench.settle()
    with bench.catalogue.write() as writing:
        corrections.finish(writing, file_code, "person:tester")
    bench.settle()


class TestPictures:
    """Pictures for the screen are made again, bit for bit as this release makes them."""

    def test_every_page_has_its_pictures(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """What rows name lies in the store; a second run of the command finds nothing to do."""
        plan = plan_for(box, tmp_path / "new")
        assert recover(plan, pool).views == 3
        with closing(reopened(plan)) as catalogue:
            for row in rows_of(catalogue, "page"):
                assert plan.store.derivative_path(row["view_sha256"]).exists()
                assert plan.store.derivative_path(row["thumbnail_sha256"]).exists()
        again = recover(plan, pool)
        assert (again.views, again.findings) == (0, [])
        assert again.next_counter > 0

    def test_what_is_in_no_package_is_derived_when_it_is_needed(
        self, box: LostBox, tmp_path: Path, pool: Executor
    ) -> None:
        """A page whose machine-read text did not come back is marked as not derived."""
        with box.bench.catalogue.write() as writing:
            masters.update_page(writing, 1, {"words_sha256": "ab" * 32})
        box.back_up()
        plan = plan_for(box, tmp_path / "new")
        recover(plan, pool)
        with closing(reopened(plan)) as catalogue:
            derived = [row["is_derived"] for row in rows_of(catalogue, "page")]
        assert derived == [0, 1, 1]
