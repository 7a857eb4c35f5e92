"""The port to plain files: a folder, mounted disks and a real SFTP server behave alike."""

from __future__ import annotations

import random
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.domain.errors import RemoteError
from appliance.sync import plain_files
from appliance.sync.folder_files import FolderFiles
from appliance.sync.plain_files import INCOMING, OWN
from tests.sync.plain_making import PlainFar, folder_far, plain_far

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from appliance.sync.plain_files import PlainFiles
    from tests.sync.making import Box

SOME_BYTES = random.Random(7).randbytes(3_000_000)
KINDS = (
    *("folder", "ext4", "vfat", "exfat"),
    *(pytest.param(kind, marks=pytest.mark.sshd) for kind in ("sftp", "sftp-add-only")),
)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, box: Box) -> Iterator[PlainFar]:
    """Each kind of plain place in turn."""
    with plain_far(request.param, tmp_path, box) as far:
        yield far


@pytest.fixture
def files(place: PlainFar) -> Iterator[PlainFiles]:
    """Its files, open."""
    with closing(place.files()) as files:
        yield files


def _write(files: PlainFiles, path: str, data: bytes, offset_bytes: int = 0) -> None:
    with files.writing(path, afresh=offset_bytes == 0) as writer:
        writer.write(offset_bytes, data)
        writer.finish()
        assert writer.confirmed_bytes() == len(data)


def test_what_is_written_is_read(files: PlainFiles) -> None:
    """Whole, in part and beyond the end, as a stream and at once."""
    path = f"{INCOMING}/a.part"
    _write(files, path, SOME_BYTES)
    assert files.size_bytes(path) == len(SOME_BYTES)
    assert b"".join(bytes(one) for one in files.stream(path)) == SOME_BYTES
    assert (
        b"".join(bytes(one) for one in files.stream(path, 1000, 500_000))
        == (SOME_BYTES[1000:501_000])
    )
    assert files.read(path, 2_999_990, 100) == SOME_BYTES[-10:]


def test_streams_may_be_read_in_turns(files: PlainFiles) -> None:
    """Another call between two pieces of a stream disturbs neither."""
    path = f"{INCOMING}/a.part"
    _write(files, path, SOME_BYTES)
    gathered = bytearray()
    for piece in files.stream(path, 0, 2_000_000):
        gathered += piece
        assert files.read(path, 5, 5) == SOME_BYTES[5:10]
    assert gathered == SOME_BYTES[:2_000_000]


def test_a_stream_that_is_left_alone_disturbs_nothing(files: PlainFiles) -> None:
    """Whoever reads no further has taken nothing from the next one."""
    path = f"{INCOMING}/a.part"
    _write(files, path, SOME_BYTES)
    next(iter(files.stream(path)))
    assert files.read(path, 0, 100) == SOME_BYTES[:100]


def test_bytes_in_the_middle_are_written_anew(files: PlainFiles) -> None:
    """An unfinished file is mended where it is wrong."""
    path = f"{INCOMING}/a.part"
    _write(files, path, SOME_BYTES)
    with files.writing(path, afresh=False) as writer:
        writer.write(100_000, b"x" * 70_000)
        writer.finish()
    expected = SOME_BYTES[:100_000] + b"x" * 70_000 + SOME_BYTES[170_000:]
    assert files.read(path, 0, len(SOME_BYTES)) == expected


def test_afresh_begins_with_nothing(files: PlainFiles) -> None:
    """No old tail stays behind a shorter file."""
    path = f"{INCOMING}/a.part"
    _write(files, path, b"longer than the next")
    _write(files, path, b"short")
    assert files.read(path, 0, 100) == b"short"


def test_a_rename_replaces_nothing(files: PlainFiles) -> None:
    """A name that is taken stays with what has it."""
    for name in ("a", "b"):
        _write(files, f"{INCOMING}/{name}", name.encode())
    files.make_folder("packages/F/U")
    files.rename(f"{INCOMING}/a", "packages/F/U/x.zip")
    with pytest.raises(FileExistsError):
        files.rename(f"{INCOMING}/b", "packages/F/U/x.zip")
    assert files.read("packages/F/U/x.zip", 0, 9) == b"a"
    assert files.size_bytes(f"{INCOMING}/a") is None


def test_a_folder_is_listed_by_name(files: PlainFiles) -> None:
    """Files with their sizes and folders; of what is missing, nothing."""
    files.make_folder("packages/B/U")
    files.make_folder("packages/A")
    files.make_folder("packages/A")
    _write(files, f"{INCOMING}/z", b"12345")
    files.rename(f"{INCOMING}/z", "packages/C")
    found = [(one.name, one.size_bytes, one.is_folder) for one in files.entries("packages")]
    assert found == [("A", 0, True), ("B", 0, True), ("C", 5, False)]
    assert files.entries("packages/nothing") == []


