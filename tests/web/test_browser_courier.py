"""The page of carried disks in a real browser: a disk is filled and taken back by clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from appliance.catalogue import box
from appliance.web.app import create_app
from appliance.web.server import WebServer
from tests.pipeline.carrying import Carrying, other_disk
from tests.web.test_browser import CONTRASTS, browser, page, pytestmark
from tests.web.test_courier import context_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

__all__ = ["browser", "page", "pytestmark"]

TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 200))"""
"""What runs off the screen."""

COUNT_NEWS = """() => document.addEventListener(
  "htmx:sse:after:message", () => { document.documentElement.dataset.heard = "yes"; })"""


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def carrying(tmp_path: Path, mount: Path) -> Iterator[Carrying]:
    """A box with two sealed packages, a store and a disk."""
    made = Carrying(tmp_path, mount)
    made.seal(10_000, 20_000)
    yield made
    made.bench.close()


@pytest.fixture
def server(carrying: Carrying, mount: Path, tmp_path: Path) -> Iterator[WebServer]:
    """The page of that box."""
    context = context_of(carrying, mount, tmp_path / "empty")
    found = WebServer(create_app(context), "127.0.0.1", 0)
    found.start()
    yield found
    found.stop()


def test_a_disk_goes_and_comes_back_by_clicks(carrying: Carrying, page: Page) -> None:
    """The work tells its end by itself; no page has to be loaded again for it."""
    page.goto("/courier")
    page.get_by_role("button", name="Chuẩn bị đĩa").click()
    expect(page.locator("#courier-job")).to_contain_text("Xong: 2 gói")
    page.get_by_label("Người mang").fill("Lê Thị Hoa")
    page.get_by_role("button", name="Đã giao đĩa").click()
    expect(page.locator("#trip-1")).to_contain_text("đã giao, đang đi")
    carrying.take_in()
    page.get_by_role("button", name="Nhập biên nhận").click()
    expect(page.locator("#courier-job")).to_contain_text("Xong: 2 gói mới được kiểm chứng")
    expect(page.locator("#trip-1")).to_contain_text("đã về, đã nhập biên nhận")


def test_news_leave_what_is_being_typed(carrying: Carrying, page: Page) -> None:
    """A half-written name is still there after the page renewed itself."""
    carrying.prepare()
    page.goto("/courier")
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
    page.evaluate(COUNT_NEWS)
    field = page.get_by_label("Người mang")
    field.press_sequentially("Lê Th")
    with carrying.bench.catalogue.write() as writing:
        box.beat(writing)
    expect(page.locator("html")).to_have_attribute("data-heard", "yes")
    field.press_sequentially("ị Hoa")
    expect(field).to_have_value("Lê Thị Hoa")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_readable(
    carrying: Carrying, browser: Browser, server: WebServer, width: int, scheme: str
) -> None:
    """Nothing runs off the screen and nothing is too pale, on a telephone too."""
    carrying.prepare()
    carrying.bench.clock.advance(20 * 86_400)
    context = browser.new_context(
        base_url=server.address,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    opened = context.new_page()
    opened.goto("/courier")
    assert opened.evaluate(TOO_WIDE) == []
    assert opened.evaluate(CONTRASTS)["below"] == []
    context.close()
