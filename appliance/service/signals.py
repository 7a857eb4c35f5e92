"""Being asked to stop: SIGTERM and SIGINT, none of them lost, whenever they come.

A handler in Python runs in the main thread only, between two of its bytecodes. A main thread that
is just entering a lock does not hear of it, and a handler that takes the lock that the main thread
holds waits for ever. So the handlers here do nothing; the interpreter's own, written in C, puts a
byte into a pipe at once, in whatever thread the signal arrives (``signal.set_wakeup_fd``), and a
thread of ours reads the pipe.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_END: Final = b"\0"
"""What ends the reading thread; no signal has this number."""


@contextmanager
def stop_requested() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM and SIGINT, for the length of a ``with`` block.

    Only the main thread may ask; afterwards the signals do again what they did before.
    """
    stop = threading.Event()
    with ExitStack() as stack:
        reading, writing = os.pipe2(os.O_CLOEXEC)
        stack.callback(os.close, reading)
        stack.callback(os.close, writing)
        os.set_blocking(writing, False)
        listener = threading.Thread(
            target=_listen, args=(reading, stop), name="signals", daemon=True
        )
        listener.start()
        stack.callback(listener.join)
        stack.callback(os.write, writing, _END)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        stack.callback(signal.set_wakeup_fd, before)
        for number in STOP_SIGNALS:
            stack.callback(signal.signal, number, signal.signal(number, _hear))
        yield stop


def _hear(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the byte in the pipe says it all."""


def _listen(reading: int, stop: threading.Event) -> None:
    """Any signal with a handler writes its number here; only ours have one."""
    while (byte := os.read(reading, 1)) != _END:
        if byte[0] in STOP_SIGNALS:
            stop.set()
