"""The list of documents in a real browser: filled in, refused, mended, readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from appliance.catalogue import register
from appliance.pipeline import corrections
from tests.web.conftest import PLACES
from tests.web.test_browser import CONTRASTS, browser, page, pytestmark, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from appliance.web.server import WebServer
    from tests.web.conftest import Archive

__all__ = ["browser", "page", "pytestmark", "server"]

TOO_WIDE = """() => [...document.querySelectorAll("#phien-ban *, #tai-lieu *, form.record *")]
  .filter(one => !one.closest(".scroll") && one.getBoundingClientRect().right > innerWidth + 1)
  .map(one => one.outerHTML.slice(0, 200))"""
"""What runs off the screen, but for tables that are scrolled by themselves."""


def test_a_picture_is_listed_by_hand(archive: Archive, page: Page) -> None:
    """From the hồ sơ to the form, a wrong page number mended, and back in the list."""
    archive.register(1)
    archive.scan(0)
    page.goto(f"/ho-so/{archive.unit(0).safe_name}")
    page.get_by_role("link", name="Thêm ảnh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thêm ảnh")
    page.get_by_label("Trang đầu").fill("4")
    page.get_by_label("Trang cuối").fill("9")
    page.get_by_label("Loại ảnh").select_option("02")
    page.get_by_label("Số lưu trữ").fill("A.12")
    page.get_by_label("Tiêu đề ảnh").fill("Đê biển sau bão")
    page.get_by_role("button", name="Ghi lại").click()
    expect(page.get_by_role("alert")).to_contain_text("DOCUMENT-RANGE")
    expect(page.get_by_label("Tiêu đề ảnh")).to_have_value("Đê biển sau bão")
    page.get_by_label("Trang cuối").fill("4")
    page.get_by_role("button", name="Ghi lại").click()
    row = page.locator("#tai-lieu-1")
    expect(row).to_contain_text("Đê biển sau bão")
    page.get_by_label("Mỗi tệp PDF chứa").select_option(label="một tài liệu")
    page.get_by_role("button", name="Ghi lại").click()
    expect(page.get_by_label("Mỗi tệp PDF chứa")).to_have_value("document")
    row.get_by_role("link").click()
    page.get_by_role("button", name="Bỏ tài liệu này khỏi danh sách").click()
    expect(page.locator("#tai-lieu")).to_contain_text("Chưa liệt kê tài liệu nào")
    with archive.catalogue.read() as session:
        assert register.documents_of(session, archive.unit(0).id or 0) == ()


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_is_readable(
    archive: Archive, browser: Browser, server: WebServer, width: int, scheme: str
) -> None:
    """Words stand out and nothing runs off the screen, wide and narrow, light and dark."""
    archive.register(1)
    unit = f"/ho-so/{archive.unit(0).safe_name}"
    context = browser.new_context(
        base_url=server.address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 768},
    )
    page = context.new_page()
    for address in (unit, f"{unit}/tai-lieu/moi?loai=text", f"{unit}/tai-lieu/moi?loai=picture"):
        page.goto(address)
        expect(page.locator("#tai-lieu, form.record")).to_be_visible()
        assert page.evaluate(CONTRASTS)["below"] == [], address
        assert page.evaluate(TOO_WIDE) == [], address
    context.close()


def test_an_open_correction_is_readable_on_a_telephone(
    archive: Archive, browser: Browser, server: WebServer
) -> None:
    """The verdict on two versions is a long sentence, and a reason may be one long word."""
    archive.set_places()
    archive.register(1)
    archive.scan(0)
    archive.seal(0)
    for place in PLACES:
        archive.prove(0, place.name)
    with archive.catalogue.write() as writing:
        corrections.start(writing, archive.unit(0).file_code, "mờ" * 200, "person:tester")
    context = browser.new_context(base_url=server.address, viewport={"width": 390, "height": 768})
    page = context.new_page()
    page.goto(f"/ho-so/{archive.unit(0).safe_name}")
    expect(page.locator("#versions-verdict")).to_contain_text("bản đính chính (2)")
    assert page.evaluate(TOO_WIDE) == []
    context.close()
