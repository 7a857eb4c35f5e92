"""The web server in a thread of its own: starts when it accepts, ends at once."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn

from appliance.domain.errors import ConfigError
from appliance.web.app import hub_of

if TYPE_CHECKING:
    from litestar import Litestar

_BACKLOG: Final = 128
_START_SECONDS: Final = 60
"""Our own: loading the framework took up to 30 s on a busy two-core machine."""
_GRACE_SECONDS: Final = 2
"""Our own: what a download that is under way may still take when the service stops."""
_STARTING_LOOK_SECONDS: Final = 0.02


class WebServer:
    """Serves an application on one address, once: a stopped one is not started again.

    Args:
        app: Made by ``create_app``.
        host: The address to listen on, and no other.
        port: 0 takes any free port.
    """

    def __init__(self, app: Litestar, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._server = _Server(app)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where the page is, such as ``http://127.0.0.1:8080``; with port 0, after ``start``."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def start(self) -> None:
        """Listen, and return once requests are answered.

        Raises:
            ConfigError: ``WEB-ADDRESS``, the address or port cannot be had; ``WEB-START``, the
                server did not come up.
        """
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener,), name="web", daemon=True)
        self._thread.start()
        if not self._server.wait_until_answering(self._thread, _START_SECONDS):
            self.stop()
            raise ConfigError(
                f"the web page did not start on {self.address}: see the journal for the cause",
                code="WEB-START",
            )

    def stop(self) -> None:
        """End every stream and stop; does nothing when it does not run."""
        if self._thread is not None:
            self._server.end()
            self._thread.join()
            self._thread = None

    def _run(self, listener: socket.socket) -> None:
        with listener:
            self._server.run([listener])


class _Server(uvicorn.Server):
    """Uvicorn, which waits for open streams when it ends: so they are ended first."""

    def __init__(self, app: Litestar) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._hub = hub_of(app)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams in their own loop, then everything else."""
        self._hub.close()
        await super().shutdown(sockets)

    def end(self) -> None:
        """Ask for the end from any thread."""
        self.should_exit = True

    def wait_until_answering(self, thread: threading.Thread, seconds: float) -> bool:
        """Wait for the start; False when the thread ended or the time ran out."""
        pause = threading.Event()
        for _ in range(int(seconds / _STARTING_LOOK_SECONDS)):
            if self.started or not thread.is_alive():
                break
            pause.wait(_STARTING_LOOK_SECONDS)
        return self.started and thread.is_alive()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as problem:
        listener.close()
        raise ConfigError(
            f"the web page cannot listen on {host} port {port} ({problem.strerror or problem}): "
            "end the program that uses it, or set another port",
            code="WEB-ADDRESS",
        ) from problem
    return listener
