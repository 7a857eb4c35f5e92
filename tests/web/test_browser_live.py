"""Every page in a real browser: what renews itself does, and all of it fits and can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from appliance.domain.findings import Finding
from tests.web.test_browser import CONTRASTS, browser, page, pytestmark, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from appliance.web.server import WebServer
    from tests.web.conftest import Archive

__all__ = ["browser", "page", "pytestmark", "server"]

UNKNOWN = Finding("INTAKE-UNKNOWN-FILE-UNIT", "", {"file_code": "HS-99", "name": "0001.tif"})
MISFITS = """() => [...document.querySelectorAll("body *")]
  .filter(one => one.checkVisibility() && !one.closest(".skip, svg"))
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 120))"""
UNLABELLED = """() => [...document.querySelectorAll("input, select, textarea")]
  .filter(one => one.type !== "hidden" && !one.labels.length && !one.ariaLabel)
  .map(one => one.outerHTML)"""
HEADER_PIXELS = 60
"""One row of the head of a page is lower than that, two are not."""


def is_live(page: Page) -> None:
    """Wait until the first news came."""
    expect(page.locator("#stream")).to_contain_text("cập nhật trực tiếp")


def test_a_destination_renews_itself(archive: Archive, page: Page) -> None:
    """A proof that comes in while the page is open shows in the counts and in the list."""
    archive.register(2)
    for index in range(2):
        archive.scan(index, pages=1)
        archive.seal(index)
    page.goto("/places/province")
    is_live(page)
    expect(page.locator("tbody tr")).to_have_count(2)
    archive.prove(0, "province")
    expect(page.locator(".filters")).to_contain_text("đã kiểm chứng (1)")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text(archive.code(1))
    expect(page).to_have_title("Kho lưu trữ tỉnh · Máy thử")


def test_news_leave_open_what_a_person_opened(troubled: Archive, page: Page) -> None:
    """A group that grows keeps its question open, and its form still counts as this browser's."""
    page.goto("/cho-xu-ly")
    is_live(page)
    group = page.locator("#group-INTAKE-UNKNOWN-FILE-UNIT")
    group.locator("summary").click()
    troubled.park("0099.tif", UNKNOWN)
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 tệp để riêng")
    button = group.get_by_role("button", name="Cho 4 tệp của nhóm vào lịch sử")
    expect(button).to_be_visible()
    button.click()
    expect(page.get_by_role("status")).to_contain_text("Đã cho 4 tệp vào lịch sử")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 tệp để riêng")


def test_every_live_page_says_when_the_box_is_gone(
    troubled: Archive, page: Page, server: WebServer
) -> None:
    """No page that renews itself stands there as if it were true."""
    troubled.beat()
    page.goto("/places/province")
    is_live(page)
    server.stop()
    expect(page.locator("#veil")).to_be_visible()


def test_what_needs_a_person_stands_first(troubled: Archive, page: Page) -> None:
    """Below the verdict, before every table, and on the first screen."""
    troubled.beat()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/")
    tops = [
        page.locator(name).bounding_box() for name in ("#verdict", ".people", "#heading-places")
    ]
    heights = [box["y"] for box in tops if box is not None]
    assert heights == sorted(heights)
    assert heights[1] < 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_can_be_read(
    troubled: Archive, browser: Browser, server: WebServer, width: int, scheme: str
) -> None:
    """Nothing runs off the screen or is too pale; one title, one head, in both languages."""
    troubled.beat()
    broken = Finding("IMAGE-NOT-DECODABLE", "0007.tif", {"problem": "dữ liệu bị cắt cụt"})
    troubled.park(f"{'scan' * 50}.tif", broken, index=3)
    unit = f"/ho-so/{quote(troubled.unit(0).safe_name)}"
    held = f"/ho-so/{quote(troubled.unit(3).safe_name)}"
    paths = ("/", "/ho-so", "/tep", "/cho-xu-ly", "/cau-hoi", "/audit", "/courier")
    context = browser.new_context(
        base_url=server.address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    opened = context.new_page()
    for language in ("vi", "en"):
        for path in (*paths, "/places/province", unit, held, f"{held}/so/1", "/trang/1", "/no"):
            opened.goto(f"{path}?lang={language}")
            where = f"{path} {language}"
            assert opened.evaluate(MISFITS) == [], where
            assert opened.evaluate(CONTRASTS)["below"] == [], where
            assert opened.evaluate(UNLABELLED) == [], where
            assert opened.locator("h1").count() == 1, where
            assert opened.locator("html").get_attribute("lang") == language, where
            assert opened.title().endswith(" · Máy thử"), where
            head = opened.locator("header.top").bounding_box()
            assert head is not None
            assert width < 1000 or head["height"] < HEADER_PIXELS, where
    context.close()
