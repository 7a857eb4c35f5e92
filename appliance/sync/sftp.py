"""A session of SFTP version 3: requests are numbered, and their answers waited for.

The protocol of draft-ietf-secsh-filexfer-02, with the extensions of OpenSSH's ``PROTOCOL`` file
that a server announces. Many requests may be on their way at a time, which is what makes writing
and reading as fast as the line; whoever asks bounds how many.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import paramiko

from appliance.domain.errors import RemoteError
from appliance.signing import wire
from appliance.sync.refusal import refusal
from appliance.sync.sftp_packets import (
    VERSION,
    Answer,
    Body,
    Reply,
    Request,
    raise_status,
    read_pairs,
)
from appliance.sync.unstarted import no_receiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST_PACKET_BYTES: Final = 1024 * 1024
"""Our own: OpenSSH sends at most 256 KiB; more is no SFTP."""


class SftpChannel(Protocol):
    """What carries the packets: a paramiko channel."""

    def send(self, data: bytes, /) -> int:
        """Hand over some of the bytes; how many."""
        ...

    def recv(self, size_bytes: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """How long both may wait."""
        ...


class SftpSession:
    """One session, greeted.

    Args:
        channel: Fresh, running the SFTP subsystem.
        silence_seconds: Without a byte for so long, the line is dead.

    Raises:
        RemoteError: ``LINE-CUT``, also of every method; ``FAR-RECEIVER-MISSING`` when what
            answers is no SFTP.

    Attributes:
        extensions: What the server announces, with its data.
    """

    def __init__(self, channel: SftpChannel, silence_seconds: float) -> None:
        self._channel = channel
        self._silence_seconds = silence_seconds
        self._number = 0
        self._pending: set[int] = set()
        self._answers: dict[int, Answer] = {}
        self._unwanted: set[int] = set()
        channel.settimeout(silence_seconds)
        self._send(bytes([Request.INIT]) + wire.number(VERSION))
        kind, body = self._receive()
        if kind != Reply.VERSION or body.number() != VERSION:
            raise refusal("FAR-RECEIVER-MISSING", "what answers is not SFTP version 3")
        self.extensions = read_pairs(body)

    def ask(self, kind: Request, *fields: bytes) -> int:
        """Send a request; its number, for ``answer``."""
        self._number = (self._number + 1) % 2**32
        self._pending.add(self._number)
        body = b"".join(fields)
        self._send(bytes([kind]) + wire.number(self._number) + body)
        return self._number

    def answer(self, number: int) -> Answer:
        """Wait for the answer to one request.

        Raises:
            OSError: The server refuses, with the errno that fits.
            NoMoreError: There is no more.
        """
        while number not in self._answers:
            self._take_answer()
        found = self._answers.pop(number)
        if found.kind == Reply.STATUS:
            raise_status(found.body)
        return found

    def call(self, kind: Request, *fields: bytes) -> Answer:
        """Ask and wait; errors as of ``answer``."""
        return self.answer(self.ask(kind, *fields))

    def extended(self, name: str, *fields: bytes) -> Answer:
        """Ask for an extension and wait; errors as of ``answer``."""
        return self.call(Request.EXTENDED, wire.string(name.encode()), *fields)

    def forget(self, numbers: Iterable[int]) -> None:
        """Nobody waits for these answers any more."""
        for number in numbers:
            if self._answers.pop(number, None) is None:
                self._unwanted.add(number)

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Let the server be silent for longer while it works; a dead line is noticed by TCP."""
        self._channel.settimeout(max(seconds, self._silence_seconds))
        try:
            yield
        finally:
            self._channel.settimeout(self._silence_seconds)

    def _take_answer(self) -> None:
        kind, body = self._receive()
        number = body.number()
        if number not in self._pending:
            raise refusal("FAR-REFUSED", f"the server answers {number}, which was not asked")
        self._pending.remove(number)
        if number in self._unwanted:
            self._unwanted.remove(number)
        else:
            self._answers[number] = Answer(kind, body)

    def _send(self, packet: bytes) -> None:
        rest = memoryview(wire.string(packet))
        with line_errors():
            while rest:
                count = self._channel.send(rest)  # type: ignore[arg-type]  # any buffer serves
                if count == 0:
                    raise EOFError("the channel is closed")
                rest = rest[count:]

    def _receive(self) -> tuple[int, Body]:
        with line_errors():
            length = int.from_bytes(self._exactly(4), "big")
            if not 0 < length <= LARGEST_PACKET_BYTES:
                start = length.to_bytes(4, "big")
                raise refusal("FAR-RECEIVER-MISSING", f"no SFTP, which begins with {start!r}")
            packet = self._exactly(length)
        return packet[0], Body(packet[1:])

    def _exactly(self, length: int) -> bytes:
        pieces = []
        while length:
            piece = self._channel.recv(length)
            if not piece:
                raise EOFError("the server ended the session")
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)


def greeted(
    client: paramiko.SSHClient, channel: paramiko.Channel, silence_seconds: float
) -> SftpSession:
    """A session on a fresh channel that the host gave.

    Raises:
        RemoteError: As of ``SftpSession``; when nothing greets, as of ``unstarted.no_receiver``.
    """
    try:
        return SftpSession(channel, silence_seconds)
    except RemoteError as problem:
        if problem.code not in {"LINE-CUT", "FAR-RECEIVER-MISSING"}:
            raise
        is_late = isinstance(problem.__cause__, TimeoutError)
        late = TimeoutError(f"nothing greets within {silence_seconds:.0f} s")
        raise no_receiver(client, channel, late if is_late else problem) from problem


@contextmanager
def line_errors() -> Iterator[None]:
    """Turn what a channel raises into ``LINE-CUT``.

    Raises:
        RemoteError: ``LINE-CUT``.
    """
    try:
        yield
    except (EOFError, OSError, paramiko.SSHException) as problem:
        raise refusal("LINE-CUT", str(problem) or type(problem).__name__) from problem
