"""A box without destinations, for benchmarks: settings, catalogue and store in a fresh folder."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from appliance.bootstrap import open_appliance
from appliance.config import BoxSettings, IntakeSettings, PathSettings, Settings, TextSettings
from appliance.config.settings import WorkerSettings
from appliance.disk.durable import make_folder
from appliance.pipeline.register import approve, import_workbook
from appliance.samples.fonds import make_sample_fonds
from appliance.service.taking import batches
from appliance.signing.keys import ensure_key
from appliance.spreadsheet.reading import read_workbook
from appliance.watchers import claims
from appliance.watchers.values import SettledDrop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor

    from appliance.bootstrap import Appliance
    from appliance.samples.values import SampleFonds


NO_TEXT: Final = TextSettings(enabled=False)
DISK: Final = Path("var")
"""Where boxes lie ..."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
"""... and where they lie to tell what no disk has a part in."""


@dataclass(frozen=True)
class Cost:
    """What a piece of work cost: wall seconds, and processor seconds with those of children."""

    wall_seconds: float
    cpu_seconds: float


@contextmanager
def measured(into: list[Cost]) -> Iterator[None]:
    """Append the cost of the block, with that of child processes, living and ended."""
    wall, cpu = time.perf_counter(), _cpu_seconds()
    yield
    into.append(Cost(time.perf_counter() - wall, _cpu_seconds() - cpu))


def _cpu_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(_cpu_seconds_of(pid) for pid in _children())
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def _children() -> list[int]:
    found = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has just ended: another has its children
            found += path.read_text().split()
    return list(map(int, found))


def _cpu_seconds_of(pid: int) -> float:
    """By the process's own clock, which counts in nanoseconds; zero when it has just ended."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # Linux, clock_getcpuclockid(3)
    except OSError:
        return 0.0


_CORES: Final = sorted(os.sched_getaffinity(0))
"""What this program may use, before it keeps itself to less."""


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Keep this process, and the children it starts, to some of its cores; may be nested."""
    before = os.sched_getaffinity(0)
    _keep_to(_CORES[:count])
    yield
    _keep_to(before)


def _keep_to(cores: Iterable[int]) -> None:
    """Every thread has cores of its own: those that were started before as well."""
    for task in Path("/proc/self/task").iterdir():
        with suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(task.name), cores)


def samples() -> SampleFonds:
    """The sample fonds, made once and kept beside the demo's."""
    return make_sample_fonds(DISK / "bench-sample")


@contextmanager
def fresh_box(
    sample: SampleFonds, worker_count: int = 1, text: TextSettings = NO_TEXT, below: Path = DISK
) -> Iterator[Appliance]:
    """A box with the register imported and approved, in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=below, prefix="bench-") as name:
        folder = Path(name).absolute()
        settings = Settings(
            box=BoxSettings(id="bench"),
            paths=PathSettings(folder / "state", folder / "drop", folder / "key"),
            intake=IntakeSettings(settle_seconds=0, patience_seconds=0),
            workers=WorkerSettings(count=worker_count, reserve_mib=0),
            text=text,
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
    """Copy every sample scan into the hot folder, as a finished scanner would leave it."""
    return drop(appliance, [(one.source, one.file_code, one.name) for one in sample.plan])


def drop(appliance: Appliance, plan: Iterable[tuple[Path, str, str]]) -> list[SettledDrop]:
    """Copy files into the hot folder: source, file code and name of each; all are on the disk."""
    drops = []
    for source, file_code, name in plan:
        target = appliance.settings.paths.drop / "scan01" / file_code / name
        make_folder(target.parent)
        shutil.copyfile(source, target)
        drops.append(SettledDrop(target, ("scan01", file_code, name)))
    os.sync()
    return drops


def take_in(appliance: Appliance, pool: Executor, drops: list[SettledDrop]) -> None:
    """Claim, accept and inspect drops as the service does: one part takes in, one inspects."""
    inspect = appliance.inspect_stage(pool)
    rings: SimpleQueue[int | None] = SimpleQueue()
    with ThreadPoolExecutor(1, "watch") as watch:
        taking = watch.submit(_take, appliance, drops, rings)
        while rings.get() is not None:
            while inspect.run_once("bench:0"):
                pass
        taking.result()


def _take(appliance: Appliance, drops: list[SettledDrop], rings: SimpleQueue[int | None]) -> None:
    """Claim and accept, in the service's own batches; how many after each, None at the end."""
    stage, claimed = appliance.accept_stage(), appliance.settings.paths.claimed
    try:
        made = claims.claim_many(drops, claimed)
        for batch in batches(made.claims):
            if stage.accept_many(batch) != len(batch):
                raise RuntimeError("not every drop was accepted")
            rings.put(len(batch))
    finally:
        rings.put(None)
