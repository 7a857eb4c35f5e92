"""Making the TCP connection to a host that may be dead, refuse, or hang up at once."""

from __future__ import annotations

import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    _Place = tuple[int, int, int, str, tuple[str | int | bytes, ...]]
    """What the resolver says of one address."""


KEEPALIVE_PROBES: Final = 3
"""Our own: with the times of ``keepalive_seconds``, within the silence that counts as death."""

_NOTSENT_LOWAT: Final = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
_NOTSENT_LOWAT_BYTES: Final = 128 * 1024

_TURNED_AWAY: Final = (b"Not allowed at this time", b"Exceeded MaxStartups")
"""What sshd (9.8 and newer) says in place of its greeting to an address that it shuts out."""

_FIRST_WORD_BYTES: Final = 64
_TRY_AGAIN_SECONDS: Final = 1.0
"""Our own: a host that hangs up at once is asked once more; it may just be starting."""

_LEAST_SECONDS: Final = 0.1


class _TurnedAwayError(Exception):
    """The host took the connection and hung up before any greeting of SSH."""


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Where a receiver is and how to log in; everything pinned by provisioning.

    Args:
        host: Name or address.
        port: TCP port.
        user: The account.
        key_path: The box's private key for it.
        known_hosts_path: The only host keys that are accepted.
    """

    host: str
    port: int
    user: str
    key_path: Path
    known_hosts_path: Path

    @property
    def known_name(self) -> str:
        """The host as ``known_hosts`` names it."""
        return self.host if self.port == paramiko.config.SSH_PORT else f"[{self.host}]:{self.port}"


@dataclass(frozen=True, slots=True)
class LineTimeouts:
    """When a line counts as dead; our own numbers.

    Args:
        connect_seconds: Until the host's name is resolved and it has said its first word, over
            all its addresses.
        login_seconds: From there until the receiver is started. No wait of a line is longer than
            these two together, or than ``silence_seconds``: a dead peer is noticed within 30 s.
        silence_seconds: Without an acknowledged byte, or without one received while waiting.
        stall_seconds: With signs of life from a receiver, but nothing moving there.
    """

    connect_seconds: float = 10.0
    login_seconds: float = 18.0
    silence_seconds: float = 25.0
    stall_seconds: float = 300.0


def connect(address: SshAddress, timeouts: LineTimeouts) -> socket.socket:
    """Connect to a host; its first word has come, and is still to be read.

    Raises:
        RemoteError: ``LINE-DOWN``, or ``LINE-REFUSED-BY-HOST``: it hangs up at once, repeatedly.
    """
    deadline = time.monotonic() + timeouts.connect_seconds
    try:
        try:
            return _greeted(address, timeouts, deadline)
        except _TurnedAwayError:
            time.sleep(_TRY_AGAIN_SECONDS)
            return _greeted(address, timeouts, deadline)
    except _TurnedAwayError as problem:
        raise refusal("LINE-REFUSED-BY-HOST", f"{address.known_name}: {problem}") from problem


def _greeted(address: SshAddress, timeouts: LineTimeouts, deadline: float) -> socket.socket:
    """A connection on which the host has said something."""
    connection = _connected(address, timeouts, deadline)
    try:
        connection.settimeout(_left_seconds(deadline))
        greeting = _first_word(connection)
    except OSError as problem:
        connection.close()
        message = f"{address.known_name} takes the connection and says nothing: {problem}"
        raise refusal("LINE-DOWN", message) from problem
    if not greeting or greeting.startswith(_TURNED_AWAY):
        connection.close()
        said = greeting.decode("ascii", "replace").strip()
        raise _TurnedAwayError(f"it says {said!r}" if said else "it hangs up without a word")
    return connection


def _first_word(connection: socket.socket) -> bytes:
    """The beginning of what the host says, left to be read; empty when it hangs up."""
    try:
        return connection.recv(_FIRST_WORD_BYTES, socket.MSG_PEEK)
    except ConnectionResetError:
        return b""


def _connected(address: SshAddress, timeouts: LineTimeouts, deadline: float) -> socket.socket:
    problem: OSError = OSError("the name has no address")
    places = _places(address, deadline)
    for tried, (family, kind, number, _, place) in enumerate(places):
        connection = socket.socket(family, kind, number)
        try:
            _prepare(connection, timeouts)
            connection.settimeout(_left_seconds(deadline) / (len(places) - tried))
            connection.connect(place)
        except OSError as failed:
            connection.close()
            problem = failed
        else:
            return connection
    raise refusal("LINE-DOWN", f"{address.host} port {address.port}: {problem}") from problem


def _places(address: SshAddress, deadline: float) -> Sequence[_Place]:
    """Every address of the host.

    Asked in a thread of its own: the resolver of the system waits for dead name servers as long
    as it likes, and cannot be called off. The thread ends when the resolver gives up.
    """
    answers: queue.SimpleQueue[Sequence[_Place] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as problem:  # no such name; not even a name
            answers.put(problem)

    threading.Thread(target=ask, name="name-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=_left_seconds(deadline))
    except queue.Empty:
        answer = TimeoutError("no name server answers")
    if isinstance(answer, Exception):
        raise refusal("LINE-DOWN", f"{address.host}: {answer}") from answer
    return answer


def _left_seconds(deadline: float) -> float:
    return max(deadline - time.monotonic(), _LEAST_SECONDS)


def keepalive_seconds(silence_seconds: float) -> tuple[int, int]:
    """How long a quiet connection stays quiet before it is probed, and between probes.

    All probes lost, it is dead after the first and three times the second: within the silence.
    """
    probe_seconds = max(1, int(silence_seconds) // (KEEPALIVE_PROBES + 1))
    return probe_seconds, probe_seconds


def _prepare(connection: socket.socket, timeouts: LineTimeouts) -> None:
    silence_seconds = max(1, int(timeouts.silence_seconds))
    idle_seconds, probe_seconds = keepalive_seconds(timeouts.silence_seconds)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, idle_seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, probe_seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_PROBES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, silence_seconds * 1000)
    connection.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, _NOTSENT_LOWAT_BYTES)
