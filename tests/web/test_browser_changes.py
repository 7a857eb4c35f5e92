"""What people do in a real browser: look again, replace a page, answer, watch the scanners."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from appliance.catalogue import parked
from appliance.catalogue.hot_folders import FolderFacts, record_folders
from appliance.catalogue.parked import Wanted
from appliance.pipeline.rescan import WEB_SCANNER
from tests.web.test_browser import CONTRASTS, browser, page, pytestmark, server
from tests.web.test_lists import park_many
from tests.web.test_questions import ask

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

    from appliance.web.server import WebServer
    from tests.web.conftest import Archive

__all__ = ["browser", "page", "pytestmark", "server"]

MOMENT = "2026-03-02T08:00:00.000000Z"


def watch(archive: Archive) -> None:
    """Three folders: one with events, one that is polled, one that is gone."""
    seen = FolderFacts(
        scanner="scan01",
        is_configured=True,
        way="events",
        probed_at=MOMENT,
        waiting=12,
        last_arrival_at=MOMENT,
    )
    polled = replace(seen, scanner="scan02", way="polling", waiting=0, last_arrival_at=None)
    gone = replace(seen, scanner="scan03", way="gone", waiting=0)
    with archive.catalogue.write() as writing:
        record_folders(writing, [seen, polled, gone])


def free(archive: Archive, cause: str) -> None:
    """What the service does: everything of a cause is judged again."""
    with archive.catalogue.write() as writing:
        rows = parked.listed(writing.session, Wanted(cause=cause), limit=100)
        assert all(row.next_attempt is not None for row in rows)
        statement = "UPDATE master SET state = 'accepted', cause = NULL WHERE cause = ?"
        writing.session.connection().exec_driver_sql(statement, (cause,))


@pytest.mark.parametrize("with_script", [True, False])
def test_a_group_is_looked_at_again(
    troubled: Archive, browser: Browser, server: WebServer, *, with_script: bool
) -> None:
    """One click asks for a whole cause; with script the page follows, without it all the same."""
    context = browser.new_context(base_url=server.address, java_script_enabled=with_script)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda problem: faults.append(str(problem)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.goto("/cho-xu-ly")
    group = page.locator("#group-INTAKE-UNKNOWN-FILE-UNIT")
    group.get_by_role("button", name="Kiểm tra lại cả nhóm").click()
    expect(page.get_by_role("status")).to_contain_text("máy kiểm tra lại 3 tệp")
    expect(group).to_contain_text("Đang kiểm tra lại, còn 3 tệp.")
    free(troubled, "INTAKE-UNKNOWN-FILE-UNIT")
    if not with_script:
        page.reload()
    expect(group).to_have_count(0)
    expect(page.locator("#group-IMAGE-NOT-DECODABLE")).to_be_visible()
    assert faults == []
    context.close()


def test_a_page_is_replaced_by_an_upload(archive: Archive, page: Page) -> None:
    """From the thumbnails to the page, a file chosen, sent, and in the hot folder."""
    archive.register(1)
    archive.scan(0)
    archive.look(0, 3)
    page.goto(f"/ho-so/{archive.unit(0).safe_name}")
    page.locator(".pages a").nth(2).click()
    expect(page.locator("#page-picture")).to_have_js_property("naturalHeight", 1600)
    scan: FilePayload = {"name": "new.tif", "mimeType": "image/tiff", "buffer": b"II*\x00 new"}
    page.get_by_label("Hoặc gửi ảnh").set_input_files([scan])
    page.get_by_role("button", name="Gửi để thay tệp số 3").click()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận ảnh gửi lên")
    folder = archive.folder / "drop" / WEB_SCANNER / archive.unit(0).safe_name
    assert (folder / "0003.tif").read_bytes() == b"II*\x00 new"


def test_a_question_is_answered_by_a_click(archive: Archive, page: Page) -> None:
    """Both pictures load side by side; a click keeps both pages."""
    ask(archive)
    page.goto("/")
    page.get_by_role("link", name="Câu hỏi").click()
    images = page.locator(".side-by-side img")
    expect(images).to_have_count(2)
    page.get_by_role("button", name="Giữ cả hai").click()
    expect(page.get_by_role("status")).to_have_text("Đã ghi câu trả lời.")
    expect(page.locator("main")).to_contain_text("Không có câu hỏi nào.")


def test_ten_thousand_parked_files_are_walked(archive: Archive, page: Page) -> None:
    """The list of ten thousand opens on its causes, and its next screen goes on."""
    park_many(archive, 10_000)
    page.goto("/cho-xu-ly")
    expect(page.get_by_role("heading", level=1)).to_contain_text("10.000 tệp để riêng")
    expect(page.locator("ul.parked > li")).to_have_count(100)
    page.get_by_role("link", name="Trang sau").click()
    expect(page.locator("ul.parked > li .name").first).to_have_text("000100.tif")
    page.get_by_role("link", name="1.000 tệp").click()
    expect(page.locator("ul.parked > li .name").nth(1)).to_have_text("000010.tif")


def test_scanners_have_their_lines(good: Archive, page: Page) -> None:
    """Each folder says how it is watched, what waits there, and when the last file came."""
    good.beat()
    watch(good)
    page.goto("/")
    first = page.locator("#scanner-scan01")
    expect(first).to_contain_text("Máy quét tầng 2")
    expect(first).to_contain_text("báo ngay khi có tệp")
    expect(first).to_contain_text("12 tệp")
    expect(page.locator("#scanner-scan02")).to_contain_text("chỉ xem định kỳ")
    gone = page.locator("#scanner-scan03")
    expect(gone).to_contain_text("không thấy thư mục")
    expect(gone.locator(".state")).to_have_class(re.compile("level-broken"))
    expect(page.locator("#verdict")).to_have_attribute("data-level", "needs-person")
    expect(page.locator("#place-box")).to_contain_text("Không thấy 1 thư mục quét")


@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_and_fit(
    troubled: Archive, browser: Browser, server: WebServer, width: int, scheme: str
) -> None:
    """The screens with forms are as readable as the status page, wide and narrow."""
    page_id = troubled.look(1, 1)
    watch(troubled)
    number = f"/ho-so/{troubled.unit(1).safe_name}/so/7"
    context = browser.new_context(
        base_url=server.address,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 768},
    )
    page = context.new_page()
    for address in ("/", "/cho-xu-ly?da-hoi=3", f"/trang/{page_id}", number, "/cau-hoi"):
        page.goto(address)
        weak = page.evaluate(CONTRASTS)
        assert weak["below"] == [], address
        fits = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert fits, address
    context.close()