def test_a_folder_of_too_many_names_is_not_listed(
    files: PlainFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of this box does not depend on what others put there; the next folder is read."""
    monkeypatch.setattr(plain_files, "MAX_LISTING_BYTES", 1000)
    for name in ("a", "b", "c"):
        files.make_folder(f"packages/{name * 50}")
    with pytest.raises(RemoteError, match="packages") as told:
        files.entries("packages")
    assert (told.value.code, told.value.retryable) == ("FAR-NAMES-ENDLESS", False)
    assert files.entries(f"packages/{'a' * 50}") == []


def test_what_is_missing_is_said_to_be(files: PlainFiles) -> None:
    """A size of nothing is None; reading nothing is an error."""
    assert files.size_bytes("packages/no") is None
    with pytest.raises(FileNotFoundError):
        files.read("packages/no", 0, 1)
    with pytest.raises(FileNotFoundError):
        list(files.stream("packages/no"))


@pytest.mark.parametrize("path", ["packages/x.zip", f"{OWN}/store.json", f"{OWN}/incoming"])
def test_only_unfinished_files_are_written_or_removed(files: PlainFiles, path: str) -> None:
    """The port itself refuses everything else, whoever asks."""
    with pytest.raises(ValueError, match="unfinished"), files.writing(path, afresh=False):
        raise AssertionError
    with pytest.raises(ValueError, match="unfinished"):
        files.remove_unfinished(path)


def test_removing_may_be_forbidden(place: PlainFar, files: PlainFiles) -> None:
    """An unfinished file goes where it may go; a server that keeps it is no error."""
    path = f"{INCOMING}/a.part"
    _write(files, path, b"x")
    files.remove_unfinished(path)
    files.remove_unfinished(f"{INCOMING}/never-there")
    is_kept = (place.root / path).exists()
    assert is_kept == (files.size_bytes(path) is not None)


def test_runs_are_copied_there(files: PlainFiles) -> None:
    """What is in a run is at the same place of the new file."""
    source, target = f"{INCOMING}/a.part", f"{INCOMING}/b.part"
    _write(files, source, SOME_BYTES)
    _write(files, target, b"what was there before")
    runs = [(0, 10), (1000, 200_000), (2_000_000, 2_000_001)]
    assert files.copy_runs(source, runs, len(SOME_BYTES), target)
    for start, end in runs:
        assert files.read(target, start, end - start) == SOME_BYTES[start:end]


def test_links_are_not_followed(place: PlainFar, files: PlainFiles, tmp_path: Path) -> None:
    """A link that somebody put there is not listed and leads nowhere."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"not yours")
    link = place.root / INCOMING / "x.part"
    try:
        link.symlink_to(secret)
    except OSError:
        pytest.skip("NOT CHECKED: this file system has no links")
    assert "x.part" not in [one.name for one in files.entries(INCOMING)]


@pytest.mark.parametrize("folder", ["packages", INCOMING, "packages/Ph_C3_B4ng_20UBND"])
def test_a_planted_link_leads_nowhere(tmp_path: Path, box: Box, folder: str) -> None:
    """Whoever had the disk cannot have the box write, read or list outside of it."""
    (tmp_path / "place").mkdir()
    far = folder_far(tmp_path / "place", box)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"not yours")
    link = far.root / folder
    link.parent.mkdir(exist_ok=True)
    if link.is_dir():
        link.rmdir()
    link.symlink_to(outside)
    files = FolderFiles(far.root)
    attempts: list[Callable[[], object]] = [
        lambda: files.read(f"{folder}/secret", 0, 9),
        lambda: list(files.stream(f"{folder}/secret")),
        lambda: files.entries(folder),
        lambda: files.size_bytes(f"{folder}/secret"),
        lambda: files.make_folder(f"{folder}/new"),
        lambda: files.rename(f"{folder}/secret", "packages/x"),
    ]
    for attempt in attempts:
        with pytest.raises(OSError, match="leads out"):
            attempt()
    assert [path.name for path in outside.iterdir()] == ["secret"]
    sealed = box.seal(100)
    with pytest.raises(RemoteError) as told:
        far.remote.deposit(sealed.path, sealed.sidecar, sealed.signature)
    assert told.value.code == "FAR-STORAGE"
    assert [path.name for path in outside.iterdir()] == ["secret"]
