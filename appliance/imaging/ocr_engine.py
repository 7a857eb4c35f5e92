"""One run of the engine: at the lowest priority, ended when it hangs, never for having to wait.

On a busy box a process of the lowest priority may stand ready for the processor a hundred times as
long as it is given it, so the clock says nothing of it. What does: the processor time that it used,
which the kernel bounds (RLIMIT_CPU), and whether it sleeps without using any, which no reader of
pages does for long once it has its page.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ConfigError

if TYPE_CHECKING:
    from typing import BinaryIO

NICENESS: Final = "19"
"""Text is read at night's pace: intake and the page come first. With it goes the lowest priority
at the disk (ioprio_set(2)). Not ``SCHED_IDLE``: a page would stand still on a busy box."""
_LOOK_SECONDS: Final = 1.0
"""Our own: so often a running engine is looked at; a look is one small read of /proc."""
_TRIES: Final = 2
"""Our own: an engine that fell asleep is started once more: what it waits for is not the page."""
_AT_WORK: Final = frozenset("RD")
"""proc(5): on the processor or ready for it, or waiting for the disk."""


def run_gently(
    command: list[str], entered: bytes, limit_seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the engine to its end.

    Args:
        command: The engine with its arguments; it ends with this process, whatever happens.
        entered: What it reads.
        limit_seconds: Of processor time; and of sleep on end, in which it uses none.

    Raises:
        ConfigError: ``OCR-MISSING``, it is not installed.
        TimeoutError: It reached one of the limits and was ended.
    """
    gently = ["setpriv", "--pdeathsig", "KILL", "nice", "-n", NICENESS]
    bounded = ["prlimit", f"--cpu={math.ceil(limit_seconds)}:"]
    for _ in range(_TRIES):
        answer = _run([*gently, *bounded, *command], entered, limit_seconds)
        if answer is not None:
            return answer
    raise TimeoutError(f"{command[0]} slept for {limit_seconds} seconds without end")


def _run(
    command: list[str], entered: bytes, limit_seconds: float
) -> subprocess.CompletedProcess[bytes] | None:
    """Its answer, or None when it fell asleep and was ended."""
    with _in_memory(entered) as stream, _started(command, stream) as process:
        try:
            answer = _attended(process, limit_seconds)
        finally:
            process.kill()
    if answer is None:
        return None
    if process.returncode == -signal.SIGXCPU:
        raise TimeoutError(f"{command[-1]} used {limit_seconds} seconds of the processor")
    return subprocess.CompletedProcess(command, process.returncode, *answer)


def _in_memory(entered: bytes) -> BinaryIO:
    """A file without a name or a disk (memfd_create(2)): who reads it waits for nobody."""
    stream = os.fdopen(os.memfd_create("page"), "w+b")
    stream.write(entered)
    stream.seek(0)
    return stream


def _started(command: list[str], stream: BinaryIO) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as problem:
        raise ConfigError(
            f"{command[0]} is not installed: install the Debian packages tesseract-ocr, "
            "tesseract-ocr-vie and util-linux",
            code="OCR-MISSING",
        ) from problem


def _attended(process: subprocess.Popen[bytes], limit_seconds: float) -> tuple[bytes, bytes] | None:
    """Output and complaints of a process that ended by itself; None when it sleeps."""
    look_seconds = min(_LOOK_SECONDS, limit_seconds)
    sleep = _Sleep(process.pid)
    while True:
        try:
            return process.communicate(timeout=look_seconds)
        except subprocess.TimeoutExpired:
            if sleep.looks() * look_seconds >= limit_seconds:
                return None


@dataclass(slots=True)
class _Sleep:
    """How long a process has slept, counted in looks: a clock runs on while we wait ourselves.

    Args:
        pid: Of the process, a child that nobody has waited for.
        ticks: Processor time at the last look, in the kernel's ticks.
        count: Looks since it last did anything.
    """

    pid: int
    ticks: int = -1
    count: int = 0

    def looks(self) -> int:
        """Look once more; how many looks in a row found it asleep, its time standing still."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("utf-8", "replace")
        state, *numbers = stat.rpartition(")")[2].split()
        ticks = int(numbers[10]) + int(numbers[11])  # utime and stime, fields 14 and 15 of proc(5)
        is_asleep = state not in _AT_WORK and ticks == self.ticks
        self.count = self.count + 1 if is_asleep else 0
        self.ticks = ticks
        return self.count
