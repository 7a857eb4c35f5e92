"""Write once, durable: what is there is never replaced, and nothing unfinished has a name."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.disk.durable import (
    TEMPORARY_SUFFIX,
    fsync_folder,
    make_folder,
    publish,
    remove_leftover,
    replace_file,
    storage_errors,
    sweep_temporaries,
    temporary_beside,
    write_once,
)
from appliance.domain.errors import StorageError
from tests.disk.conftest import every_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _refuse_links(_source: object, target: object, **_options: object) -> None:
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(target))


@pytest.fixture(params=["links", "no links"])
def final(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A free final name, on a file system with hard links and on one without (FAT)."""
    if request.param == "no links":
        monkeypatch.setattr(os, "link", _refuse_links)
    return tmp_path / "page.tif"


class TestWriteOnce:
    """Small files under a name that must be free."""

    def test_the_bytes_are_there_and_nothing_else(self, final: Path) -> None:
        """The final name holds the bytes; no temporary file stays."""
        write_once(final, b"page")
        assert final.read_bytes() == b"page"
        assert every_file(final.parent) == [final]

    def test_a_taken_name_is_never_overwritten(self, final: Path) -> None:
        """node-hp-scan-to#1404: The first bytes stay, the second are gone, and the caller knows."""
        write_once(final, b"first")
        with pytest.raises(FileExistsError):
            write_once(final, b"second")
        assert final.read_bytes() == b"first"
        assert every_file(final.parent) == [final]

    def test_a_link_that_points_nowhere_is_a_taken_name(self, tmp_path: Path) -> None:
        """A dangling link is not followed, and not replaced."""
        final = tmp_path / "page.tif"
        final.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(FileExistsError):
            write_once(final, b"page")
        assert every_file(tmp_path) == []

    def test_a_failing_disk_leaves_no_name(
        self, final: Path, failing_fsync: Callable[[int], None]
    ) -> None:
        """What could not be made durable is not there at all."""
        failing_fsync(1)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            write_once(final, b"page")
        assert every_file(final.parent) == []

    def test_a_failing_folder_leaves_the_whole_or_nothing(
        self, final: Path, failing_fsync: Callable[[int], None]
    ) -> None:
        """When the folder alone fails, the caller is told, and the name holds every byte."""
        failing_fsync(2)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            write_once(final, b"page")
        assert [path.read_bytes() for path in every_file(final.parent)] == [b"page"]

    def test_one_of_many_writers_wins(self, tmp_path: Path) -> None:
        """Of eight writers at once one has the name, whole, and seven are told."""
        final, start = tmp_path / "page.tif", threading.Barrier(8)
        refused: list[bytes] = []

        def write(data: bytes) -> None:
            start.wait()
            try:
                write_once(final, data)
            except FileExistsError:
                refused.append(data)

        texts = [bytes([65 + index]) * 10_000 for index in range(8)]
        threads = [threading.Thread(target=write, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 7
        assert set(texts) - set(refused) == {final.read_bytes()}
        assert every_file(tmp_path) == [final]

    @pytest.mark.parametrize("name", ["ồ" * 85, "x" * 255, "😀" * 63])
    def test_any_name_that_the_disk_takes_can_be_written(self, tmp_path: Path, name: str) -> None:
        """The temporary name beside it is never the longer one, whatever the letters."""
        write_once(tmp_path / name, b"page")
        assert (tmp_path / name).read_bytes() == b"page"


class TestPublish:
    """From a temporary name to the final one."""

    def test_the_temporary_file_of_a_taken_name_stays(self, final: Path) -> None:
        """The caller decides what becomes of bytes that found their name taken."""
        final.write_bytes(b"first")
        temporary = temporary_beside(final)
        temporary.write_bytes(b"second")
        with pytest.raises(FileExistsError):
            publish(temporary, final)
        assert (final.read_bytes(), temporary.read_bytes()) == (b"first", b"second")

    def test_another_refusal_of_the_disk_is_passed_on(
        self, final: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only a file system without links is worked around; no room for a name is no such."""

        def full(*_arguments: object, **_options: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "link", full)
        temporary = temporary_beside(final)
        temporary.write_bytes(b"page")
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            publish(temporary, final)
        assert every_file(final.parent) == [temporary]

    def test_the_file_is_durable_before_its_name_and_the_folder_after(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Fsync, link, fsync of the folder: in this order, as power cuts demand (zeek PR#1817)."""
        steps: list[str] = []
        real_fsync, real_link = os.fsync, os.link

        def fsync(descriptor: int) -> None:
            is_folder = Path(f"/proc/self/fd/{descriptor}").resolve() == tmp_path.resolve()
            steps.append("folder" if is_folder else "file")
            real_fsync(descriptor)

        def link(source: Path, target: Path) -> None:
            steps.append("name")
            real_link(source, target)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "link", link)
        write_once(tmp_path / "page.tif", b"page")
        assert steps == ["file", "name", "folder"]


class TestReplaceFile:
    """Views of a truth kept elsewhere."""

    def test_the_newer_bytes_stand(self, tmp_path: Path) -> None:
        """A marker may be written again and again."""
        for data in (b"one", b"two"):
            replace_file(tmp_path / "marker", data)
        assert [path.read_bytes() for path in every_file(tmp_path)] == [b"two"]

    def test_a_failing_disk_keeps_the_older_bytes(
        self, tmp_path: Path, failing_fsync: Callable[[int], None]
    ) -> None:
        """The older file is whole until the newer one is durable."""
        replace_file(tmp_path / "marker", b"one")
        failing_fsync(1)
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            replace_file(tmp_path / "marker", b"two")
        assert [path.read_bytes() for path in every_file(tmp_path)] == [b"one"]


KILLED = """
import os, signal, sys
from pathlib import Path
from appliance.disk import durable
point, final = sys.argv[1], Path(sys.argv[2])
real_fsync, real_link = os.fsync, os.link
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def wait():
    print("waits", flush=True)
    signal.pause()
write = durable.write_once
if point == "before fsync":
    os.fsync = lambda descriptor: die()
elif point == "before link":
    os.link = lambda source, target: die()
elif point == "after link":
    os.link = lambda source, target: (real_link(source, target), die())
elif point == "before replacing":
    write, Path.replace = durable.replace_file, lambda source, target: die()
elif point == "while it is written":
    os.fsync = lambda descriptor: wait()
write(final, b"x" * 100_000)
"""
"""Writes a file and dies at a point, or waits there."""


def kill_a_writer(point: str, final: Path) -> None:
    """Let a process die at a point."""
    killed = subprocess.run([sys.executable, "-c", KILLED, point, str(final)], check=False)
    assert killed.returncode == -9


@contextmanager
def living_writer(final: Path) -> Iterator[Path]:
    """A process that is just writing a file, and its temporary file; killed at the end."""
    command = [sys.executable, "-c", KILLED, "while it is written", str(final)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        (temporary,) = every_file(final.parent)
        yield temporary
        process.kill()


@pytest.mark.kill
@pytest.mark.parametrize(
    ("point", "named"), [("before fsync", False), ("before link", False), ("after link", True)]
)
def test_a_killed_writer_leaves_all_or_nothing(tmp_path: Path, point: str, *, named: bool) -> None:
    """After ``SIGKILL`` at any step the final name holds every byte or is free; a sweep tidies."""
    final = tmp_path / "page.tif"
    kill_a_writer(point, final)
    assert final.exists() == named
    assert not named or final.read_bytes() == b"x" * 100_000
    swept = sweep_temporaries(tmp_path)
    assert len(swept) == 1
    assert every_file(tmp_path) == ([final] if named else [])


@pytest.mark.kill
@pytest.mark.parametrize("point", ["before fsync", "before link", "after link"])
def test_writing_again_removes_what_a_killed_writer_left(tmp_path: Path, point: str) -> None:
    """Whoever writes the same name next takes the leftover away, and nothing that counts."""
    final = tmp_path / "page.tif"
    kill_a_writer(point, final)
    is_named = final.exists()
    with pytest.raises(FileExistsError) if is_named else nullcontext():
        write_once(final, b"again")
    assert final.read_bytes() == (b"x" * 100_000 if is_named else b"again")
    assert every_file(tmp_path) == [final]


@pytest.mark.kill
def test_replacing_again_removes_what_a_killed_writer_left(tmp_path: Path) -> None:
    """The older file stood until the newer one was whole; the next one leaves one file."""
    final = tmp_path / "marker"
    replace_file(final, b"one")
    kill_a_writer("before replacing", final)
    assert final.read_bytes() == b"one"
    assert len(every_file(tmp_path)) == 2
    replace_file(final, b"two")
    assert [path.read_bytes() for path in every_file(tmp_path)] == [b"two"]


@pytest.mark.kill
def test_a_leftover_goes_with_its_name_taken(tmp_path: Path) -> None:
    """Who finds the name taken removes the leftover of this name, and no other one's."""
    final, other = tmp_path / "page.tif", tmp_path / "page-2.tif"
    for path in (final, other):
        kill_a_writer("after link", path)
    remove_leftover(final)
    assert len(every_file(tmp_path)) == 3
    remove_leftover(other)
    assert every_file(tmp_path) == sorted([final, other])
    remove_leftover(tmp_path / "gone" / "page.tif")


@pytest.mark.kill
def test_what_a_living_process_writes_is_never_removed(tmp_path: Path) -> None:
    """A sweep leaves it alone; when its writer has died, the next sweep takes it."""
    final = tmp_path / "page.tif"
    with living_writer(final) as temporary:
        remove_leftover(final)
        assert sweep_temporaries(tmp_path) == ()
        assert every_file(tmp_path) == [temporary]
    assert sweep_temporaries(tmp_path) == (temporary,)


@pytest.mark.kill
def test_a_living_writer_of_the_same_name_is_waited_for(tmp_path: Path) -> None:
    """The second writer begins when the first has ended, here by its death."""
    final = tmp_path / "page.tif"
    with living_writer(final):
        second = threading.Thread(target=write_once, args=(final, b"second"))
        second.start()
        second.join(0.2)
        assert second.is_alive()
    second.join()
    assert final.read_bytes() == b"second"
    assert every_file(tmp_path) == [final]


def test_a_link_or_a_pipe_under_a_temporary_name_is_removed_unopened(tmp_path: Path) -> None:
    """On a disk from other hands they may lie there; where a link led to stays as it was."""
    aim = tmp_path / "aim"
    aim.write_bytes(b"x")
    temporary_beside(tmp_path / "one").symlink_to(aim)
    os.mkfifo(temporary_beside(tmp_path / "two"))
    assert len(sweep_temporaries(tmp_path)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["aim"]


def test_the_mode_holds_from_the_first_byte_on(tmp_path: Path) -> None:
    """A private file is never open to others, not even under its temporary name."""
    write_once(tmp_path / "key", b"secret", 0o600)
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


class TestFolders:
    """Folders that are durable in the one above."""

    def test_parents_are_made(self, tmp_path: Path) -> None:
        """All that is missing is made; making it again changes nothing."""
        folder = tmp_path / "a" / "b" / "c"
        make_folder(folder)
        make_folder(folder)
        assert folder.is_dir()

    def test_each_new_folder_is_durable_in_its_parent(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each folder above a new one is fsynced, the outermost first."""
        synced: list[Path] = []
        real = os.fsync

        def fsync(descriptor: int) -> None:
            synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        make_folder(tmp_path / "a" / "b")
        assert synced == [tmp_path.resolve(), tmp_path.resolve() / "a"]

    def test_a_file_in_the_way_is_an_error(self, tmp_path: Path) -> None:
        """What people put there is not removed."""
        (tmp_path / "a").write_bytes(b"")
        with pytest.raises(OSError, match="a"):
            make_folder(tmp_path / "a" / "b")

    def test_a_missing_folder_cannot_be_synced(self, tmp_path: Path) -> None:
        """Nothing is created on the way."""
        with pytest.raises(FileNotFoundError):
            fsync_folder(tmp_path / "gone")


def test_a_sweep_names_what_it_removes_and_spares_the_rest(tmp_path: Path) -> None:
    """Only hidden names with our own suffix go, at any depth."""
    inner = tmp_path / "a" / "b"
    make_folder(inner)
    unfinished = {temporary_beside(tmp_path / "one.zip"), temporary_beside(inner / "two.zip")}
    kept = {inner / "two.zip", inner / f"page{TEMPORARY_SUFFIX}", tmp_path / ".hidden"}
    for path in unfinished | kept:
        path.write_bytes(b"x")
    assert set(sweep_temporaries(tmp_path)) == unfinished
    assert set(every_file(tmp_path)) == kept
    assert sweep_temporaries(tmp_path / "gone") == ()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "STORAGE-FULL"),
        (errno.EDQUOT, "STORAGE-FULL"),
        (errno.EROFS, "STORAGE"),
        (errno.EIO, "STORAGE"),
    ],
)
def test_what_the_disk_refuses_has_a_code(number: int, code: str) -> None:
    """No room is told apart from the rest, since it passes when room is made."""
    with (
        pytest.raises(StorageError, match="cannot write") as refused,
        storage_errors("cannot write"),
    ):
        raise OSError(number, os.strerror(number))
    assert refused.value.code == code
    assert os.strerror(number) in str(refused.value)
