"""Carried disks on real file systems: those that removable disks have, pulled out and filled up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RuleError, StorageError
from appliance.pipeline import courier_filling
from appliance.sync.disk_folder import DiskFolder
from appliance.sync.disk_packages import put_package
from tests.pipeline.carrying import AGENT, Carrying, other_disk
from tests.sync.plain_making import mounted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.sync.disk import CourierDisk
    from appliance.sync.papers import SignedSidecar
    from tests.sync.plain_making import Disk

MIB = 1024 * 1024


@pytest.fixture(params=["ext4", "vfat", "exfat"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A disk of each kind, plugged in."""
    with mounted(tmp_path / "plugged", request.param) as made:
        yield made


@pytest.fixture
def carrying(tmp_path: Path, disk: Disk) -> Iterator[Carrying]:
    """A box, a store and that disk."""
    made = Carrying(tmp_path, disk.root)
    yield made
    made.bench.close()


def test_there_and_back(carrying: Carrying, disk: Disk) -> None:
    """Whole and in parts; what is read again comes from the disk after it was plugged in anew."""
    carrying.seal(100_000, 300_000)
    assert carrying.stage(part_bytes=128 * 1024).prepare(disk.root, AGENT).package_count == 2
    disk.pull()
    disk.plug_in()
    assert dict(carrying.take_in().refusals) == {}
    disk.pull()
    disk.plug_in()
    assert carrying.bring_back().proved == 2
    assert carrying.prepare() == 0


def test_a_full_disk_takes_what_fits(carrying: Carrying) -> None:
    """The next ones wait for the next disk, and the manifest still has its room."""
    with DiskFolder.open(carrying.mount) as top:
        if top.free_bytes() is None:
            pytest.skip("NOT CHECKED: this mount of the disk does not tell its free space")
    carrying.seal(*[30 * MIB] * 4)
    prepared = carrying.stage().prepare(carrying.mount, AGENT)
    assert 0 < prepared.package_count < 4
    assert prepared.left_count == 4 - prepared.package_count
    assert dict(carrying.take_in().refusals) == {}
    assert carrying.bring_back().proved == prepared.package_count


def test_a_disk_pulled_out_while_it_is_filled(
    carrying: Carrying, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no disk to carry; plugged in again, the filling goes on to its end."""
    carrying.seal(100_000, 200_000)

    def pull_after_one(disk_: CourierDisk, signed: SignedSidecar, *rest: object) -> None:
        put_package(disk_, signed, *rest)  # type: ignore[arg-type]  # handed on as they came
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(courier_filling, "put_package", pull_after_one)
        with pytest.raises(StorageError):
            carrying.prepare()
    disk.pull()
    with pytest.raises((RuleError, StorageError)):
        carrying.prepare()
    disk.plug_in()
    with pytest.raises(RuleError, match="COURIER-UNFINISHED"):
        carrying.take_in()
    assert carrying.prepare() == 2


def test_a_disk_that_may_only_be_read(carrying: Carrying, disk: Disk) -> None:
    """A write-protected disk is a storage error on either side, and nothing counts by it."""
    carrying.seal(100_000)
    carrying.prepare()
    disk.pull()
    disk.plug_in(read_only=True)
    with pytest.raises(StorageError):
        carrying.take_in()
    assert carrying.bring_back().proved == 0
    carrying.seal(1000)
    with pytest.raises(StorageError):
        carrying.prepare()


@pytest.mark.kill
def test_a_killed_filling_goes_on(tmp_path: Path) -> None:
    """``kill -9`` at any moment leaves a disk that is taken in nowhere, and is filled on."""
    for mount in other_disk():
        carrying = Carrying(tmp_path, mount)
        carrying.seal(*[MIB] * 8)
        program = Path(__file__).with_name("filling_program.py")
        command = [sys.executable, str(program), str(tmp_path), str(mount)]
        for wanted in (1, 4):
            process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
            while len(carrying.files("*.zip")) < wanted and process.poll() is None:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            process.wait()
            if not (carrying.on_disk / "manifest.json.sig").exists():
                with pytest.raises(RuleError):
                    carrying.take_in()
        assert carrying.prepare() == 8
        left = [path for path in carrying.files("*") if path.name.endswith(".writing")]
        assert left == []
        assert dict(carrying.take_in().refusals) == {}
        assert carrying.bring_back().proved == 8
        assert list((carrying.root / ".appliance" / "incoming").iterdir()) == []
        carrying.bench.close()
