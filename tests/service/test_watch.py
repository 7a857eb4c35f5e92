"""The watching part: what stands in the way is a notice, and one bad file stops nobody."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from appliance.bootstrap import look_at
from appliance.domain.scanners import ScannerProfile
from appliance.watchers.claims import pending_claims, release
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pytest

    from appliance.watchers.hotfolder import Look, ScanResult
    from tests.service.watching import Watching


def test_what_settled_is_taken(watching: Watching) -> None:
    """A dropped page is in the catalogue and gone from the folder."""
    path = watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert not path.exists()
    assert [row.state for row in watching.bench.masters()] == ["accepted"]
    assert watching.notices() == []


def test_claims_of_a_crash_are_taken_first(watching: Watching) -> None:
    """What an earlier process had claimed is taken up in the first round."""
    watching.bench.claim(page_bytes(1), "scan01", "HS-01", "0001.png")
    assert watching.step.run("watch:1") == 1
    assert [row.state for row in watching.bench.masters()] == ["accepted"]


def test_an_obstacle_is_a_notice_while_it_lies_there(watching: Watching) -> None:
    """A link is said on the page, also under a name that is no text, and others are taken."""
    link = watching.drop / "scan01" / os.fsdecode(b"\xff.png")
    link.symlink_to("/etc/hostname")
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    shown = str(watching.drop / "scan01" / "\N{REPLACEMENT CHARACTER}.png")
    assert watching.notices() == [("INTAKE-SPECIAL-FILE", shown)]
    link.unlink()
    watching.rounds()
    assert watching.notices() == []


def test_a_folder_that_is_gone_is_a_notice_until_it_is_back(watching: Watching) -> None:
    """An unmounted hot folder is said, and forgotten when it is mounted again."""
    away = watching.drop.with_name("away")
    watching.drop.rename(away)
    watching.rounds()
    assert watching.notices() == [("INTAKE-FOLDER-GONE", str(watching.drop))]
    assert not watching.step.waker.is_watching
    away.rename(watching.drop)
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert watching.notices() == []
    assert watching.step.waker.is_watching


def test_a_file_that_cannot_be_read_stops_no_other(watching: Watching) -> None:
    """ocrmypdf#552: it stays claimed with a notice, others are taken, it follows when it can."""

    def refuse(path: Path) -> Look:
        if ".claimed" in str(path) and path.read_bytes() == page_bytes(1):
            raise PermissionError(13, "Permission denied")
        return look_at(path)

    watching.look = refuse
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    assert watching.rounds() == 1
    bad = str(watching.drop / "scan01" / "HS-01" / "0001.png")
    assert watching.notices() == [("STAGE-FAILED", bad)]
    watching.put("scan01/HS-01/0003.png", page_bytes(3))
    assert watching.rounds() == 1
    watching.look = look_at
    assert watching.round() == 1
    assert watching.notices() == []
    assert [row.name for row in watching.bench.masters()] == ["0002.png", "0003.png", "0001.png"]


def test_a_link_among_the_claims_is_never_opened(watching: Watching) -> None:
    """What was swapped in during the claim is an obstacle there too."""
    claim = watching.bench.claim(page_bytes(1), "scan01", "HS-01", "0001.png")
    claim.path.unlink()
    os.mkfifo(claim.path)
    assert watching.step.run("watch:1") == 0
    place = str(watching.drop / "scan01" / "HS-01" / "0001.png")
    assert watching.notices() == [("INTAKE-SPECIAL-FILE", place)]
    assert watching.bench.masters() == []


def test_a_full_disk_leaves_drops_where_they_are(watching: Watching) -> None:
    """paperless-ngx#8329: intake stops with the sizes, and goes on by itself when there is room."""
    store = watching.step.accept.store
    object.__setattr__(store, "reserve_bytes", 1 << 60)
    for number in (1, 2, 3):
        watching.put(f"scan01/HS-01/{number:04d}.png", page_bytes(number))
    assert watching.rounds() == 0
    assert watching.notices() == [("STORAGE-FULL", str(watching.bench.store.root))]
    assert len(list((watching.drop / "scan01" / "HS-01").iterdir())) == 3
    assert watching.step.idle_seconds() <= 5
    object.__setattr__(store, "reserve_bytes", 0)
    watching.bench.clock.advance(watching.step.idle_seconds())
    assert watching.step.run("watch:1") == 3
    assert watching.notices() == []


