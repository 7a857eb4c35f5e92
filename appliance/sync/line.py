"""One SSH connection with one channel to the receiver, that notices when it is dead.

Measured with packets dropped silently: paramiko alone, its keepalive, or a channel timeout alone
do not notice within 45 s while sending; ``TCP_USER_TIMEOUT`` does after its time. While waiting,
a channel timeout or TCP keepalive does. So all of them are set; the protocol's own answers are
watched above.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.sync.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

_LOG: Final = logging.getLogger(__name__)

PREFERRED_CIPHER: Final = "aes128-gcm@openssh.com"
"""Measured: twice the throughput of ctr with HMAC in paramiko."""

_COMMAND: Final = "appliance receive"
"""For the far side's log; a forced command runs whatever is asked for."""

_STDERR_BYTES: Final = 2000
_KEEPALIVE_PROBES: Final = 3
_NOTSENT_LOWAT: Final = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
_NOTSENT_LOWAT_BYTES: Final = 128 * 1024


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
        connect_seconds: For each step of making the connection.
        silence_seconds: Without an acknowledged byte, or without one received while waiting.
        congestion: The TCP congestion control asked for; measured, ``bbr`` keeps a lossy line
            (1 %, 150 ms) at 97 % of its rate where ``cubic`` gets 20 %. Empty = the system's.
    """

    connect_seconds: float = 20.0
    silence_seconds: float = 60.0
    congestion: str = "bbr"


class Line:
    """An open line; a ``ByteStream``.

    Args:
        client: Connected.
        channel: Running the receiver.
    """

    def __init__(self, client: paramiko.SSHClient, channel: paramiko.Channel) -> None:
        self._client = client
        self._channel = channel

    @classmethod
    def open(cls, address: SshAddress, timeouts: LineTimeouts) -> Line:
        """Connect, log in with the one key, start the receiver.

        Raises:
            RemoteError: ``LINE-DOWN``, ``HOST-KEY-UNKNOWN``, ``HOST-KEY-CHANGED``,
                ``AUTH-REFUSED``, ``FAR-RECEIVER-MISSING``.
        """
        _check_pinned(address)
        key = _login_key(address)
        connection = _connected(address, timeouts)
        client = paramiko.SSHClient()
        try:
            with _login_errors(address):
                client.load_host_keys(str(address.known_hosts_path))
                client.set_missing_host_key_policy(paramiko.RejectPolicy())
                _log_in(client, connection, key, address, timeouts)
                channel = _start(client, timeouts)
        except BaseException:
            client.close()
            connection.close()
            raise
        return cls(client, channel)

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the front of the buffer; 0 when the far side has ended its stream.

        Raises:
            TimeoutError: Nothing came for too long.
        """
        data = self._channel.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def send(self, data: bytes) -> None:
        """Hand over every byte.

        Raises:
            TimeoutError: The line took nothing for too long.
            OSError: The line is closed.
        """
        rest = memoryview(data)  # paramiko's sendall copies the rest of a block for each packet
        while rest:
            rest = rest[self._channel.send(rest) :]  # type: ignore[arg-type]  # any buffer serves

    def is_alive(self) -> bool:
        """Whether the connection itself still stands, as far as is known."""
        transport = self._client.get_transport()
        return transport is not None and transport.is_active()

    def complaint(self) -> str:
        """What the far side wrote to its standard error, the last of it, on one line."""
        said = b""
        while self._channel.recv_stderr_ready() and len(said) < _STDERR_BYTES:
            said += self._channel.recv_stderr(_STDERR_BYTES)
        return " ".join(said.decode("utf-8", "replace").split())

    def close(self) -> None:
        """End the session; the receiver sees the end of its stream."""
        for tell in (self._channel.shutdown_write, self._channel.close):
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                tell()  # a line that is gone cannot be told
        self._client.close()


