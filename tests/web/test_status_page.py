"""The status page: the verdict of the domain, in words, with every count and every clock."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from appliance.catalogue import deposits
from appliance.catalogue.hot_folders import FolderFacts, record_folders
from appliance.domain.findings import Finding
from appliance.domain.states import DepositEvent
from appliance.pipeline.rescan import WEB_SCANNER

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

LONG_AGO = "2020-01-02T03:04:05.000000Z"


def level_on(client: Client) -> str:
    """The level that the page wears."""
    found = re.search(r'data-level="([a-z-]+)"', client.get("/").text)
    assert found is not None
    return found[1]


def text_of(client: Client, path: str = "/") -> str:
    """The words of a page, without its tags, runs of space as one."""
    bare = re.sub(r"<[^>]+>", " ", client.get(path).text)
    return re.sub(r"\s+", " ", unescape(bare))


def test_everything_proved_is_good(good: Archive, client: Client) -> None:
    """Two proved hồ sơ give the green sentence, with the number of copies."""
    assert good.unit(1).state == "sealed"
    assert level_on(client) == "good"
    assert "An toàn: 2 hồ sơ đã niêm phong đều có đủ 3 bản" in text_of(client)


def old_heartbeat(archive: Archive) -> None:
    """The service stopped reporting."""
    archive.execute("UPDATE meta SET value = ? WHERE name = 'heartbeat'", LONG_AGO)


def no_heartbeat(archive: Archive) -> None:
    """The service never ran."""
    archive.execute("DELETE FROM meta WHERE name = 'heartbeat'")


def no_contact(archive: Archive) -> None:
    """A destination never answered."""
    archive.execute("UPDATE destination SET last_contact_at = NULL, is_line_up = NULL")


def silent_place(archive: Archive) -> None:
    """A destination has been down for years."""
    archive.execute("UPDATE destination SET last_contact_at = ?, is_line_up = 0", LONG_AGO)


def lost_count(archive: Archive) -> None:
    """One file that came in is in no state."""
    archive.execute("UPDATE counter SET value = value + 1 WHERE name = 'came_in'")


def unproved(archive: Archive) -> None:
    """One package is proved at one place only."""
    archive.register(1, first=2)
    archive.scan(2)
    archive.seal(2)
    archive.prove(2, "province")


def old_proof(archive: Archive) -> None:
    """The proofs are years old."""
    archive.execute("UPDATE deposit SET proved_at = ?", LONG_AGO)


def parked_file(archive: Archive) -> None:
    """A file was put aside."""
    archive.park("0009.tif", Finding("INTAKE-BAD-NAME", "", {"name": "0009.tif"}))


def no_place(archive: Archive) -> None:
    """No destination is configured any more."""
    with archive.catalogue.write() as writing:
        deposits.configure_destinations(writing, ())


@pytest.mark.parametrize(
    ("spoil", "level"),
    [
        (old_heartbeat, "unknown"),
        (no_heartbeat, "unknown"),
        (no_contact, "unknown"),
        (silent_place, "unknown"),
        (lost_count, "broken"),
        (unproved, "working"),
        (old_proof, "stale"),
        (parked_file, "needs-person"),
        (no_place, "working"),
    ],
)
def test_green_needs_every_proof(
    good: Archive, client: Client, spoil: Callable[[Archive], None], level: str
) -> None:
    """Each thing that is not proved takes the green away, on the page and in /healthz."""
    assert level_on(client) == "good"
    spoil(good)
    assert level_on(client) == level
    health = client.get("/healthz").json()
    assert health["verdict"] == level.upper().replace("-", "_")


def test_equation_of_counts(troubled: Archive, client: Client) -> None:
    """What came in equals the sum of the states, each shown and linked to its list."""
    page = client.get("/").text
    came_in = int(re.search(r'id="came-in">(\d+)<', page)[1])  # type: ignore[index]  # fails loudly
    states = re.findall(r'id="masters-[a-z]+">(\d+)<', page)
    assert troubled.unit(0).id is not None
    assert came_in == 17
    assert len(states) == 8
    assert sum(map(int, states)) == came_in
    assert 'href="/tep?trang-thai=inspected"' in page
    assert 'href="/cho-xu-ly"' in page
    assert "Tổng không khớp" not in page


def test_a_broken_equation_is_said(good: Archive, client: Client) -> None:
    """When the sum differs, the strip says so in words, not by colour alone."""
    lost_count(good)
    assert "Tổng không khớp với số đã nhận!" in text_of(client)
    assert "Đã nhận 9 tệp nhưng sổ chỉ giải thích được 8 tệp." in text_of(client)


def test_places_show_two_clocks_and_figures(troubled: Archive, client: Client) -> None:
    """Each place shows contact and proof apart, n of m, and why its line is down."""
    page = client.get("/").text
    province = page[page.index('id="place-province"') : page.index('id="place-ministry"')]
    ministry = page[page.index('id="place-ministry"') : page.index("</table>")]
    assert troubled.unit(0).state == "sealed"
    assert len(re.findall(r'<time datetime="[^"]+">\d\d/\d\d/\d{4} ', province)) == 3
    assert "1 trên 1 đã kiểm chứng" in province
    assert "còn trống 1,2\u00a0TB" in province
    assert "0 trên 1 đã kiểm chứng" in ministry
    assert "1 chờ gửi" in ministry
    assert "Chưa liên lạc được với Kho dự phòng của Bộ." in ministry


def test_people_list_groups_by_cause(troubled: Archive, client: Client) -> None:
    """Equal causes are one line with a count, what happened and what to do."""
    words = text_of(client)
    assert troubled.unit(3).findings != "[]"
    assert (
        "3 tệp để riêng Mã hồ sơ “HS-99” không có trong bảng kê. INTAKE-UNKNOWN-FILE-UNIT" in words
    )
    assert re.search("1 tệp để riêng [^:]+: [^:]+ IMAGE-NOT-DECODABLE", words)
    assert "Cần làm: Kiểm tra tên thư mục" in words
    assert "Không thấy thư mục quét “/srv/drop/scan02”." in words
    assert re.search("1 hồ sơ vướng [^:]+ PAGES-TOO-MANY", words)
    assert "PAGES-TOO-FEW" not in words  # it waits for pages, not for a person


def test_refused_packages_need_a_person(good: Archive, client: Client) -> None:
    """A package that a place refused stands on the list with its place."""
    good.register(1, first=2)
    good.scan(2)
    good.seal(2)
    good.refuse(2, "ministry", DepositEvent.REFUSE)
    assert level_on(client) == "needs-person"
    assert "1 gói bị từ chối tại Kho dự phòng của Bộ" in text_of(client)


def test_nothing_for_people_is_said(good: Archive, client: Client) -> None:
    """An empty list says that it is empty."""
    assert good.unit(0).state == "sealed"
    assert "Không có tệp để riêng, hồ sơ vướng hay cảnh báo nào." in text_of(client)


def test_progress_names_both_numbers(troubled: Archive, client: Client) -> None:
    """Progress is n of m: sealed, proved everywhere, recognised, pages."""
    words = text_of(client)
    assert troubled.unit(0).pages_found == 4
    assert "Hồ sơ đã niêm phong 1 trên 6" in words
    assert "Hồ sơ đủ bản kiểm chứng ở mọi nơi nhận 0 trên 6" in words
    assert "Trang đã xử lý (chữ, PDF) 4 trên 13" in words
    assert "Trang đã niêm phong, so với bảng kê 4 trên 24" in words


def test_english_by_switch_is_remembered(good: Archive, client: Client) -> None:
    """``?lang=en`` speaks English and goes on doing so; ``?lang=vi`` leads back."""
    assert good.unit(0).state == "sealed"
    assert 'lang="en"' in client.get("/?lang=en").text
    assert "Safe: all 2 sealed file units are held in 3 copies" in text_of(client)
    assert "Where the copies are" in text_of(client)
    assert "An toàn: 2 hồ sơ" in text_of(client, "/?lang=vi")
    assert "An toàn: 2 hồ sơ" in text_of(client)


def test_page_without_script_renews_itself(good: Archive, client: Client) -> None:
    """Without JavaScript the whole page is there and asks for itself again."""
    page = client.get("/").text
    assert good.unit(0).state == "sealed"
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert "Các bản lưu ở đâu" in page


def test_a_code_of_a_newer_release_is_shown(good: Archive, client: Client) -> None:
    """A reason that this release does not know shows its code instead of an error."""
    good.park("0001.tif", Finding("INTAKE-BAD-NAME", "", {"name": "0001.tif"}))
    later = json.dumps([{"code": "FROM-THE-FUTURE", "where": "", "values": {}}])
    good.execute("UPDATE master SET findings = ? WHERE state = 'parked'", later)
    words = text_of(client)
    assert "Lý do mang mã FROM-THE-FUTURE" in words
    assert "1 tệp để riêng" in words


def test_an_empty_box_is_not_green(archive: Archive, client: Client) -> None:
    """A box on its first day waits; it claims nothing."""
    assert archive.folder.is_dir()
    assert level_on(client) == "waiting"
    assert "Chưa có hồ sơ nào trong bảng kê." in text_of(client)


def test_a_silent_service_asks_for_somebody(good: Archive, client: Client) -> None:
    """A service that died mends nothing by itself: it stands on the list, with what to do."""
    assert "bật lại dịch vụ" not in text_of(client)
    old_heartbeat(good)
    words = text_of(client)
    assert words.index("Dịch vụ không báo tin từ") < words.index("bật lại dịch vụ")
    assert words.index("bật lại dịch vụ") < words.index("Các bản lưu ở đâu")


def test_what_the_page_sent_is_no_scanner(archive: Archive, client: Client) -> None:
    """The folder of uploads is called what it is, in the language of the page."""
    folder = FolderFacts(
        WEB_SCANNER,
        is_configured=False,
        way="events",
        probed_at=None,
        waiting=0,
        last_arrival_at=None,
    )
    with archive.catalogue.write() as writing:
        record_folders(writing, [folder])
    assert "ảnh gửi từ trang này" in client.get("/").text
    assert "pictures sent from this page" in client.get("/?lang=en").text
