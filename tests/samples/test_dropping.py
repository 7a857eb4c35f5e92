"""Dropping like a scanner: in order, growing under the final name, each scan once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from appliance.disk.durable import TEMPORARY_SUFFIX
from appliance.domain.errors import StorageError
from appliance.samples.dropping import LAST_PIECE_BYTES, drop_files
from appliance.samples.values import Drop

if TYPE_CHECKING:
    from pathlib import Path

SIZE_BYTES = 600_000
PROGRAM = """
import sys
from pathlib import Path
from appliance.samples.dropping import drop_files
from appliance.samples.values import Drop
base = Path(sys.argv[1])
sources = sorted((base / "sources").iterdir())
plan = [Drop(path, "hồ sơ", path.name) for path in sources]
print("started", flush=True)
drop_files(plan, base / "drop", state_folder=base / "state", pause_seconds=0.02)
"""


@pytest.fixture
def plan(tmp_path: Path) -> list[Drop]:
    """Eight scans of one hồ sơ: large ones, a small one and an empty one."""
    (tmp_path / "sources").mkdir()
    drops = []
    for number, size_bytes in enumerate((SIZE_BYTES, 9, 0, *[SIZE_BYTES] * 5), start=1):
        path = tmp_path / "sources" / f"{number:04d}.tif"
        path.write_bytes(random.Random(number).randbytes(size_bytes))
        drops.append(Drop(path, "hồ sơ", path.name))
    return drops


def _drop(plan: list[Drop], base: Path, stop: threading.Event | None = None) -> int:
    return drop_files(
        plan, base / "drop", state_folder=base / "state", pause_seconds=0.0, stop=stop
    )


def _dropped(drop: Drop, base: Path) -> Path:
    return base / "drop" / drop.file_code / drop.name


def test_all_scans_arrive_whole_and_once(tmp_path: Path, plan: list[Drop]) -> None:
    """Every scan lies under its name with its bytes; a second run drops none again."""
    assert _drop(plan, tmp_path) == len(plan)
    for drop in plan:
        assert _dropped(drop, tmp_path).read_bytes() == drop.source.read_bytes()
        _dropped(drop, tmp_path).unlink()  # as the appliance does
    assert _drop(plan, tmp_path) == 0
    assert list((tmp_path / "drop" / "hồ sơ").iterdir()) == []


class _Watching(threading.Event):
    """Looks at the hot folder at the moment a scanner pauses, instead of waiting."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.seen: list[dict[str, int]] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.seen.append({path.name: path.stat().st_size for path in self._folder.iterdir()})
        return False


def test_scans_grow_in_order_under_their_final_names(tmp_path: Path, plan: list[Drop]) -> None:
    """While one scan grows it lacks its last piece, and those before it are whole."""
    watching = _Watching(tmp_path / "drop" / "hồ sơ")
    _drop(plan, tmp_path, watching)
    for index, (drop, seen) in enumerate(zip(plan, watching.seen, strict=True)):
        whole_bytes = drop.source.stat().st_size
        assert seen[drop.name] == max(0, whole_bytes - LAST_PIECE_BYTES)
        before = {other.name: other.source.stat().st_size for other in plan[:index]}
        assert {name: size for name, size in seen.items() if name != drop.name} == before


def test_stop_ends_after_the_scan_in_hand(tmp_path: Path, plan: list[Drop]) -> None:
    """A stop that was set beforehand drops nothing; a later run drops all."""
    stop = threading.Event()
    stop.set()
    assert _drop(plan, tmp_path, stop) == 0
    assert _drop(plan, tmp_path) == len(plan)


def _note(tmp_path: Path, drop: Drop) -> Path:
    notes = list((tmp_path / "state").rglob(f"{drop.name}.noted"))
    assert len(notes) == 1
    return notes[0]


