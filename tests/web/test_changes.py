"""What the page lets people change, from where, and what it refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from appliance.catalogue import masters, parked
from appliance.catalogue.parked import Wanted
from appliance.domain.errors import StorageError
from appliance.domain.findings import Finding
from appliance.pipeline.rescan import WEB_SCANNER, RescanDrop
from appliance.web.app import create_app
from appliance.web.security import is_loopback
from tests.web.conftest import BASE_URL, context_over, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

RETRY = "/cho-xu-ly/thu-lai"
ASIDE = "/cho-xu-ly/lich-su"
CHANGES = (
    RETRY,
    ASIDE,
    "/tap-quet/1",
    "/ho-so/TH01_2FHS-00001_C4_90/so/1/thay",
    "/cau-hoi/tra-loi",
    "/ho-so/TH01_2FHS-00001_C4_90/dinh-chinh",
    "/ho-so/TH01_2FHS-00001_C4_90/pdf-da-ky",
)


def due(archive: Archive) -> dict[str, int]:
    """How many parked files of each cause the service comes to."""
    with archive.catalogue.read() as session:
        groups = parked.groups(session, "9999-12-31T00:00:00.000000Z")
    return {group.code: group.due for group in groups}


@pytest.fixture
def remote(archive: Archive) -> Iterator[Client]:
    """A browser on a page that other machines can open too."""
    context = context_over(archive, may_change=False)
    with TestClient(create_app(context), base_url=BASE_URL) as found:
        yield found


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"cause": "INTAKE-UNKNOWN-FILE-UNIT"}, (3, 0)),
        ({"cause": "IMAGE-NOT-DECODABLE"}, (0, 1)),
        ({}, (3, 1)),
        ({"cause": "NO-SUCH-CAUSE"}, (0, 0)),
    ],
)
def test_a_group_or_all_are_asked_for(
    troubled: Archive, client: Client, form: dict[str, str], expected: tuple[int, int]
) -> None:
    """The form makes the files due, says how many, and leads back to the list."""
    answer = send(client, "/cho-xu-ly", RETRY, data=form)
    counts = due(troubled)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"da-hoi={sum(expected)}")
    assert (counts["INTAKE-UNKNOWN-FILE-UNIT"], counts["IMAGE-NOT-DECODABLE"]) == expected


def test_one_file_is_asked_for_by_its_local_user(troubled: Archive, client: Client) -> None:
    """The button of one file makes that one due; the event names who asked."""
    with troubled.catalogue.read() as session:
        first = parked.listed(session, Wanted(), limit=1)[0]
    send(client, "/cho-xu-ly", RETRY, data={"master": str(first.id)})
    assert sum(due(troubled).values()) == 1
    page = client.get("/cho-xu-ly?da-hoi=1").text
    assert "máy kiểm tra lại 1 tệp" in page
    assert "Đang kiểm tra lại, còn 1 tệp." in page
    assert 'hx-sse:connect="/cho-xu-ly/live?sau=0&amp;lang=vi"' in page
    with troubled.catalogue.read() as session:
        statement = "SELECT agent, object_id FROM event ORDER BY counter DESC LIMIT 1"
        row = session.connection().exec_driver_sql(statement).one()
    assert tuple(row) == ("person:local", first.sha256)


@pytest.mark.parametrize(
    ("form", "left"),
    [({"cause": "INTAKE-UNKNOWN-FILE-UNIT"}, 1), ({}, 4), ({"cause": "NO-SUCH-CAUSE"}, 4)],
)
def test_what_nobody_needs_leaves_the_list(
    troubled: Archive, client: Client, form: dict[str, str], left: int
) -> None:
    """A group is put into the history with its bytes; a form that names nothing changes nothing."""
    answer = send(client, "/cho-xu-ly", ASIDE, data=form)
    assert answer.status_code == 303
    with troubled.catalogue.read() as session:
        assert parked.how_many(session, Wanted()) == left


@pytest.mark.parametrize("address", CHANGES)
def test_without_the_token_of_a_form_nothing_is_changed(
    troubled: Archive, client: Client, address: str
) -> None:
    """A form that another site made us send is refused in plain words."""
    client.get("/cho-xu-ly")
    answer = client.post(address, data={"cause": "IMAGE-NOT-DECODABLE"})
    assert answer.status_code == 403
    assert "Không thay đổi được từ đây." in answer.text
    assert sum(due(troubled).values()) == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_other_sites_are_refused_even_with_a_token(
    troubled: Archive, client: Client, site: str
) -> None:
    """Another port of this machine is another site: a stolen cookie helps it nothing."""
    answer = send(client, "/cho-xu-ly", RETRY, headers={"sec-fetch-site": site})
    assert answer.status_code == 403
    assert sum(due(troubled).values()) == 0


@pytest.mark.parametrize("address", CHANGES)
def test_a_page_that_others_can_open_changes_nothing(
    troubled: Archive, remote: Client, address: str
) -> None:
    """Without a login, only the page of this machine alone takes forms; others show none."""
    page = remote.get("/cho-xu-ly").text
    assert "<form" not in page
    assert "mở trang này ngay trên máy lưu trữ" in page
    answer = remote.post(address, data={}, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 403
    assert sum(due(troubled).values()) == 0


def test_a_token_of_an_earlier_start_is_not_taken_for_one(troubled: Archive) -> None:
    """After a restart the page makes a new token; the old cookie does not lock people out."""
    context = context_over(troubled)
    with TestClient(create_app(context), base_url=BASE_URL) as before:
        before.get("/cho-xu-ly")
        cookies = dict(before.cookies)
    with TestClient(create_app(context), base_url=BASE_URL, cookies=cookies) as client:
        assert send(client, "/cho-xu-ly", RETRY).status_code == 303
    assert sum(due(troubled).values()) == 4


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - an address to judge, not to listen on
        ("::", False),
        ("192.168.1.5", False),
        ("box.local", False),
    ],
)
def test_loopback_is_told_from_every_other_address(host: str, alone: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Only an address that no other machine reaches counts as this machine alone."""
    assert is_loopback(host) is alone


