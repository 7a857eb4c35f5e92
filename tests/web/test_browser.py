"""The pages in a real browser: read, live, lost and found again, without any outside request."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from appliance.catalogue.engine import open_catalogue
from appliance.clock import SystemClock
from appliance.domain.findings import Finding
from appliance.web.app import create_app
from appliance.web.server import WebServer
from tests.web.conftest import context_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

    from tests.web.conftest import Archive

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MILLISECONDS = 30_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not Path(CHROMIUM).is_file(),
        reason="no Chromium on this machine (Debian package chromium)",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield found
        found.close()


def serve(archive: Archive, port: int = 0) -> WebServer:
    """A running server over a box."""
    context = replace(context_over(archive), box_label="Máy thử")
    server = WebServer(create_app(context), "127.0.0.1", port)
    server.start()
    return server


@pytest.fixture
def server(archive: Archive) -> Iterator[WebServer]:
    """The box of ``archive`` on a free port."""
    found = serve(archive)
    yield found
    found.stop()


@pytest.fixture
def page(browser: Browser, server: WebServer) -> Iterator[Page]:
    """A page that may ask nobody but the server, and that must run without an error."""
    outside: list[str] = []
    faults: list[str] = []

    def only_inside(route: Route) -> None:
        if route.request.url.startswith(server.address + "/"):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context = browser.new_context(base_url=server.address, reduced_motion="reduce")
    context.set_default_timeout(WAIT_MILLISECONDS)
    expect.set_options(timeout=WAIT_MILLISECONDS)
    context.route("**/*", only_inside)
    found = context.new_page()
    found.on("pageerror", lambda problem: faults.append(str(problem)))
    yield found
    context.close()
    assert outside == []
    assert faults == []


def test_reads_the_verdict_live(good: Archive, page: Page) -> None:
    """The sentence, its mark in the tab, and the word that the page is live."""
    good.beat()
    page.goto("/")
    expect(page.locator("#verdict")).to_contain_text("An toàn: 2 hồ sơ")
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
    expect(page).to_have_title("tốt – đã kiểm chứng · Máy thử")
    expect(page.locator("#page-icon")).to_have_attribute("href", re.compile("icon-good"))
    expect(page.locator("#veil")).to_be_hidden()


def test_sees_a_change_of_another_connection(good: Archive, page: Page) -> None:
    """A file that another process parks shows without anybody touching the page."""
    good.beat()
    page.goto("/")
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
    other = open_catalogue(good.folder / "catalogue.db", SystemClock())
    writer = type(good)(other, good.store, good.folder)
    writer.park("0042.tif", Finding("INTAKE-BAD-NAME", "", {"name": "0042.tif"}))
    other.close()
    expect(page.locator("#verdict")).to_have_attribute("data-level", "needs-person")
    expect(page.locator("#masters-parked")).to_have_text("1")
    expect(page.locator(".people")).to_contain_text("“0042.tif”")
    expect(page).to_have_title("cần người · Máy thử")


def test_veil_when_the_box_is_gone_and_light_when_it_is_back(
    good: Archive, page: Page, server: WebServer
) -> None:
    """A lost stream veils the page at once; the page finds the box again by itself."""
    good.beat()
    page.goto("/")
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
    server.stop()
    expect(page.locator("#veil")).to_be_visible()
    expect(page.locator("#veil")).to_contain_text("Mất kết nối với máy")
    expect(page).to_have_title("Mất kết nối với máy")
    expect(page.locator("#verdict")).to_contain_text("An toàn")  # last known facts stay
    again = serve(good, urlsplit(server.address).port or 0)
    try:
        good.beat()
        expect(page.locator("#veil")).to_be_hidden()
        expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
        expect(page).to_have_title("tốt – đã kiểm chứng · Máy thử")
    finally:
        again.stop()


def test_veil_when_news_stay_away(good: Archive, page: Page) -> None:
    """A stream that is open but silent is not taken for life: the page says that it is old."""
    good.beat()
    page.clock.install()
    page.goto("/")
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")
    for _ in range(10):  # news that come in this very moment are news all the same
        page.clock.fast_forward("01:00")
        if page.locator("#veil").is_visible():
            break
    else:
        pytest.fail("a minute of silence was taken for life, ten times")
    good.beat()
    expect(page.locator("#veil")).to_be_hidden()


def test_english_by_a_click(good: Archive, page: Page) -> None:
    """The switch speaks English on this page and on the next ones, live part included."""
    good.beat()
    page.goto("/")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#verdict")).to_contain_text("Safe: all 2 sealed file units")
    expect(page.locator("#stream")).to_contain_text("live, last news")
    page.get_by_role("link", name="File units").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("File units")


def test_walk_to_the_pages_of_one(good: Archive, page: Page) -> None:
    """From the verdict to the thumbnails of one hồ sơ by links alone; each picture loads."""
    good.beat()
    page.goto("/")
    page.locator("#file-units-sealed").click()
    page.get_by_role("link", name=good.code(1)).click()
    images = page.locator(".pages img")
    expect(images).to_have_count(4)
    images.last.scroll_into_view_if_needed()
    for index in range(4):
        expect(images.nth(index)).to_have_js_property("complete", value=True)
        expect(images.nth(index)).to_have_js_property("naturalHeight", 400)


def test_keyboard_reaches_the_content_first(good: Archive, page: Page) -> None:
    """The first key press offers the way past the head of the page."""
    good.beat()
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_works_without_script(good: Archive, browser: Browser, server: WebServer) -> None:
    """With JavaScript switched off everything is there, and no veil hides it."""
    good.beat()
    context = browser.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#verdict")).to_contain_text("An toàn: 2 hồ sơ")
    expect(page.locator("#came-in")).to_have_text("8")
    expect(page.locator("#veil")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_words_stand_out_from_their_ground(
    troubled: Archive, browser: Browser, server: WebServer, scheme: str, width: int
) -> None:
    """Every visible text has a contrast of at least 4.5 : 1 (WCAG 2.2 AA), wide and narrow."""
    troubled.beat()
    context = browser.new_context(
        base_url=server.address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 768},
    )
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#verdict")).to_contain_text("Cần người")
    weak = page.evaluate(CONTRASTS)
    assert weak["looked_at"] > 40
    assert weak["below"] == []
    fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert fits
    context.close()


CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const below = [];
  let looked_at = 0;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || element.closest("svg, noscript, .skip")) continue;
    looked_at += 1;
    const a = light(parse(getComputedStyle(element).color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) below.push([element.textContent.trim().slice(0, 40), ratio]);
  }
  return { looked_at, below };
}"""
