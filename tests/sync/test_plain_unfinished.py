"""What a killed session leaves at a plain place: removed by its own box, in time, nothing else."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import ConfigError
from appliance.sync import plain_place
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain import PlainRemote
from appliance.sync.plain_files import INCOMING, MARKER
from appliance.sync.plain_place import prepare
from appliance.sync.plain_unfinished import LEFT_SECONDS
from tests.fakes.clock import FakeClock
from tests.sync.making import BOX_ID, STORE_ID, Box, Sealed
from tests.sync.plain_making import PlainFar, folder_far, plain_far, sender_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = dt.datetime(2026, 11, 23, 7, tzinfo=dt.UTC)
TOKEN = "0123456789abcdef" * 2
KINDS = ("folder", "vfat", pytest.param("sftp", marks=pytest.mark.sshd))


class _Killed(BaseException):
    """Takes the place of SIGKILL: nobody handles it."""


class _DyingFiles(FolderFiles):
    """A folder whose user dies before a small file gets its name."""

    def rename(self, old: str, new: str) -> None:
        if old.endswith(".writing"):
            raise _Killed
        super().rename(old, new)


@pytest.fixture(params=KINDS)
def far(request: pytest.FixtureRequest, tmp_path: Path, box: Box) -> Iterator[PlainFar]:
    """Each kind of plain place in turn."""
    with plain_far(request.param, tmp_path, box) as place:
        yield place


def _remote(far: PlainFar, clock: FakeClock) -> PlainRemote:
    return PlainRemote(far.files, STORE_ID, sender_of(far.box), clock)


def _deposit(remote: PlainRemote, sealed: Sealed) -> None:
    remote.deposit(sealed.path, sealed.sidecar, sealed.signature)


def _left(root: Path) -> set[str]:
    return {path.name for path in (root / INCOMING).iterdir() if path.name.endswith(".writing")}


def _name(box_id: str, moment: dt.datetime) -> str:
    return f"{box_id}.{int(moment.timestamp())}.{TOKEN}.000000001.json.writing"


def test_only_what_this_box_left_long_ago_is_removed(far: PlainFar, box: Box) -> None:
    """Files of another box, of a living session, and of other kinds stay, whatever their age."""
    long_ago = NOW - dt.timedelta(seconds=LEFT_SECONDS + 1)
    gone = _name(BOX_ID, long_ago)
    kept = {
        _name(BOX_ID, NOW - dt.timedelta(seconds=LEFT_SECONDS - 1)),
        _name(BOX_ID, NOW + dt.timedelta(days=400)),
        _name(f"{BOX_ID}.1", long_ago),
        _name(f"x{BOX_ID}", long_ago),
        f"{BOX_ID}.json.{TOKEN}.writing",
    }
    for name in (gone, *kept):
        (far.root / INCOMING / name).write_bytes(b"half")
    part = far.root / INCOMING / f"{gone}.part"
    part.write_bytes(b"half")
    _deposit(_remote(far, FakeClock(NOW)), box.seal(100))
    assert _left(far.root) == kept
    assert part.read_bytes() == b"half"


def test_reading_removes_nothing(far: PlainFar) -> None:
    """Whoever only looks leaves a place as it is: it may be write-protected."""
    left = far.root / INCOMING / _name(BOX_ID, NOW - dt.timedelta(days=2))
    left.write_bytes(b"half")
    remote = _remote(far, FakeClock(NOW))
    assert (list(remote.package_names()), list(remote.receipts())) == ([], [])
    remote.probe()
    assert left.exists()


def test_a_killed_session_is_cleaned_up_after(tmp_path: Path, box: Box) -> None:
    """The file that it was writing goes with the next deposit a day later, not before."""
    (tmp_path / "place").mkdir()
    far = folder_far(tmp_path / "place", box)
    clock = FakeClock(NOW)
    dying = PlainRemote(lambda: _DyingFiles(far.root), STORE_ID, sender_of(box), clock)
    with pytest.raises(_Killed):
        _deposit(dying, box.seal(100, 1))
    (left,) = _left(far.root)
    remote = _remote(far, clock)
    _deposit(remote, box.seal(100, 1))
    assert _left(far.root) == {left}
    clock.pass_seconds(LEFT_SECONDS + 2)
    with remote:
        _deposit(remote, box.seal(100, 2))
        assert _left(far.root) == set()
    assert [one.receipt.counter for one in remote.receipts()] == [1, 2]


def test_a_killed_preparation_is_cleaned_up_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next preparation removes what the one before left, and its place is whole."""
    with pytest.raises(_Killed):
        prepare(_DyingFiles(tmp_path), STORE_ID)
    assert (len(_left(tmp_path)), (tmp_path / MARKER).exists()) == (1, False)
    with closing(FolderFiles(tmp_path)) as files:
        assert prepare(files, STORE_ID).store_id == STORE_ID
        assert _left(tmp_path) == set()
        monkeypatch.setattr(plain_place, "_write_marker", None)  # not called again
        with pytest.raises(ConfigError):
            prepare(files, "another")
