"""Filling carried disks: what goes on them, what is refused, and what an interruption leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import backups, box
from appliance.domain.courier_papers import Manifest
from appliance.domain.errors import IllegalTransition, RuleError
from appliance.domain.findings import Finding
from appliance.pipeline import courier_filling
from appliance.pipeline.backup import BackupStage
from appliance.pipeline.courier import CourierStage
from appliance.pipeline.courier_trips import mark_carried, mark_lost, note_late
from appliance.pipeline.halting import DAMAGE_SPREADS
from appliance.signing.keys import new_key
from appliance.sync.disk_packages import put_package
from tests.pipeline.carrying import AGENT, LATE_DAYS, Carrying, flip_byte, other_disk
from tests.pipeline.making import BOX_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.sync.disk import CourierDisk
    from appliance.sync.papers import SignedSidecar

DAY_SECONDS = 86_400


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def second_mount() -> Iterator[Path]:
    """Another empty disk."""
    yield from other_disk()


@pytest.fixture
def carrying(tmp_path: Path, mount: Path) -> Iterator[Carrying]:
    """A box, a store and a disk."""
    made = Carrying(tmp_path, mount)
    yield made
    made.bench.close()


def manifest_of(carrying: Carrying) -> Manifest:
    """What the disk says that it holds."""
    return Manifest.from_bytes((carrying.on_disk / "manifest.json").read_bytes())


def refusal_code(carrying: Carrying) -> str:
    """Why the disk is not filled."""
    with pytest.raises(RuleError) as caught:
        carrying.prepare()
    return caught.value.code


def test_a_disk_goes_there_and_back(carrying: Carrying) -> None:
    """Deposits wait until the receipts come back, and are proved then."""
    carrying.seal(100_000, 5_000)
    assert carrying.prepare() == 2
    assert carrying.states() == ["waiting", "waiting"]
    assert [trip.state for trip in carrying.trips()] == ["prepared"]
    assert dict(carrying.take_in().refusals) == {}
    assert carrying.states() == ["waiting", "waiting"]
    imported = carrying.bring_back()
    assert (imported.proved, imported.findings) == (2, [])
    assert carrying.states() == ["proved", "proved"]
    (trip,) = carrying.trips()
    assert (trip.state, trip.proved_count, trip.package_count) == ("imported", 2, 2)
    assert len(carrying.bench.events("replication")) == 2


def test_a_large_package_lies_in_parts(carrying: Carrying) -> None:
    """No file is larger than the disk's file system can hold, and the store gets one whole ZIP."""
    carrying.seal(200_000)
    carrying.stage(part_bytes=64 * 1024).prepare(carrying.mount, AGENT)
    parts = carrying.files("*.zip*")
    assert [path.suffix for path in parts] == [".001", ".002", ".003", ".004"]
    assert b"".join(path.read_bytes() for path in parts) == carrying.box_package.read_bytes()
    carrying.take_in()
    assert carrying.bring_back().proved == 1


def test_nothing_waiting_writes_nothing_but_the_mark(carrying: Carrying) -> None:
    """A disk for which there is nothing gets no manifest and no trip."""
    assert carrying.prepare() == 0
    assert carrying.trips() == []
    assert not (carrying.on_disk / "manifest.json").exists()


def test_what_else_is_on_the_disk_stays(carrying: Carrying) -> None:
    """Foreign files are not touched, wherever they lie."""
    foreign = carrying.mount / "ảnh gia đình.jpg"
    foreign.write_bytes(b"not ours")
    carrying.seal(1000)
    carrying.prepare()
    carrying.take_in()
    carrying.bring_back()
    assert foreign.read_bytes() == b"not ours"


def test_small_and_old_ones_go_first_within_the_limit(carrying: Carrying) -> None:
    """What has no room stays owed, and is told."""
    large, small, middle = carrying.seal(300_000, 1_000, 50_000)
    prepared = carrying.stage().prepare(carrying.mount, AGENT, 60_000)
    assert (prepared.package_count, prepared.left_count) == (2, 1)
    assert {one.objid for one in manifest_of(carrying).packages} == {small, middle}
    assert carrying.deposit(large).state == "waiting"


