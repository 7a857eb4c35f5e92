"""When a file is ready: every scanner's own habits, and every bound."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from appliance.domain.scanners import ScannerProfile
from appliance.watchers import settling, walking
from appliance.watchers.descriptors import open_file, opened_root
from appliance.watchers.holding import is_held_open
from appliance.watchers.hotfolder import MAX_DEPTH, Look
from appliance.watchers.values import LOOSE
from tests.watchers.making import PATIENCE_SECONDS, SETTLE_SECONDS, Watched, page_bytes

if TYPE_CHECKING:
    from pathlib import Path

PAGE = page_bytes(1)
TIFF = page_bytes(1, "TIFF")
ANY_IMAGE = Look(is_image=True, is_whole=True)


def codes(watched: Watched) -> list[tuple[str, str]]:
    """What stands in the way, by one more scan: code, and place below the root."""
    found = watched.folder.scan().obstacles
    return [(finding.code, finding.where.removeprefix(f"{watched.root}/")) for finding in found]


def test_each_scanner_has_its_own_quiet_time(watched: Watched) -> None:
    """docspell#3223: one that appends pages to a file waits long, the one beside it does not."""
    watched.configure(ScannerProfile(name="slow", settle_seconds=60, patience_seconds=1200))
    watched.drop("slow/HS/0001.png", PAGE)
    watched.drop("scan01/HS/0001.png", PAGE)
    assert watched.ready() == {"scan01/HS/0001.png"}
    watched.clock.advance(60 - SETTLE_SECONDS)
    assert {drop.parts[0] for drop in watched.folder.scan().ready} == {"scan01", "slow"}


def test_the_profile_is_found_by_a_name_in_any_unicode_form(watched: Watched) -> None:
    """A folder made on a Mac carries its accents apart; it is the scanner that was configured."""
    watched.configure(ScannerProfile(name="máy", settle_seconds=60))
    watched.drop("ma\N{COMBINING ACUTE ACCENT}y/HS/0001.png", PAGE)
    assert watched.ready(59) == set()
    assert watched.folder.missing(watched.folder.present() or ()) == ()


def test_a_scanner_that_appends_pages_is_taken_once(watched: Watched) -> None:
    """paperless-ngx PR#4626: a file that is closed and opened again for each page stays one."""
    watched.configure(ScannerProfile(name="scan01", settle_seconds=30))
    path = watched.drop("scan01/HS/0001.tif", TIFF)
    for _page in range(5):
        assert watched.ready(20) == set()
        with path.open("ab") as stream:
            stream.write(b"\0" * 100)
    assert watched.ready(30) == {"scan01/HS/0001.tif"}


