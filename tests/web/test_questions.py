"""The screen of the questions about pages: what it shows, and what an answer does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from appliance.catalogue import file_units, masters
from appliance.catalogue.answers import of_file_unit
from appliance.domain.findings import Finding
from appliance.domain.states import FileUnitEvent
from tests.web.conftest import send
from tests.web.test_status_page import text_of

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]


def ask(archive: Archive, code: str = "PAGES-ALIKE", **changed: str | int | None) -> None:
    """Hold a complete hồ sơ with one question: its fourth page looks like its second.

    Args:
        archive: Empty.
        code: Of the question.
        changed: Values of it that are otherwise; None for one that it has not.
    """
    archive.register(1)
    archive.scan(0)
    unit = archive.unit(0)
    with archive.catalogue.read() as session:
        _first, second, _third, fourth = masters.live_masters(session, unit.id or 0)
    values = {
        "master_id": fourth.id,
        "frame": 1,
        "file_code": unit.file_code,
        "page": 4,
        "other": 2,
        "other_master_id": second.id,
        "other_frame": 1,
    }
    values = {name: value for name, value in (values | changed).items() if value is not None}
    question = Finding(code, unit.file_code, values)
    with archive.catalogue.write() as writing:
        file_units.transit(writing, unit, FileUnitEvent.COMPLETE)
    archive.hold(0, question)
    with archive.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql("UPDATE master SET frame_count = 1")


def test_questions_show_both_pictures_and_take_an_answer(archive: Archive, client: Client) -> None:
    """Two pages that look alike stand side by side; "keep both" settles the question."""
    ask(archive)
    page = client.get("/cau-hoi").text
    assert page.count("<img") == 2
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = send(client, "/cau-hoi", "/cau-hoi/tra-loi", data={**form, "answer": "keep"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/cau-hoi?da-ghi=1")
    with archive.catalogue.read() as session:
        said = of_file_unit(session, archive.unit(0).id or 0)
    assert [row.answer for row in said.values()] == ["keep"]
    assert "Không có câu hỏi nào." in client.get("/cau-hoi").text
    again = send(client, "/cho-xu-ly", "/cau-hoi/tra-loi", data={**form, "answer": "drop"})
    assert again.status_code in {403, 410}


def test_leaving_a_page_out_keeps_its_bytes(archive: Archive, client: Client) -> None:
    """The answer "leave out" replaces the later page; an unknown answer is no answer."""
    ask(archive)
    form = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', client.get("/cau-hoi").text)
    )
    wrong = send(client, "/cau-hoi", "/cau-hoi/tra-loi", data={**form, "answer": "burn"})
    assert wrong.status_code == 400
    answer = send(client, "/cau-hoi", "/cau-hoi/tra-loi", data={**form, "answer": "drop"})
    assert answer.status_code == 303
    with archive.catalogue.read() as session:
        row = masters.by_id(session, int(form["master"]))
    assert row is not None
    assert row.state == "replaced"


def test_each_page_is_called_by_its_number(archive: Archive, client: Client) -> None:
    """Pictures and buttons say which page is which, and the hồ sơ is named by its title too."""
    ask(archive)
    words = text_of(client, "/cau-hoi")
    assert words.index("Trang 2 Trang 4") > words.index("trông như cùng một trang giấy")
    assert "Giữ cả hai trang" in words
    assert "Bỏ trang 4" in words
    assert archive.unit(0).title in words


def test_pages_are_compared_at_the_size_of_a_screen(archive: Archive, client: Client) -> None:
    """Where a page has a large view it is shown instead of the thumbnail."""
    ask(archive)
    page_id = archive.look(0, 4)
    with archive.catalogue.read() as session:
        pages = masters.pages_of(session, archive.unit(0).id or 0)
        view = next(page.view_sha256 for page, _master in pages if page.id == page_id)
    assert f'src="/anh/{page_id}/{view}"' in client.get("/cau-hoi").text


def captions(page: str) -> list[str]:
    """What stands below each picture."""
    return re.findall(r"<figcaption>([^<]+)</figcaption>", page)


def test_a_blank_rescan_stands_beside_its_earlier_scan(archive: Archive, client: Client) -> None:
    """Both pictures are of one page, and it is said which is the earlier."""
    ask(archive, "PAGES-RESCAN-BLANK", other=None)
    page = client.get("/cau-hoi").text
    assert captions(page) == ["Trang 4, bản quét trước", "Trang 4"]
    assert "Giữ trang này" in page
    assert 'value="drop"' not in page


def test_a_page_of_another_file_unit_is_named_by_its_code(archive: Archive, client: Client) -> None:
    """The two pages may have the same number: the other one's hồ sơ stands with it."""
    ask(archive, "PAGES-OF-ANOTHER-UNIT", other=4, other_code="HS-99", count=1)
    page = client.get("/cau-hoi").text
    assert captions(page) == ["Trang 4 của hồ sơ HS-99", "Trang 4"]
    assert "Giữ cả hai trang" in page


def test_a_page_that_is_too_small_stands_alone(archive: Archive, client: Client) -> None:
    """It is held against nothing, and no page is said to be missing."""
    ask(archive, "PAGES-TOO-SMALL", other=None, other_master_id=None, other_frame=None, pixels=1)
    page = client.get("/cau-hoi").text
    assert captions(page) == ["Trang 4"]
    assert "Giữ trang này" in page


def miss_a_number(archive: Archive, missing: str) -> None:
    """Hold a complete hồ sơ with one question: a number is missing before its third page."""
    archive.register(1)
    archive.scan(0)
    unit = archive.unit(0)
    with archive.catalogue.read() as session:
        third = masters.live_masters(session, unit.id or 0)[2]
    values = {"master_id": third.id, "frame": 1, "file_code": unit.file_code, "page": 3}
    gap = Finding("PAGES-NUMBER-GAP", unit.file_code, {**values, "missing": missing, "number": 4})
    with archive.catalogue.write() as writing:
        file_units.transit(writing, unit, FileUnitEvent.COMPLETE)
    archive.hold(0, gap)


def test_a_gap_shows_both_of_its_sides(archive: Archive, client: Client) -> None:
    """The pages before and behind it stand side by side; the missing one can be scanned."""
    miss_a_number(archive, "3")
    page = client.get("/cau-hoi").text
    assert re.findall(r'<img [^>]*alt="([^"]+)"', page) == ["Trang 2", "Trang 3"]
    safe_name = quote(archive.unit(0).safe_name, safe="")
    assert f'href="/ho-so/{safe_name}/so/3">Quét bổ sung tệp số 3</a>' in page
    assert 'value="drop"' not in page


def test_several_missing_numbers_are_not_made_one(archive: Archive, client: Client) -> None:
    """Where more than one number is missing no single one is offered."""
    miss_a_number(archive, "3-5")
    page = client.get("/cau-hoi").text
    assert "Không thiếu trang" in page
    assert "Quét bổ sung tệp số" not in page


def test_a_file_unit_that_asks_leads_to_its_questions(archive: Archive, client: Client) -> None:
    """Its own screen has the way to the pictures; one that is held for another reason has not."""
    ask(archive)
    address = f"/ho-so/{quote(archive.unit(0).safe_name, safe='')}"
    assert "Xem ảnh và trả lời" in text_of(client, address)
    archive.hold(
        0, Finding("PAGES-MORE-THAN-SIDES", "", {"file_code": "", "pages": 9, "sheets": 4})
    )
    assert "Xem ảnh và trả lời" not in text_of(client, address)
