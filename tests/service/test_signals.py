"""Stop signals: none is lost, at whatever moment it comes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from appliance.service.signals import STOP_SIGNALS, stop_requested
from tests.service.making import QuickSite, lone_settings, running

PATIENCE_SECONDS: Final = 240
_WAITING: Final = """\
import os, sys
from appliance.service.signals import stop_requested
with stop_requested() as stop:
    os.write(1, b"ready")
    while {condition}:
        pass
print("stopped")
"""
_PROCESSES: Final = 60
_SERVICE_STARTS: Final = 3


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    """Each of the two asks to stop; before it came, nothing does."""
    with stop_requested() as stop:
        assert not stop.wait(0.05)
        os.kill(os.getpid(), number)
        assert stop.wait(PATIENCE_SECONDS)


def test_afterwards_everything_is_as_before() -> None:
    """Handlers, the wake-up descriptor, threads and descriptors are put back."""

    def state() -> tuple[object, ...]:
        handlers = [signal.getsignal(number) for number in STOP_SIGNALS]
        return handlers, threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = state()
    with stop_requested():
        assert state() != before
    assert state() == before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_in_another_thread_is_heard_while_the_main_thread_sleeps() -> None:
    """The kernel may give a signal to any thread; the main one need not run for it to count."""
    with stop_requested() as stop:
        other = threading.Thread(
            target=lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        )
        other.start()
        assert stop.wait(PATIENCE_SECONDS)
        other.join()


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("not stop.wait(0.0001)", id="entering and leaving a wait all the time"),
        pytest.param("not stop.wait()", id="one wait"),
        pytest.param("not stop.is_set()", id="busy"),
    ],
)
def test_no_moment_loses_a_signal(condition: str) -> None:
    """Fresh processes, each signalled at another moment of its wait: every one ends well."""
    chooser = random.Random(condition)
    program = [sys.executable, "-P", "-c", _WAITING.format(condition=condition)]
    for _ in range(_PROCESSES // 3):
        with running(program) as process:
            assert process.stdout is not None
            assert process.stdout.read(5) == "ready"
            time.sleep(chooser.uniform(0, 0.01))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_SECONDS) == 0


def test_a_service_that_is_told_to_stop_stops(tmp_path: Path) -> None:
    """While it starts, just after it started, and while it works: always with status 0."""
    chooser = random.Random(2)
    command = QuickSite.command_for(lone_settings(tmp_path), "run", "--only", "watch", "assemble")
    for _ in range(_SERVICE_STARTS):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            _await_handler(process.pid)
            time.sleep(chooser.uniform(0, 0.6))
            process.terminate()
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
            process.wait()
        assert (process.returncode, b"Traceback" in said) == (0, False), said


def _await_handler(pid: int) -> None:
    """Wait until the process has its own handler of SIGTERM, as the kernel tells."""
    bit = 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
        caught = next(line.split()[1] for line in lines if line.startswith("SigCgt"))
        if int(caught, 16) & bit:
            return
        time.sleep(0.005)
    raise AssertionError("no handler in time")