def _check_pinned(address: SshAddress) -> None:
    keys = paramiko.HostKeys()
    try:
        keys.load(str(address.known_hosts_path))
    except OSError as problem:
        raise refusal(
            "HOST-KEY-UNKNOWN", f"cannot read {address.known_hosts_path}: {problem.strerror}"
        ) from problem
    if keys.lookup(address.known_name) is None:
        raise refusal(
            "HOST-KEY-UNKNOWN", f"{address.known_hosts_path} has no key of {address.known_name}"
        )


def _login_key(address: SshAddress) -> paramiko.PKey:
    try:
        return paramiko.Ed25519Key.from_private_key_file(str(address.key_path))
    except (OSError, paramiko.SSHException) as problem:
        raise refusal(
            "AUTH-REFUSED", f"this box cannot use its own key {address.key_path}: {problem}"
        ) from problem


def _connected(address: SshAddress, timeouts: LineTimeouts) -> socket.socket:
    problem: OSError = OSError("the name has no address")
    try:
        places = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise refusal("LINE-DOWN", f"{address.host}: {unknown}") from unknown
    for family, kind, number, _, place in places:
        connection = socket.socket(family, kind, number)
        try:
            _prepare(connection, timeouts)
            connection.connect(place)
        except OSError as failed:
            connection.close()
            problem = failed
        else:
            return connection
    raise refusal("LINE-DOWN", f"{address.host} port {address.port}: {problem}") from problem


def _prepare(connection: socket.socket, timeouts: LineTimeouts) -> None:
    silence_seconds = max(1, int(timeouts.silence_seconds))
    probe_seconds = max(1, silence_seconds // (_KEEPALIVE_PROBES + 1))
    connection.settimeout(timeouts.connect_seconds)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, probe_seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, probe_seconds)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_PROBES)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, silence_seconds * 1000)
    connection.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, _NOTSENT_LOWAT_BYTES)
    if timeouts.congestion:
        _choose_congestion(connection, timeouts.congestion)


def _choose_congestion(connection: socket.socket, congestion: str) -> None:
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode("ascii"))
    except OSError as problem:
        _LOG.info("this kernel has no %s (%s): lossy lines will be slow", congestion, problem)


def _log_in(
    client: paramiko.SSHClient,
    connection: socket.socket,
    key: paramiko.PKey,
    address: SshAddress,
    timeouts: LineTimeouts,
) -> None:
    client.connect(
        address.host,
        address.port,
        address.user,
        pkey=key,
        sock=connection,
        allow_agent=False,
        look_for_keys=False,
        timeout=timeouts.connect_seconds,
        banner_timeout=timeouts.connect_seconds,
        auth_timeout=timeouts.connect_seconds,
        transport_factory=_fast_transport,
    )


def _fast_transport(connection: Any, /, **options: Any) -> paramiko.Transport:  # noqa: ANN401 - handed through
    transport = paramiko.Transport(connection, **options)
    security = transport.get_security_options()
    others = tuple(cipher for cipher in security.ciphers if cipher != PREFERRED_CIPHER)
    security.ciphers = (PREFERRED_CIPHER, *others)
    return transport


def _start(client: paramiko.SSHClient, timeouts: LineTimeouts) -> paramiko.Channel:
    transport = client.get_transport()
    if transport is None:
        raise EOFError("the connection ended after the login")
    channel = transport.open_session(timeout=timeouts.connect_seconds)
    channel.settimeout(timeouts.silence_seconds)
    channel.exec_command(_COMMAND)
    return channel


@contextlib.contextmanager
def _login_errors(address: SshAddress) -> Iterator[None]:
    try:
        yield
    except paramiko.BadHostKeyException as problem:
        raise refusal(
            "HOST-KEY-CHANGED", f"{address.known_name} offers {problem.key.get_base64()[:43]}…"
        ) from problem
    except paramiko.AuthenticationException as problem:
        raise refusal(
            "AUTH-REFUSED", f"{address.user}@{address.known_name}: {problem}"
        ) from problem
    except paramiko.ChannelException as problem:
        raise refusal("FAR-RECEIVER-MISSING", f"no session is given: {problem}") from problem
    except (paramiko.SSHException, OSError, EOFError) as problem:
        raise refusal("LINE-DOWN", f"{address.known_name}: {problem}") from problem
