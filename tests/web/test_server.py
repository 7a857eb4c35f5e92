"""The server on a real socket: starting, streaming, stopping, and a port that is taken."""

from __future__ import annotations

import http.client
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from appliance.catalogue.engine import open_catalogue
from appliance.clock import SystemClock
from appliance.domain.errors import ConfigError
from appliance.domain.findings import Finding
from appliance.web.server import WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar

    from tests.web.conftest import Archive

NETWORK_SECONDS = 30


@pytest.fixture
def server(app: Litestar) -> Iterator[WebServer]:
    """The application on a free port of this machine."""
    found = WebServer(app, "127.0.0.1", 0)
    found.start()
    yield found
    found.stop()


@contextmanager
def ask(server: WebServer, path: str) -> Iterator[http.client.HTTPResponse]:
    """One request over a connection of its own."""
    netloc = urlsplit(server.address).netloc
    connection = http.client.HTTPConnection(netloc, timeout=NETWORK_SECONDS)
    connection.request("GET", path)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def next_message(answer: http.client.HTTPResponse) -> str:
    """The data of the next event of a stream."""
    lines: list[str] = []
    while True:
        raw = answer.readline()
        assert raw, "the stream ended"
        line = raw.decode().rstrip("\r\n")
        if line.startswith("data: "):
            lines.append(line.removeprefix("data: "))
        elif not line and lines:
            return "\n".join(lines)


def message_with(answer: http.client.HTTPResponse, text: str) -> str:
    """The first message of a stream that holds a text; at most twenty are looked at."""
    for _ in range(20):
        message = next_message(answer)
        if text in message:
            return message
    raise AssertionError(f"no message holds {text!r}")


def test_answers_once_started(server: WebServer) -> None:
    """When ``start`` returns, the page answers, by IP address and by name."""
    with ask(server, "/healthz") as answer:
        assert answer.status == 200
        assert b'"verdict":"WAITING"' in answer.read()


def test_stream_begins_at_once_and_tells_changes(archive: Archive, server: WebServer) -> None:
    """A change by another connection, as another process has it, reaches an open stream."""
    with ask(server, "/su-kien?lang=vi") as answer:
        assert answer.getheader("content-type", "").startswith("text/event-stream")
        assert 'data-level="waiting"' in next_message(answer)
        other = open_catalogue(archive.folder / "catalogue.db", SystemClock())
        writer = type(archive)(other, archive.store, archive.folder)
        writer.park("0003.tif", Finding("INTAKE-BAD-NAME", "", {"name": "0003.tif"}))
        other.close()
        assert 'data-level="needs-person"' in message_with(answer, "INTAKE-BAD-NAME")


def test_streams_speak_their_language(server: WebServer) -> None:
    """Two streams of different languages get the same facts in their own words."""
    with ask(server, "/su-kien?lang=vi") as vietnamese, ask(server, "/su-kien?lang=en") as english:
        assert "Các bản lưu ở đâu" in next_message(vietnamese)
        assert "Where the copies are" in next_message(english)


def test_stopping_ends_open_streams(app: Litestar) -> None:
    """``stop`` returns although pages are open, and each sees the end of its stream."""
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    with ask(server, "/su-kien") as first, ask(server, "/su-kien") as second:
        next_message(first)
        next_message(second)
        server.stop()
        assert first.read().endswith(b"\n") or first.isclosed()
        assert second.read().endswith(b"\n") or second.isclosed()
    with pytest.raises(ConnectionRefusedError), ask(server, "/"):
        pass


def test_stopping_twice_is_nothing(server: WebServer) -> None:
    """A second ``stop`` does nothing and raises nothing."""
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError), ask(server, "/"):
        pass


def test_a_taken_port_is_a_plain_error(app: Litestar) -> None:
    """A port that is in use gives a sentence with the port in it, for the installer."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = WebServer(app, "127.0.0.1", port)
        with pytest.raises(ConfigError, match=f"port {port}") as caught:
            server.start()
        assert caught.value.code == "WEB-ADDRESS"
        server.stop()


def test_listens_only_where_it_is_told(server: WebServer) -> None:
    """The port is open on the address that was given, and not on another of this machine."""
    port = urlsplit(server.address).port or 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=NETWORK_SECONDS)


def test_another_host_name_gets_no_stream(server: WebServer) -> None:
    """The live stream is guarded as the pages are."""
    netloc = urlsplit(server.address).netloc
    connection = http.client.HTTPConnection(netloc, timeout=NETWORK_SECONDS)
    connection.request("GET", "/su-kien", headers={"Host": "evil.example"})
    assert connection.getresponse().status == 421
    connection.close()
