"""Target sheets in a batch: measured once, held against the first reading, told as a notice."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image
from sqlmodel import col, select

from appliance.catalogue import box, leases, masters, targets
from appliance.catalogue.intake_tables import TargetReadingRow
from appliance.domain.states import MasterEvent
from appliance.pipeline.targets import TargetStage
from tests.catalogue.making import new_master, page_of
from tests.imaging.printing import printed_target

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.pipeline.making import Bench

PAYLOAD = "AA1:T:T1"


def scan_of(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The bytes that a scanner would drop."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "TIFF", compression="tiff_lzw", dpi=(200, 200))
    return buffer.getvalue()


def take(bench: Bench, data: bytes, number: int) -> None:
    """A target sheet as a batch leaves it: stored, read, marked as a sheet."""
    copy = bench.store.copy_master(io.BytesIO(data), len(data))
    bench.store.publish_masters([copy])
    with bench.catalogue.write() as writing:
        row = new_master(number, None, sha256=copy.fingerprint.sha256, size_bytes=len(data))
        master = masters.add_master(writing, row)
        masters.put_pages(writing, master.id or 0, [page_of(master, sheet_mark=PAYLOAD)])
        masters.transit(writing, master, MasterEvent.RECOGNISE_SHEET, **leases.waits())


def readings(bench: Bench) -> list[TargetReadingRow]:
    """Every reading in order."""
    with bench.catalogue.read() as session:
        statement = select(TargetReadingRow).order_by(col(TargetReadingRow.id))
        return list(session.exec(statement))


def codes(row: TargetReadingRow) -> list[str]:
    """What a reading found wrong."""
    return [finding["code"] for finding in json.loads(row.findings)]


def notices(bench: Bench) -> list[str]:
    """The codes of what stands on the status page."""
    with bench.catalogue.read() as session:
        return [finding.code for finding, _ in box.notices(session)]


def test_a_drift_is_told_until_the_scanner_is_well_again(bench: Bench) -> None:
    """The first reading is the baseline; a blurred one alarms; the next good one ends it."""
    stage = TargetStage(bench.catalogue, bench.store, bench.executor)
    sheet = printed_target(200)
    soft = np.asarray(cv2.GaussianBlur(sheet, (0, 0), 1.0), np.uint8)
    again = sheet.copy()
    again[0, 0] = 254  # other bytes: the sheet was scanned again
    for number, (pixels, wrong) in enumerate(
        ((sheet, []), (soft, ["QUALITY-TARGET-DRIFT"]), (again, [])), start=1
    ):
        take(bench, scan_of(pixels), number)
        assert stage.run_once("inspect:1") == 1
        assert stage.run_once("inspect:1") == 0
        assert codes(readings(bench)[-1]) == wrong
        assert notices(bench) == wrong


def test_a_sheet_that_cannot_be_measured_is_recorded_once(bench: Bench) -> None:
    """It is told, and not tried again for ever; it is no baseline."""
    stage = TargetStage(bench.catalogue, bench.store, bench.executor)
    take(bench, scan_of(np.full((2339, 1654, 3), 255, np.uint8)), 1)
    assert stage.run_once("inspect:1") == 1
    assert stage.run_once("inspect:1") == 0
    (reading,) = readings(bench)
    assert codes(reading) == ["QUALITY-TARGET-UNREADABLE"]
    assert targets.figures_of(reading) is None
    with bench.catalogue.read() as session:
        assert targets.baseline(session, reading.scanner, "T1") is None


def test_a_restart_tells_again(bench: Bench) -> None:
    """Whoever wipes a notice: what the newest reading says stands again at once."""
    stage = TargetStage(bench.catalogue, bench.store, bench.executor)
    take(bench, scan_of(np.full((2339, 1654, 3), 255, np.uint8)), 1)
    stage.run_once("inspect:1")
    with bench.catalogue.write() as writing:
        for finding, _since in box.notices(writing.session):
            box.clear_notice(writing, finding.code, finding.where)
    assert stage.run_once("inspect:1") == 0
    assert notices(bench) == ["QUALITY-TARGET-UNREADABLE"]
