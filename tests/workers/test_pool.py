"""The worker pool: limits hold, and a guilty task is alone."""

from __future__ import annotations

import math
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from appliance.workers.pool import WorkerCrashed, WorkerPool, WorkerTimeout, _Child, _Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.workers.watch import Watch

MEMORY_BYTES = 2 * 1024**3


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    """Two workers with a short limit."""
    with WorkerPool(2, MEMORY_BYTES, 5) as workers:
        yield workers


@pytest.fixture(params=["threads", "workers"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """The standard library's executor and ours: one contract."""
    made: Executor = (
        ThreadPoolExecutor(2) if request.param == "threads" else WorkerPool(2, MEMORY_BYTES, 5)
    )
    with made:
        yield made


def test_contract_results_come_in_order(executor: Executor) -> None:
    """Mapping a function gives results in the order of its arguments."""
    assert list(executor.map(math.factorial, range(8))) == [
        math.factorial(number) for number in range(8)
    ]


def test_contract_exceptions_reach_the_caller(executor: Executor) -> None:
    """What a task raises is what its future raises, with its type."""
    with pytest.raises(ValueError, match="invalid literal"):
        executor.submit(int, "x").result()


def test_contract_keywords_are_passed(executor: Executor) -> None:
    """Named arguments arrive."""
    assert executor.submit(int, "ff", base=16).result() == 255


def test_contract_no_work_after_shutdown(executor: Executor) -> None:
    """A pool that was shut down takes nothing more."""
    executor.shutdown()
    with pytest.raises(RuntimeError):
        executor.submit(int, "1")


def test_a_crash_costs_only_its_own_task(pool: WorkerPool) -> None:
    """Tasks before, beside and after a crashing one give their results."""
    before = [pool.submit(math.sqrt, number) for number in range(6)]
    guilty = pool.submit(os.kill, 0, signal.SIGSEGV)
    after = [pool.submit(math.sqrt, number) for number in range(6)]
    with pytest.raises(WorkerCrashed):
        guilty.result()
    assert [one.result() for one in (*before, *after)] == [
        math.sqrt(number) for number in range(6)
    ] * 2


def test_a_task_without_end_is_ended() -> None:
    """A sleeping task is killed at its limit and the next one runs."""
    with WorkerPool(1, MEMORY_BYTES, 3) as pool:  # enough for a child to start on a busy machine
        sleeping = pool.submit(time.sleep, 600)
        following = pool.submit(math.sqrt, 49)
        with pytest.raises(WorkerTimeout):
            sleeping.result()
        assert following.result() == 7


def test_a_child_that_dies_idle_costs_no_task() -> None:
    """A child killed between two tasks is replaced unnoticed."""
    with WorkerPool(1, MEMORY_BYTES, 10) as pool:
        process = pool.submit(os.getpid).result()
        os.kill(process, signal.SIGKILL)
        stat = Path(f"/proc/{process}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":  # not reaped before its turn
            time.sleep(0.01)
        assert pool.submit(os.getpid).result() != process


def test_a_child_that_dies_before_it_takes_a_task_costs_no_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A child killed after it was found alive and before it took the task: another one takes it."""
    real_run = _Child.run
    killed: list[int] = []

    def run(child: _Child, task: _Task, watch: Watch) -> object:
        if not killed:
            killed.append(child._process.pid)
            os.kill(child._process.pid, signal.SIGKILL)
            os.waitid(os.P_PID, child._process.pid, os.WEXITED | os.WNOWAIT)
        return real_run(child, task, watch)

    monkeypatch.setattr(_Child, "run", run)
    with WorkerPool(1, MEMORY_BYTES, 30) as pool:
        assert pool.submit(os.getpid).result() not in killed
    assert killed


def test_memory_is_bounded(pool: WorkerPool) -> None:
    """A task that wants more than its share fails alone."""
    with pytest.raises(MemoryError):
        pool.submit(bytearray, 4 * MEMORY_BYTES).result()
    assert pool.submit(resource.getrlimit, resource.RLIMIT_AS).result() == (
        MEMORY_BYTES,
        MEMORY_BYTES,
    )


def test_a_pool_gives_way_when_asked() -> None:
    """Its children run at the niceness asked for, and so does the kernel's group of each."""
    with WorkerPool(2, MEMORY_BYTES, 10, niceness=19) as gentle:
        assert [one.result() for one in [gentle.submit(os.nice, 0) for _ in range(4)]] == [19] * 4
        group = Path("/proc/self/autogroup")
        if group.exists():
            said = gentle.submit(Path.read_text, group).result()
            assert said.split()[-2:] == ["nice", "19"]


def test_isolated_workers_see_no_network(pool: WorkerPool) -> None:
    """Where the kernel cuts the network off, not even loopback is left."""
    if not pool.is_network_isolated():
        pytest.skip("this kernel or container gives no network name space")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(OSError, match="unreach"):
        pool.submit(socket.create_connection, server.getsockname()).result()


def test_a_worker_cannot_answer_with_code(pool: WorkerPool) -> None:
    """An answer that would build anything but a value is not believed."""
    with pytest.raises(WorkerCrashed) as caught:
        pool.submit(eval, "__import__('subprocess').Popen").result()
    assert isinstance(caught.value.__cause__, pickle.UnpicklingError)


def test_an_argument_that_cannot_travel_fails_alone(pool: WorkerPool) -> None:
    """A task that cannot be sent fails, and the pool goes on."""
    with pytest.raises((pickle.PicklingError, AttributeError, TypeError)):
        pool.submit(lambda: 1).result()
    assert pool.submit(math.sqrt, 4).result() == 2


def test_waiting_tasks_can_be_dropped() -> None:
    """A shutdown that cancels leaves no task undecided."""
    pool = WorkerPool(1, MEMORY_BYTES, 5)
    futures = [pool.submit(time.sleep, 1) for _ in range(5)]
    pool.shutdown(cancel_futures=True)
    assert all(one.done() for one in futures)
    assert any(one.cancelled() for one in futures)


def test_children_die_with_a_killed_parent() -> None:
    """No worker outlives a parent that got SIGKILL."""
    program = (
        "import os, time\n"
        "from appliance.workers.pool import WorkerPool\n"
        f"pool = WorkerPool(1, {MEMORY_BYTES}, 600)\n"
        "print(pool.submit(os.getpid).result(), flush=True)\n"
        "pool.submit(time.sleep, 600)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_running(child)


def _is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as stream:  # noqa: PTH123 - a kernel file
            return stream.read().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_answer_that_cannot_be_built_costs_its_child() -> None:
    """Whatever is wrong with an answer, its task failed, and the child that gave it is ended."""
    answer = "type('A', (), {'__reduce__': lambda _: (__import__('pathlib').PosixPath, (1,))})()"
    with WorkerPool(1, MEMORY_BYTES, 30) as one:
        process = one.submit(os.getpid).result()
        with pytest.raises(WorkerCrashed) as caught:
            one.submit(eval, answer).result()
        assert isinstance(caught.value.__cause__, pickle.UnpicklingError)
        assert one.submit(os.getpid).result() != process


def test_a_child_that_was_ended_is_worn_at_once() -> None:
    """Its time may be over just after its answer: the next task is not given to the dying."""
    child = _Child(MEMORY_BYTES, 0)
    child._end()
    assert child.is_worn
    child.leave()
