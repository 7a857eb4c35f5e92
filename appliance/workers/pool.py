"""A pool of supervised worker processes behind the standard executor interface.

Each thread of the pool owns one child process and gives it one task at a time. So when a child
crashes or must be ended, it is known which task was in it: that one fails, the child is replaced,
and no other task notices. A cluster's executor fits in the same place.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import Executor, Future
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from appliance.domain.errors import ApplianceError
from appliance.workers.answers import read_answer
from appliance.workers.watch import Watch
from appliance.workers.worker import TAKEN, is_network_isolated

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TASKS_PER_CHILD: Final = 500
"""Our own: a child is replaced after so many tasks, so that no leak in a decoder grows."""
_ENVIRONMENT: Final = {
    "VIPS_CONCURRENCY": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
"""One thread each. A page's pictures take the memory of the page before: given back to the
kernel each time (glibc, mallopt(3)), they would be cleared by it anew, 3 ms a page."""
_ENTRY: Final = "import sys; from appliance.workers.worker import main; main(sys.argv[1:])"
_LEAVE_SECONDS: Final = 5


class WorkerCrashed(ApplianceError):  # noqa: N818 - names what happened
    """The process that ran this task died: out of memory, or a fault in a decoder."""

    default_code: ClassVar[str] = "WORKER-CRASHED"


class _NeverTaken(WorkerCrashed):
    """The process died before it took the task: killed from outside, between two tasks."""


class WorkerTimeout(ApplianceError):  # noqa: N818 - names what happened
    """The task took longer than its limit and was ended."""

    default_code: ClassVar[str] = "WORKER-TIMEOUT"


@dataclass(frozen=True, slots=True)
class _Task:
    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[object, ...]
    named: dict[str, object]


class WorkerPool(Executor):
    """Runs functions in child processes with limits; see the module for what it promises.

    Functions and arguments are pickled, so functions are named by their module. Results hold
    plain values, dataclasses and enums of this package, paths and exceptions; nothing else a
    child sends is believed.

    Args:
        worker_count: Child processes.
        memory_bytes: Address space of each.
        task_seconds: The limit for one task, in wall time and in processor time.
        niceness: Of the children (setpriority(2)), 0 to 19; with 19 they get what others leave.
    """

    def __init__(
        self, worker_count: int, memory_bytes: int, task_seconds: float, niceness: int = 0
    ) -> None:
        self._memory_bytes = memory_bytes
        self._niceness = niceness
        self._task_seconds = task_seconds
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_shut = False
        self._threads = [
            threading.Thread(target=self._supervise, name=f"worker-{number}", daemon=True)
            for number in range(worker_count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(
        self,
        fn: Callable[..., T],
        /,
        *args: Any,  # noqa: ANN401 - the executor's own interface
        **kwargs: Any,  # noqa: ANN401 - the same
    ) -> Future[T]:
        """Queue a task.

        The future raises what the task raised, ``WorkerCrashed`` or ``WorkerTimeout``.

        Raises:
            RuntimeError: The pool is shut down.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._is_shut:
                raise RuntimeError("the pool is shut down")
            self._tasks.put(_Task(future, fn, args, kwargs))
        return future

    def is_network_isolated(self) -> bool:
        """Ask a child whether the kernel cut it off from every network; waits for its turn."""
        return self.submit(is_network_isolated).result()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the executor's own interface
        """Take no more tasks; children leave when the queue is empty.

        Args:
            wait: Return only when they have left.
            cancel_futures: Drop what has not begun.
        """
        with self._lock:
            if not self._is_shut:
                self._is_shut = True
                if cancel_futures:
                    self._drop_waiting()
                for _ in self._threads:
                    self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _drop_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    task.future.cancel()
                    task.future.set_running_or_notify_cancel()

    def _supervise(self) -> None:
        """One thread's life: take a task, see it through, replace the child when it is worn."""
        child: _Child | None = None
        with closing(Watch(self._task_seconds)) as watch:
            while (task := self._tasks.get()) is not None:
                if not task.future.set_running_or_notify_cancel():
                    continue
                try:
                    child = self._fit_child(child)
                    try:
                        outcome = child.run(task, watch)
                    except _NeverTaken:
                        child = self._fit_child(child)
                        outcome = child.run(task, watch)
                    task.future.set_result(outcome)
                except Exception as problem:  # noqa: BLE001 - every outcome belongs to the future
                    task.future.set_exception(problem)
        if child is not None:
            child.leave()

    def _fit_child(self, child: _Child | None) -> _Child:
        """The same child, or a new one when it is worn: an idle death costs no task."""
        if child is not None and child.is_worn:
            child.leave()
            child = None
        return child or _Child(self._memory_bytes, self._niceness)


class _Child:
    """One child process and the line to it."""

    def __init__(self, memory_bytes: int, niceness: int) -> None:
        self._connection, far = Pipe()
        facts = (far.fileno(), os.getpid(), memory_bytes, niceness)
        with far:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _ENTRY, *map(str, facts)],
                stdin=subprocess.DEVNULL,
                pass_fds=(far.fileno(),),
                env={**os.environ, **_ENVIRONMENT},
                start_new_session=True,
            )
        self._tasks_left = TASKS_PER_CHILD
        self._is_ended = False

    @property
    def is_worn(self) -> bool:
        """Whether it must be replaced: old, ended, or gone by itself."""
        return self._tasks_left <= 0 or self._is_ended or self._process.poll() is not None

    def run(self, task: _Task, watch: Watch) -> object:
        """See one task through, as long as the watch lets it run.

        Raises:
            WorkerCrashed: The child died in it, or (``_NeverTaken``) before it.
            WorkerTimeout: It was ended.
            Exception: What the task itself raised.
        """
        message = pickle.dumps((watch.seconds, task.function, task.arguments, task.named))
        self._tasks_left -= 1
        is_taken = False
        try:
            with watch.over(self._end):
                self._connection.send_bytes(message)
                is_taken = self._connection.recv_bytes(len(TAKEN)) == TAKEN
                is_done, outcome = read_answer(self._connection)
        except (EOFError, OSError, pickle.UnpicklingError) as problem:
            self._tasks_left = 0
            raise self._failure(watch.seconds, is_taken=is_taken) from problem
        if is_done:
            return outcome
        raise outcome if isinstance(outcome, Exception) else WorkerCrashed(str(outcome))

    def _failure(self, task_seconds: float, *, is_taken: bool) -> ApplianceError:
        if self._is_ended:
            return WorkerTimeout(
                f"a task took longer than {task_seconds} seconds and was ended; "
                "look at its input, or raise the limit"
            )
        if not is_taken:
            return _NeverTaken("the worker process died before it took this task")
        return WorkerCrashed(
            "the worker process died during this task (memory or a decoder's fault); "
            "no other task is affected"
        )

    def _end(self) -> None:
        """Kill the child and whatever it started; whoever waits for its answer sees the end."""
        self._is_ended = True
        if self._process.returncode is not None:
            return  # waited for already: its number may be another's now
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def leave(self) -> None:
        """End the child, and with it whatever it started."""
        self._connection.close()
        if self._tasks_left <= 0:
            self._end()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
