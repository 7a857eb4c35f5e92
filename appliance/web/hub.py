"""Who changed the catalogue is told here to every open page.

While a page is open, one connection asks SQLite for its data version, which moves when any process
commits; each change wakes all streams, and each part of a page is rendered once for each language,
whatever the number of pages that show it. While none is open, nothing is asked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

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
"""Our own: after renderings of t seconds in all, 9 t of rest: they take a tenth of a core."""


class LivePart(Protocol):
    """A part of a page that renews itself; parts that are equal share their renderings."""

    def render(self, language: Language) -> str:
        """The part as it is now; called in a thread."""
        ...


@dataclass(slots=True, eq=False)
class _Shared:
    """What the streams of one part in one language share.

    Args:
        streams: How many there are.
        lock: Held while one of them renders.
        version: Of which change ``text`` is.
        text: The newest rendering.
    """

    streams: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    version: int = -1
    text: str = ""


class Hub:
    """Watches the catalogue and hands fragments to streams; lives in one event loop.

    Args:
        catalogue: What is watched.
        beside: Names what else the pages show, such as the work on a disk; another value is a
            change too.
    """

    def __init__(self, catalogue: Catalogue, beside: Callable[[], object] = lambda: None) -> None:
        self._catalogue = catalogue
        self._beside = beside
        self._version = 0
        self._changed = asyncio.Event()
        self._has_streams = asyncio.Event()
        self._is_closed = False
        self._shared: dict[tuple[LivePart, str], _Shared] = {}
        self._spent_seconds = 0.0
        self._round_seconds = 0.0

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

    async def fragments(self, part: LivePart, language: Language) -> AsyncGenerator[str, None]:
        """A part as it is now, and again after every change, until the hub closes."""
        key = (part, language.code)
        shared = self._enter(key)
        try:
            while not self._is_closed:
                changed = self._changed
                yield await self._fragment(shared, part, language)
                await changed.wait()
        finally:
            self._leave(key)

    def _enter(self, key: tuple[LivePart, str]) -> _Shared:
        """The first stream of a part is given what is now: nothing is kept from before it."""
        shared = self._shared.setdefault(key, _Shared())
        shared.streams += 1
        self._has_streams.set()
        return shared

    def _leave(self, key: tuple[LivePart, str]) -> None:
        shared = self._shared[key]
        shared.streams -= 1
        if shared.streams == 0:
            del self._shared[key]
        if not self._shared:
            self._has_streams.clear()

    async def _watch(self, connection: Connection) -> None:
        """Wake the streams at every change, until there are none."""
        seen, woken_at = None, time.monotonic()
        while self._has_streams.is_set() and not self._is_closed:
            version = (self._catalogue.data_version(connection), self._beside())
            connection.rollback()  # an open transaction would go on seeing its own moment
            now = time.monotonic()
            if version != seen or now - woken_at >= TICK_SECONDS:
                seen, woken_at = version, now
                self._wake()
            await asyncio.sleep(max(POLL_SECONDS, RENDER_SHARE * self._round_seconds))

    def _wake(self) -> None:
        self._version += 1
        self._round_seconds, self._spent_seconds = self._spent_seconds, 0.0
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _fragment(self, shared: _Shared, part: LivePart, language: Language) -> str:
        async with shared.lock:
            if shared.version != self._version:
                version, started = self._version, time.monotonic()
                shared.text = await asyncio.to_thread(part.render, language)
                shared.version = version
                self._spent_seconds += time.monotonic() - started
            return shared.text


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
