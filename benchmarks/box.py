"""A box without destinations, for benchmarks: settings, catalogue and store in a fresh folder."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.bootstrap import open_appliance
from appliance.config import BoxSettings, IntakeSettings, PathSettings, Settings, TextSettings
from appliance.config.settings import WorkerSettings
from appliance.disk.durable import make_folder
from appliance.pipeline.register import approve, import_workbook
from appliance.samples.fonds import make_sample_fonds
from appliance.signing.keys import ensure_key
from appliance.spreadsheet.reading import read_workbook
from appliance.watchers.hotfolder import SettledDrop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.bootstrap import Appliance
    from appliance.samples.values import SampleFonds


@dataclass(frozen=True)
class Cost:
    """What a piece of work cost: wall seconds, and processor seconds with those of children."""

    wall_seconds: float
    cpu_seconds: float


@contextmanager
def measured(into: list[Cost]) -> Iterator[None]:
    """Append the cost of the block; children count once they have ended."""
    wall, cpu = time.perf_counter(), _cpu_seconds()
    yield
    into.append(Cost(time.perf_counter() - wall, _cpu_seconds() - cpu))


def _cpu_seconds() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def samples() -> SampleFonds:
    """The sample fonds, made once and kept beside the demo's."""
    return make_sample_fonds(Path("var") / "bench-sample")


@contextmanager
def fresh_box(sample: SampleFonds) -> Iterator[Appliance]:
    """A box with the register imported and approved, text switched off, one worker."""
    with tempfile.TemporaryDirectory(dir="var", prefix="bench-") as name:
        folder = Path(name).absolute()
        settings = Settings(
            box=BoxSettings(id="bench"),
            paths=PathSettings(folder / "state", folder / "drop", folder / "key"),
            intake=IntakeSettings(settle_seconds=0, patience_seconds=0),
            workers=WorkerSettings(count=1, reserve_mib=0),
            text=TextSettings(enabled=False),
        )
        ensure_key(settings.paths.key, "bench")
        make_folder(settings.paths.claimed)
        make_folder(settings.paths.work)
        appliance = open_appliance(settings)
        try:
            import_workbook(appliance.catalogue, read_workbook(sample.register))
            approve(appliance.catalogue, sample.approval)
            yield appliance
        finally:
            appliance.close()


def drop_all(appliance: Appliance, sample: SampleFonds) -> list[SettledDrop]:
    """Link every sample scan into the hot folder, as a finished scanner would leave it."""
    drops = []
    for drop in sample.plan:
        target = appliance.settings.paths.drop / "scan01" / drop.file_code / drop.name
        make_folder(target.parent)
        target.write_bytes(drop.source.read_bytes())
        drops.append(SettledDrop(target, ("scan01", drop.file_code, drop.name)))
    os.sync()
    return drops
