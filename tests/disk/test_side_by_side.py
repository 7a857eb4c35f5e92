"""What waits for the disk waits side by side; nothing is left out, no refusal is lost."""

from __future__ import annotations

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TYPE_CHECKING

import pytest

from appliance.disk.side_by_side import make_durable, side_by_side
from appliance.disk.store import Store

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE_SECONDS = 30


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_each_is_done_once(count: int) -> None:
    """However many there are."""
    done: list[int] = []
    side_by_side(done.append, range(count))
    assert sorted(done) == list(range(count))


def test_one_does_not_wait_for_the_other() -> None:
    """Two that wait for each other both come to their end."""
    meeting = Barrier(2)
    side_by_side(lambda _number: meeting.wait(_PATIENCE_SECONDS), range(2))
    assert not meeting.broken


def test_a_refusal_is_told() -> None:
    """What the disk refuses one of many is raised."""

    def refuse_third(number: int) -> None:
        if number == 3:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        side_by_side(refuse_third, range(6))


def test_nothing_goes_on_after_a_refusal() -> None:
    """What was begun beside the refused one has ended when the refusal is told."""
    meeting, ended = Barrier(2), []

    def refuse_first(number: int) -> None:
        meeting.wait(_PATIENCE_SECONDS)
        if number == 0:
            raise OSError(28, "No space left on device")
        time.sleep(0.1)
        ended.append(number)

    with pytest.raises(OSError, match="No space left"):
        side_by_side(refuse_first, range(2))
    assert ended == [1]


def test_all_is_done_without_a_free_helper() -> None:
    """Who finds every helper at work for others does it alone."""
    done: list[int] = []
    is_free = Event()
    with ThreadPoolExecutor(8) as others:
        held = [others.submit(side_by_side, lambda _: is_free.wait(), range(2)) for _ in range(8)]
        try:
            side_by_side(done.append, range(9))
        finally:
            is_free.set()
        assert [one.result() for one in held] == [None] * 8
    assert sorted(done) == list(range(9))


def test_every_file_is_made_durable_with_its_permissions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is asked for each, after its permissions are set."""
    paths = [tmp_path / f"{number}.jpg" for number in range(5)]
    for path in paths:
        path.write_bytes(b"picture")
    asked: dict[int, int] = {}

    def told(descriptor: int) -> None:
        status = os.fstat(descriptor)
        asked[status.st_ino] = stat.S_IMODE(status.st_mode)

    monkeypatch.setattr(os, "fsync", told)
    make_durable(paths, 0o440)
    assert asked == {path.stat().st_ino: 0o440 for path in paths}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """What a worker made is a file of its own; a link from it leads nowhere."""
    (tmp_path / "elsewhere").write_bytes(b"not ours")
    (tmp_path / "view.jpg").symlink_to(tmp_path / "elsewhere")
    before = (tmp_path / "elsewhere").stat().st_mode
    with pytest.raises(OSError, match="symbolic links"):
        make_durable([tmp_path / "view.jpg"], 0o440)
    assert (tmp_path / "elsewhere").stat().st_mode == before


def test_pictures_are_durable_before_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that says what a picture holds is given when the disk has all of it."""
    store = Store(tmp_path / "store")
    steps: list[str] = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else "picture")
        real_fsync(descriptor)

    def link(source: Path, target: Path) -> None:
        steps.append("name")
        real_link(source, target)

    with store.views_folder() as folder:
        made = [(folder / f"{number}.jpg", f"{number:064x}") for number in range(3)]
        for path, sha256 in made:
            path.write_bytes(sha256.encode())
        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "link", link)
        store.adopt_derivatives(made)
        monkeypatch.undo()
    assert steps[:6] == ["picture"] * 3 + ["name"] * 3
    assert set(steps[6:]) == {"folder"}
