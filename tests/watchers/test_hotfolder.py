"""The scan of a hot folder: everything dropped is found, nothing unfinished is taken."""

from __future__ import annotations

import os
import shutil
import unicodedata
from typing import TYPE_CHECKING

import pytest

from appliance.domain.rules import sentence
from appliance.watchers import hotfolder, settling
from appliance.watchers.descriptors import open_file
from appliance.watchers.hotfolder import MAX_DEPTH
from tests.watchers.making import PATIENCE_SECONDS, SETTLE_SECONDS, Watched, page_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGE = page_bytes(1)
ANY_IMAGE = hotfolder.Look(is_image=True, is_whole=True)
TIFF = page_bytes(1, "TIFF")


def test_a_burst_of_ten_thousand_files_is_found_whole(watched: Watched) -> None:
    """splitbrain/Watcher#16: whatever events said, scans find every file of a burst, once."""
    watched.folder = watched.new_process(look=ANY_IMAGE)
    names = {f"scan01/HS-01/{number:05d}.png" for number in range(1, 10_001)}
    for name in sorted(names):
        watched.drop(name, b"x")
    watched.settled()
    taken = watched.drain()
    assert len(taken) == len(names)
    assert set(taken) == names


def test_a_thousand_folders_of_ten_are_found_whole(watched: Watched) -> None:
    """Many small folders are one more way to drop ten thousand files."""
    watched.folder = watched.new_process(look=ANY_IMAGE)
    names = {f"scan01/HS-{n // 10:04d}/{n % 10:04d}.png" for n in range(10_000)}
    for name in sorted(names):
        watched.drop(name, b"x")
    watched.settled()
    taken = watched.drain()
    assert len(taken) == len(names)
    assert set(taken) == names


def test_nothing_is_ready_before_it_was_quiet_long_enough(watched: Watched) -> None:
    """A whole file is taken after the settle time, and not a moment before."""
    watched.drop("scan01/HS/0001.png", PAGE)
    assert watched.ready(SETTLE_SECONDS - 0.1) == set()
    watched.clock.advance(0.1)
    assert len(watched.folder.scan().ready) == 1


@pytest.mark.parametrize("step_bytes", [1, 200])
def test_a_file_that_grows_slowly_is_not_taken(watched: Watched, step_bytes: int) -> None:
    """Every change starts the quiet time anew, even when what is there already looks whole."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    for _ in range(10):
        watched.folder.scan()
        watched.clock.advance(SETTLE_SECONDS - 1)
        with path.open("ab") as stream:
            stream.write(b"\0" * step_bytes)
        assert watched.folder.scan().ready == ()
    assert watched.ready() == {"scan01/HS/0001.png"}


def test_a_change_that_keeps_size_and_mtime_is_noticed(watched: Watched) -> None:
    """A writer that sets the time back does not pass for a quiet one."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    before = path.stat()
    watched.folder.scan()
    watched.clock.advance(SETTLE_SECONDS - 1)
    path.write_bytes(page_bytes(2).ljust(len(PAGE), b"\0")[: len(PAGE)])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    watched.folder.scan()
    watched.clock.advance(1)
    assert watched.folder.scan().ready == ()


def test_an_unfinished_tiff_waits_and_is_handed_on_after_patience(watched: Watched) -> None:
    """A quiet but cut TIFF waits visibly, then goes on as it is: it is never dropped."""
    watched.drop("scan01/HS/0001.tif", TIFF[: len(TIFF) - 100])
    waiting = watched.settled(PATIENCE_SECONDS - 1)
    assert (waiting.ready, waiting.waiting) == ((), 1)
    watched.clock.advance(1)
    assert [drop.parts[-1] for drop in watched.folder.scan().ready] == ["0001.tif"]


def test_an_unfinished_tiff_that_is_finished_is_taken_as_whole(watched: Watched) -> None:
    """When the rest arrives, the ordinary settle time counts again."""
    path = watched.drop("scan01/HS/0001.tif", TIFF[: len(TIFF) - 100])
    watched.settled(60)
    path.write_bytes(TIFF)
    assert watched.ready() == {"scan01/HS/0001.tif"}


