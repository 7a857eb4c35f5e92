"""Audits of a real receiver behind a real sshd, and the command line over them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.domain.audits import SliceOutcome
from appliance.domain.receipts import Sidecar
from appliance.pipeline.audit import AuditStage
from appliance.pipeline.audit_far import FarCopies
from appliance.pipeline.audit_own import OwnCopies
from appliance.pipeline.deposit import DepositStage
from appliance.pipeline.drill import DrillStage
from appliance.pipeline.far_proof import FarPlace
from appliance.pipeline.master_copies import MasterCopies
from appliance.pipeline.repair import OwnRepair
from appliance.pipeline.repair_far import FarRepair
from appliance.sync.farstore import allow_sender
from appliance.sync.papers import PackageName
from appliance.workers.pool import WorkerPool
from tests.pipeline.auditing import LONG, PLAN, flipped
from tests.pipeline.making import BOX_ID, Bench
from tests.sync.making import Box, SshFar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.catalogue.tables import PackageRow

pytestmark = pytest.mark.sshd
DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "flipped": flipped,
    "truncated": lambda data: data[:-10],
    "grown": lambda data: data + b"x",
    "removed": lambda _data: None,
}


class Real:
    """A box with two sealed packages, deposited at a real receiver."""

    def __init__(self, bench: Bench, far: SshFar) -> None:
        self.bench, self.far = bench, far
        self.place = FarPlace("province", "Kho lưu trữ tỉnh", far.remote)

    def send(self) -> None:
        """Deposit what waits."""
        stage = DepositStage(
            self.bench.catalogue, self.bench.store, "province", self.far.remote, 32
        )
        stage.run_once("sync:province:1")

    def run(self, *, own: bool = False) -> SliceOutcome | None:
        """One slice, here or there."""
        catalogue, store = self.bench.catalogue, self.bench.store
        repair = OwnRepair(catalogue, store, [self.place])
        copies: OwnCopies | FarCopies = FarCopies(
            catalogue, PLAN, self.place, FarRepair(catalogue, repair)
        )
        if own:
            copies = OwnCopies(catalogue, PLAN, store, repair, MasterCopies(catalogue, store))
        stage = AuditStage(catalogue, PLAN, copies)
        return stage.work(stage.ask(3600), LONG)

    def name(self, package: PackageRow) -> PackageName:
        """What the package is called everywhere."""
        return PackageName.of(Sidecar.from_bytes(package.sidecar))

    def states(self) -> list[str]:
        """Where the deposits stand."""
        return [row.state for row in self.bench.deposits()]


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A box with two sealed packages; only to be copied."""
    with WorkerPool(1, 2 * 1024**3, 60) as pool:
        bench = Bench(tmp_path_factory.mktemp("sealed") / "box", pool)
        bench.sealed({"HS-01": 1, "HS-02": 1})
        bench.close()
        yield bench


@pytest.fixture
def real(sealed: Bench, tmp_path: Path) -> Iterator[Real]:
    """A sealed, sent and proved box."""
    if shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None:
        pytest.skip("needs a real sshd: apt install openssh-server")
    shutil.copytree(sealed.folder, tmp_path / "box")
    bench = Bench(tmp_path / "box", sealed.executor)
    (tmp_path / "other").mkdir()
    far = SshFar(tmp_path / "far", Box(tmp_path / "other"))
    allow_sender(far.root, BOX_ID, bench.key.public)
    with far.sshd:
        made = Real(bench, far)
        made.send()
        assert made.states() == ["proved", "proved"]
        yield made
    bench.close()


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_in_a_real_store_is_found_and_repaired(
    real: Real, change: Callable[[bytes], bytes | None]
) -> None:
    """The receiver puts its copy aside, and an ordinary deposit makes it whole."""
    package = real.bench.packages()[0]
    name = real.name(package)
    whole = real.far.stored_bytes(name)
    real.far.change(name, change)
    real.bench.clock.advance(46 * 86_400)
    assert real.run() is SliceOutcome.DONE
    assert real.states() == ["waiting", "proved"]
    real.send()
    assert real.states() == ["proved", "proved"]
    assert real.far.stored_bytes(name) == whole


def test_a_swap_of_two_packages_there_is_found(real: Real) -> None:
    """Whole, signed and in the other's place: still not what was sealed."""
    one, two = (real.name(package) for package in real.bench.packages())
    first, second = real.far.stored_bytes(one), real.far.stored_bytes(two)
    real.far.change(one, lambda _data: second)
    real.far.change(two, lambda _data: first)
    real.bench.clock.advance(46 * 86_400)
    assert real.run() is SliceOutcome.DONE
    real.send()
    assert real.states() == ["proved", "proved"]
    assert (real.far.stored_bytes(one), real.far.stored_bytes(two)) == (first, second)


def test_the_box_is_repaired_from_a_real_store(real: Real) -> None:
    """Blocks come over the line, from a copy that was proved just now."""
    package = real.bench.packages()[0]
    path = real.bench.package_path(package)
    whole = path.read_bytes()
    path.unlink()
    real.bench.clock.advance(46 * 86_400)
    assert real.run(own=True) is SliceOutcome.DONE
    assert path.read_bytes() == whole


def test_a_drill_brings_a_package_back(real: Real) -> None:
    """Fetched over the line, verified, drawn and decoded."""
    bench = real.bench
    stage = DrillStage(
        bench.catalogue,
        bench.store,
        real.place,
        bench.work,
        lambda: WorkerPool(1, 2 * 1024**3, 60),
    )
    result = stage.hold()
    assert result.findings == ()
    assert json.loads(json.dumps(dict(result.facts)))["frame"] == 1
