"""The register on each engine in turn, two boxes, and a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from appliance.central.engine import open_register
from appliance.central.tables import CentralRow
from tests.central.making import FarPlace, Machine, machine
from tests.central.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.central.engine import Register


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real server of our own, for the whole session."""
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty register on each engine: one suite for both."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'central.db'}"
    found: str = request.getfixturevalue("postgres")
    engine = create_engine(found.replace("postgresql://", "postgresql+psycopg://"))
    CentralRow.metadata.drop_all(engine)
    engine.dispose()
    return found


@pytest.fixture
def register(url: str) -> Iterator[Register]:
    """The same, opened."""
    with open_register(url) as opened:
        yield opened


@pytest.fixture
def box(tmp_path: Path) -> Machine:
    """A box."""
    return machine(tmp_path, "box-01")


@pytest.fixture
def other_box(tmp_path: Path) -> Machine:
    """Another box."""
    return machine(tmp_path, "box-02")


@pytest.fixture
def far(tmp_path: Path) -> FarPlace:
    """A store of the province."""
    return FarPlace(tmp_path / "province", "store-province")
