"""One SSH connection with one channel to the receiver, that notices when it is dead.

Measured with packets dropped silently: paramiko alone, its keepalive, or a channel timeout alone
do not notice within 45 s while sending; ``TCP_USER_TIMEOUT`` does after its time. While waiting,
a channel timeout or TCP keepalive does. So all of them are set; the protocol's own answers are
watched above.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.sync.congestion import Congestion
from appliance.sync.login import open_channel
from appliance.sync.rate import UNLIMITED
from appliance.sync.unstarted import no_receiver

if TYPE_CHECKING:
    from appliance.domain.errors import RemoteError
    from appliance.sync.connecting import LineTimeouts, SshAddress
    from appliance.sync.rate import RateLimit

_COMMAND: Final = "appliance receive"
"""For the far side's log; a forced command runs whatever is asked for."""

CHUNK_BYTES: Final = 32 * 1024 - 64
"""So much asks the limit at once and fills one packet: the largest that OpenSSH takes, less what
paramiko keeps free in it. A byte more would be a packet of its own, and cost as much as a full
one."""

_LISTEN_BYTES: Final = 64 * 1024
_WATCH_SECONDS: Final = 0.5
"""Our own: so often the line is looked at while bytes are going out."""
_QUIET_SECONDS: Final = 10.0
"""Our own: after so long without a byte in or out, nobody was waiting for a sign of life."""


class Line:
    """An open line; a ``ByteStream``.

    Args:
        client: Connected.
        channel: Running the receiver.
        limit: How fast bytes may go out.
        silence_seconds: When the far side counts as dead while bytes are going out.
    """

    def __init__(
        self,
        client: paramiko.SSHClient,
        channel: paramiko.Channel,
        limit: RateLimit = UNLIMITED,
        silence_seconds: float = 25.0,
    ) -> None:
        self._client = client
        self._channel = channel
        self._limit = limit
        self._silence_seconds = silence_seconds
        self._heard = bytearray()
        self._heard_at = self._moved_at = self._watched_at = time.monotonic()
        self._congestion = _congestion_of(client)

    @classmethod
    def open(
        cls, address: SshAddress, timeouts: LineTimeouts, limit: RateLimit = UNLIMITED
    ) -> Line:
        """Connect, log in with the one key, start the receiver.

        Raises:
            RemoteError: ``LINE-DOWN``, ``HOST-KEY-UNKNOWN``, ``HOST-KEY-CHANGED``,
                ``AUTH-REFUSED``, ``FAR-RECEIVER-MISSING``.
        """
        client, channel = open_channel(address, timeouts, lambda one: one.exec_command(_COMMAND))
        return cls(client, channel, limit, timeouts.silence_seconds)

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the front of the buffer; 0 when the far side has ended its stream.

        Raises:
            TimeoutError: Nothing came for too long.
        """
        if self._heard:
            data = bytes(self._heard[: len(buffer)])
            del self._heard[: len(data)]
        else:
            data = self._channel.recv(len(buffer))
            self._heard_at = self._moved_at = time.monotonic()
        buffer[: len(data)] = data
        return len(data)

    def send(self, data: bytes) -> None:
        """Hand over every byte.

        Raises:
            TimeoutError: The line took nothing, or the far side gave no sign of life, for too
                long.
            OSError: The line is closed.
        """
        rest = memoryview(data)  # paramiko's sendall copies the rest of a block for each packet
        if time.monotonic() - self._moved_at > _QUIET_SECONDS:
            self._heard_at = time.monotonic()
        while rest:
            piece = rest[:CHUNK_BYTES]
            self._limit.take(len(piece))
            while piece:
                sent = self._channel.send(piece)  # type: ignore[arg-type]  # any buffer serves
                piece, rest = piece[sent:], rest[sent:]
            self._moved_at = time.monotonic()
            if self._moved_at - self._watched_at >= _WATCH_SECONDS:
                self._watch()

    def _watch(self) -> None:
        """Take in what the far side has said meanwhile, and notice when it says nothing.

        A far side that is stopped still has its kernel acknowledge what is sent, and a slow or
        limited line fills no window for minutes: only its own signs of life tell.
        """
        self._watched_at = self._moved_at
        if self._congestion is not None:
            self._congestion.look()
        while self._channel.recv_ready():
            self._heard += self._channel.recv(_LISTEN_BYTES)
            self._heard_at = self._moved_at
        if self._moved_at - self._heard_at > self._silence_seconds:
            raise TimeoutError(f"no sign of life for {self._silence_seconds:.0f} s")

    def no_receiver(self, problem: Exception) -> RemoteError:
        """As of ``unstarted.no_receiver``, after what was noticed; the line is of no more use."""
        return no_receiver(self._client, self._channel, problem)

    def close(self) -> None:
        """End the session; the receiver sees the end of its stream."""
        for tell in (self._channel.shutdown_write, self._channel.close):
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                tell()  # a line that is gone cannot be told
        self._client.close()


def _congestion_of(client: paramiko.SSHClient) -> Congestion | None:
    """The watch over the connection below; None when it is gone already."""
    transport = client.get_transport()
    connection = transport.sock if transport is not None else None
    return Congestion(connection) if isinstance(connection, socket.socket) else None
