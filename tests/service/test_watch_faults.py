"""The watching part under attack and on a failing disk: a file costs itself, no fault is silent."""

from __future__ import annotations

import os
import struct
import unicodedata
from typing import TYPE_CHECKING

from appliance.catalogue import box
from appliance.domain.scanners import ScannerProfile
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    import pytest

    from appliance.domain.findings import Finding
    from tests.service.watching import Watching

NOT_A_NUMBER = struct.pack("<d", float("nan"))
CRAFTED_TIFF = b"".join(
    (
        struct.pack("<2sHIH", b"II", 42, 8, 1),
        struct.pack("<HHII", 256, 12, 1, 26),  # a width that is a double, and no number
        bytes(4),
        NOT_A_NUMBER,
    )
)


def test_a_file_larger_than_the_disk_stops_no_other(watching: Watching) -> None:
    """A sparse file may claim any length: it waits unopened, with its size, the pages are taken."""
    huge = watching.put("scan01/HS-01/0001.bin", b"this is no image")
    os.truncate(huge, 1 << 43)
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    assert watching.rounds() == 1
    assert huge.exists()
    assert watching.notices() == [("INTAKE-TOO-LARGE", str(huge))]
    watching.put("scan01/HS-01/0003.png", page_bytes(3))
    assert watching.rounds() == 1
    os.truncate(huge, 16)
    assert watching.rounds() == 1
    assert watching.notices() == []


def test_a_crafted_number_costs_its_file_alone(watching: Watching) -> None:
    """A TIFF whose width is not a number is parked; the pages beside it are taken."""
    watching.put("scan01/HS-01/0001.tif", CRAFTED_TIFF)
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    assert watching.rounds() == 2
    states = {row.name: row.state for row in watching.bench.masters()}
    assert states == {"0001.tif": "parked", "0002.png": "accepted"}


def test_a_hot_folder_that_cannot_be_listed_is_an_alarm(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails to list its folder is not an empty hot folder."""
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    true_scan = os.scandir

    def fail(folder: object) -> object:
        if folder == watching.drop:
            raise OSError(5, "Input/output error")
        return true_scan(folder)  # type: ignore[call-overload]  # passed on as it came

    with monkeypatch.context() as patched:
        patched.setattr("appliance.watchers.hotfolder.os.scandir", fail)
        assert watching.rounds() == 0
        assert watching.notices() == [("INTAKE-FOLDER-GONE", str(watching.drop))]
    assert watching.rounds() == 1
    assert watching.notices() == []


def test_scanners_beyond_the_bound_are_said(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not looked at is never passed over in silence."""
    monkeypatch.setattr("appliance.watchers.hotfolder.MAX_SCANNERS", 1)
    (watching.drop / "scan02").mkdir()
    watching.rounds()
    assert watching.notices() == [("INTAKE-TOO-MANY", str(watching.drop))]


def test_strangers_folders_crowd_out_no_scanner(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders dropped beside the scanners' are many: those that are configured come first."""
    monkeypatch.setattr("appliance.watchers.hotfolder.MAX_SCANNERS", 2)
    for name in ("A-01", "A-02", "A-03"):
        (watching.drop / name).mkdir()
    watching.step = watching.make_step(0, ScannerProfile("scan01", settle_seconds=5.0))
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert watching.notices() == [("INTAKE-TOO-MANY", str(watching.drop))]
    assert [name for name, *_rest in watching.folders()] == ["A-01", "scan01"]


def test_folders_whose_names_look_alike_are_one_line_with_all_that_waits(
    watching: Watching,
) -> None:
    """Made on a Mac and on Windows: what waits in the one is not hidden by the other."""
    for form in ("NFC", "NFD"):
        folder = unicodedata.normalize(form, "máy quét")
        watching.put(f"{folder}/HS-01/{form}.png", b"")
    watching.rounds()
    assert [(name, waiting) for name, _way, waiting, _any in watching.folders()] == [
        ("máy quét", 2),
        ("scan01", 0),
    ]


def test_figures_of_an_alarm_are_renewed(watching: Watching) -> None:
    """What stands on the page is true now, not only when it was first seen; its moment stays."""
    huge = watching.put("scan01/HS-01/0001.png.part", page_bytes(1))
    watching.round()
    watching.round(900)
    ((first, since),) = standing(watching)
    assert first.values["count"] == 1
    huge.with_name("0002.png.part").write_bytes(page_bytes(2))
    watching.round()
    watching.round(900)
    ((second, still),) = standing(watching)
    assert (second.values["count"], still) == (2, since)


def standing(watching: Watching) -> tuple[tuple[Finding, str], ...]:
    """What stands on the page, and since when."""
    with watching.bench.catalogue.read() as session:
        return box.notices(session)


def test_an_alarm_stands_whoever_wipes_it(watching: Watching) -> None:
    """Other parts start and stop beside this one: what holds is on the page after each round."""
    (watching.drop / "scan01" / "link.png").symlink_to("/etc/hostname")
    watching.rounds()
    standing = watching.notices()
    assert [code for code, _place in standing] == ["INTAKE-SPECIAL-FILE"]
    with watching.bench.catalogue.write() as writing:
        box.clear_part_notices(writing, "watch")
    assert watching.notices() == standing
    with watching.bench.catalogue.write() as writing:
        box.clear_notice(writing, *standing[0])
    watching.round()
    assert watching.notices() == standing


def test_an_alarm_of_an_earlier_process_ends_with_its_cause(watching: Watching) -> None:
    """It keeps standing over a restart, with its first moment, and goes when the cause is gone."""
    link = watching.drop / "scan01" / "link.png"
    link.symlink_to("/etc/hostname")
    watching.rounds()
    watching.restart()
    assert len(watching.notices()) == 1
    link.unlink()
    watching.rounds()
    assert watching.notices() == []


def test_a_rescan_never_overtakes_the_scan_that_waits(watching: Watching) -> None:
    """Of two scans of one page the later counts, also when the first waited for inspections."""
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    accept = watching.step.accept
    object.__setattr__(accept, "unproved_bytes", -1)
    assert watching.rounds() == 0
    watching.put("scan01/HS-01/0001.png", page_bytes(2))
    watching.round()
    watching.bench.clock.advance(4.5)
    watching.step.wake(None)
    watching.step.run("watch:1")  # what waits was just tried; it is not due again in this round
    object.__setattr__(accept, "unproved_bytes", 1 << 40)
    watching.round(0.5)
    watching.rounds()
    first, second = watching.bench.masters()
    assert (first.state, second.state) == ("replaced", "accepted")
    assert watching.bench.store.master_path(second.sha256).read_bytes() == page_bytes(2)
