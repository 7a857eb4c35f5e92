"""Lines for the sync tests: one that can be cut, and one without SSH."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

from appliance.clock import SystemClock
from appliance.domain.receipts import Receipt
from appliance.sync.protocol import VERSIONS, Frames
from appliance.sync.receiver import ReceiverPatience, serve
from appliance.sync.sshd import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from appliance.domain.canonical import JsonValue
    from appliance.domain.clock import Clock
    from appliance.sync.protocol import Frame
    from appliance.sync.receiver import SessionEnd

from tests.sync.making import BLOCK_BYTES, BRISK, STORE_ID, Sealed, SshFar

_PATIENCE_SECONDS = 120.0
"""Many times what anything here takes."""


class ScriptedChannel:
    """An ``SftpChannel`` on which everything was said beforehand.

    Args:
        said: By the server.
        more: What it says then; it may be without end.
    """

    def __init__(self, said: bytes, more: Iterable[bytes] = ()) -> None:
        self._said = said
        self._more = iter(more)

    def send(self, data: bytes, /) -> int:
        """Take everything, heed nothing."""
        return len(data)

    def recv(self, size_bytes: int, /) -> bytes:
        """The next bytes; none at the end."""
        self._said = self._said or next(self._more, b"")
        piece, self._said = self._said[:size_bytes], self._said[size_bytes:]
        return piece

    def settimeout(self, seconds: float | None, /) -> None:
        """Never wait."""


class CuttingProxy:
    """A TCP relay that cuts each of its first connections after so many bytes to the server.

    Args:
        port: The server's, on loopback.
        cuts: Bytes after which the 1st, 2nd, … connection is cut; later ones are not.
            Negative = hung up on before anything passes.
        freeze_after_bytes: When so many bytes came back from the server, the line goes dead;
            negative = never.
    """

    def __init__(self, port: int, cuts: list[int], freeze_after_bytes: int = -1) -> None:
        self._server_port = port
        self._cuts = cuts
        self._freeze_after_bytes = freeze_after_bytes
        self._listener = socket.create_server((HOST, 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listener.getsockname()[1])
        self.relayed_bytes = 0
        self._is_frozen = False
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_frozen = False
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            _close(connection)
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)

    def freeze(self) -> None:
        """From now on pass nothing on, and close nothing either: a line that went dead."""
        self._is_frozen = True

    def thaw(self) -> None:
        """Pass on what was held back, and all that comes."""
        self._is_frozen = False

    def known_hosts(self, far: SshFar, folder: Path) -> Path:
        """Pin the far side's host key for the proxy's port."""
        path = folder / f"known_hosts_{self.port}"
        path.write_text(f"[{HOST}]:{self.port} {far.sshd.host_key.line()}\n")
        return path

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            limit = self._cuts.pop(0) if self._cuts else None
            if limit is not None and limit < 0:
                client.close()
                continue
            server = socket.create_connection((HOST, self._server_port))
            self._open += [client, server]
            self._start(self._relay, client, server, limit)
            self._start(self._relay, server, client, None, self._freeze_after_bytes)

    def _relay(
        self,
        source: socket.socket,
        target: socket.socket,
        limit: int | None,
        freeze_after_bytes: int = -1,
    ) -> None:
        passed = 0
        try:
            while data := source.recv(8192):
                if 0 <= freeze_after_bytes < passed + len(data):
                    self.freeze()
                while self._is_frozen:
                    threading.Event().wait(0.05)
                if limit is not None and passed + len(data) > limit:
                    target.sendall(data[: limit - passed])
                    break
                target.sendall(data)
                passed += len(data)
                self.relayed_bytes += len(data)
        except OSError:
            passed = 0  # the other direction was closed first
        _close(source)
        _close(target)


def _close(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed already by the other direction
    finally:
        connection.close()


class SocketStream:
    """A ``ByteStream`` over a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the front of the buffer."""
        return self.connection.recv_into(buffer)

    def send(self, data: bytes) -> None:
        """Hand over every byte."""
        self.connection.sendall(data)


class ThreadedReceiver:
    """A real receiver in a thread of the test, without SSH between.

    Args:
        root: Its store.
        patience: How long it waits.
        clock: Dates its receipts; the system's if none.
        is_read_only: Whether it serves an account that may only read.
    """

    def __init__(
        self,
        root: Path,
        patience: ReceiverPatience = BRISK,
        clock: Clock | None = None,
        *,
        is_read_only: bool = False,
    ) -> None:
        self.connection, self._far_end = socket.socketpair()
        self.connection.settimeout(_PATIENCE_SECONDS)
        self.stream = SocketStream(self.connection)
        self.frames = Frames(self.stream)
        self.end: SessionEnd | None = None
        self._root = root
        self._patience = patience
        self._clock = clock or SystemClock()
        self._is_read_only = is_read_only
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self.wait()

    def hang_up(self) -> None:
        """Go away."""
        self.connection.close()

    def wait(self) -> SessionEnd | None:
        """Wait until the receiver has ended its session."""
        self._thread.join(_PATIENCE_SECONDS)
        return self.end

    def _serve(self) -> None:
        with (
            self._far_end,
            self._far_end.makefile("rb") as reader,
            self._far_end.makefile("wb") as writer,
        ):
            self.end = serve(
                reader,
                writer,
                self._root,
                self._clock,
                self._patience,
                is_read_only=self._is_read_only,
            )

    def ask(self, header: dict[str, JsonValue], payload: bytes = b"") -> Frame:
        """Send a request and take the next reply that is no sign of life."""
        self.frames.write(header, payload)
        return self.reply()

    def reply(self) -> Frame:
        """The next reply that is no sign of life."""
        while (frame := self.frames.read()) is not None:
            if frame.header.get("reply") != "working":
                return frame
        raise EOFError

    def greet(self, *versions: int) -> Frame:
        """Say hello as a sender of these versions; of all that are spoken if none."""
        spoken = list(versions or VERSIONS)
        return self.ask({"verb": "hello", "versions": spoken, "store_id": STORE_ID})

    def announce(self, sealed: Sealed) -> Frame:
        """Announce a package."""
        header: dict[str, JsonValue] = {"verb": "have", "signature": sealed.signature}
        return self.ask(header, sealed.sidecar.to_bytes())

    def put(self, sealed: Sealed, index: int) -> Frame:
        """Send one block of a package."""
        block = sealed.path.read_bytes()[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES]
        return self.ask({"verb": "put", "index": index}, block)


def told(frame: Frame) -> str:
    """The code of an error reply."""
    assert frame.header["reply"] == "error"
    return frame.text("code")


def package_header(sealed: Sealed, verb: str, **more: JsonValue) -> dict[str, JsonValue]:
    """A request that names a stored package."""
    name = sealed.name
    return {
        "verb": verb,
        "fonds_code": name.fonds_code,
        "file_code": name.file_code,
        "objid": name.objid,
        **more,
    }


def deposit_whole(root: Path, sealed: Sealed) -> Receipt:
    """Deposit a package, every block in turn."""
    with ThreadedReceiver(root) as far:
        far.greet()
        far.announce(sealed)
        for index in range(len(sealed.sidecar.blocks)):
            far.put(sealed, index)
        return Receipt.from_bytes(bytes(far.ask({"verb": "commit"}).payload))
