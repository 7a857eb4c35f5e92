"""A box with one hồ sơ of any length, ready to be sealed, that can be sealed again and again."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from appliance.domain.records import Approval
from appliance.pipeline.register import approve, import_workbook
from appliance.spreadsheet.workbook import Workbook, WorkbookRow
from benchmarks.bench_burst import small_page
from benchmarks.box import drop, take_in
from benchmarks.intake_pages import pages_of
from benchmarks.seal_opening import MEASURED, WARM, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL: Final = "small"
"""Pages of a few hundred bytes, where only their number matters."""

_FONDS: Final = {"fonds_code": "BENCH", "name": "Phông đo tốc độ", "archive_code": "H11"}
_UNIT: Final = {
    "fonds_code": "BENCH",
    "title": "Hồ sơ đo tốc độ",
    "maintenance": "01",
    "mode": "01",
    "language": "01",
    "startDate": "02/01/1983",
    "endDate": "30/12/1983",
    "totalDoc": "1",
    "paperFileCode": "12",
    "riskRecovery": "1",
    "riskRecoveryStatus": "02",
}
_LIST: Final = "DM-01"
_APPROVAL: Final = Approval(_LIST, "12/QĐ-SNV", dt.date(2026, 3, 16), "Nguyễn Văn An")


def fill(folder: Path, kind: str, page_count: int) -> None:
    """Take both hồ sơ in, and bring them to where they wait for their seal.

    Args:
        folder: Of the box.
        kind: ``SMALL`` or a key of ``intake_pages.FORMATS``.
        page_count: Pages of the measured hồ sơ.
    """
    pages = {WARM: 1, MEASURED: page_count}
    sources = _sources(folder, kind, page_count + 1)
    with closing(opened(folder)) as appliance, appliance.worker_pool() as pool:
        import_workbook(appliance.catalogue, _register(pages))
        approve(appliance.catalogue, _APPROVAL)
        plan = [(sources[0], WARM, f"0001{sources[0].suffix}")]
        plan += [
            (source, MEASURED, f"{number:04d}{source.suffix}")
            for number, source in enumerate(sources[1:], start=1)
        ]
        take_in(appliance, pool, drop(appliance, plan))
        assemble, derive = appliance.assemble_stage(), appliance.derive_stage(pool)
        while assemble.run_once("bench:0") + derive.run_once("bench:0"):
            pass


def _sources(folder: Path, kind: str, count: int) -> list[Path]:
    if kind != SMALL:
        return pages_of(kind, count)
    made = folder / "small"
    made.mkdir()
    paths = [made / f"{number:05d}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(small_page(number))
    return paths


def _register(pages: dict[str, int]) -> Workbook:
    units = {
        code: {
            **_UNIT,
            "arcFileCode": code,
            "numberOfPaper": str(count),
            "numberOfPage": str(count),
        }
        for code, count in pages.items()
    }
    listed = {"list_code": _LIST, "title": "Đợt 1"}
    return Workbook(
        fonds=(WorkbookRow(_FONDS, "Phông", 3),),
        file_units=tuple(
            WorkbookRow(unit, "Hồ sơ", number) for number, unit in enumerate(units.values(), 3)
        ),
        list_items=tuple(
            WorkbookRow({**listed, "file_code": code}, "Danh mục", number)
            for number, code in enumerate(units, 3)
        ),
    )


@contextmanager
def twin(folder: Path) -> Iterator[Path]:
    """The box once more, as it was before its seal: stored files by link, all else by copy."""
    target = folder.with_name(f"{folder.name}-twin")
    shutil.copytree(folder, target, copy_function=_copied)
    try:
        yield target
    finally:
        shutil.rmtree(target)


def _copied(source: str, target: str) -> None:
    if "/store/" in source:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def packages(folder: Path) -> list[Path]:
    """Every package of the box in a folder, the largest last."""
    found = (folder / "state").rglob("*.zip")
    return sorted(found, key=lambda path: path.stat().st_size)
