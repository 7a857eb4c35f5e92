"""Fixtures of the hot folder tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.watchers.making import Watched

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """An empty hot folder with one scanner's folder in it."""
    root = tmp_path / "drop"
    (root / "scan01").mkdir(parents=True)
    return Watched(root)