def test_an_empty_file_waits_for_its_bytes(watched: Watched) -> None:
    """Zero bytes are a beginning, not a page; patience ends for them too."""
    watched.drop("scan01/HS/0001.tif", b"")
    assert watched.ready(PATIENCE_SECONDS - 1) == set()
    watched.clock.advance(1)
    assert len(watched.folder.scan().ready) == 1


def test_what_is_no_image_does_not_wait_for_patience(watched: Watched) -> None:
    """Waiting cannot make an image of a spreadsheet, so it is handed on at once."""
    watched.drop("scan01/HS/notes.docx", b"PK\x03\x04" + b"\0" * 100)
    assert watched.ready() == {"scan01/HS/notes.docx"}


@pytest.mark.parametrize(
    "name", ["0001.tif.part", "0001.tmp", "~0001.tif", ".0001.tif", "0001.filepart", "Thumbs.db"]
)
def test_a_temporary_name_is_ignored_until_it_is_renamed(watched: Watched, name: str) -> None:
    """What a program calls unfinished is not looked at; its final name is."""
    path = watched.drop(f"scan01/HS/{name}", TIFF)
    result = watched.settled(PATIENCE_SECONDS)
    assert (result.ready, result.waiting, watched.opened) == ((), 0, [])
    path.rename(path.with_name("0001.tif"))
    assert watched.ready() == {"scan01/HS/0001.tif"}


def test_a_folder_moved_in_whole_is_found(watched: Watched, tmp_path: Path) -> None:
    """A tree that arrives by one rename gives no event for its files; the scan finds them.

    Story: paperless-ngx#5881.
    """
    for number in range(1, 6):
        path = tmp_path / "elsewhere" / "HS-02" / "sub" / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PAGE)
    shutil.move(tmp_path / "elsewhere" / "HS-02", watched.root / "scan01" / "HS-02")
    assert watched.ready() == {f"scan01/HS-02/sub/{n:04d}.png" for n in range(1, 6)}