@pytest.mark.parametrize("name", ["0001.WRITING", "scan.writing", "IN_0001.png"])
def test_temporary_names_of_the_profile_are_ignored(watched: Watched, name: str) -> None:
    """paperless-ng#462: a scanner's own temporary names wait for the rename, in any case."""
    watched.configure(ScannerProfile(name="scan01", temporary_names=("*.writing", "in_*")))
    path = watched.drop(f"scan01/HS/{name}", PAGE)
    assert watched.ready(PATIENCE_SECONDS) == set()
    path.rename(path.with_name("0001.png"))
    assert watched.ready() == {"scan01/HS/0001.png"}


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_lock_holds_up_what_lies_beside_and_below_it(watched: Watched, is_folder: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A lock file or folder means "still scanning"; other folders go on, and so it does after."""
    watched.configure(ScannerProfile(name="scan01", lock_names=("*.LCK",)))
    lock = watched.root / "scan01" / "HS" / "xerox.lck"
    for name in ("HS/0001.png", "HS/sub/0002.png", "other/0003.png"):
        watched.drop(f"scan01/{name}", PAGE)
    lock.mkdir() if is_folder else lock.write_bytes(b"")
    assert watched.ready() == {"scan01/other/0003.png"}
    assert "scan01/HS/0001.png" not in " ".join(watched.opened)
    lock.rmdir() if is_folder else lock.unlink()
    assert len(watched.folder.scan().ready) == 3


def test_a_lock_that_stays_is_an_alarm_and_never_taken_for_gone(watched: Watched) -> None:
    """After the patience it is said; a lock that is touched again is a living one."""
    watched.configure(ScannerProfile(name="scan01", lock_names=("*.LCK",)))
    watched.drop("scan01/HS/0001.png", PAGE)
    lock = watched.drop("scan01/HS/a.lck", b"")
    watched.settled(PATIENCE_SECONDS - 1)
    assert codes(watched) == []
    watched.clock.advance(1)
    assert codes(watched) == [("INTAKE-LOCKED", "scan01/HS/a.lck")]
    assert watched.folder.scan().ready == ()
    lock.write_bytes(b"1")
    assert codes(watched) == []


def test_a_file_held_open_waits_however_quiet(watched: Watched) -> None:
    """A silent open handle (SMB with the cable pulled) is waited for, and said in the end."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    with path.open("ab"):
        assert watched.ready() == set()
        assert watched.opened == []
        watched.clock.advance(PATIENCE_SECONDS)
        for _ in range(3):  # also by the looks between two tries
            assert codes(watched) == [("INTAKE-HELD-OPEN", "scan01/HS/0001.png")]
        assert watched.folder.scan().ready == ()
    watched.clock.advance(SETTLE_SECONDS)
    assert len(watched.folder.scan().ready) == 1


def test_an_empty_file_held_open_beyond_patience_is_looked_at_now_and_then(
    watched: Watched,
) -> None:
    """The glass of the scanner is open all day: no look follows the other without a pause."""
    path = watched.drop("scan01/HS/0001.png", b"")
    with path.open("ab"):
        watched.settled(PATIENCE_SECONDS)
        scan = watched.folder.scan().scans["scan01"]
        assert scan.ready == ()
        assert scan.next_seconds == pytest.approx(SETTLE_SECONDS)


def test_the_lease_is_given_back_at_once(tmp_path: Path) -> None:
    """Asking whether a file is held open leaves no trace: a writer that comes is not held up."""
    path = tmp_path / "0001.png"
    path.write_bytes(PAGE)
    with opened_root(tmp_path) as folder:
        descriptor = open_file(folder, path.name)
        assert not is_held_open(descriptor)
        with path.open("ab"):
            assert is_held_open(descriptor)
        assert not is_held_open(descriptor)
        os.close(descriptor)


def test_where_the_kernel_grants_no_lease_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another account's file gives EACCES: no reason to wait, the other conditions decide."""
    path = tmp_path / "0001.png"
    path.write_bytes(PAGE)

    def refuse(*_arguments: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("appliance.watchers.holding.fcntl.fcntl", refuse)
    with path.open("rb") as stream:
        assert not is_held_open(stream.fileno())


def test_two_names_for_a_moment_are_no_obstacle(watched: Watched, tmp_path: Path) -> None:
    """An SFTP rename links and unlinks; a file with two names is said only when it stays so."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    other = tmp_path / "other"
    other.hardlink_to(path)
    assert codes(watched) == []
    watched.clock.advance(SETTLE_SECONDS)
    assert codes(watched) == [("INTAKE-SPECIAL-FILE", "scan01/HS/0001.png")]
    other.unlink()
    assert watched.ready() == {"scan01/HS/0001.png"}


def test_zero_bytes_are_never_opened_before_the_patience_is_over(watched: Watched) -> None:
    """joplin-plugin-hotfolder#38: an empty file waits, then is handed on to be parked."""
    watched.drop("scan01/HS/0001.png", b"")
    assert watched.ready(PATIENCE_SECONDS - 1) == set()
    assert watched.folder.scan().scans["scan01"].next_seconds == pytest.approx(1)
    watched.clock.advance(1)
    assert len(watched.folder.scan().ready) == 1
    assert watched.opened == []


def test_the_scan_says_when_the_next_file_can_settle(watched: Watched) -> None:
    """The pause ends when the quiet time of the earliest file does."""
    watched.drop("scan01/HS/0001.png", PAGE)
    watched.folder.scan()
    watched.clock.advance(2)
    watched.drop("scan01/HS/0002.png", PAGE)
    assert watched.folder.scan().scans["scan01"].next_seconds == pytest.approx(SETTLE_SECONDS - 2)
    assert watched.folder.scan().scans[LOOSE].next_seconds is None


def test_a_scanner_in_full_flood_leaves_turns_to_the_others(watched: Watched) -> None:
    """One scan hands on a bounded number, the scanners in turn, and says that there is more."""
    watched.folder = watched.new_process(look=ANY_IMAGE, max_ready=10)
    for number in range(100):
        watched.drop(f"scan01/HS/{number:04d}.png", b"x")
    watched.drop("scan02/HS/0001.png", b"x")
    result = watched.settled()
    assert len(result.ready) == 11
    assert "scan02" in [drop.parts[0] for drop in result.ready[:2]]
    assert (result.scans["scan01"].has_more, result.scans["scan02"].has_more) == (True, False)
    assert len(watched.drain()) == 101


def test_more_files_than_are_kept_in_mind_are_taken_in_portions(watched: Watched) -> None:
    """watchdog#878: memory is bounded; the bound is said, and nothing is left lying."""
    watched.folder = watched.new_process(look=ANY_IMAGE, max_tracked=50)
    for number in range(180):
        watched.drop(f"scan01/HS/{number:04d}.png", b"x")
    watched.drop("scan02/HS/0001.png", b"x")
    result = watched.settled()
    assert [finding.code for finding in result.obstacles] == ["INTAKE-TOO-MANY"]
    assert "scan02" in {drop.parts[0] for drop in result.ready}
    taken = 0
    for _portion in range(6):
        taken += len(watched.drain())
        watched.clock.advance(SETTLE_SECONDS)
    assert taken == 181
    assert codes(watched) == []


def test_a_walk_has_an_end_however_much_lies_there(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree of junk without end costs one bounded walk, and the other scanners nothing."""
    monkeypatch.setattr("appliance.watchers.hotfolder.Walk", partial(walking.Walk, max_entries=40))
    for number in range(100):
        (watched.root / "scan01" / f"HS-{number}").mkdir()
        watched.drop(f"scan01/HS-{number}/{number}.tmp", b"")
    watched.drop("scan02/HS/0001.png", PAGE)
    assert watched.ready() == {"scan02/HS/0001.png"}
    assert ("INTAKE-TOO-MANY", "scan01") in codes(watched)


def test_obstacles_without_end_are_said_in_part(watched: Watched) -> None:
    """A thousand links make a page full of notices, not a thousand."""
    for number in range(200):
        (watched.root / "scan01" / f"{number:04d}.png").symlink_to("/etc/hostname")
    assert len(watched.settled().obstacles) == walking.MAX_OBSTACLES
    assert watched.opened == []


def test_what_lies_too_deep_is_said(watched: Watched) -> None:
    """A file below the deepest folder is not silently left lying."""
    inside = "/".join(["scan01", *"abcdefg"[: MAX_DEPTH - 1]])
    watched.drop(f"{inside}/deeper/0001.png", PAGE)
    assert codes(watched) == [("INTAKE-FOLDER-TOO-DEEP", f"{inside}/deeper")]


def test_a_folder_on_another_file_system_is_said_and_not_entered(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim is a rename; what is mounted inside the hot folder cannot be claimed."""
    watched.drop("scan01/mounted/0001.png", PAGE)
    watched.drop("scan01/HS/0002.png", PAGE)
    inode = (watched.root / "scan01" / "mounted").stat().st_ino
    true_status = os.fstat

    def elsewhere(descriptor: int) -> os.stat_result:
        status = true_status(descriptor)
        if status.st_ino != inode:
            return status
        values = [*status[:10]]
        values[2] = status.st_dev + 1
        return os.stat_result(values)

    monkeypatch.setattr("appliance.watchers.walking.os.fstat", elsewhere)
    assert watched.ready() == {"scan01/HS/0002.png"}
    assert codes(watched) == [("INTAKE-OTHER-DISK", "scan01/mounted")]


def test_a_file_renamed_while_it_settles_is_the_same_file(watched: Watched) -> None:
    """workflow_ocr#112: a rename is a change that settles again; under no name is it lost."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    watched.settled(SETTLE_SECONDS - 1)
    path.rename(path.with_name("0002.png"))
    assert watched.ready() == {"scan01/HS/0002.png"}


def test_a_drop_that_could_not_be_claimed_settles_anew(watched: Watched) -> None:
    """What is put off does not stand first in the line of every scan."""
    watched.drop("scan01/HS/0001.png", PAGE)
    (drop,) = watched.settled().ready
    watched.folder.put_off(drop)
    assert watched.folder.scan().ready == ()
    assert watched.ready() == {"scan01/HS/0001.png"}


def test_a_busy_file_is_waited_for(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """paperless-ngx#432: EBUSY is a reason to wait, beyond all patience, and never a failure."""
    watched.drop("scan01/HS/0001.png", PAGE)

    def busy(_folder: int, _name: str) -> int:
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as patched:
        patched.setattr(settling, "open_file", busy)
        assert watched.ready(PATIENCE_SECONDS + 1) == set()
    watched.clock.advance(SETTLE_SECONDS)
    assert len(watched.folder.scan().ready) == 1
