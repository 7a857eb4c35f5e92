"""Streams of the parts of pages that renew themselves."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.template.base import csrf_token

from appliance.web.screen import SHARED_TOKEN, language_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from litestar import Request

    from appliance.web.hub import Hub, LivePart
    from appliance.web.language import Language

RETRY_MILLISECONDS: Final = 1000
"""Our own: how soon a page whose stream broke asks for it again."""


def stream_of(request: Request[Any, Any, Any], hub: Hub, part: LivePart) -> ServerSentEvent:
    """A part of a page: at once, after every change, and as time passes.

    Browsers share the renderings; the token in the forms is each one's own.
    """
    messages = _messages(hub, part, language_of(request), csrf_token({"request": request}))
    return ServerSentEvent(messages, retry_duration=RETRY_MILLISECONDS)


async def _messages(
    hub: Hub, part: LivePart, language: Language, token: str
) -> AsyncGenerator[ServerSentEventMessage, None]:
    async with aclosing(hub.fragments(part, language)) as fragments:
        async for fragment in fragments:
            yield ServerSentEventMessage(data=fragment.replace(SHARED_TOKEN, token))
