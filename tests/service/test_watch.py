"""The watching part: what stands in the way is a notice, and one bad file stops nobody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import box
from appliance.disk.store import Store
from appliance.imaging.pool import WorkerPool
from appliance.pipeline.accept import AcceptStage
from appliance.service.watch import WatchStep
from appliance.watchers.hotfolder import HotFolder, SettlingRules
from appliance.watchers.wake import Waker
from tests.pipeline.making import Bench
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.watchers.hotfolder import Look


class Watching:
    """A box, its hot folder and the step over both."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder, WorkerPool(0, 0, 1))
        self.drop = folder / "drop"
        (self.drop / "scan01").mkdir(parents=True)
        self.waker = Waker(self.drop, lambda: None)
        self.look: Callable[[Path], Look] = self.bench.accept_stage().look
        self.step = self.make_step()

    def make_step(self, reserve_bytes: int = 0) -> WatchStep:
        """The step, over a disk that must keep some room."""
        bench = self.bench
        store = Store(bench.store.root, reserve_bytes)
        return WatchStep(
            drop=self.drop,
            hot_folder=HotFolder(self.drop, SettlingRules(5, 900), bench.clock, self._look),
            waker=self.waker,
            accept=AcceptStage(bench.catalogue, store, bench.claimed, self._look, 900),
            catalogue=bench.catalogue,
            settle_seconds=5,
            scan_seconds=60,
        )

    def _look(self, path: Path) -> Look:
        return self.look(path)

    def put(self, name: str, data: bytes) -> Path:
        """Drop a file."""
        path = self.drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def rounds(self) -> int:
        """Two rounds with the settle time between; how many files were taken."""
        first = self.step.run("watch:1")
        self.bench.clock.advance(5)
        return first + self.step.run("watch:1")

    def notices(self) -> list[tuple[str, str]]:
        """What stands on the page."""
        with self.bench.catalogue.read() as session:
            return [(finding.code, finding.where) for finding, _since in box.notices(session)]


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    """A registered hồ sơ and an empty hot folder."""
    made = Watching(tmp_path)
    made.bench.register({"HS-01": 3})
    yield made
    made.waker.stop()
    made.bench.close()


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
    assert not watching.waker.is_watching
    away.rename(watching.drop)
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    assert watching.rounds() == 1
    assert watching.notices() == []
    assert watching.waker.is_watching


def test_a_file_that_cannot_be_read_stops_no_other(watching: Watching) -> None:
    """It stays claimed with a notice; the next ones are taken; it follows when it can be read."""
    true_look = watching.look

    def refuse(path: Path) -> Look:
        if path.name == "0001.png" and ".claimed" in str(path):
            raise PermissionError(13, "Permission denied")
        return true_look(path)

    watching.look = refuse
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    watching.put("scan01/HS-01/0002.png", page_bytes(2))
    assert watching.rounds() == 1
    ((code, where),) = watching.notices()
    assert code == "STAGE-FAILED"
    assert where.endswith("0001.png")
    watching.put("scan01/HS-01/0003.png", page_bytes(3))
    assert watching.rounds() == 1
    watching.look = true_look
    assert watching.step.run("watch:1") == 1
    assert watching.notices() == []
    assert [row.name for row in watching.bench.masters()] == ["0002.png", "0003.png", "0001.png"]


def test_a_link_among_the_claims_is_never_opened(watching: Watching) -> None:
    """What was swapped in during the claim is an obstacle there too."""
    claim = watching.bench.claim(page_bytes(1), "scan01", "HS-01", "0001.png")
    claim.path.unlink()
    os.mkfifo(claim.path)
    assert watching.step.run("watch:1") == 0
    assert watching.notices() == [("INTAKE-SPECIAL-FILE", str(claim.path))]
    assert watching.bench.masters() == []


def test_a_full_disk_leaves_drops_where_they_are(watching: Watching) -> None:
    """Intake stops with a notice that names the sizes, and goes on when there is room."""
    watching.step = watching.make_step(reserve_bytes=1 << 60)
    for number in (1, 2, 3):
        watching.put(f"scan01/HS-01/{number:04d}.png", page_bytes(number))
    assert watching.rounds() == 0
    assert watching.notices() == [("STORAGE-FULL", str(watching.bench.store.root))]
    assert len(list((watching.drop / "scan01" / "HS-01").iterdir())) == 2
    assert watching.rounds() == 0
    assert len(list((watching.drop / "scan01" / "HS-01").iterdir())) == 2
    roomy = watching.make_step()
    roomy._standing = watching.step._standing
    watching.step = roomy
    assert watching.rounds() == 3
    assert watching.notices() == []


def test_the_pause_is_short_only_while_something_settles(watching: Watching) -> None:
    """An empty folder is looked at by events and now and then by the clock."""
    watching.step.run("watch:1")
    assert watching.step.idle_seconds() == 60
    watching.put("scan01/HS-01/0001.png", page_bytes(1))
    watching.step.run("watch:1")
    assert watching.step.idle_seconds() == 2.5