def test_a_disk_without_any_room_is_refused(carrying: Carrying) -> None:
    """A limit below the smallest package is no disk to carry."""
    carrying.seal(300_000)
    with pytest.raises(RuleError) as caught:
        carrying.stage().prepare(carrying.mount, AGENT, 1000)
    assert caught.value.code == "COURIER-DISK-FULL"
    with pytest.raises(RuleError, match="UNFINISHED"):
        carrying.take_in()


def test_an_interrupted_filling_goes_on_where_it_was(
    carrying: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it is finished no store takes the disk; what was copied is not copied again."""
    carrying.seal(10_000, 20_000)
    copied: list[str] = []

    def copy_one(disk: CourierDisk, signed: SignedSidecar, *rest: object) -> None:
        if copied:
            raise OSError(5, "the disk was pulled out")
        copied.append(signed.sidecar.objid)
        put_package(disk, signed, *rest)  # type: ignore[arg-type]  # handed on as they came

    with monkeypatch.context() as broken:
        broken.setattr(courier_filling, "put_package", copy_one)
        with pytest.raises(Exception, match="pulled out"):
            carrying.prepare()
    assert [trip.state for trip in carrying.trips()] == ["filling"]
    with pytest.raises(RuleError, match="COURIER-UNFINISHED"):
        carrying.take_in()
    first = {path: path.stat().st_ino for path in carrying.files("*.zip")}
    assert len(first) == 1
    assert carrying.prepare() == 2
    assert first.items() <= {path: path.stat().st_ino for path in carrying.files("*.zip")}.items()
    assert [trip.state for trip in carrying.trips()] == ["prepared"]


def test_what_rotted_on_the_disk_is_written_again(carrying: Carrying) -> None:
    """A filling that goes on reads back what is there."""
    carrying.seal(10_000)
    carrying.prepare()
    (path,) = carrying.files("*.zip")
    flip_byte(path)
    assert carrying.prepare() == 1
    assert path.read_bytes() == carrying.box_package.read_bytes()


def test_a_disk_that_gives_back_other_bytes_is_refused(
    carrying: Carrying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written is read from the disk before it counts; a lying disk holds no manifest."""
    carrying.seal(10_000)

    def put_wrongly(disk: CourierDisk, signed: SignedSidecar, *rest: object) -> None:
        put_package(disk, signed, *rest)  # type: ignore[arg-type]  # handed on as they came
        flip_byte(carrying.files("*.zip")[0])

    monkeypatch.setattr(courier_filling, "put_package", put_wrongly)
    assert refusal_code(carrying) == "COURIER-WRITE-DAMAGED"
    assert not (carrying.on_disk / "manifest.json").exists()
    assert carrying.states() == ["waiting"]


def test_a_damaged_package_of_the_box_does_not_travel(carrying: Carrying) -> None:
    """It is told and stays; the other one goes (invariant I6)."""
    bad, good = carrying.seal(10_000, 20_000)
    flip_byte(carrying.box_package)
    assert carrying.prepare() == 1
    assert [one.objid for one in manifest_of(carrying).packages] == [good]
    assert len(carrying.files("*.zip")) == 1
    assert carrying.deposit(bad).state == "damaged"
    assert len(carrying.bench.events("fixity check")) == 1


def test_several_damaged_packages_stop_the_disk(carrying: Carrying) -> None:
    """With several of them all sending stops, this disk's filling too: it gets no manifest."""
    carrying.seal(10_000, 11_000, 20_000)
    for package in carrying.bench.packages()[:2]:
        flip_byte(carrying.bench.package_path(package))
    with pytest.raises(RuleError, match="stopped") as caught:
        carrying.prepare()
    assert [finding.code for finding in caught.value.findings] == [DAMAGE_SPREADS]
    assert not (carrying.on_disk / "manifest.json").exists()
    assert carrying.states() == ["damaged", "damaged", "waiting"]
    assert len(carrying.bench.events("fixity check")) == 2


def test_the_box_s_own_disk_is_no_disk_to_carry(carrying: Carrying, tmp_path: Path) -> None:
    """An empty mount point is refused, and nothing is written there."""
    carrying.seal(1000)
    folder = tmp_path / "mnt"
    folder.mkdir()
    with pytest.raises(RuleError) as caught:
        carrying.stage().prepare(folder, AGENT)
    assert caught.value.code == "COURIER-NOT-MOUNTED"
    assert list(folder.iterdir()) == []


def test_a_folder_of_the_same_name_that_is_not_ours_is_left_alone(carrying: Carrying) -> None:
    """Nothing is written into it or removed from it."""
    carrying.seal(1000)
    carrying.on_disk.mkdir()
    (carrying.on_disk / "letters.txt").write_text("dear")
    assert refusal_code(carrying) == "COURIER-DISK-FOREIGN"
    assert [path.name for path in carrying.files("*")] == ["letters.txt"]


def test_a_disk_of_another_box_is_refused(
    carrying: Carrying, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its packages are another box's to carry."""
    other = Carrying(tmp_path_factory.mktemp("other"), carrying.mount)
    other.seal(1000)
    other.prepare()
    before = {path: path.read_bytes() for path in carrying.files("*")}
    carrying.seal(1000)
    assert refusal_code(carrying) == "COURIER-DISK-FOREIGN"  # the same id, another key
    assert {path: path.read_bytes() for path in carrying.files("*")} == before
    other.bench.close()


def test_a_disk_for_another_place_is_refused(carrying: Carrying) -> None:
    """It is for the store that its marker names, and for no other."""
    carrying.seal(1000)
    carrying.prepare()
    marker = carrying.on_disk / "disk.json"
    carrying.pinned = type(carrying.pinned)("store-ministry", carrying.pinned.public_key)
    before = marker.read_bytes()
    assert refusal_code(carrying) == "COURIER-OTHER-PLACE"
    assert marker.read_bytes() == before


def test_a_second_disk_does_not_carry_the_same(carrying: Carrying, second_mount: Path) -> None:
    """What is on its way is left out; when the first disk is lost it goes with the second."""
    carrying.seal(1000, 2000)
    carrying.prepare()
    first, carrying.mount = carrying.mount, second_mount
    assert carrying.prepare() == 0
    (trip,) = carrying.trips()
    mark_carried(carrying.bench.catalogue, trip.id or 0, "Bưu điện", AGENT)
    assert carrying.prepare() == 0
    mark_lost(carrying.bench.catalogue, trip.id or 0, AGENT)
    assert carrying.prepare() == 2
    assert [one.state for one in carrying.trips()] == ["prepared", "lost"]
    carrying.take_in()
    carrying.bring_back()
    carrying.mount = first
    assert carrying.prepare() == 0
    assert carrying.states() == ["proved", "proved"]


def test_a_late_disk_is_told_and_its_packages_go_with_another(
    carrying: Carrying, second_mount: Path
) -> None:
    """After the days allowed there is a notice, until the disk is back or given up."""
    carrying.seal(1000)
    carrying.prepare()
    catalogue = carrying.bench.catalogue
    assert note_late(catalogue, LATE_DAYS) == 0
    carrying.bench.clock.advance((LATE_DAYS + 1) * DAY_SECONDS)
    assert note_late(catalogue, LATE_DAYS) == 1
    with catalogue.read() as session:
        ((finding, _),) = box.notices(session)
    assert (finding.code, finding.values["place"]) == ("COURIER-LATE", "Kho lưu trữ tỉnh")
    first, carrying.mount = carrying.mount, second_mount
    assert carrying.prepare() == 1
    carrying.mount = first
    carrying.take_in()
    carrying.bring_back()
    assert note_late(catalogue, LATE_DAYS) == 0
    with catalogue.read() as session:
        assert box.notices(session) == ()


def test_a_lost_disk_clears_its_notice(carrying: Carrying) -> None:
    """A person has decided: there is nothing more to tell."""
    carrying.seal(1000)
    carrying.prepare()
    carrying.bench.clock.advance((LATE_DAYS + 1) * DAY_SECONDS)
    note_late(carrying.bench.catalogue, LATE_DAYS)
    mark_lost(carrying.bench.catalogue, carrying.trips()[0].id or 0, AGENT)
    with carrying.bench.catalogue.read() as session:
        assert box.notices(session) == ()


def test_who_carries_a_disk_is_recorded(carrying: Carrying) -> None:
    """The custody chain names the carrier; a disk that was not prepared is not handed over."""
    carrying.seal(1000)
    carrying.prepare()
    (trip,) = carrying.trips()
    mark_carried(carrying.bench.catalogue, trip.id or 0, " Lê Thị Hoa ", AGENT)
    (after,) = carrying.trips()
    assert (after.state, after.carrier) == ("carried", "Lê Thị Hoa")
    assert [one.get("carrier") for one in carrying.bench.events("exporting")] == [
        None,
        "Lê Thị Hoa",
    ]
    with pytest.raises(IllegalTransition):
        mark_carried(carrying.bench.catalogue, trip.id or 0, "ai đó", AGENT)
    with pytest.raises(RuleError, match="no trip 99"):
        mark_carried(carrying.bench.catalogue, 99, "ai đó", AGENT)


def test_what_was_proved_makes_room(carrying: Carrying) -> None:
    """A disk that came back is filled again: its receipts count first, proved ones leave it."""
    carrying.seal(1000)
    carrying.prepare()
    carrying.take_in()
    (new,) = carrying.seal(2000)
    prepared = carrying.stage().prepare(carrying.mount, AGENT)
    assert prepared.imported is not None
    assert prepared.imported.proved == 1
    assert [one.objid for one in manifest_of(carrying).packages] == [new]
    assert len(carrying.files("*.zip")) == 1
    assert [trip.state for trip in carrying.trips()] == ["prepared", "imported"]


def test_a_stop_of_all_sending_stops_disks_too(carrying: Carrying) -> None:
    """While a person has to look, nothing leaves the box, whichever way."""
    from appliance.catalogue import halts  # noqa: PLC0415 - beside the one test that needs it

    carrying.seal(1000)
    with carrying.bench.catalogue.write() as writing:
        halts.put_halt(writing, Finding("SOURCE-DAMAGED", "province", {"problem": "x"}))
    with pytest.raises(RuleError, match="stopped"):
        carrying.prepare()
    assert not carrying.on_disk.exists()


def test_backups_of_the_catalogue_go_along(carrying: Carrying) -> None:
    """The newest one is made when it is due, is proved by its receipt, and goes only once."""
    carrying.seal(1000)
    bench = carrying.bench
    with bench.catalogue.write() as writing:
        box.set_box_id(writing, BOX_ID)
    stage = BackupStage(
        catalogue=bench.catalogue,
        folder=bench.folder / "state" / "backups",
        work_folder=bench.work,
        key=bench.key,
        box_id=BOX_ID,
        recovery_key=new_key().public,
        every_hours=24.0,
    )
    courier = CourierStage(replace(carrying.importing, backup_stage=stage), LATE_DAYS)
    prepared = courier.prepare(carrying.mount, AGENT)
    assert prepared.package_count == 1
    with bench.catalogue.read() as session:
        made = backups.newest(session)
    assert made is not None
    assert made.objid in {one.objid for one in manifest_of(carrying).packages}
    assert dict(carrying.take_in().refusals) == {}
    imported = courier.importing.import_disk(carrying.mount, AGENT)
    assert (imported.proved, imported.findings) == (1, [])
    with bench.catalogue.read() as session:
        copy = backups.copy_at(session, made.id or 0, "province")
    assert copy is not None
    assert copy.proved_at is not None
    assert courier.prepare(carrying.mount, AGENT).trip_id == 0
