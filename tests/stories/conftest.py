"""Fixtures of the stories: a box with its hot folder and real worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerPool
from tests.service.watching import Watching
from tests.watchers.making import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY_BYTES = 2 * 1024**3
TASK_SECONDS = 60


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    """A real worker process, shared: every task is independent of the ones before."""
    with WorkerPool(1, MEMORY_BYTES, TASK_SECONDS) as made:
        yield made


@pytest.fixture
def watching(tmp_path: Path, pool: WorkerPool) -> Iterator[Watching]:
    """An empty hot folder and a box that knows nothing yet."""
    made = Watching(tmp_path, pool)
    yield made
    made.close()


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A hot folder alone, with one scanner's folder in it."""
    root = tmp_path / "drop"
    (root / "scan01").mkdir(parents=True)
    return Watched(root)
