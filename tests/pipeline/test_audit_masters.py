"""Masters are read too; a rotten one comes back out of its package, or is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.catalogue.deposits import finding_from
from appliance.domain.audits import BOX_PLACE, SliceOutcome
from appliance.domain.verdict import Level
from tests.pipeline.auditing import Audits, flipped

if TYPE_CHECKING:
    from tests.pipeline.making import Bench


class TestMasters:
    """Masters are read too; a rotten one comes back out of its package."""

    def test_a_rotten_master_is_taken_from_the_package(self, audits: Audits) -> None:
        """Its digest is its name, so whatever has that digest is the master."""
        master = audits.bench.masters()[0]
        path = audits.bench.store.master_path(master.sha256)
        whole = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(flipped(whole))
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        assert path.read_bytes() == whole
        (found,) = audits.damage()
        assert (found.object_kind, found.repaired_from) == (
            "master",
            audits.bench.packages()[0].objid,
        )
        (kept,) = (audits.bench.store.root / "quarantine").glob("*")
        assert kept.read_bytes() == flipped(whole)

    def test_a_rotten_master_without_a_package_is_told(self, bench: Bench) -> None:
        """Nothing can bring it back: the page must be scanned again."""
        bench.with_places()
        bench.register({"HS-01": 2})
        bench.drop_pages("HS-01", 1)
        bench.settle()
        audits = Audits(bench)
        (master,) = bench.masters()
        path = bench.store.master_path(master.sha256)
        path.chmod(0o600)
        path.write_bytes(b"rotten")
        audits.pass_days(46)
        assert audits.run() is SliceOutcome.DONE
        (found,) = audits.damage()
        finding = finding_from(found.finding)
        assert finding is not None
        assert finding.code == "MASTER-LOST"
        assert audits.level(BOX_PLACE) is Level.NEEDS_PERSON

    def test_masters_without_a_package_grow_old(self, bench: Bench) -> None:
        """A hồ sơ that waits for its last page is read as any other; unread it is told."""
        bench.with_places()
        bench.register({"HS-01": 2})
        bench.drop_pages("HS-01", 1)
        bench.settle()
        audits = Audits(bench)
        audits.pass_days(90)
        assert audits.level(BOX_PLACE) is Level.WAITING
        audits.pass_days(1)
        assert audits.level(BOX_PLACE) is Level.STALE
        assert audits.run() is SliceOutcome.DONE
        assert audits.slices()[-1].proved == 1
        assert audits.level(BOX_PLACE) is Level.WAITING

    def test_the_walk_goes_round(self, audits: Audits) -> None:
        """After the last master comes the first one again, no sooner than it is due."""
        audits.pass_days(46)
        audits.run()
        assert audits.slices()[-1].proved == 4
        audits.pass_days(10)
        audits.run()
        assert audits.slices()[-1].proved == 0
        audits.pass_days(46)
        audits.run()
        assert audits.slices()[-1].proved == 4
