"""Reading text is the slow part: what comes in never waits for it."""

from __future__ import annotations

import datetime as dt
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from appliance.bootstrap import LOWEST_PRIORITY, open_appliance
from appliance.catalogue import register
from appliance.config import load_settings
from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from appliance.samples.values import SampleFonds
from appliance.service import demo
from appliance.service.demo_site import DemoSite
from appliance.service.parts import PARTS
from appliance.service.running import Service
from tests.fakes.slow_engine import SlowEngine
from tests.pipeline.making import workbook_of
from tests.service.making import eventually, lone_settings
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.bootstrap import Appliance

LOCAL = frozenset(PARTS) - {"sync"}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowEngine:
    """An engine that reads nothing until it is let."""
    folder = tmp_path / "engine"
    folder.mkdir()
    made = SlowEngine(folder)
    made.install(monkeypatch)
    return made


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Appliance]:
    """A box with one worker that reads text, and two hồ sơ on its approved list."""
    path = lone_settings(tmp_path)
    path.write_text(path.read_text().replace("enabled = false", "enabled = true"))
    made = open_appliance(load_settings(path))
    import_workbook(made.catalogue, workbook_of({"HS-01": 2, "HS-02": 3}))
    day = dt.date(2026, 3, 16)
    approve(made.catalogue, Approval("DM-01", "12/QĐ", day, "Nguyễn Văn An"))
    yield made
    made.close()


def scan(box: Appliance, file_code: str, count: int, first_seed: int) -> None:
    """Drop good pages."""
    folder = box.settings.paths.drop / "scan01" / file_code
    folder.mkdir()
    for number in range(1, count + 1):
        (folder / f"{number:04d}.png").write_bytes(page_bytes(first_seed + number))


def state_of(box: Appliance, file_code: str) -> str:
    """Of a hồ sơ."""
    with box.catalogue.read() as session:
        unit = register.file_unit_row(session, file_code)
    assert unit is not None
    return unit.state


def test_pages_come_in_while_others_are_read(box: Appliance, engine: SlowEngine) -> None:
    """With every process of the reader busy without end, new pages are inspected and settled."""
    service = Service(box, LOCAL)
    service.start()
    try:
        scan(box, "HS-01", 2, 10)
        eventually(lambda: bool(engine.niceness), "the first page is being read")
        scan(box, "HS-02", 3, 20)
        eventually(lambda: state_of(box, "HS-02") == "reviewed", "the second hồ sơ is in")
        assert state_of(box, "HS-01") == "reviewed"
        assert engine.niceness == [LOWEST_PRIORITY]
        engine.let()
        eventually(lambda: state_of(box, "HS-01") == "sealed", "the first hồ sơ goes on")
        eventually(lambda: state_of(box, "HS-02") == "sealed", "and so does the second")
    finally:
        engine.let()
        service.stop()


def test_a_demo_waits_for_a_page_that_is_being_read(
    box: Appliance, engine: SlowEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However long it takes; it is stuck only when nothing moves and nobody reads."""
    monkeypatch.setattr(demo, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(demo, "_STALL_SECONDS", 0.1)
    approval = Approval("DM-01", "12/QĐ", dt.date(2026, 3, 16), "Nguyễn Văn An")
    sample = SampleFonds(tmp_path, tmp_path / "none.xlsx", approval, (), ())
    shown = demo._Demo(DemoSite(tmp_path / "site", 0), sample, box, threading.Event())
    service = Service(box, LOCAL)
    service.start()
    try:
        scan(box, "HS-01", 2, 10)
        eventually(lambda: bool(engine.niceness), "the first page is being read")
        with ThreadPoolExecutor(1) as waiting:
            ended = waiting.submit(shown._wait, answers=True, address=None)
            with pytest.raises(TimeoutError):
                ended.result(timeout=1)
            engine.let()
            assert ended.result() is False
        eventually(lambda: state_of(box, "HS-01") == "sealed", "the hồ sơ goes on")
    finally:
        engine.let()
        service.stop()


@pytest.mark.parametrize(("cores", "readers"), [(1, 1), (2, 1), (3, 2), (8, 7)])
def test_text_is_read_on_every_core_but_one(
    box: Appliance, monkeypatch: pytest.MonkeyPatch, cores: int, readers: int
) -> None:
    """One core stays free for what comes in; a box of one core reads all the same."""
    monkeypatch.setattr(type(box), "worker_count", lambda _: cores)
    assert box.derive_count() == readers
    with box.worker_pool() as takes_in, box.derive_pool() as reads:
        assert (len(takes_in._threads), len(reads._threads)) == (cores, readers)
        assert takes_in.submit(os.nice, 0).result() == os.nice(0)
        assert reads.submit(os.nice, 0).result() == LOWEST_PRIORITY
