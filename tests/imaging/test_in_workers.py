"""Pages are inspected and derived in child processes as they are in this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RuleError
from appliance.imaging.derivation import DerivationOptions, derive_page
from appliance.imaging.inspection import InspectionLimits, inspect_image
from appliance.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """One child with room for a page."""
    with WorkerPool(1, 1024 * 1024 * 1024, 60) as pool:
        yield pool


def test_inspection_runs_in_a_worker(pool: WorkerPool, text_page: Path, tmp_path: Path) -> None:
    """The same facts come back as from a call in this process."""
    limits = InspectionLimits()
    named = {"name": "p", "views_folder": tmp_path, "limits": limits}
    here = inspect_image(text_page, name="p", views_folder=tmp_path, limits=limits)
    assert pool.submit(inspect_image, text_page, **named).result() == here


def test_derivation_errors_travel_with_their_findings(pool: WorkerPool, text_page: Path) -> None:
    """A refusal by rule arrives with its code and findings."""
    options = DerivationOptions(reads_text=False)
    with pytest.raises(RuleError) as caught:
        pool.submit(derive_page, text_page, 2, text_page.parent, options).result()
    assert (caught.value.code, caught.value.findings[0].code) == ("DERIVE-FAILED", "DERIVE-FAILED")
