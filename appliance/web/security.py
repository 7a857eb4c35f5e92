"""What every answer carries, and which host names are listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

SECURITY_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

MISDIRECTED_STATUS: Final = 421


async def add_headers(message: Message, _scope: Scope) -> None:
    """Put the security headers on an answer, errors and static parts included."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in SECURITY_HEADERS.items():
            headers[name] = value


def host_name(host_header: str) -> str:
    """The name in a ``Host`` header, without its port, in lower case."""
    name, _, port = host_header.rpartition(":")
    has_port = bool(name) and port.isdigit()
    return (name if has_port else host_header).lower()


class HostGuard(ASGIMiddleware):
    """Refuses requests for other names than our own: the shield against DNS rebinding.

    Args:
        names: The host names that people may type.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(name.lower() for name in names)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass the request on, or refuse it.

        Raises:
            HTTPException: 421, the request names another host.
        """
        if scope["type"] == ScopeType.HTTP and host_name(_host_of(scope)) not in self._names:
            raise HTTPException(detail="misdirected", status_code=MISDIRECTED_STATUS)
        await next_app(scope, receive, send)


def _host_of(scope: Scope) -> str:
    values = [value for name, value in scope["headers"] if name.lower() == b"host"]
    return values[0].decode("latin-1") if len(values) == 1 else ""
