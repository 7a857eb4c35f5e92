"""Fixtures of the recovery tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.recovery.making import FIRST, LostBox, copied
from tests.recovery.places import Site, live, storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.samples.values import SampleFonds

MEMORY_BYTES = 2 * 1024**3
TASK_SECONDS = 60


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    """Real worker processes, shared: every task is independent of the ones before."""
    with WorkerPool(2, MEMORY_BYTES, TASK_SECONDS) as made:
        yield made


@pytest.fixture
def bench(tmp_path: Path, pool: WorkerPool) -> Iterator[Bench]:
    """An empty box."""
    (tmp_path / "old").mkdir()
    made = Bench(tmp_path / "old", pool)
    yield made
    made.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, pool: WorkerPool) -> LostBox:
    """A box with two sealed hồ sơ, proved at the province, and a backup there; to be copied."""
    bench = Bench(tmp_path_factory.mktemp("template"), pool)
    bench.sealed(FIRST)
    made = LostBox(bench)
    made.deposit()
    made.back_up()
    bench.close()
    return made


@pytest.fixture
def box(template: LostBox, tmp_path: Path) -> Iterator[LostBox]:
    """A box with two sealed hồ sơ, proved at the province, and a backup there."""
    made = copied(template, tmp_path / "old")
    yield made
    made.bench.close()


@pytest.fixture(scope="session")
def lost(
    tmp_path_factory: pytest.TempPathFactory, pool: WorkerPool, sample: SampleFonds
) -> Iterator[Site]:
    """A box with the demo's fonds that is gone, and every place of its copies; only to be read."""
    with storage(tmp_path_factory.mktemp("lost")) as site:
        live(site, pool, sample)
        yield site
