"""Fixtures of the command line tests."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import open_appliance
from appliance.cli.logs import _CHATTY
from appliance.config import load_settings
from tests.cli.making import Command
from tests.service.conftest import site
from tests.service.making import lone_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance

__all__ = ["site"]


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """Commands set log levels for their process; the tests after them keep their own."""
    before = {name: logging.getLogger(name).level for name in _CHATTY}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a box without destinations."""
    return lone_settings(tmp_path)


@pytest.fixture
def run(config: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command over the box."""
    return Command(config, capsys)


@pytest.fixture
def appliance(config: Path) -> Iterator[Appliance]:
    """The opened box."""
    made = open_appliance(load_settings(config))
    yield made
    made.close()
