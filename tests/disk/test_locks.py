"""Locks of the kernel, and file systems that have none: nothing is written there half-safely."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from appliance.disk.durable import (
    remove_leftover,
    replace_file,
    storage_errors,
    sweep_temporaries,
    temporary_beside,
    write_once,
)
from appliance.disk.locks import open_locked, try_lock
from appliance.disk.own_folder import own_folder
from appliance.domain.errors import StorageError
from tests.disk.conftest import every_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _work_in_own_folder(path: Path) -> None:
    with own_folder(path):
        raise AssertionError("it was to be refused")


NEEDING_LOCKS: dict[str, Callable[[Path], object]] = {
    "write once": lambda path: write_once(path, b"new"),
    "replace": lambda path: replace_file(path, b"new"),
    "own folder": lambda path: _work_in_own_folder(path.parent / "own"),
}


@pytest.fixture(params=["ENOLCK", "ENOSYS", "EOPNOTSUPP"])
def _no_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that refuses locks: NFS without its service, Lustre, one in user space."""
    number = getattr(errno, request.param)

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.mark.usefixtures("_no_locks")
@pytest.mark.parametrize("work", NEEDING_LOCKS.values(), ids=NEEDING_LOCKS.keys())
def test_a_file_system_without_locks_is_named(
    tmp_path: Path, work: Callable[[Path], object]
) -> None:
    """The error has a code of its own and says what to do; nothing gets its name."""
    with (
        pytest.raises(StorageError, match="gives no locks; mount it so that it does") as told,
        storage_errors("cannot work here"),
    ):
        work(tmp_path / "page.json")
    assert told.value.code == "STORAGE-NO-LOCKS"
    assert not (tmp_path / "page.json").exists()


@pytest.mark.usefixtures("_no_locks")
def test_without_locks_nothing_is_swept(tmp_path: Path) -> None:
    """Nobody can tell what was left from what is being written, so it stays, and that is said."""
    leftover = temporary_beside(tmp_path / "page.json")
    leftover.write_bytes(b"x")
    with pytest.raises(OSError, match="gives no locks"):
        sweep_temporaries(tmp_path)
    assert every_file(tmp_path) == [leftover]


def test_what_a_time_without_locks_left_goes_when_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mounted as it should be, the same work is done and leaves nothing else behind."""
    final, number = tmp_path / "page.json", errno.ENOLCK

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refuse)
        for _ in range(3):
            with pytest.raises(OSError, match="gives no locks"):
                write_once(final, b"new")
    assert len(every_file(tmp_path)) == 1
    write_once(final, b"new")
    remove_leftover(final)
    assert every_file(tmp_path) == [final]


def test_another_refusal_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails is not one without locks."""

    def fail(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        write_once(tmp_path / "page.json", b"new")


def test_what_was_replaced_meanwhile_is_opened_again(tmp_path: Path) -> None:
    """Whoever waited for a lock gets that of the name, not of what had the name before."""
    path, opened = tmp_path / "one", []

    def open_it() -> int | None:
        path.touch()
        descriptor = os.open(path, os.O_RDWR)
        opened.append(descriptor)
        if len(opened) == 1:
            path.unlink()  # its name will stand for another file
        if len(opened) == 2:
            os.close(descriptor)
            return None  # as when it was just being removed
        return descriptor

    with closing(os.fdopen(open_locked(path, open_it), "r+b")) as stream:
        assert len(opened) == 3
        assert os.path.samestat(path.stat(), os.fstat(stream.fileno()))
        with path.open("rb") as other:
            assert not try_lock(other.fileno())
    with path.open("rb") as other:
        assert try_lock(other.fileno())
