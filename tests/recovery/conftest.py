"""Fixtures of the recovery tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.recovery.making import FIRST, LostBox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


@pytest.fixture
def box(bench: Bench) -> LostBox:
    """A box with two sealed hồ sơ, proved at the province, and a backup there."""
    bench.sealed(FIRST)
    lost = LostBox(bench)
    lost.deposit()
    lost.back_up()
    return lost