def test_killed_before_the_note(tmp_path: Path, plan: list[Drop]) -> None:
    """A scan that was never whole is written again from its start."""
    _drop(plan, tmp_path)
    _note(tmp_path, plan[0]).unlink()
    _dropped(plan[0], tmp_path).write_bytes(b"only the beginning")
    assert _drop(plan, tmp_path) == 1
    assert _dropped(plan[0], tmp_path).read_bytes() == plan[0].source.read_bytes()


def test_killed_between_the_note_and_the_last_piece(tmp_path: Path, plan: list[Drop]) -> None:
    """A noted scan that still lies there unfinished is finished."""
    _drop(plan, tmp_path)
    target = _dropped(plan[0], tmp_path)
    target.write_bytes(plan[0].source.read_bytes()[:-LAST_PIECE_BYTES])
    assert _drop(plan, tmp_path) == 1
    assert target.read_bytes() == plan[0].source.read_bytes()


def test_killed_after_the_appliance_took_it(tmp_path: Path, plan: list[Drop]) -> None:
    """A noted scan that is gone was taken: it never comes a second time."""
    _drop(plan, tmp_path)
    _dropped(plan[0], tmp_path).unlink()
    assert _drop(plan, tmp_path) == 0
    assert not _dropped(plan[0], tmp_path).exists()


KILLED_IN_THE_NOTE = f"""
import os, signal
os.link = lambda source, target: os.kill(os.getpid(), signal.SIGKILL)
{PROGRAM}"""


@pytest.mark.kill
def test_killed_while_the_note_is_written(tmp_path: Path, plan: list[Drop]) -> None:
    """A note that did not come to its name is removed, and its scan dropped whole."""
    command = [sys.executable, "-c", KILLED_IN_THE_NOTE, str(tmp_path)]
    killed = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    assert killed.returncode == -9
    state = tmp_path / "state"
    assert [path.suffix for path in state.rglob("*") if path.is_file()] == [TEMPORARY_SUFFIX]
    assert _drop(plan, tmp_path) == len(plan)
    noted = sorted(path.name for path in state.rglob("*") if path.is_file())
    assert noted == [f"{drop.name}.noted" for drop in plan]


def test_refusing_disk_is_a_storage_error(tmp_path: Path, plan: list[Drop]) -> None:
    """A hot folder that cannot be written is an error of the disk, with its code."""
    (tmp_path / "drop").write_text("a file where the hot folder should be")
    with pytest.raises(StorageError) as caught:
        _drop(plan, tmp_path)
    assert caught.value.exit_status == 4


class _Taker:
    """Takes whole scans out of the hot folder as the appliance does, and counts them."""

    def __init__(self, plan: list[Drop], base: Path) -> None:
        self._wanted = {_dropped(drop, base): drop.source.read_bytes() for drop in plan}
        self.taken: Counter[str] = Counter()

    def take(self) -> None:
        for path, wanted in self._wanted.items():
            if wanted and path.exists() and path.read_bytes() == wanted:
                path.unlink()
                self.taken[path.name] += 1


def _run_and_kill(base: Path, taker: _Taker, after_seconds: float) -> None:
    """Start the dropper and kill it; what it leaves whole is taken meanwhile."""
    command = [sys.executable, "-c", PROGRAM, str(base)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end = time.monotonic() + after_seconds
        while time.monotonic() < end and process.poll() is None:
            taker.take()
        process.send_signal(signal.SIGKILL)


@pytest.mark.kill
def test_kills_at_any_moment_lose_and_double_nothing(tmp_path: Path, plan: list[Drop]) -> None:
    """Killed again and again at random moments, every scan is still taken exactly once."""
    seed = random.SystemRandom().randrange(10**6)
    print("seed", seed)  # noqa: T201 - a failure must be repeatable
    moments = random.Random(seed)
    taker = _Taker(plan, tmp_path)
    for _ in range(6):
        _run_and_kill(tmp_path, taker, moments.uniform(0.0, 0.12))
        taker.take()
    _drop(plan, tmp_path)
    taker.take()
    assert taker.taken == {drop.name: 1 for drop in plan if drop.source.stat().st_size}
