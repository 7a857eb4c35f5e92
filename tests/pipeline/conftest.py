"""Fixtures of the pipeline tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench

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
    made = Bench(tmp_path, pool)
    yield made
    made.close()
