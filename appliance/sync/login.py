"""Logging in to a host with the one key and the pinned host key, and never asking anybody."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final

import paramiko

from appliance.sync.connecting import connect
from appliance.sync.refusal import refusal
from appliance.sync.unstarted import is_answering, is_locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from appliance.sync.connecting import LineTimeouts, SshAddress

PREFERRED_CIPHER: Final = "aes128-gcm@openssh.com"
"""Measured: twice the throughput of ctr with HMAC in paramiko."""

_CUT_IN_LOGIN: Final = ("saw EOF", "timeout")


def open_channel(
    address: SshAddress, timeouts: LineTimeouts, start: Callable[[paramiko.Channel], None]
) -> tuple[paramiko.SSHClient, paramiko.Channel]:
    """Connect, log in with the one key, and start something on a channel; never asks anybody.

    Args:
        address: Where, and who.
        timeouts: When the line counts as dead.
        start: Asks the fresh channel for a command or a subsystem.

    Raises:
        RemoteError: As of ``Line.open``.
    """
    _check_pinned(address)
    key = _login_key(address)
    connection = connect(address, timeouts)
    client = paramiko.SSHClient()
    try:
        with _login_errors(address, client), _given_up(connection, timeouts.login_seconds):
            client.load_host_keys(str(address.known_hosts_path))
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            _log_in(client, connection, key, address, timeouts)
            channel = _start(client, timeouts, start)
    except BaseException:
        client.close()
        connection.close()
        raise
    return client, channel


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
        timeout=timeouts.login_seconds,
        banner_timeout=timeouts.login_seconds,
        auth_timeout=timeouts.login_seconds,
        transport_factory=_fast_transport,
    )


def _fast_transport(connection: Any, /, **options: Any) -> paramiko.Transport:  # noqa: ANN401 - handed through
    transport = paramiko.Transport(connection, **options)
    security = transport.get_security_options()
    others = tuple(cipher for cipher in security.ciphers if cipher != PREFERRED_CIPHER)
    security.ciphers = (PREFERRED_CIPHER, *others)
    return transport


def _start(
    client: paramiko.SSHClient,
    timeouts: LineTimeouts,
    start: Callable[[paramiko.Channel], None],
) -> paramiko.Channel:
    transport = client.get_transport()
    if transport is None:
        raise EOFError("the connection ended after the login")
    channel = transport.open_session(timeout=timeouts.login_seconds)
    channel.settimeout(timeouts.silence_seconds)
    try:
        start(channel)
    except paramiko.SSHException as problem:
        if not is_answering(client):
            raise
        raise refusal("FAR-RECEIVER-MISSING", f"the host does not start it: {problem}") from problem
    return channel


@contextlib.contextmanager
def _given_up(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up on a host that does not finish in time: some waits of paramiko have no end.

    Raises:
        TimeoutError: It was hung up on.
    """
    given_up = threading.Event()

    def hang_up() -> None:
        given_up.set()
        with contextlib.suppress(OSError):  # it may have gone just now
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as problem:
        if given_up.is_set():
            raise TimeoutError(f"the login takes longer than {seconds:.0f} s") from problem
        raise
    finally:
        timer.cancel()


@contextlib.contextmanager
def _login_errors(address: SshAddress, client: paramiko.SSHClient) -> Iterator[None]:
    try:
        yield
    except paramiko.BadHostKeyException as problem:
        raise refusal(
            "HOST-KEY-CHANGED", f"{address.known_name} offers {problem.key.get_base64()[:43]}…"
        ) from problem
    except paramiko.AuthenticationException as problem:
        told = f"{address.user}@{address.known_name}: {problem}{_banner(client)}"
        raise refusal(_login_code(told), told) from problem
    except paramiko.ChannelException as problem:
        raise refusal("FAR-RECEIVER-MISSING", f"no session is given: {problem}") from problem
    except (paramiko.SSHException, OSError, EOFError) as problem:
        raise refusal("LINE-DOWN", f"{address.known_name}: {problem}") from problem


def _login_code(told: str) -> str:
    """What a failed login means: paramiko calls a cut within it a refusal as well."""
    if any(words in told for words in _CUT_IN_LOGIN):
        return "LINE-DOWN"
    return "ACCOUNT-LOCKED" if is_locked(told) else "AUTH-REFUSED"


def _banner(client: paramiko.SSHClient) -> str:
    transport = client.get_transport()
    said = (transport.get_banner() if transport is not None else None) or b""
    return f"; it says: {said.decode('utf-8', 'replace').strip()}" if said else ""