def test_claims_wait_for_a_disk_that_is_full_and_follow(watching: Watching) -> None:
    """What was claimed before the disk was full stays claimed, and is recorded later."""
    store = watching.step.accept.store
    watching.bench.claim(page_bytes(1), "scan01", "HS-01", "0001.png")
    object.__setattr__(store, "reserve_bytes", 1 << 60)
    assert watching.step.run("watch:1") == 0
    assert watching.notices() == [("STORAGE-FULL", str(watching.bench.store.root))]
    object.__setattr__(store, "reserve_bytes", 0)
    watching.bench.clock.advance(watching.step.idle_seconds())
    assert watching.step.run("watch:1") == 1
    assert watching.notices() == []


def test_a_late_writer_is_waited_for(watching: Watching) -> None:
    """A claim that still changes is tried again soon, and taken with its last byte."""
    whole = page_bytes(1)
    claim = watching.bench.claim(whole[:-40], "scan01", "HS-01", "0001.png")
    moment = watching.bench.clock.now().timestamp()
    os.utime(claim.path, (moment, moment))
    assert watching.step.run("watch:1") == 0
    claim.path.write_bytes(whole)
    watching.bench.clock.advance(1)
    assert watching.step.run("watch:1") == 1
    (row,) = watching.bench.masters()
    assert row.size_bytes == len(whole)


def test_a_file_is_taken_the_moment_it_may_be(watching: Watching) -> None:
    """The pause ends when the quiet time of the next file does, not at a fixed half of it."""
    watching.round()
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    watching.round(1)
    watching.bench.clock.advance(watching.step.idle_seconds())
    assert watching.step.run("watch:1") in {0, 1}  # the answer of the probe may have come first
    spent = 0.0
    while not watching.bench.masters():
        pause = watching.step.idle_seconds()
        spent += pause
        watching.bench.clock.advance(pause)
        watching.step.run("watch:1")
        assert spent <= 5.1


