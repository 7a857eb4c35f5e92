"""A real catalogue in a file, with a clock that tests move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits
from appliance.catalogue.engine import Catalogue, open_catalogue
from tests.catalogue.making import PROVINCE, add_package, add_unit, deposit_to
from tests.fakes.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clock() -> FakeClock:
    """The clock of the catalogue."""
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalogue lies; its folder is not there yet."""
    return tmp_path / "state" / "catalogue.db"


@pytest.fixture
def catalogue(path: Path, clock: FakeClock) -> Iterator[Catalogue]:
    """An empty catalogue."""
    opened = open_catalogue(path, clock)
    yield opened
    opened.close()


@pytest.fixture
def deposit_id(catalogue: Catalogue) -> int:
    """One package that is owed to the province."""
    with catalogue.write() as writing:
        deposits.configure_destinations(writing, [PROVINCE])
        package = add_package(writing, add_unit(writing).id or 0)
        return deposit_to(writing, package, "province").id or 0
