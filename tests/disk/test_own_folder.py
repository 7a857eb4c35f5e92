"""A folder of one's own: one at a time, always empty, gone with the work, even after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from appliance.disk.own_folder import own_folder

if TYPE_CHECKING:
    from pathlib import Path


def test_one_at_a_time_has_it_empty(tmp_path: Path) -> None:
    """Threads that want one folder get it one after another, and each finds nothing in it."""
    folder = tmp_path / "deep" / "own"
    found: list[list[str]] = []

    def work(number: int) -> None:
        for _ in range(20):
            with own_folder(folder):
                found.append([path.name for path in folder.iterdir()])
                (folder / f"{number}").mkdir()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert found == [[]] * 80
    assert list(folder.parent.iterdir()) == []


def test_what_a_killed_process_left_is_gone(tmp_path: Path) -> None:
    """Its lock went with it; its files, folders and links go next time, no targets."""
    folder, outside = tmp_path / "own", tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"kept")
    program = (
        "import os, pathlib, signal, sys\n"
        "from appliance.disk.own_folder import own_folder\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "with own_folder(folder):\n"
        "    (folder / 'a' / 'b').mkdir(parents=True)\n"
        "    (folder / 'c').write_bytes(b'x')\n"
        "    (folder / 'd').symlink_to(sys.argv[2])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program, str(folder), str(outside)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(list(folder.iterdir())) == 3
    with own_folder(folder):
        assert list(folder.iterdir()) == []
    assert not folder.exists()
    assert (outside / "kept").read_bytes() == b"kept"


def test_it_goes_with_work_that_fails(tmp_path: Path) -> None:
    """An error inside comes out, and the folder is removed all the same."""

    def fail() -> None:
        with own_folder(tmp_path / "own"):
            (tmp_path / "own" / "x").write_bytes(b"x")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []
