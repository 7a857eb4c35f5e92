"""The hub: one rendering for each change and language, whatever the number of pages."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING

from appliance.web.hub import Hub, watching
from appliance.web.language import Language, language_named

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pytest
    from sqlalchemy import Connection

    from appliance.catalogue.engine import Catalogue
    from tests.web.conftest import Archive

WAIT_SECONDS = 30


class Rendering:
    """Renders the number of hồ sơ, and counts how often it was asked to."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.asked: list[str] = []

    def render(self, language: Language) -> str:
        """The number of hồ sơ in the catalogue."""
        self.asked.append(language.code)
        with self._archive.catalogue.read() as session:
            connection = session.connection()
            count = connection.exec_driver_sql("SELECT count(*) FROM file_unit").scalar_one()
        return f"{language.code} {count}"


async def until(fragments: AsyncGenerator[str, None], text: str) -> None:
    """Wait for a fragment that is this text."""
    async with asyncio.timeout(WAIT_SECONDS):
        async for fragment in fragments:
            if fragment == text:
                return
    raise AssertionError(f"the stream ended before {text!r}")


def test_many_streams_share_one_rendering(archive: Archive) -> None:
    """Twenty streams that wait for the same change cost one rendering in each language."""
    rendering = Rendering(archive)
    hub = Hub(archive.catalogue)

    async def watch() -> int:
        async with watching(hub):
            streams = [
                hub.fragments(rendering, language_named(c)) for c in ("vi", "en") for _ in range(10)
            ]
            await asyncio.gather(*(until(s, f"{c} 0") for s, c in _named(streams)))
            before = len(rendering.asked)
            await asyncio.to_thread(archive.register, 3)
            await asyncio.gather(*(until(s, f"{c} 3") for s, c in _named(streams)))
            return len(rendering.asked) - before

    extra = asyncio.run(watch())
    assert 2 <= extra <= 6  # one change is one rendering a language; a tick may fall between


def _named(streams: list[AsyncGenerator[str, None]]) -> list[tuple[AsyncGenerator[str, None], str]]:
    half = len(streams) // 2
    return [(s, "vi") for s in streams[:half]] + [(s, "en") for s in streams[half:]]


def test_parts_are_rendered_apart_and_forgotten(archive: Archive) -> None:
    """Each part has its own rendering; of one that nobody shows any more nothing is kept."""
    one, other = Rendering(archive), Rendering(archive)
    hub = Hub(archive.catalogue)

    async def watch() -> None:
        async with watching(hub), asyncio.timeout(WAIT_SECONDS):
            async with aclosing(hub.fragments(one, language_named("vi"))) as first:
                assert await anext(first) == "vi 0"
                async with aclosing(hub.fragments(other, language_named("en"))) as second:
                    assert await anext(second) == "en 0"
            assert (one.asked, other.asked) == (["vi"], ["en"])
            async with aclosing(hub.fragments(one, language_named("vi"))) as again:
                assert await anext(again) == "vi 0"
            assert one.asked == ["vi", "vi"]

    asyncio.run(watch())


def test_what_stands_beside_the_catalogue_wakes_too(archive: Archive) -> None:
    """Work that is on in this process alone is news as a commit is."""
    rendering, beside = Rendering(archive), ["one"]
    hub = Hub(archive.catalogue, lambda: beside[0])

    async def watch() -> None:
        stream = hub.fragments(rendering, language_named("vi"))
        async with watching(hub), asyncio.timeout(WAIT_SECONDS), aclosing(stream):
            await anext(stream)
            await anext(stream)  # the first look always wakes
            beside[0] = "two"
            assert await anext(stream) == "vi 0"

    asyncio.run(watch())


def test_closing_ends_streams_and_those_to_come(archive: Archive) -> None:
    """After ``close`` an open stream ends, and a new one ends before its first fragment."""
    hub, part = Hub(archive.catalogue), Rendering(archive)

    async def watch() -> tuple[list[str], list[str]]:
        async with watching(hub):
            stream = hub.fragments(part, language_named("vi"))
            first = await anext(stream)
            hub.close()
            rest = [fragment async for fragment in stream]
            late = [fragment async for fragment in hub.fragments(part, language_named("vi"))]
        assert first == "vi 0"
        return rest, late

    assert asyncio.run(watch()) == ([], [])


def test_time_alone_judges_anew(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any change the fragment is made anew, since ages grow by themselves."""
    monkeypatch.setattr("appliance.web.hub.TICK_SECONDS", 0.05)
    rendering = Rendering(archive)
    hub = Hub(archive.catalogue)

    async def watch() -> None:
        async with watching(hub), asyncio.timeout(WAIT_SECONDS):
            stream = hub.fragments(rendering, language_named("vi"))
            for _ in range(4):
                assert await anext(stream) == "vi 0"

    asyncio.run(watch())
    assert len(rendering.asked) >= 3


def test_nothing_is_asked_while_no_page_is_open(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalogue is watched only for streams; the first one after a pause sees what is now."""
    asked: list[int] = []
    looks = threading.Semaphore(0)
    ask = type(archive.catalogue).data_version

    def counted(catalogue: Catalogue, connection: Connection) -> int:
        asked.append(1)
        looks.release()
        return ask(catalogue, connection)

    monkeypatch.setattr(type(archive.catalogue), "data_version", counted)
    monkeypatch.setattr("appliance.web.hub.POLL_SECONDS", 0.001)
    hub, part = Hub(archive.catalogue), Rendering(archive)

    async def falls_silent() -> None:
        before = -1
        while before != len(asked):  # the last look may be under way
            before = len(asked)
            await asyncio.sleep(0.1)

    async def goes_on() -> None:
        for _ in range(len(asked) + 3):
            assert await asyncio.to_thread(looks.acquire, timeout=WAIT_SECONDS)

    async def watch() -> None:
        async with watching(hub), asyncio.timeout(WAIT_SECONDS):
            await falls_silent()
            async with aclosing(hub.fragments(part, language_named("vi"))) as stream:
                assert await anext(stream) == "vi 0"
                await goes_on()
            await falls_silent()
            await asyncio.to_thread(archive.register, 3)
            async with aclosing(hub.fragments(part, language_named("vi"))) as stream:
                assert await anext(stream) == "vi 3"

    asyncio.run(watch())
