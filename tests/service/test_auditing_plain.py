"""Audits of places where nothing of ours runs: real SFTP, a disk of ext4, packages in parts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import audits
from appliance.catalogue import box as box_rows
from appliance.catalogue.deposits import DestinationFacts, configure_destinations
from appliance.domain.audits import DrillOutcome, SliceOutcome
from appliance.domain.receipts import Sidecar
from appliance.pipeline.audit import AuditStage
from appliance.pipeline.audit_far import FarCopies
from appliance.pipeline.deposit import DepositStage
from appliance.pipeline.drill import DrillStage
from appliance.pipeline.far_proof import FarPlace
from appliance.pipeline.repair import OwnRepair
from appliance.pipeline.repair_far import FarRepair
from appliance.sync.papers import PackageName
from appliance.workers.pool import WorkerPool
from tests.pipeline.auditing import BLOCK_BYTES, LONG, PLAN, flipped
from tests.pipeline.making import BOX_ID, Bench
from tests.sync.making import STORE_ID, Box
from tests.sync.plain_making import plain_far

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.catalogue.audit_tables import AuditSliceRow
    from tests.sync.plain_making import PlainFar

PLACE = "so"
KINDS = (pytest.param("sftp-add-only", marks=pytest.mark.sshd), "ext4", "split")
MEMORY_BYTES = 2 * 1024**3


class Audited:
    """A box with two sealed packages, proved at a plain place."""

    def __init__(self, bench: Bench, far: PlainFar, *, is_downloaded: bool) -> None:
        self.bench, self.far = bench, far
        self.place = FarPlace(PLACE, "Sở Nội vụ", lambda: far.remote, is_downloaded)

    def send(self) -> None:
        """Deposit what waits."""
        catalogue, store = self.bench.catalogue, self.bench.store
        DepositStage(catalogue, store, PLACE, lambda: self.far.remote, 32).run_once("sync:so:1")
        assert [row.state for row in self.bench.deposits(PLACE)] == ["proved", "proved"]

    def run(self) -> SliceOutcome | None:
        """One slice that a person asked for: whatever was proved before is read again."""
        self.bench.clock.advance(60)
        catalogue = self.bench.catalogue
        repair = OwnRepair(catalogue, self.bench.store, [self.place])
        copies = FarCopies(catalogue, PLAN, self.place, FarRepair(catalogue, repair))
        stage = AuditStage(catalogue, PLAN, copies)
        return stage.work(stage.ask(3600), LONG)

    def last(self) -> AuditSliceRow:
        """What the last slice counted."""
        with self.bench.catalogue.read() as session:
            row = audits.last_slice(session, PLACE)
        assert row is not None
        return row

    def drill(self) -> DrillOutcome:
        """A restore drill there; how it ended."""
        bench = self.bench
        stage = DrillStage(
            bench.catalogue,
            bench.store,
            self.place,
            bench.work,
            lambda: WorkerPool(1, MEMORY_BYTES, 60),
        )
        return stage.hold().outcome

    def names(self) -> list[PackageName]:
        """What the packages are called everywhere."""
        rows = self.bench.packages()
        return [PackageName.of(Sidecar.from_bytes(row.sidecar)) for row in rows]

    def quarantined(self) -> int:
        """How many things were put aside there."""
        return len(list((self.far.root / ".appliance" / "quarantine").glob("*")))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A box with two sealed packages of several blocks; only to be copied."""
    with WorkerPool(1, MEMORY_BYTES, 60) as pool, pytest.MonkeyPatch.context() as patch:
        for module in ("packaging.verify.whole", "pipeline.sealing_sidecar"):
            patch.setattr(f"appliance.{module}.TRANSFER_BLOCK_BYTES", BLOCK_BYTES)
        bench = Bench(tmp_path_factory.mktemp("sealed") / "box", pool)
        with bench.catalogue.write() as writing:
            place = DestinationFacts(PLACE, "Sở Nội vụ", "sftp", STORE_ID)
            configure_destinations(writing, (place,))
        bench.register({"HS-01": 1, "HS-02": 1})
        bench.drop_pages("HS-01", 1)
        bench.drop_pages("HS-02", 1, first_seed=101)
        bench.settle()
        bench.close()
        yield bench


@pytest.fixture(params=KINDS)
def audited(request: pytest.FixtureRequest, sealed: Bench, tmp_path: Path) -> Iterator[Audited]:
    """The box, sent and proved."""
    shutil.copytree(sealed.folder, tmp_path / "box")
    bench = Bench(tmp_path / "box", sealed.executor)
    (tmp_path / "other").mkdir()
    sender = Box(tmp_path / "other")
    sender.key = bench.key
    with plain_far(request.param, tmp_path, sender) as far:
        made = Audited(bench, far, is_downloaded=request.param.startswith("sftp"))
        made.send()
        yield made
    bench.close()


def test_damage_is_found_put_aside_repaired_and_proved_anew(audited: Audited) -> None:
    """A bit, an end and a whole package: each is found by the next audit, and none stays."""
    first, second = audited.names()
    whole = [audited.far.stored_bytes(name) for name in (first, second)]
    audited.far.change(first, flipped)
    audited.far.change(second, lambda data: data[:-10])
    assert audited.run() is SliceOutcome.DONE
    assert (audited.last().damaged, audited.last().repaired) == (2, 2)
    assert audited.quarantined() > 1
    audited.send()
    assert [audited.far.stored_bytes(name) for name in (first, second)] == whole
    assert audited.drill() is DrillOutcome.PASSED


def test_a_package_that_is_gone_is_sent_again(audited: Audited) -> None:
    """Whoever removed it: the next audit finds out, and the proof is renewed."""
    name = audited.names()[0]
    whole = audited.far.stored_bytes(name)
    before = audited.bench.deposits(PLACE)[0].proved_at or ""
    audited.bench.clock.advance(46 * 86_400)
    audited.far.change(name, lambda _data: None)
    assert audited.run() is SliceOutcome.DONE
    assert audited.last().repaired == 1
    audited.send()
    assert audited.far.stored_bytes(name) == whole
    assert all((row.proved_at or "") > before for row in audited.bench.deposits(PLACE))
    assert audited.drill() is DrillOutcome.PASSED


def test_a_place_that_went_back_stops_its_audit(audited: Audited) -> None:
    """Receipts that were there and are not: a person is told, and nothing is judged or repaired."""
    ledger = audited.far.root / ".appliance" / f"receipts-{BOX_ID}" / "000000"
    newest = sorted(ledger.glob("*.json*"))[-2:]
    kept = [(path, path.read_bytes()) for path in newest]
    for path, _ in kept:
        path.unlink()
    assert audited.run() is SliceOutcome.HALTED
    with audited.bench.catalogue.read() as session:
        (notice,) = [finding for finding, _ in box_rows.notices(session)]
    assert (notice.code, notice.where) == ("FAR-RECEIPTS-CUT", PLACE)
    for path, data in kept:
        path.write_bytes(data)
    assert audited.run() is SliceOutcome.DONE
    assert audited.last().proved == 2
    with audited.bench.catalogue.read() as session:
        assert box_rows.notices(session) == ()
