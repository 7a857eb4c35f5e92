"""Stragglers: a batch is split when all of it is there, not when it is merely quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import col, select

from appliance.catalogue.hot_folders import FolderFacts, mark_all_gone, record_folders
from appliance.catalogue.intake_tables import BatchRow
from appliance.domain.scanners import Grouping, ScannerProfile, ScannerProfiles
from appliance.pipeline.batches import BatchStage
from tests.pipeline.making import Bench
from tests.reports.making import sheet_bytes
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.workers.pool import WorkerPool

QUIET_SECONDS = 60.0
SHEET_A, SHEET_B = sheet_bytes("AA1:H:HS-A"), sheet_bytes("AA1:H:HS-B")
PROFILE = ScannerProfile(
    name="scan02", grouping=Grouping.COVER_SHEETS, batch_quiet_seconds=QUIET_SECONDS
)


@pytest.fixture
def bench(tmp_path: Path, pool: WorkerPool) -> Iterator[Bench]:
    """A box with a scanner that works with cover sheets, and two approved hồ sơ."""
    made = Bench(tmp_path, pool, profiles=ScannerProfiles(configured={"scan02": PROFILE}))
    made.register({"HS-A": 1, "HS-B": 1})
    yield made
    made.close()


def drop(bench: Bench, name: str, data: bytes) -> None:
    """Drop one file into the flat folder and inspect it."""
    assert bench.accept_stage().accept_many([bench.claim(data, "scan02", name)]) == 1
    bench.inspect_stage().run_once("inspect:1")


def wait_in_folder(bench: Bench, count: int) -> None:
    """The watching part sees so many files that it may not take yet."""
    facts = FolderFacts("scan02", is_configured=True, way="events", probed_at=None,
                        waiting=count, last_arrival_at=None)  # fmt: skip
    with bench.catalogue.write() as writing:
        record_folders(writing, [facts])


def split(bench: Bench, seconds: float = QUIET_SECONDS) -> list[str]:
    """Let the scanner be quiet, split what is due, and look at the states of all batches."""
    bench.clock.advance(seconds)
    BatchStage(bench.catalogue, 8).run_once("batches:1")
    with bench.catalogue.read() as session:
        return [row.state for row in session.exec(select(BatchRow).order_by(col(BatchRow.id)))]


def pages(bench: Bench, file_code: str) -> list[str]:
    """The names of the pages of a hồ sơ."""
    unit = bench.unit(file_code).id
    return [row.name for row in bench.masters() if row.file_unit_id == unit]


def test_a_cover_sheet_that_is_still_unfinished_holds_its_batch(bench: Bench) -> None:
    """scanner#138: pages behind a sheet that comes late never go to the hồ sơ before it."""
    drop(bench, "0001.png", SHEET_A)
    drop(bench, "0002.png", page_bytes(1))
    drop(bench, "0004.png", page_bytes(2))
    wait_in_folder(bench, 1)
    assert split(bench) == ["open"]
    drop(bench, "0003.png", SHEET_B)
    wait_in_folder(bench, 0)
    assert split(bench) == ["split"]
    assert pages(bench, "HS-A") == ["0002.png"]
    assert pages(bench, "HS-B") == ["0004.png"]


def test_a_folder_that_is_away_holds_its_batches(bench: Bench) -> None:
    """A share that was unmounted in the middle of a stack may hold the rest of it."""
    drop(bench, "0001.png", SHEET_A)
    drop(bench, "0002.png", page_bytes(1))
    wait_in_folder(bench, 0)
    with bench.catalogue.write() as writing:
        mark_all_gone(writing)
    assert split(bench) == ["open"]
    wait_in_folder(bench, 0)
    assert split(bench, 1) == ["split"]
