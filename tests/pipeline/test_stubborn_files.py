"""One stubborn file: whatever cannot be mended or measured costs itself, and its part goes on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import pytest

from appliance.domain.errors import StorageError
from appliance.pipeline.rescan import WEB_SCANNER, RescanDrop
from appliance.pipeline.targets import TargetStage
from tests.pipeline.making import codes_of
from tests.pipeline.test_targets import notices, take
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.making import Bench


@pytest.mark.parametrize(
    "problem", [OSError(5, "Input/output error"), StorageError("no room", code="STORAGE-FULL")]
)
def test_a_copy_that_cannot_be_mended_now_stops_no_other_page(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """Two faults at once, in the store and in the drop: told, tried again, parked at last."""
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.store.master_path(bench.masters()[0].sha256).unlink()

    def fail(*_: object) -> object:
        raise problem

    monkeypatch.setattr(type(bench.store), "copy_master", fail)
    for _ in range(3):
        bench.inspect_stage().run_once("test:1")
        bench.clock.advance(60)
    bad, good = bench.masters()
    assert (bad.state, good.state) == ("parked", "inspected")
    assert "MASTER-DIFFERS" in codes_of(bad)
    assert list(bench.claimed.iterdir()) != []


def test_a_sheet_that_breaks_the_measuring_is_one_lost_reading(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any fault of a library in the worker: told as unreadable, and not tried for ever."""
    take(bench, page_bytes(1, "TIFF"), 1)

    def fail(*_: object, **__: object) -> object:
        raise cv2.error("an assertion of the library")

    class Broken:
        """What the executor gives back."""

        result = staticmethod(fail)

    monkeypatch.setattr(type(bench.executor), "submit", lambda *_args, **_named: Broken())
    stage = TargetStage(bench.catalogue, bench.store, bench.executor)
    assert stage.run_once("inspect:1") == 1
    assert notices(bench) == ["QUALITY-TARGET-UNREADABLE"]
    assert stage.run_once("inspect:1") == 0


def test_a_name_that_appears_meanwhile_is_never_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the rename another may have dropped that number."""
    other = tmp_path / "drop" / WEB_SCANNER / "HS-01" / "0017.tif"
    other.parent.mkdir(parents=True)

    def look(_name: str, _folder: int) -> bool:
        other.write_bytes(b"dropped meanwhile")
        return False

    monkeypatch.setattr("appliance.pipeline.rescan._exists", look)
    with pytest.raises(StorageError):
        RescanDrop(tmp_path / "drop").put(io.BytesIO(b"sent"), "HS-01", "0017.tif")
    assert other.read_bytes() == b"dropped meanwhile"
    assert [path.name for path in other.parent.iterdir()] == ["0017.tif"]
