"""Who changed the catalogue is told here to every open page.

While a page is open, one connection asks SQLite for its data version, which moves when any process
commits; each change wakes all streams, and the fragment is rendered once for each language,
whatever the number of pages that are open. While none is, nothing is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from sqlalchemy import Connection

    from appliance.catalogue.engine import Catalogue
    from appliance.web.language import Language

_LOG = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.25
"""Our own: how soon a change shows; a poll costs microseconds."""

TICK_SECONDS: Final = 10.0
"""Our own: ages grow and proofs grow old without any change, so the page is judged anew."""

RENDER_SHARE: Final = 9
"""Our own: after a rendering of t seconds, 9 t of rest, so that it takes a tenth of a core."""


class Hub:
    """Watches the catalogue and hands fragments to streams; lives in one event loop.

    Args:
        catalogue: What is watched.
        render: Makes the fragment in a language; called in a thread.
    """

    def __init__(self, catalogue: Catalogue, render: Callable[[Language], str]) -> None:
        self._catalogue = catalogue
        self._render = render
        self._version = 0
        self._changed = asyncio.Event()
        self._streams = 0
        self._has_streams = asyncio.Event()
        self._is_closed = False
        self._locks: dict[str, asyncio.Lock] = {}
        self._rendered: dict[str, tuple[int, str]] = {}
        self._render_seconds = 0.0

    async def run(self) -> None:
        """Watch until cancelled; a catalogue that cannot be read is tried again."""
        while not self._is_closed:
            await self._has_streams.wait()
            try:
                with self._catalogue.engine.connect() as connection:
                    await self._watch(connection)
            except SQLAlchemyError:
                _LOG.exception("the catalogue cannot be watched; trying again")
                await asyncio.sleep(TICK_SECONDS)

    def close(self) -> None:
        """End every stream, and those to come."""
        self._is_closed = True
        self._wake()

    async def fragments(self, language: Language) -> AsyncGenerator[str, None]:
        """The fragment as it is now, and again after every change, until the hub closes."""
        self._enter()
        try:
            while not self._is_closed:
                changed = self._changed
                yield await self._fragment(language)
                await changed.wait()
        finally:
            self._leave()

    def _enter(self) -> None:
        """The first stream after a while must not be given what was rendered before."""
        if self._streams == 0:
            self._version += 1
        self._streams += 1
        self._has_streams.set()

    def _leave(self) -> None:
        self._streams -= 1
        if self._streams == 0:
            self._has_streams.clear()

    async def _watch(self, connection: Connection) -> None:
        """Wake the streams at every change, until there are none."""
        seen, woken_at = None, time.monotonic()
        while self._has_streams.is_set() and not self._is_closed:
            version = self._catalogue.data_version(connection)
            connection.rollback()  # an open transaction would go on seeing its own moment
            now = time.monotonic()
            if version != seen or now - woken_at >= TICK_SECONDS:
                seen, woken_at = version, now
                self._wake()
            await asyncio.sleep(max(POLL_SECONDS, RENDER_SHARE * self._render_seconds))

    def _wake(self) -> None:
        self._version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _fragment(self, language: Language) -> str:
        async with self._locks.setdefault(language.code, asyncio.Lock()):
            version = self._version
            known = self._rendered.get(language.code)
            if known is not None and known[0] == version:
                return known[1]
            started = time.monotonic()
            text = await asyncio.to_thread(self._render, language)
            self._render_seconds = time.monotonic() - started
            self._rendered[language.code] = (version, text)
            return text


@asynccontextmanager
async def watching(hub: Hub) -> AsyncIterator[None]:
    """Run a hub for the length of a ``with`` block, and close it at the end."""
    task = asyncio.create_task(hub.run())
    try:
        yield
    finally:
        hub.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
