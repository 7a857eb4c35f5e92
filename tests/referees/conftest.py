"""The packages that every referee judges: made once, all of them or none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from appliance.imaging.derivation import DerivationOptions
from appliance.workers.pool import WorkerPool
from tests.pipeline.making import Bench
from tests.referees.long_unit import package_long_unit
from tests.referees.sealing import (
    seal_demo_fonds,
    seal_level_1b,
    seal_long_unit,
    seal_odd_units,
)
from tests.referees.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.samples.values import SampleFonds

LONG_PAGES: Final = 2000
DROPPED_PAGES: Final = int(os.environ.get("APPLIANCE_LONG_PAGES", "0"))
"""Pages of a hồ sơ that goes the whole way from the drop; in the usual run none: it is slow.

Then the pages of the demo are read by tesseract too, so that their PDFs hold real words.
"""
SAMPLE: Final = Path(__file__).parents[1] / "packaging" / "format-1"
_MEMORY_BYTES: Final = 2 * 1024**3
_TASK_SECONDS: Final = 300


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    """Real worker processes."""
    with WorkerPool(2, _MEMORY_BYTES, _TASK_SECONDS) as made:
        yield made


@pytest.fixture(scope="session")
def boxes(tmp_path_factory: pytest.TempPathFactory, pool: WorkerPool) -> Iterator[dict[str, Bench]]:
    """A box each for the demo, for what is odd, for PDF/A-1b, and for very many pages."""
    names = ("demo", "odd", "1b", "long")
    made = {name: Bench(tmp_path_factory.mktemp(name), pool) for name in names}
    if DROPPED_PAGES and shutil.which("tesseract"):
        made["demo"].options = DerivationOptions(reads_text=True)
    yield made
    for bench in made.values():
        bench.close()


@pytest.fixture(scope="session")
def subjects(
    boxes: dict[str, Bench], sample: SampleFonds, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Subject]:
    """Every package by name: the demo fonds, 2,000 pages, every odd thing, format 1."""
    folder = tmp_path_factory.mktemp("unpacked")
    (format_1,) = SAMPLE.glob("*.zip")
    found = {
        **seal_demo_fonds(boxes["demo"], sample),
        **seal_odd_units(boxes["odd"]),
        "long": package_long_unit(tmp_path_factory.mktemp("long"), LONG_PAGES),
        "format-1": format_1,
    }
    if DROPPED_PAGES:
        found["dropped"] = seal_long_unit(boxes["long"], DROPPED_PAGES)
    made = {name: Subject.unpacked(name, path, folder) for name, path in found.items()}
    made["level-1b"] = Subject.unpacked("level-1b", seal_level_1b(boxes["1b"]), folder, "1b")
    return made
