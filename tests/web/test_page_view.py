"""The screens of one page, and of every scan of one number."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from appliance.catalogue import masters
from appliance.imaging.quality.values import PageQuality
from tests.web.conftest import send
from tests.web.test_status_page import text_of

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

QUALITY = PageQuality(
    ink_permille=83,
    ink_components=412,
    skew_centidegrees=-125,
    sharpness_permille=None,
    bright_clip_permille=7,
    dark_clip_permille=0,
    border_permille=21,
    cut_sides=("left", "bottom"),
    is_upside_down=False,
    page_hash="0" * 64,
)


def test_a_page_shows_its_facts(troubled: Archive, client: Client) -> None:
    """Pixels, resolution and its source, paper, integrity said honestly, measures, findings."""
    quality = json.dumps(QUALITY.to_json())
    page_id = troubled.look(1, 1, quality=quality, a4_equivalent=2, dpi_source="assumed")
    words = text_of(client, f"/trang/{page_id}")
    for expected in (
        "1.654 × 2.339",
        "200 dpi (máy ước đoán, tệp không ghi)",
        "A4 · bằng 2 trang A4",
        "chưa kiểm được: định dạng này không tự chứng minh từng điểm ảnh",
        "8,3%",
        "-1,25°",
        "không đo được",
        "0,7% · 0,0%",
        "2,1%",
        "trái , dưới",
        "Trang 1 quét ở 150 dpi, thấp hơn mức 200 dpi.",
        "0001.tif · 11,6 MB · Máy quét tầng 2",
    ):
        assert expected in words.replace("trái, dưới", "trái , dưới"), expected


def test_a_page_without_measures_says_so(good: Archive, client: Client) -> None:
    """What was not measured, or was by another release, is not shown as good."""
    page_id = good.look(0, 1, quality='{"from": "the future"}', integrity="pass")
    words = text_of(client, f"/trang/{page_id}")
    assert "Chất lượng chưa đo" in words
    assert "tổng kiểm tra trong tệp khớp" in words


def test_the_large_view_is_handed_out(good: Archive, client: Client) -> None:
    """The screen shows the view, else the thumbnail; both come with the same strict headers."""
    page_id = good.look(0, 2)
    page = client.get(f"/trang/{page_id}").text
    picture = re.search(r'id="page-picture" src="([^"]+)"', page)
    assert picture is not None
    answer = client.get(picture[1])
    assert answer.headers["content-type"] == "image/jpeg"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    good.execute("UPDATE page SET view_sha256 = NULL")
    assert "Chỉ có ảnh nhỏ của trang này." in client.get(f"/trang/{page_id}").text
    assert client.get(picture[1]).status_code == 404


def test_pages_lead_to_their_neighbours(good: Archive, client: Client) -> None:
    """From each page one step on and one back, within its hồ sơ alone."""
    address = f"/ho-so/{good.unit(1).safe_name}"
    first = re.search(r'href="(/trang/\d+)"', client.get(address).text)
    assert first is not None
    walked = [first[1]]
    while (on := re.search(r'rel="next" href="([^"]+)"', client.get(walked[-1]).text)) is not None:
        walked.append(on[1])
    assert len(walked) == len(set(walked)) == 4
    back = re.search(r'rel="prev" href="([^"]+)"', client.get(walked[-1]).text)
    assert back is not None
    assert back[1] == walked[-2]
    assert 'rel="prev"' not in client.get(walked[0]).text


def test_an_earlier_scan_stays_in_sight(archive: Archive, client: Client) -> None:
    """What a rescan replaced is shown with its picture beside the page, and on its number."""
    archive.register(1)
    archive.scan(0)
    earlier = archive.rescan(0, 3)
    page_id = archive.look(0, 3)
    page = client.get(f"/trang/{page_id}").text
    beside = page[page.index('id="ban-khac"') :]
    assert f'id="scan-{earlier}"' in beside
    assert "thôi dùng" in beside
    assert beside.count("<img") == 1
    number = client.get(f"/ho-so/{archive.unit(0).safe_name}/so/3").text
    assert len(re.findall(r'id="scan-\d+"', number)) == 2
    replaced = re.search(r'href="(/trang/\d+)"', beside)
    assert replaced is not None
    assert "Bản quét này: thôi dùng." in client.get(replaced[1]).text


def test_a_page_that_belongs_to_none_yet_is_shown(archive: Archive, client: Client) -> None:
    """A page of a batch has a screen before anybody knows its hồ sơ."""
    archive.register(1)
    archive.scan(0)
    page_id = archive.look(0, 1)
    archive.execute(
        "UPDATE master SET state = 'batched', file_unit_id = NULL, file_number = NULL WHERE id = 1"
    )
    answer = client.get(f"/trang/{page_id}")
    assert answer.status_code == 200
    assert "chờ phân hồ sơ" in answer.text
    assert "Thay trang này" not in answer.text
    assert client.get("/trang/9999").status_code == 404


def test_a_page_says_how_its_text_was_read(good: Archive, client: Client) -> None:
    """Not yet, with how much confidence, or why there is none; never that nothing is wrong."""
    derivation = '{"text_outcome": "%s"}'
    for values, expected in (
        ({"derivation": None}, "Chữ máy đọc chưa đọc"),
        (
            {"derivation": derivation % "found", "ocr_confidence": 87},
            "đã đọc, tìm được theo nội dung · độ tin cậy 87/100",
        ),
        (
            {"derivation": derivation % "unsure", "ocr_confidence": 31},
            "đọc không đủ tin cậy, không dùng · độ tin cậy 31/100",
        ),
        ({"derivation": derivation % "timed_out"}, "đọc quá lâu nên đã dừng"),
        ({"derivation": derivation % "switched_off"}, "tắt cho phông này"),
    ):
        page_id = good.look(0, 1, **{"ocr_confidence": None, **values})
        assert expected in text_of(client, f"/trang/{page_id}")


def test_a_page_says_which_way_up_its_text_was_read(good: Archive, client: Client) -> None:
    """Beside what its lines told; a page read turned by half is upside down whatever they told."""
    quality = json.dumps(QUALITY.to_json())
    turned = "phải quay {}° theo chiều kim đồng hồ mới đọc được chữ"
    for outcome, degrees, measured, expected in (
        ("found", 180, quality, f"có · {turned.format(180)}"),
        ("unsure", 180, None, f"có · {turned.format(180)}"),
        ("found", 90, quality, f"không · {turned.format(90)}"),
        ("found", 270, None, f"không rõ · {turned.format(270)}"),
        ("found", 0, quality, "không · đọc được chữ khi để nguyên chiều"),
        ("unsure", 0, quality, "không"),
        ("found", None, quality, "không"),
    ):
        made = {"text_outcome": outcome, "text_turn_degrees": degrees}
        derivation = json.dumps({name: value for name, value in made.items() if value is not None})
        page_id = good.look(0, 1, derivation=derivation, quality=measured)
        shown = re.search(r'id="page-way-up">([^<]*)<', client.get(f"/trang/{page_id}").text)
        assert shown is not None
        assert shown[1] == expected
    page_id = good.look(0, 1, derivation='{"text_outcome": "no_text"}', quality=None)
    assert "Ngược đầu" not in client.get(f"/trang/{page_id}").text


def test_a_scan_by_mistake_leaves_its_file_unit(troubled: Archive, client: Client) -> None:
    """One form: the page counts no more, the bytes stay, the event names who said so."""
    unit = troubled.unit(3)
    with troubled.catalogue.read() as session:
        page_id, master_id = next(
            (page.id, master.id)
            for page, master in masters.pages_of(session, unit.id or 0)
            if master.file_number == 3
        )
    address = f"/tep/{master_id}/bo"
    assert f'action="{address}"' in client.get(f"/trang/{page_id}").text
    answer = send(client, f"/trang/{page_id}", address)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/ho-so/{quote(unit.safe_name, safe='')}#trang"
    with troubled.catalogue.read() as session:
        left = [master.file_number for _page, master in masters.pages_of(session, unit.id or 0)]
        statement = "SELECT agent, type FROM event ORDER BY counter DESC LIMIT 1"
        row = session.connection().exec_driver_sql(statement).one()
    assert left == [1, 2]
    assert tuple(row) == ("person:local", "replacement")
    assert 'id="bo"' not in client.get(f"/trang/{page_id}").text
    stale = send(client, "/cho-xu-ly", address)
    assert stale.status_code == 409
    assert "không còn trong hồ sơ" in stale.text


def test_a_sealed_file_unit_gives_no_page_away(troubled: Archive, client: Client) -> None:
    """No button, and a form that was opened before the seal changes nothing."""
    with troubled.catalogue.read() as session:
        unit_id = troubled.unit(0).id or 0
        page, master = next(iter(masters.pages_of(session, unit_id)))
    assert 'id="bo"' not in client.get(f"/trang/{page.id}").text
    answer = send(client, "/cho-xu-ly", f"/tep/{master.id}/bo")
    assert answer.status_code == 409
    with troubled.catalogue.read() as session:
        assert len(masters.pages_of(session, unit_id)) == 4


def test_a_number_that_nobody_scanned_is_not_said_to_be_replaced(
    troubled: Archive, client: Client
) -> None:
    """The screen of a missing number asks for one more page, and hides no earlier scan."""
    safe_name = quote(troubled.unit(2).safe_name, safe="")
    missing = text_of(client, f"/ho-so/{safe_name}/so/3")
    assert "Quét bổ sung số này" in missing
    assert "Gửi tệp số 3" in missing
    assert "Bản mới thay bản đang có" not in missing
    assert "Bản mới thay bản đang có" in text_of(client, f"/ho-so/{safe_name}/so/2")