def test_without_work_nothing_is_looked_at_until_the_clock_says_so(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where events come, an idle folder costs nothing between two scans by the clock."""
    watching.round()
    answered = heard(watching)
    watching.round(60)
    assert answered
    assert watching.folders() == [("scan01", "events", 0, False)]
    while watching.step.idle_seconds() < 1:
        watching.bench.clock.advance(1)
        watching.step.run("watch:1")
    scans = counted(watching, monkeypatch)
    for _ in range(20):
        watching.bench.clock.advance(1)
        watching.step.run("watch:1")
    assert not any(scans)


def counted(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> list[Collection[str]]:
    """Which scanners each look from now on is at."""
    looks: list[Collection[str]] = []
    true_scan = watching.step.hot_folder.scan

    def scan(names: Collection[str] | None = None) -> ScanResult:
        looks.append(names or ())
        return true_scan(names)

    monkeypatch.setattr(watching.step.hot_folder, "scan", scan)
    return looks


def heard(watching: Watching) -> bool:
    """Wait until the event of a probe has rung; whether it has."""
    deadline = time.monotonic() + 10
    while watching.rings < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    return watching.rings >= 2


def test_a_burst_of_events_costs_few_looks(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paperless-ng#820: many events for one file are one look at a time, never one each."""
    watching.round()
    scans = counted(watching, monkeypatch)
    for _ in range(100):
        watching.bench.clock.advance(0.01)
        watching.step.wake("scan01")
        watching.step.run("watch:1")
    looks = [names for names in scans if "scan01" in names]
    assert 4 <= len(looks) <= 6


def test_another_disk_below_the_hot_folder_is_never_read(watching: Watching) -> None:
    """A mount point without its disk, or with another box's, is an alarm and not "empty"."""
    watching.round()
    away = watching.drop.with_name("away")
    watching.drop.rename(away)
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 0
    assert watching.notices() == [("INTAKE-FOLDER-FOREIGN", str(watching.drop))]
    assert watching.folders() == [("scan01", "gone", 0, False)]
    (watching.drop / ".claimed").mkdir()
    (watching.drop / ".claimed" / ".appliance-drop").write_text("box-2\n")
    watching.restart()
    assert watching.rounds() == 0
    assert watching.notices() == [("INTAKE-FOLDER-FOREIGN", str(watching.drop))]
    shutil.rmtree(watching.drop)
    away.rename(watching.drop)
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert watching.notices() == []


def test_a_mark_that_a_crash_left_unremembered_is_ours(watching: Watching) -> None:
    """The mark is durable before it is remembered; the next start finds it and goes on."""
    claimed = watching.drop / ".claimed"
    claimed.mkdir()
    (claimed / ".appliance-drop").write_text("box-1\n")
    watching.round()
    assert watching.notices() == []
    (claimed / ".appliance-drop").unlink()
    watching.round()
    assert watching.notices() == [("INTAKE-FOLDER-FOREIGN", str(watching.drop))]


def test_a_configured_scanner_without_its_folder_is_an_alarm(watching: Watching) -> None:
    """A share of one scanner that is gone is said with its name; the others go on.

    Story: archivematica/Issues#196.
    """
    watching.step = watching.make_step(0, ScannerProfile(name="scan02"))
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert watching.notices() == [("INTAKE-FOLDER-GONE", str(watching.drop / "scan02"))]
    assert watching.folders()[1] == ("scan02", "gone", 0, False)
    (watching.drop / "scan02").mkdir()
    watching.rounds()
    assert watching.notices() == []


def test_the_page_hears_of_files_that_wait_and_of_arrivals(watching: Watching) -> None:
    """Each folder's line: how many wait, and whether any came since."""
    watching.put("scan01/HS-01/0001.png", b"")
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    watching.round()
    assert watching.folders()[0][2:] == (2, False)
    watching.round()
    assert watching.folders()[0][2:] == (1, True)


def test_a_folder_we_may_not_take_from_is_said(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """papermerge#378: without the right to remove, a file is never imported, and it is said."""
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    folder = str(watching.drop / "scan01" / "HS-01")

    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("appliance.watchers.claims.os.rename", refuse)
        assert watching.rounds() == 0
        watching.round(1)
        assert watching.notices() == [("INTAKE-CANNOT-TAKE", folder)]
    assert watching.rounds() == 1
    assert watching.notices() == []


def test_a_claim_that_was_let_go_of_is_forgotten(watching: Watching) -> None:
    """Another part removes a drop once its master is proved; nothing is taken twice."""
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    for claim in pending_claims(watching.bench.claimed):
        release(claim, watching.bench.claimed)
    watching.round(60)
    assert watching.notices() == []
    assert len(watching.bench.masters()) == 1


def test_a_restart_takes_every_claim_once(watching: Watching) -> None:
    """paperless-ngx#13511: claims of a process that ended are recorded once, whoever asks."""
    for number in range(1, 101):
        watching.put(f"scan01/HS-01/{number:04d}.png", page_bytes(number))
    assert watching.rounds() == 100
    watching.restart()
    assert watching.rounds() == 0
    assert len(watching.bench.masters()) == 100


def test_a_claim_that_grew_beyond_all_bounds_is_not_copied(watching: Watching) -> None:
    """Its writer still had it open when it was claimed; the others are recorded, it is named."""
    claim = watching.bench.claim(page_bytes(1), "scan01", "HS-01", "0001.png")
    os.truncate(claim.path, 1024**4)
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    assert watching.rounds() == 1
    dropped_at = str(watching.drop / "scan01" / "HS-01" / "0001.png")
    assert watching.notices() == [("INTAKE-TOO-LARGE", dropped_at)]
    masters = (watching.bench.store.root / "masters").rglob("*")
    kept_bytes = sum(path.stat().st_size for path in masters if path.is_file())
    assert kept_bytes == len(page_bytes(2))
    os.truncate(claim.path, len(page_bytes(1)))
    assert watching.round(60) == 1
    assert watching.notices() == []
