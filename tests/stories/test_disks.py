"""Disks below the hot folder: full, read-only, another's; the truth is said as long as it holds."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from appliance.catalogue.tables import NoticeRow
from appliance.domain.findings import Finding
from appliance.domain.rules import sentence
from appliance.service.doctor import examine
from appliance.watchers.spare import SPARE
from tests.service.making import lone_settings
from tests.service.small_disk import SmallDisk, mounted_disk
from tests.service.watching import Watching
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISK_MIB = 8
PAGES = 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk for a hot folder alone."""
    with mounted_disk(tmp_path, DISK_MIB) as found:
        yield found


@pytest.fixture
def apart(disk: SmallDisk, tmp_path: Path) -> Iterator[Watching]:
    """A box on another disk than its hot folder."""
    box = tmp_path / "box"
    box.mkdir()
    (box / "drop").symlink_to(disk.root)
    made = Watching(box)
    yield made
    made.close()


def sentences(watching: Watching) -> list[str]:
    """What stands on the page."""
    with watching.bench.catalogue.read() as session:
        found = [json.loads(row.finding) for row in session.exec(select(NoticeRow))]
    return [sentence(Finding.from_json(one)) for one in found]


def test_a_hot_folder_filled_to_its_last_block_is_emptied(apart: Watching, disk: SmallDisk) -> None:
    """Issues#325: only taking scans makes room on their disk, so taking them must need none."""
    assert apart.rounds() == 0
    assert (apart.bench.claimed / SPARE).stat().st_blocks > 0
    for number in range(1, PAGES + 1):
        apart.put(f"scan01/HS-01/{number:04d}.png", page_bytes(number))
    disk.fill()
    assert apart.rounds() == PAGES
    assert apart.notices() == []
    assert not (apart.bench.claimed / SPARE).exists()
    disk.make_room()
    apart.round()
    assert (apart.bench.claimed / SPARE).exists()


def test_a_full_hot_folder_without_any_room_is_said_by_its_name(
    apart: Watching, disk: SmallDisk
) -> None:
    """Issues#1498: its own disk is full, not the store's; it goes on when there is room."""
    apart.put("scan01/HS-01/0001.png", page_bytes(1))
    assert apart.round() == 0
    (apart.bench.claimed / SPARE).unlink()
    disk.fill()
    assert apart.round() == 0
    assert apart.notices() == [("STORAGE-FILLED-UP", str(apart.bench.claimed))]
    assert [path.name for path in apart.bench.claimed.iterdir()] == [".appliance-drop"]
    disk.make_room()
    assert apart.round() == 1
    assert apart.notices() == []


def test_a_read_only_disk_is_said_until_it_is_not(apart: Watching, disk: SmallDisk) -> None:
    """Rounds in which nothing is tried again leave the word standing, however many come."""
    apart.put("scan01/HS-01/0001.png", page_bytes(1))
    apart.put("scan02/HS-01/0002.png", b"")
    apart.round()
    subprocess.run(["mount", "-o", "remount,ro", str(disk.root)], check=True)
    assert apart.round() == 0
    said = [
        f"Máy không chuyển được tệp ra khỏi thư mục “{apart.drop}”: ổ đĩa đang ở chế độ chỉ đọc."
    ]
    assert sentences(apart) == said
    for _ in range(3):
        apart.bench.clock.advance(1)
        apart.step.wake("scan02")
        apart.step.run("watch:1")
        assert sentences(apart) == said
    subprocess.run(["mount", "-o", "remount,rw", str(disk.root)], check=True)
    assert apart.round() == 1
    assert apart.notices() == []


def test_what_the_disk_keeps_for_itself_is_no_scanner(apart: Watching, disk: SmallDisk) -> None:
    """A disk mounted as the hot folder has a ``lost+found`` that is root's: nobody reads it."""
    (disk.root / "lost+found" / "#12").write_bytes(page_bytes(1))
    assert apart.rounds() == 0
    assert apart.round(900) == 0
    assert [name for name, *_rest in apart.folders()] == ["scan01"]
    assert apart.notices() == []


def test_the_examination_passes_over_what_the_disk_keeps(tmp_path: Path) -> None:
    """Root's own folder on a new disk is nothing to mend before the first scan."""
    config = lone_settings(tmp_path)
    (tmp_path / "drop" / "lost+found").mkdir()
    found = [result.name for result in examine(config) if result.name.startswith("scanner ")]
    assert found == ["scanner scan01"]
