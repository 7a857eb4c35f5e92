"""Fixtures of the pipeline tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerPool
from tests.pipeline.auditing import Audits, copied, sealed_and_proved
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


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, pool: WorkerPool) -> Audits:
    """Two packages, proved at two destinations; only to be copied."""
    made = sealed_and_proved(Bench(tmp_path_factory.mktemp("audits"), pool), 2)
    made.bench.close()
    return made


@pytest.fixture
def audits(template: Audits, tmp_path: Path) -> Iterator[Audits]:
    """Two packages, proved at two destinations, and their audits."""
    made = copied(template, tmp_path / "box")
    yield made
    made.bench.close()


@pytest.fixture(scope="session")
def many_template(tmp_path_factory: pytest.TempPathFactory, pool: WorkerPool) -> Audits:
    """Six packages, proved at two destinations; only to be copied."""
    made = sealed_and_proved(Bench(tmp_path_factory.mktemp("audits"), pool), 6)
    made.bench.close()
    return made


@pytest.fixture
def many_audits(many_template: Audits, tmp_path: Path) -> Iterator[Audits]:
    """Six packages, proved at two destinations, and their audits."""
    made = copied(many_template, tmp_path / "box")
    yield made
    made.bench.close()
