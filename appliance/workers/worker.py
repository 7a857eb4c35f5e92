"""What runs inside a worker process: first the walls around it, then one task after the other.

Started by ``pool`` with a descriptor, the parent's process number, a memory limit and a niceness.
Pages come from strangers, so whatever a decoder does must stay in here: no network where the
kernel allows, bounded memory and time, and no life longer than the parent's.
"""

from __future__ import annotations

import ctypes
import math
import os
import pickle
import resource
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from appliance.domain.errors import ApplianceError

if TYPE_CHECKING:
    from collections.abc import Callable

TAKEN: Final = b"taken"
"""Said before a task begins: whoever dies without it has not touched the task."""
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_SPARE_SECONDS: Final = 5
"""Processor time beyond a task's limit: the parent's clock should speak first."""

_GROUP_TRIES: Final = 20
_GROUP_PAUSE_SECONDS: Final = 0.05

_is_isolated = False


def is_network_isolated() -> bool:
    """Whether this very process was cut off from every network."""
    return _is_isolated


def main(arguments: list[str]) -> None:
    """Serve tasks from a connection until it closes."""
    descriptor, parent, memory_bytes, niceness = map(int, arguments)
    _die_with(parent)
    _give_way(niceness)
    _limit_memory(memory_bytes)
    _leave_network()
    serve(Connection(descriptor))


def serve(connection: Connection) -> None:
    """Say of each task that it is taken, then answer ``(True, result)`` or ``(False, problem)``."""
    with suppress(EOFError):
        while True:
            message = connection.recv_bytes()
            connection.send_bytes(TAKEN)
            task_seconds, function, arguments, named = pickle.loads(message)  # noqa: S301 - from our parent
            _limit_time(task_seconds)
            connection.send_bytes(_answer(function, arguments, named))


def _answer(
    function: Callable[..., object], arguments: tuple[object, ...], named: dict[str, object]
) -> bytes:
    try:
        return pickle.dumps((True, function(*arguments, **named)))
    except Exception as problem:  # noqa: BLE001 - whatever a task raises belongs to its caller
        return pickle.dumps((False, _plain(problem)))


def _plain(problem: Exception) -> Exception:
    """The exception itself when the parent's reader lets it pass, else its words."""
    is_known = isinstance(problem, ApplianceError) or type(problem).__module__ == "builtins"
    with suppress(Exception):
        if is_known and type(pickle.loads(pickle.dumps(problem))) is type(problem):  # noqa: S301 - our own bytes
            return problem
    return RuntimeError(f"{type(problem).__name__}: {problem}")


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has gone already")


def _give_way(niceness: int) -> None:
    """Take what others leave of the processor; at the disk the kernel goes by the same number.

    Each child is a session of its own, so with automatic groups (sched(7)) its niceness counts
    among its own processes alone, until its group is given the same.
    """
    if niceness == 0:
        return
    os.nice(niceness)
    for _ in range(_GROUP_TRIES):
        try:
            Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
        except BlockingIOError:  # the kernel takes ten a second, from all processes together
            time.sleep(_GROUP_PAUSE_SECONDS)
        except OSError:  # this kernel has no such groups
            return
        else:
            return


def _limit_memory(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(task_seconds: float) -> None:
    """Processor time adds up over a process's life, so the limit moves on with each task."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + task_seconds) + _SPARE_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _leave_network() -> None:
    """An empty network of its own; without rights for that, inside a user name space of its own."""
    global _is_isolated  # noqa: PLW0603 - a fact of this process, set once at its start
    unshare = ctypes.CDLL(None).unshare
    _is_isolated = unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