def _symlink(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def _hard_link(path: Path, outside: Path) -> None:
    path.hardlink_to(outside)


def _fifo(path: Path, outside: Path) -> None:
    del outside
    os.mkfifo(path)


def _folder_link(path: Path, outside: Path) -> None:
    path.symlink_to(outside.parent, target_is_directory=True)


@pytest.mark.parametrize("make", [_symlink, _hard_link, _fifo, _folder_link])
def test_what_is_no_plain_file_is_reported_and_never_opened(
    watched: Watched, tmp_path: Path, make: Callable[[Path, Path], None]
) -> None:
    """Links and devices are obstacles with a code; their bytes stay unread for ever."""
    outside = tmp_path / "secret" / "0001.png"
    outside.parent.mkdir()
    outside.write_bytes(PAGE)
    trap = watched.root / "scan01" / "HS"
    trap.mkdir()
    make(trap / "0001.png", outside)
    result = watched.settled(PATIENCE_SECONDS)
    assert (result.ready, watched.opened) == ((), [])
    assert [(f.code, f.where) for f in result.obstacles] == [
        ("INTAKE-SPECIAL-FILE", str(trap / "0001.png"))
    ]


def test_a_folder_that_cannot_be_read_holds_up_only_itself(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scanner that shuts us out of one folder is reported; the other folders go on."""
    watched.drop("scan01/open/0001.png", PAGE)
    closed = watched.drop("scan01/closed/0001.png", PAGE).parent
    true_scan = os.scandir

    def refuse(folder: int | Path) -> object:
        if isinstance(folder, int) and os.fstat(folder).st_ino == closed.stat().st_ino:
            raise PermissionError(13, "Permission denied", folder)
        return true_scan(folder)

    monkeypatch.setattr("appliance.watchers.walking.os.scandir", refuse)
    result = watched.settled()
    assert ["/".join(drop.parts) for drop in result.ready] == ["scan01/open/0001.png"]
    assert [(f.code, f.where) for f in result.obstacles] == [("INTAKE-CANNOT-READ", str(closed))]
    assert "tài khoản của máy không có quyền" in sentence(result.obstacles[0])


def test_folders_deeper_than_the_limit_are_not_entered(watched: Watched) -> None:
    """A tree without end cannot keep the scan busy."""
    inside = "/".join(["scan01", *"abcdefg"[: MAX_DEPTH - 1]])
    watched.drop(f"{inside}/0001.png", PAGE)
    watched.drop(f"{inside}/deeper/0001.png", PAGE)
    assert watched.ready() == {f"{inside}/0001.png"}


def test_a_folder_that_is_gone_is_said_and_comes_back(watched: Watched) -> None:
    """An unmounted share is a state; what lies there afterwards is settled anew."""
    watched.drop("scan01/HS/0001.png", PAGE)
    watched.settled()
    away = watched.root.with_name("away")
    watched.root.rename(away)
    gone = watched.folder.scan()
    assert (gone.is_gone, gone.ready) == (True, ())
    away.rename(watched.root)
    assert watched.folder.scan().ready == ()
    assert watched.ready() == {"scan01/HS/0001.png"}


def test_a_restart_forgets_nothing(watched: Watched) -> None:
    """A new process finds what lies there, old and new, after one settle time."""
    watched.drop("scan01/HS/0001.png", PAGE)
    watched.settled()
    watched.folder = watched.new_process()
    watched.drop("scan01/HS/0002.png", page_bytes(2))
    assert watched.folder.scan().ready == ()
    assert watched.ready() == {"scan01/HS/0001.png", "scan01/HS/0002.png"}


def test_odd_names_are_kept_as_they_are(watched: Watched) -> None:
    """Twins in NFC and NFD, spaces, a newline and bytes that are no text stay distinct."""
    composed = unicodedata.normalize("NFC", "Hồ sơ")
    parted = unicodedata.normalize("NFD", "Hồ sơ")
    broken = os.fsdecode(b"\xff\xfe.png")
    names = {
        f"scan01/{composed}/0001.png",
        f"scan01/{parted}/0001.png",
        "scan01/a b/ 0001 .png",
        "scan01/a b/line\nbreak.png",
        f"scan01/a b/{broken}",
    }
    for name in names:
        watched.drop(name, PAGE)
    assert watched.ready() == names


def test_a_file_taken_away_is_forgotten(watched: Watched) -> None:
    """A name that comes again with another file has to settle anew."""
    path = watched.drop("scan01/HS/0001.png", PAGE)
    watched.settled(SETTLE_SECONDS - 1)
    path.unlink()
    assert watched.folder.scan().waiting == 0
    watched.drop("scan01/HS/0001.png", page_bytes(2))
    watched.clock.advance(1)
    assert watched.folder.scan().ready == ()


def test_an_unreadable_file_waits_for_patience_then_goes_on(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paperless-ngx#432: what cannot be opened is said, stays, is tried again, stops nobody."""
    watched.drop("scan01/HS/0001.png", PAGE)
    watched.drop("scan01/HS/0002.png", PAGE)
    refused: list[str] = []

    def refuse(folder: int, name: str) -> int:
        if name == "0001.png":
            refused.append(name)
            raise PermissionError(13, "Permission denied")
        return open_file(folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(settling, "open_file", refuse)
        assert watched.ready() == {"scan01/HS/0002.png"}
        assert len(watched.folder.scan().ready) == 1
        assert len(refused) == 1
        watched.clock.advance(PATIENCE_SECONDS)
        result = watched.folder.scan()
        assert (len(result.ready), len(refused)) == (1, 2)
        assert [finding.code for finding in result.obstacles] == ["INTAKE-CANNOT-READ"]
    watched.clock.advance(SETTLE_SECONDS)
    assert len(watched.folder.scan().ready) == 2