def test_a_page_is_replaced_by_an_upload(good: Archive, client: Client) -> None:
    """The bytes land in the hot folder as a scanner's would, under the number they replace."""
    good.register(1, first=2)
    good.scan(2)
    unit = good.unit(2)
    page = f"/ho-so/{unit.safe_name}/so/3"
    files = {"page": ("IMG 0001.TIF", b"II*\x00 new scan", "image/tiff")}
    answer = send(client, page, f"{page}/thay", files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?da-gui=1")
    dropped = good.folder / "drop" / WEB_SCANNER / unit.safe_name / "0003.tif"
    assert dropped.read_bytes() == b"II*\x00 new scan"
    assert "Đã nhận ảnh gửi lên" in client.get(f"{page}?da-gui=1").text
    again = send(client, page, f"{page}/thay", files=files)
    assert again.status_code == 409
    assert "còn đang chờ nhận" in again.text


@pytest.mark.parametrize("name", ["virus.exe", "page", "page.html", "..", "a.tif/x"])
def test_an_upload_that_is_no_scan_is_refused(good: Archive, client: Client, name: str) -> None:
    """Only names of scans are dropped; the answer says what to choose."""
    good.register(1, first=2)
    page = f"/ho-so/{good.unit(2).safe_name}/so/3"
    answer = send(client, page, f"{page}/thay", files={"page": (name, b"x")})
    assert answer.status_code == 422
    assert "Chọn một tệp TIFF" in answer.text
    assert not (good.folder / "drop" / WEB_SCANNER).exists()


def test_an_empty_upload_is_refused(good: Archive, client: Client) -> None:
    """A form without a file says so."""
    good.register(1, first=2)
    page = f"/ho-so/{good.unit(2).safe_name}/so/3"
    assert send(client, page, f"{page}/thay", files={"other": ("x.tif", b"x")}).status_code == 422


def test_a_full_disk_is_told(
    good: Archive, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the hot folder cannot be written to, the page says whom to call."""

    def full(*_arguments: object) -> None:
        raise StorageError("no room", code="STORAGE-FULL")

    monkeypatch.setattr(RescanDrop, "put", full)
    good.register(1, first=2)
    page = f"/ho-so/{good.unit(2).safe_name}/so/3"
    answer = send(client, page, f"{page}/thay", files={"page": ("x.tif", b"x")})
    assert answer.status_code == 507
    assert "Báo kỹ thuật viên" in answer.text


@pytest.mark.parametrize("number", ["0", "1000000", "-1"])
def test_numbers_that_no_file_carries_are_not_found(
    good: Archive, client: Client, number: str
) -> None:
    """Only numbers that the name of a dropped file carries have a screen."""
    assert client.get(f"/ho-so/{good.unit(0).safe_name}/so/{number}").status_code == 404


def test_a_parked_page_leads_to_its_replacement(troubled: Archive, client: Client) -> None:
    """The parked list links to the screen of the number, where its reason and form stand."""
    listed = client.get("/cho-xu-ly?ma=IMAGE-NOT-DECODABLE").text
    link = re.search(r'href="(/ho-so/[^"]+/so/7)"', listed)
    assert link is not None
    page = client.get(link[1]).text
    assert troubled.unit(1).file_code in page
    assert "dữ liệu bị cắt cụt" in page
    assert 'enctype="multipart/form-data"' in page


def test_a_scan_that_was_lost_offers_nothing_but_the_paper(good: Archive, client: Client) -> None:
    """After a recovery: what is no more is neither kept, nor looked at again, nor taken away."""
    kept = "Mỗi tệp vẫn được giữ nguyên."
    good.park("0009.tif", Finding("IMAGE-NOT-DECODABLE", "0009.tif"), index=1)
    assert kept in client.get("/cho-xu-ly").text
    lost = good.park("0003.tif", Finding("RECOVER-LOST", "", {"name": "0003.tif"}), index=1)
    page = client.get("/cho-xu-ly?ma=RECOVER-LOST").text
    assert kept not in page
    line = page[page.index(f'id="master-{lost}"') :]
    assert "Quét lại trang này từ bản giấy." in line
    assert "Thay tệp này" in line
    assert f"/tep/{lost}/goc" not in line
    assert "Kiểm tra lại" not in line
    group = page[page.index('id="group-RECOVER-LOST"') : page.index(f'id="master-{lost}"')]
    assert "Kiểm tra lại cả nhóm" not in group.split("</li>")[0]
    assert "vào lịch sử" in group.split("</li>")[0]


def test_a_sealed_one_offers_no_replacement(good: Archive, client: Client) -> None:
    """Sealed is final: the page says what a correction needs instead."""
    page = client.get(f"/ho-so/{good.unit(0).safe_name}/so/1").text
    assert 'enctype="multipart/form-data"' not in page
    assert "Sửa hồ sơ đã niêm phong" in page


def test_a_parked_batch_is_named_tried_and_set_aside(troubled: Archive, client: Client) -> None:
    """A batch shows its sheet and its forms; one that is gone is refused in plain words."""
    finding = Finding("BATCH-SHEET-UNREADABLE", "0001.tif", {"name": "0001.tif", "place": "x"})
    code = json_of(finding)
    troubled.execute(
        "INSERT INTO batch (id, scanner, place, state, opened_at, last_arrival_at, findings)"
        " VALUES (7, 'scan01', 'scan01', 'parked', ?, ?, ?)",
        *["2026-01-02T03:04:05.000000Z"] * 2,
        code,
    )
    page_id = troubled.look(1, 1)
    troubled.execute(
        "UPDATE master SET batch_id = 7, state = 'batched', file_unit_id = NULL, file_number = NULL"
        " WHERE id = (SELECT master_id FROM page WHERE id = ?)",
        page_id,
    )
    page = client.get("/cho-xu-ly").text
    batch = page[page.index('id="batch-7"') : page.index('id="groups"')]
    assert f'href="/trang/{page_id}"' in batch
    assert 'name="file_code"' in batch
    assert "không đọc được mã QR" in batch
    assert "Tập quét vướng tờ bìa: Máy quét tầng 2" in client.get("/").text
    wrong = {"action": "say", "master": "999", "file_code": "HS-1"}
    assert send(client, "/cho-xu-ly", "/tap-quet/7", data=wrong).status_code == 404
    answer = send(client, "/cho-xu-ly", "/tap-quet/7", data={"action": "set_aside"})
    assert answer.status_code == 303
    assert 'id="batch-7"' not in client.get("/cho-xu-ly").text
    again = send(client, "/cho-xu-ly", "/tap-quet/7", data={"action": "set_aside"})
    assert "không còn chờ" in again.text


def json_of(finding: Finding) -> str:
    """A finding as the text of a column."""
    return masters.findings_text([finding])
