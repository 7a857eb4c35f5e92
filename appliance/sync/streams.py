"""The receiver's own stream: two descriptors, with a say while nothing comes in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TICK_SECONDS: Final = 0.5

PIPE_BYTES: Final = 1024 * 1024
"""The most that Linux gives a pipe without privileges (pipe(7), ``pipe-max-size``). With 64 KiB,
as sshd makes it, sshd and receiver wake each other for every other packet: measured, sshd took
three times the processor time."""


class DescriptorStream:
    """A ``ByteStream`` over file descriptors, as sshd gives them to a forced command.

    Args:
        read_descriptor: Standard input.
        write_descriptor: Standard output.

    Attributes:
        on_idle: Called about twice a second with the seconds since bytes last came in; what it
            raises ends the reading.
        received_bytes: Of the whole session.
    """

    def __init__(self, read_descriptor: int, write_descriptor: int) -> None:
        self.on_idle: Callable[[float], None] = lambda _: None
        self._read_descriptor = read_descriptor
        self._write_descriptor = write_descriptor
        self._poll = select.poll()
        self._poll.register(read_descriptor, select.POLLIN)
        self.received_bytes = 0
        with contextlib.suppress(OSError):  # no pipe, or no more memory for this account's pipes
            fcntl.fcntl(read_descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the front of the buffer; 0 at the end of the stream."""
        ticks = 0
        while not self._poll.poll(TICK_SECONDS * 1000):
            ticks += 1
            self.on_idle(ticks * TICK_SECONDS)
        count = os.readv(self._read_descriptor, [buffer])
        self.received_bytes += count
        return count

    def send(self, data: bytes) -> None:
        """Write every byte."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._write_descriptor, rest) :]
