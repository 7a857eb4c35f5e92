"""Killed in the middle of filling, taking in or bringing back a disk: done again, it is whole."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.kill.conftest import CHECKOUT
from tests.kill.couriering import AT_A_MOMENT, JOBS
from tests.kill.dying import DURABLE_POINTS
from tests.pipeline.carrying import Carrying
from tests.sync.plain_making import mounted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITES = {"prepare": 4, "receive": 8, "import": 2}
"""The durable writes of a trip with one package, in each of its jobs."""
MOST_MILLISECONDS = 250
SIZES_BYTES = (300_000, 1_000)
"""A larger one lies in three parts."""

pytestmark = pytest.mark.kill


@contextmanager
def worker(folder: Path, mount: Path) -> Iterator[Callable[..., int]]:
    """What does a job in a process of its own, and gives its exit status."""
    command = [sys.executable, "-m", "tests.kill.couriering", str(folder), str(mount)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        talk_to, hear = process.stdin, process.stdout

        def run(*words: object) -> int:
            talk_to.write("\t".join(map(str, words)) + "\n")
            talk_to.flush()
            return int(hear.readline())

        yield run


def death(chooser: random.Random, job: str) -> tuple[str, int]:
    """Where to die: mostly in a durable write, now and then anywhere."""
    point = chooser.choice([*DURABLE_POINTS, AT_A_MOMENT])
    return point, chooser.randint(1, MOST_MILLISECONDS if point == AT_A_MOMENT else WRITES[job])


def unfinished(*folders: Path) -> list[Path]:
    """Whatever bears the name of something unfinished."""
    patterns = ("*.writing", "*.part", "*.claim")
    return [path for folder in folders for one in patterns for path in folder.rglob(one)]


def assert_whole(carrying: Carrying, job: str) -> None:
    """What a job has done by its end, and that nothing unfinished stays where it wrote."""
    if job == "prepare":
        assert len(list((carrying.on_disk / "packages").rglob("*.json"))) == 1
    if job == "import":
        assert set(carrying.states()) == {"proved"}
    assert unfinished(carrying.mount, carrying.root, carrying.folder) == []


@pytest.mark.parametrize("kind", ["ext4", "vfat"])
def test_every_job_of_a_courier_survives_kills(
    tmp_path: Path, kind: str, seed: int, rounds: int
) -> None:
    """Filled, taken in and brought back, killed again and again: done again, each ends whole."""
    chooser, killed = random.Random(seed), 0
    with mounted(tmp_path / "plugged", kind) as disk:
        carrying = Carrying(tmp_path / "site", disk.root)
        with worker(carrying.folder, disk.root) as run:
            for trip in range(max(rounds // 4, 1)):
                carrying.seal(SIZES_BYTES[trip % len(SIZES_BYTES)])
                for job in JOBS:
                    point, count = death(chooser, job)
                    status = run(job, point, count)
                    print(f"{job}: {point}, {count}: {status}")  # noqa: T201 - pytest shows it on failure
                    assert status in {0, -9}
                    killed += status == -9
                    assert run(job) == 0
                    assert_whole(carrying, job)
        carrying.bench.close()
    assert killed
