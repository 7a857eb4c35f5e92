"""Fills a disk, takes it in or brings it back, each time in a process that may be killed.

Usage: python -m tests.kill.couriering FOLDER MOUNT, with lines ``JOB [POINT COUNT]`` at the
standard input, parted by tabs. JOB is one of ``JOBS``; without a point it goes to its end. Each is
answered by a line with the exit status, negative for a signal. Processes are forked from this
one, which holds nothing open itself: that is quicker than starting each anew.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kill.dying import DURABLE_POINTS, arm
from tests.pipeline.carrying import AGENT, Carrying

if TYPE_CHECKING:
    from collections.abc import Callable

PART_BYTES = 128 * 1024
AT_A_MOMENT = "after so many milliseconds"


def _prepare(carrying: Carrying) -> None:
    carrying.stage(PART_BYTES).prepare(carrying.mount, AGENT)


def _receive(carrying: Carrying) -> None:
    refused = dict(carrying.take_in().refusals)
    if refused:
        sys.exit(f"not taken: {refused}")


def _import(carrying: Carrying) -> None:
    found = carrying.bring_back().findings
    if found:
        sys.exit(f"refused: {found}")


JOBS: dict[str, Callable[[Carrying], None]] = {
    "prepare": _prepare,
    "receive": _receive,
    "import": _import,
}


def work(folder: Path, mount: Path, job: str, *death: str) -> None:
    """Do a job in this process, or die in the middle of it."""
    carrying = Carrying(folder, mount)
    if death:
        point, count = death
        if point == AT_A_MOMENT:
            die = threading.Timer(int(count) / 1000, os.kill, (os.getpid(), signal.SIGKILL))
            die.daemon = True
            die.start()
        else:
            arm(DURABLE_POINTS[point], int(count))
    JOBS[job](carrying)
    carrying.bench.close()


def status_of(folder: Path, mount: Path, words: list[str]) -> int:
    """Do a job in a process of its own; its exit status, negative for a signal."""
    number = os.fork()
    if number == 0:
        work(folder, mount, *words)
        sys.exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        status = status_of(Path(sys.argv[1]), Path(sys.argv[2]), line.rstrip("\n").split("\t"))
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()
