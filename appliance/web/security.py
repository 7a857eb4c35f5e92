"""What every answer carries, which host names are listened to, and who may change something."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from typing import TYPE_CHECKING, Final

from litestar.config.csrf import CSRFConfig
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
FORBIDDEN_STATUS: Final = 403
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


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


class ChangeGuard(ASGIMiddleware):
    """Refuses changes from other sites, and every change while the page is not this box's own.

    It stands before the forms are read: what it refuses costs nothing.

    Args:
        may_change: Whether the page listens on this machine alone; there is no login yet.
    """

    def __init__(self, *, may_change: bool) -> None:
        self._may_change = may_change

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass the request on, or refuse it.

        Raises:
            HTTPException: 403, this request may change nothing.
        """
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            sites = _headers(scope, b"sec-fetch-site")
            if not self._may_change or any(site != "same-origin" for site in sites):
                raise HTTPException(detail="no change from here", status_code=FORBIDDEN_STATUS)
        await next_app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def form_protection() -> CSRFConfig:
    """Tokens in every form, checked against a cookie that only our own pages can read.

    The secret lasts as long as the process. The cookie's name follows from it, so that a cookie
    of an earlier start is not taken for a token of this one.
    """
    secret = secrets.token_hex(32)
    name = f"form-{hashlib.sha256(secret.encode()).hexdigest()[:8]}"
    return CSRFConfig(
        secret=secret, cookie_name=name, cookie_httponly=True, cookie_samesite="strict"
    )


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _host_of(scope: Scope) -> str:
    values = _headers(scope, b"host")
    return values[0] if len(values) == 1 else ""
