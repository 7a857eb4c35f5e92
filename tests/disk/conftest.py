"""Shared helpers of the disk tests: a store, folders in memory, and faults."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.disk.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - Linux's own tmpfs, in a folder made for the test


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store below a folder that is not there yet."""
    return Store(tmp_path / "box" / "store")


@pytest.fixture
def memory_folder() -> Iterator[Path]:
    """A folder on a tmpfs, which never forgets its pages."""
    if not os.access(SHARED_MEMORY, os.W_OK):
        pytest.skip(f"{SHARED_MEMORY} cannot be written here")
    folder = Path(tempfile.mkdtemp(dir=SHARED_MEMORY))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one mebibyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a tiny file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("this container may not mount")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def failing_fsync(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let ``os.fsync`` fail from its n-th call on (1-based), as a dying disk does."""
    real = os.fsync

    def install(first: int) -> None:
        calls = iter(range(1, 1_000_000))

        def fsync(descriptor: int) -> None:
            if next(calls) >= first:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    return install


def every_file(folder: Path) -> list[Path]:
    """All files below a folder, hidden ones too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
