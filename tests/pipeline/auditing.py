"""Audits of a bench: its own copies and two far sides in memory, and ways to damage each."""

from __future__ import annotations

import copy
import datetime as dt
import shutil
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pytest
from sqlmodel import col, select

from appliance.catalogue import audit_overview, audits
from appliance.catalogue.audit_tables import AuditSliceRow, DamageRow, PackageCheckRow
from appliance.catalogue.standing import read_standing
from appliance.domain.audits import BOX_PLACE, AuditPlan, SliceKind
from appliance.domain.coverage import judge_coverage
from appliance.domain.receipts import Sidecar
from appliance.pipeline.audit import AuditStage
from appliance.pipeline.audit_far import FarCopies
from appliance.pipeline.audit_own import OwnCopies
from appliance.pipeline.far_proof import FarPlace
from appliance.pipeline.master_copies import MasterCopies
from appliance.pipeline.repair import OwnRepair
from appliance.pipeline.repair_far import FarRepair
from appliance.sync.papers import PackageName

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.catalogue.tables import PackageRow
    from appliance.domain.audits import SliceOutcome
    from appliance.domain.levels import Level
    from tests.pipeline.making import Bench
    from tests.sync.fakes import FakeRemote

BLOCK_BYTES: Final = 64 * 1024
"""Of the packages here: several to each, though they are small."""
DAY: Final = 86_400
PLAN: Final = AuditPlan(
    start=dt.time(22, 0),
    budget_seconds=4 * 3600,
    every_days=90,
    scrub_days=30,
    fetch_bytes=1 << 30,
    zone=dt.timezone(dt.timedelta(hours=7)),
)
LONG: Final = 3600.0


@dataclass
class Audits:
    """A bench with sealed and proved packages, and its audits.

    Args:
        bench: The box.
        far: Its far sides by name.
        plan: When audits work.
    """

    bench: Bench
    far: dict[str, FakeRemote] = field(default_factory=dict)
    plan: AuditPlan = PLAN

    def places(self) -> list[FarPlace]:
        """Every destination."""
        return [
            FarPlace(name, name.title(), lambda remote=remote: remote)  # type: ignore[misc]  # bound now
            for name, remote in self.far.items()
        ]

    def own_repair(self) -> OwnRepair:
        """Repairs the box's copies."""
        return OwnRepair(self.bench.catalogue, self.bench.store, self.places())

    def stage(self, place: str = BOX_PLACE) -> AuditStage:
        """The audit of one place."""
        catalogue, store, repair = self.bench.catalogue, self.bench.store, self.own_repair()
        if place == BOX_PLACE:
            masters = MasterCopies(catalogue, store)
            own = OwnCopies(catalogue, self.plan, store, repair, masters)
            return AuditStage(catalogue, self.plan, own)
        (at,) = [one for one in self.places() if one.name == place]
        far = FarCopies(catalogue, self.plan, at, FarRepair(catalogue, repair))
        return AuditStage(catalogue, self.plan, far)

    def run(self, place: str = BOX_PLACE) -> SliceOutcome | None:
        """One slice of what is due, to its end; how it ended."""
        with self.bench.catalogue.write() as writing:
            slice_id = audits.begin_slice(writing, place, SliceKind.NIGHT, PLAN.budget_seconds)
        return self.stage(place).work(slice_id, LONG)

    def ask(self, place: str = BOX_PLACE) -> SliceOutcome | None:
        """One slice that a person asked for, to its end; how it ended."""
        stage = self.stage(place)
        return stage.work(stage.ask(PLAN.budget_seconds), LONG)

    def send(self) -> None:
        """Deposit what waits, at every destination."""
        for name, remote in self.far.items():
            self.bench.deposit_stage(remote, name).run_once(f"sync:{name}:1")

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.bench.clock.advance(days * DAY)

    # damage

    def path(self, package: PackageRow) -> Path:
        """Where the box's copy lies."""
        return self.bench.package_path(package)

    def change_own(self, package: PackageRow, data: bytes | None) -> None:
        """Put other bytes, or none, in place of the box's copy."""
        path = self.path(package)
        path.unlink()
        if data is not None:
            path.write_bytes(data)

    def name(self, package: PackageRow) -> PackageName:
        """What the package is called everywhere."""
        with self.bench.catalogue.read() as session:
            found = audits.package(session, package.id or 0)
        return PackageName.of(Sidecar.from_bytes(found.sidecar))

    def far_bytes(self, package: PackageRow, place: str = "province") -> bytes | None:
        """What lies at a destination."""
        return self.far[place].stored.get(self.name(package))

    def change_far(self, package: PackageRow, data: bytes | None, place: str = "province") -> None:
        """Put other bytes, or none, in place of a destination's copy."""
        stored = self.far[place].stored
        if data is None:
            del stored[self.name(package)]
        else:
            stored[self.name(package)] = data

    # what is recorded

    def check(self, package: PackageRow) -> PackageCheckRow:
        """The box's copy, as it is recorded."""
        with self.bench.catalogue.read() as session:
            return audits.own_copy(session, package.id or 0)

    def damage(self) -> list[DamageRow]:
        """All damage, as it was found."""
        with self.bench.catalogue.read() as session:
            return list(session.exec(select(DamageRow).order_by(col(DamageRow.id))))

    def level(self, place: str = BOX_PLACE) -> Level:
        """The level of the coverage of a place."""
        with self.bench.catalogue.read() as session:
            standing = read_standing(session, self.bench.clock.now())
            covered = audit_overview.coverage(session, standing)
        (found,) = [one for one in covered if one.place == place]
        return judge_coverage(found).level

    def slices(self, place: str = BOX_PLACE) -> list[AuditSliceRow]:
        """The slices of a place, as they began."""
        with self.bench.catalogue.read() as session:
            return list(reversed(audits.slices_of(session, place, 100)))

    def states(self, place: str = "province") -> list[str]:
        """Where the deposits of a destination stand."""
        return [row.state for row in self.bench.deposits(place)]


def sealed_and_proved(bench: Bench, units: int) -> Audits:
    """A bench whose packages are sealed in small blocks, and proved at both destinations."""
    with pytest.MonkeyPatch.context() as patch:
        for place in ("packaging.verify.whole", "pipeline.sealing_sidecar"):
            patch.setattr(f"appliance.{place}.TRANSFER_BLOCK_BYTES", BLOCK_BYTES)
        bench.sealed({f"HS-{number:02d}": 1 for number in range(1, units + 1)})
    made = Audits(bench, {name: bench.far_side(name) for name in ("province", "ministry")})
    made.send()
    assert made.states() == made.states("ministry") == ["proved"] * units
    return made


def copied(audits: Audits, folder: Path) -> Audits:
    """The same box and the same far sides once more: sealing takes longer than any test."""
    shutil.copytree(audits.bench.folder, folder)
    bench = type(audits.bench)(folder, audits.bench.executor)
    return Audits(bench, {name: twin_of(remote) for name, remote in audits.far.items()})


def twin_of(remote: FakeRemote) -> FakeRemote:
    """A far side that has the same, and goes on by itself."""
    twin = copy.copy(remote)
    for name, value in vars(remote).items():
        if isinstance(value, dict | list | deque):
            setattr(twin, name, copy.copy(value))
    return twin


def flipped(data: bytes, offset: int = -100) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[offset] ^= 1
    return bytes(changed)
