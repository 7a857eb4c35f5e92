"""Audits: copies are read again, damage is found wherever it is, and repaired from proved ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from appliance.catalogue import box
from appliance.catalogue.deposits import finding_from
from appliance.catalogue.events import all_events
from appliance.catalogue.overview import proved_everywhere
from appliance.catalogue.tables import EventRow
from appliance.domain.audits import BOX_PLACE, SliceOutcome
from appliance.domain.clock import to_text
from appliance.domain.rules import sentence, todo
from appliance.domain.verdict import Level
from appliance.pipeline.audit import Halted, continue_after_damage
from tests.pipeline.auditing import BLOCK_BYTES, LONG, Audits, flipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.catalogue.tables import PackageRow

FAR_DAMAGE = {
    "flipped": flipped,
    "truncated": lambda data: data[:-1000],
    "emptied": lambda _data: b"",
    "grown": lambda data: data + b"more",
    "removed": lambda _data: None,
}
"""What can become of a copy."""


@pytest.fixture
def package(audits: Audits) -> PackageRow:
    """The first package."""
    return audits.bench.packages()[0]


class TestProofs:
    """Copies that are whole get newer proofs, each when it is due and no sooner."""

    @pytest.mark.parametrize("place", [BOX_PLACE, "province"])
    def test_nothing_is_read_before_it_is_due(self, audits: Audits, place: str) -> None:
        """A proof that is young is left alone, and the slice is done."""
        audits.pass_days(20)
        assert audits.run(place) is SliceOutcome.DONE
        assert audits.slices(place)[-1].read_bytes == 0

    def test_a_due_copy_at_a_destination_gets_a_new_receipt(self, audits: Audits) -> None:
        """Receipt and time are those of the new read-back, and the store's head follows."""
        before = audits.bench.deposits()
        audits.pass_days(46)
        assert audits.run("province") is SliceOutcome.DONE
        after = audits.bench.deposits()
        assert [row.state for row in after] == ["proved", "proved"]
        assert {row.proved_at for row in before}.isdisjoint(row.proved_at for row in after)
        assert {row.proved_at for row in after} == {to_text(audits.bench.clock.now())}
        assert all(new.receipt != old.receipt for new, old in zip(after, before, strict=True))
        assert audits.far["province"].issued[-1].receipt.counter == 4
        slice_ = audits.slices("province")[-1]
        assert (slice_.proved, slice_.damaged) == (2, 0)
        assert slice_.read_bytes == sum(one.size_bytes for one in audits.bench.packages())

    def test_a_due_copy_of_the_box_is_read_from_its_disk(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """Packages and masters alike; what is proved says when."""
        before = audits.check(package).proved_at
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        assert audits.check(package).proved_at > before
        assert audits.slices()[-1].proved == 4

    def test_between_proofs_blocks_are_compared(self, audits: Audits, package: PackageRow) -> None:
        """After a month a look is due, which is no proof: its time stays as it was."""
        before = audits.bench.deposits()[0].proved_at
        audits.pass_days(31)
        for place in (BOX_PLACE, "province"):
            assert audits.run(place) is SliceOutcome.DONE
            assert audits.slices(place)[-1].scrubbed == 2
            assert audits.slices(place)[-1].proved == 0
        row = audits.bench.deposits()[0]
        assert row.proved_at == before
        assert (row.scrubbed_at or "") > (before or "")
        assert (audits.check(package).scrubbed_at or "") > audits.check(package).proved_at

    def test_the_oldest_proof_is_renewed_first(self, audits: Audits) -> None:
        """A budget that allows one look spends it on the copy that waited longest."""
        first, second = audits.bench.deposits()
        audits.pass_days(1)
        with audits.bench.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(
                "UPDATE deposit SET proved_at = ? WHERE id = ?", (writing.now, first.id)
            )
        audits.pass_days(60)
        stage = audits.stage("province")
        assert stage.work(stage.ask(3600), 0.0) is None
        renewed = {row.id: row.proved_at for row in audits.bench.deposits()}
        assert renewed[second.id] == max(value or "" for value in renewed.values())

    def test_a_budget_of_nothing_reads_nothing(self, audits: Audits) -> None:
        """It ends at once, says so, and nothing was looked at."""
        audits.pass_days(60)
        stage = audits.stage("province")
        assert stage.work(stage.ask(0), LONG) is SliceOutcome.BUDGET
        assert audits.slices("province")[-1].read_bytes == 0

    def test_a_night_of_downloads_is_bounded_by_bytes(self, audits: Audits) -> None:
        """Where reading means downloading, the budget counts bytes as well."""
        audits.plan = replace(audits.plan, fetch_bytes=1)
        audits.pass_days(60)
        stage = audits.stage("province")
        at = stage.copies.at  # type: ignore[attr-defined]  # a destination
        object.__setattr__(at, "is_downloaded", True)
        assert stage.work(stage.ask(3600), LONG) is SliceOutcome.BUDGET
        assert audits.slices("province")[-1].proved == 1

    def test_a_proof_from_the_future_is_renewed_first_of_all(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """A clock that ran ahead and was put back leaves no copy unread for years."""
        audits.pass_days(1000)
        assert audits.run() is audits.run("province") is SliceOutcome.DONE
        audits.pass_days(-1000)
        assert audits.level(BOX_PLACE) is not Level.GOOD
        assert audits.run() is audits.run("province") is SliceOutcome.DONE
        assert audits.level(BOX_PLACE) is audits.level("province") is Level.GOOD
        assert audits.check(package).proved_at == to_text(audits.bench.clock.now())

    def test_one_event_tells_of_a_slice(self, audits: Audits) -> None:
        """The chain stays whole and small: proofs are counted, damage has events of its own."""
        audits.pass_days(46)
        audits.run("province")
        (detail,) = audits.bench.events("fixity check")
        assert (detail["proved"], detail["damaged"]) == (2, 0)


class TestDamageThere:
    """A destination's copy that is not as it was sealed never counts, and is made whole again."""

    @pytest.mark.parametrize("change", FAR_DAMAGE.values(), ids=FAR_DAMAGE.keys())
    @pytest.mark.parametrize("days", [31, 46], ids=["comparison", "proof"])
    def test_damage_is_found_and_repaired(
        self,
        audits: Audits,
        package: PackageRow,
        change: Callable[[bytes], bytes | None],
        days: int,
    ) -> None:
        """Found by either look; put aside and kept; repaired by an ordinary deposit."""
        whole = audits.far_bytes(package)
        assert whole is not None
        damaged = change(whole)
        audits.change_far(package, damaged)
        audits.pass_days(days)
        assert audits.run("province") is SliceOutcome.DONE
        assert sorted(audits.states()) == ["proved", "waiting"]
        (found,) = audits.damage()
        assert (found.place, found.object_id, found.ended_at) == ("province", package.objid, None)
        audits.send()
        assert audits.states() == ["proved", "proved"]
        assert audits.far_bytes(package) == whole
        assert audits.far["province"].put_aside == ([] if damaged is None else [damaged])
        (mended,) = audits.damage()
        assert mended.ended_at is not None
        with audits.bench.catalogue.read() as session:
            assert (
                len(list(all_events(session)))
                == session.exec(
                    select(EventRow.counter).order_by(EventRow.counter.desc())  # type: ignore[attr-defined]  # a column
                ).first()
            )

    def test_only_bad_blocks_go_over_the_line(self, audits: Audits, package: PackageRow) -> None:
        """The good blocks of what was put aside seed the next deposit."""
        whole = audits.far_bytes(package)
        assert whole is not None
        assert len(whole) > 3 * BLOCK_BYTES
        audits.change_far(package, flipped(whole, BLOCK_BYTES + 5))
        sent_before = list(audits.far["province"].received_blocks)
        audits.pass_days(46)
        audits.run("province")
        audits.send()
        sent = audits.far["province"].received_blocks[len(sent_before) :]
        assert sent == [(package.objid, 1)]

    def test_a_damaged_copy_is_never_counted(self, audits: Audits, package: PackageRow) -> None:
        """While it is not repaired the place is not good, and the hồ sơ not proved everywhere."""
        whole = audits.far_bytes(package)
        assert whole is not None
        audits.change_far(package, flipped(whole))
        audits.pass_days(46)
        stage = audits.stage("province")
        stage.work(stage.ask(3600), 0.0)
        (row,) = [row for row in audits.bench.deposits() if row.package_id == package.id]
        assert (row.state, row.proof) == ("far_damaged", "none")
        finding = finding_from(row.reason)
        assert finding is not None
        assert sentence(finding)
        assert audits.level("province") is Level.NEEDS_PERSON
        with audits.bench.catalogue.read() as session:
            assert proved_everywhere(session) == 1

    def test_a_copy_swapped_for_another_is_damage(self, audits: Audits) -> None:
        """Two packages that changed places are both found."""
        one, two = audits.bench.packages()
        first, second = audits.far_bytes(one), audits.far_bytes(two)
        audits.change_far(one, second)
        audits.change_far(two, first)
        audits.pass_days(46)
        assert audits.run("province") is SliceOutcome.DONE
        assert audits.states() == ["waiting", "waiting"]
        audits.send()
        assert (audits.far_bytes(one), audits.far_bytes(two)) == (first, second)
        assert audits.states() == ["proved", "proved"]

    def test_damage_does_not_travel(self, audits: Audits, package: PackageRow) -> None:
        """With the box's own copy damaged too, that one is repaired first, from elsewhere."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, flipped(whole))
        audits.change_far(package, flipped(whole, 10))
        audits.pass_days(46)
        assert audits.run("province") is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole
        audits.send()
        assert audits.far_bytes(package) == whole
        assert audits.states() == ["proved", "proved"]

    def test_a_line_that_is_cut_lets_the_slice_go_on(self, audits: Audits) -> None:
        """The slice stays open with its reason, and the next attempt does what is left."""
        audits.pass_days(46)
        stage = audits.stage("province")
        slice_id = stage.ask(3600)
        audits.far["province"].errors.extend([None, None])
        audits.far["province"].fail_next("LINE-CUT")
        assert stage.work(slice_id, LONG) is None
        row = audits.slices("province")[-1]
        assert (row.proved, row.ended_at) == (1, None)
        assert stage.work(slice_id, LONG) is SliceOutcome.DONE
        assert audits.slices("province")[-1].proved == 2

    def test_a_store_that_went_back_is_noticed_without_a_deposit(self, audits: Audits) -> None:
        """Receipts cut from the end of its list stop the audit and ask a person."""
        cut = audits.far["province"].issued.pop()
        audits.pass_days(46)
        assert audits.run("province") is SliceOutcome.HALTED
        with audits.bench.catalogue.read() as session:
            (notice,) = [finding for finding, _ in box.notices(session)]
        assert notice.code == "FAR-RECEIPTS-CUT"
        assert notice.values["known"] == 2
        audits.far["province"].issued.append(cut)
        assert audits.run("province") is SliceOutcome.DONE
        with audits.bench.catalogue.read() as session:
            assert box.notices(session) == ()


class TestDamageHere:
    """The box's own copy is repaired by blocks, and what was damaged is kept."""

    @pytest.mark.parametrize("change", FAR_DAMAGE.values(), ids=FAR_DAMAGE.keys())
    @pytest.mark.parametrize("days", [31, 46], ids=["comparison", "proof"])
    def test_damage_is_found_and_repaired(
        self,
        audits: Audits,
        package: PackageRow,
        change: Callable[[bytes], bytes | None],
        days: int,
    ) -> None:
        """Found by either look, repaired from a destination, kept aside as it was."""
        whole = audits.path(package).read_bytes()
        damaged = change(whole)
        audits.change_own(package, damaged)
        audits.pass_days(days)
        assert audits.run() is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole
        assert audits.check(package).state == "good"
        kept = sorted((audits.bench.store.root / "quarantine").glob("*"))
        assert [path.read_bytes() for path in kept] == ([] if damaged is None else [damaged])
        (found,) = audits.damage()
        its_own_sufficed = damaged is not None and damaged.startswith(whole)
        assert found.repaired_from == ("" if its_own_sufficed else "province")
        assert audits.states() == ["proved", "proved"]
        assert audits.slices()[-1].repaired == 1

    def test_only_bad_blocks_are_fetched(self, audits: Audits, package: PackageRow) -> None:
        """Good blocks of our own are kept."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, flipped(whole, 2 * BLOCK_BYTES))
        audits.pass_days(46)
        audits.run()
        assert audits.far["province"].sent_blocks == [(package.objid, 2)]
        assert audits.path(package).read_bytes() == whole

    def test_the_copy_that_helps_is_proved_in_the_same_round(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """A destination that is damaged itself is found out and does not help alone."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, None)
        audits.change_far(package, flipped(whole))
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole
        assert "far_damaged" in audits.states()
        assert {name for name, _ in audits.far["ministry"].sent_blocks} == {package.objid}
        assert audits.far["province"].sent_blocks == []

    def test_damage_in_different_blocks_is_repaired_from_the_union(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """No copy is whole anywhere, and yet every block is good somewhere."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, flipped(whole, 5))
        audits.change_far(package, flipped(whole, BLOCK_BYTES + 5))
        audits.change_far(package, flipped(whole, 2 * BLOCK_BYTES + 5), "ministry")
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole
        assert audits.check(package).state == "good"
        for place in ("province", "ministry"):
            audits.run(place)
        audits.send()
        assert audits.far_bytes(package) == audits.far_bytes(package, "ministry") == whole
        assert audits.states() == audits.states("ministry") == ["proved", "proved"]

    def test_no_good_copy_anywhere_is_said_plainly(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """The same block bad everywhere: broken, named, nothing thrown away."""
        whole = audits.path(package).read_bytes()
        bad = flipped(whole, 5)
        audits.change_own(package, bad)
        audits.change_far(package, bad)
        audits.change_far(package, bad, "ministry")
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        assert audits.check(package).state == "broken"
        assert audits.level(BOX_PLACE) is Level.BROKEN
        (found,) = [row for row in audits.damage() if row.place == BOX_PLACE]
        finding = finding_from(found.finding)
        assert finding is not None
        assert finding.code == "PACKAGE-LOST"
        assert "HS-01" in sentence(finding)
        assert audits.path(package).read_bytes() == bad
        audits.change_far(package, whole, "ministry")
        assert audits.run() is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole
        assert audits.check(package).state == "good"

    def test_a_place_that_cannot_be_asked_is_not_a_lost_package(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """Unknown is not lost: it waits, and is repaired when the lines are back."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, None)
        audits.pass_days(46)
        for remote in audits.far.values():
            remote.fail_next("LINE-DOWN", times=2)
        audits.run()
        assert audits.check(package).state == "damaged"
        assert audits.run() is SliceOutcome.DONE
        assert audits.path(package).read_bytes() == whole

    def test_a_store_that_is_not_mounted_is_no_damage(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """Nothing is repaired into an empty mount point, and no package is said to be damaged."""
        audits.run()  # the store is marked
        root = audits.bench.store.root
        root.rename(root.with_name("unmounted"))
        root.mkdir()
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.HALTED
        assert audits.check(package).state == "good"
        assert [path.name for path in root.rglob("*")] == []
        root.rmdir()
        root.with_name("unmounted").rename(root)
        assert audits.run() is SliceOutcome.DONE

    def test_deposits_that_waited_for_the_repair_go_on(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """A package that was stopped because of its damage is sent once it is whole."""
        with audits.bench.catalogue.write() as writing:
            writing.session.connection().exec_driver_sql(
                "UPDATE deposit SET state = 'damaged' WHERE package_id = ? AND destination = ?",
                (package.id, "ministry"),
            )
        audits.change_own(package, flipped(audits.path(package).read_bytes()))
        audits.pass_days(46)
        audits.run()
        assert audits.states("ministry") == ["waiting", "proved"]
        audits.send()
        assert audits.states("ministry") == ["proved", "proved"]

    def test_what_was_put_right_by_hand_is_whole_again(
        self, audits: Audits, package: PackageRow
    ) -> None:
        """A copy that reads whole is whole, whoever mended it."""
        whole = audits.path(package).read_bytes()
        audits.change_own(package, flipped(whole))
        for remote in audits.far.values():
            remote.fail_next("LINE-DOWN", times=2)
        audits.pass_days(46)
        audits.run()
        assert audits.check(package).state == "damaged"
        audits.change_own(package, whole)
        audits.run()
        assert audits.check(package).state == "good"
        assert all(row.ended_at for row in audits.damage())


class TestMassDamage:
    """So much damage at once is a dying disk: stop there and ask."""

    @pytest.mark.parametrize("place", [BOX_PLACE, "province"])
    def test_many_damaged_copies_stop_the_place(self, many_audits: Audits, place: str) -> None:
        """Repairs end, a notice asks a person, and nothing goes on until one says so."""
        audits, bench = many_audits, many_audits.bench
        for package in bench.packages():
            if place == BOX_PLACE:
                audits.change_own(package, b"dying")
            else:
                audits.change_far(package, b"dying")
        audits.pass_days(46)
        assert audits.run(place) is SliceOutcome.HALTED
        assert audits.level(place) is Level.NEEDS_PERSON
        with bench.catalogue.read() as session:
            (notice,) = [finding for finding, _ in box.notices(session)]
        assert (notice.code, notice.where) == ("AUDIT-MASS-DAMAGE", place)
        assert sentence(notice)
        assert place in todo(notice)
        with pytest.raises(Halted):
            audits.ask(place)
        assert audits.stage(place).night_slice() is None
        assert continue_after_damage(audits.bench.catalogue, place, "person:tester")
        assert audits.run(place) is not None
        assert bench.events("review")[-1] == {"asked": "audit on after damage"}


@pytest.mark.parametrize("place", [BOX_PLACE, "province"])
def test_who_asks_gets_every_copy_read(audits: Audits, place: str) -> None:
    """However new the proofs are: a person who asks has a reason, and each copy is read once."""
    count = len(audits.bench.packages())
    for _ in range(2):
        audits.pass_days(1)
        assert audits.ask(place) is SliceOutcome.DONE
        assert audits.slices(place)[-1].proved >= count
