"""The screen of one hồ sơ, and what can be taken away from it."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from appliance.catalogue import file_unit_details, masters
from appliance.domain.fields import FILE_UNIT_FIELDS
from appliance.domain.findings import Finding
from appliance.domain.receipts import Receipt, Sidecar
from appliance.domain.shelving import PAPER_SENTENCES
from appliance.web.app import create_app
from appliance.web.file_unit_view import EVENTS_PER_SCREEN, PAGES_PER_SCREEN
from tests.web.conftest import BASE_URL, context_over, sha256_of

if TYPE_CHECKING:
    from litestar import Litestar

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

UNKNOWN = Finding("INTAKE-UNKNOWN-FILE-UNIT", "", {"file_code": "HS-99", "name": "0001.tif"})


def address_of(archive: Archive, index: int) -> str:
    """The address of a hồ sơ's screen."""
    return f"/ho-so/{archive.unit(index).safe_name}"


def test_all_eighteen_fields(good: Archive, client: Client) -> None:
    """Every field of the circular is shown with its label; codes with their words."""
    page = client.get(address_of(good, 0)).text
    shown = page[page.index('class="fields"') : page.index('id="tep"')]
    assert [field.label for field in FILE_UNIT_FIELDS if field.label not in shown] == []
    assert shown.count("<dt>") == 18
    assert "01 – Vĩnh viễn" in shown
    assert "02 – Số hóa" in shown


def test_pages_with_thumbnails_and_warnings(troubled: Archive, client: Client) -> None:
    """Each page has its number, resolution, picture, and what was found of it."""
    page = client.get(address_of(troubled, 1)).text
    images = re.findall(r'<img src="(/anh/[^"]+)" alt="([^"]+)"', page)
    assert [label for _source, label in images] == [f"Trang {n}" for n in range(1, 5)]
    assert "200 dpi" in page
    assert "Trang 1 quét ở 150 dpi, thấp hơn mức 200 dpi." in page
    for source, _label in images:
        answer = client.get(source)
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content.startswith(b"\xff\xd8\xff")


def test_only_what_somebody_should_see_is_marked(good: Archive, client: Client) -> None:
    """A page of handwriting that could not be read says so, and asks nobody for anything."""
    unsure = Finding("TEXT-UNSURE", "1", {"confidence": 31, "limit": 50})
    good.look(0, 1, findings=masters.findings_text((unsure,)))
    page = client.get(address_of(good, 0)).text
    assert "TEXT-UNSURE" in page
    assert 'class="warned"' not in page
    upside_down = Finding("QUALITY-UPSIDE-DOWN", "1")
    good.look(0, 1, findings=masters.findings_text((unsure, upside_down)))
    assert client.get(address_of(good, 0)).text.count('class="warned"') == 1


def test_text_is_promised_only_where_words_are_kept(good: Archive, client: Client) -> None:
    """A page that was processed and read in vain is not said to have text."""
    address = address_of(good, 0)
    assert "có chữ" not in client.get(address).text
    good.look(0, 1, words_sha256=sha256_of("words"))
    assert client.get(address).text.count("có chữ") == 1


def test_masters_that_do_not_count_are_shown(troubled: Archive, client: Client) -> None:
    """A parked file of the hồ sơ stands among its files with reason and advice."""
    page = client.get(address_of(troubled, 1)).text
    assert "0007.tif" in page
    assert "dữ liệu bị cắt cụt" in page
    assert "Quét lại trang này; tệp hỏng vẫn được giữ nguyên." in page


def test_package_and_proofs(good: Archive, client: Client) -> None:
    """The package shows id, size, digest; each place its proof and who attests it."""
    page = client.get(address_of(good, 0)).text
    with good.catalogue.read() as session:
        package = file_unit_details.packages_of(session, good.unit(0).id or 0)[0]
    assert package.objid in page
    assert package.sha256 in page
    assert "48,2\u00a0MB (48.211.004 byte)" in page
    assert page.count("đã đọc lại và so mã băm") == 2
    assert page.count("nơi nhận ký xác nhận") == 2
    assert "Quyết định số 12/QĐ-SNV ngày 02/03/2026, Nguyễn Văn An ký" in page


def test_papers_are_handed_out_byte_for_byte(good: Archive, client: Client) -> None:
    """Sidecar, receipt and their signatures come as they were signed, as attachments."""
    page = client.get(address_of(good, 0)).text
    with good.catalogue.read() as session:
        package = file_unit_details.packages_of(session, good.unit(0).id or 0)[0]
        deposit = file_unit_details.deposits_of(session, package.id or 0)[0]
    expected = {
        f"/goi-tin/{package.id}/phieu.json": package.sidecar,
        f"/goi-tin/{package.id}/phieu.json.sig": package.sidecar_signature.encode(),
        f"/bien-nhan/{deposit.id}/bien-nhan.json": deposit.receipt,
        f"/bien-nhan/{deposit.id}/bien-nhan.json.sig": str(deposit.receipt_signature).encode(),
    }
    for address, data in expected.items():
        answer = client.get(address)
        assert f'href="{address}"' in page
        assert answer.content == data
        assert answer.headers["content-disposition"].startswith("attachment; ")
    assert Sidecar.from_bytes(package.sidecar).objid == package.objid
    assert Receipt.from_bytes(deposit.receipt or b"").objid == package.objid


def test_a_damaged_receipt_is_said(good: Archive, client: Client) -> None:
    """A stored receipt that is none does not hide the rest of the screen."""
    good.execute("UPDATE deposit SET receipt = ? WHERE id = 1", b"{}")
    answer = client.get(address_of(good, 0))
    assert answer.status_code == 200
    assert "Biên nhận đã lưu không đọc được." in answer.text


def test_events_are_of_this_one_alone(good: Archive, client: Client) -> None:
    """The events are those of its masters and packages, the newest first, none of others."""
    page = client.get(address_of(good, 1)).text
    counters = [
        int(number) for number in re.findall(r'<td class="number" data-label="Số">(\d+)</td>', page)
    ]
    assert counters == sorted(counters, reverse=True)
    assert len(counters) == 7  # four masters, one package, two proofs
    assert page.count("Tiếp nhận vào kho") == 4


def test_long_ones_go_over_several_screens(archive: Archive, client: Client) -> None:
    """Pages and events of a thick hồ sơ are all met by following the links."""
    total = PAGES_PER_SCREEN + 5
    archive.register(1, pages=total)
    archive.scan(0, pages=total)
    address = address_of(archive, 0)
    first = client.get(address).text
    link = re.search(r'href="([^"]+\?trang=[^"]+)#trang"', first)
    assert link is not None
    second = client.get(link[1]).text
    labels = re.findall(r'alt="Trang (\d+)"', first + second)
    assert [int(label) for label in labels] == list(range(1, total + 1))
    events = re.search(r'href="([^"]+\?su-kien=\d+)#su-kien"', first)
    assert events is not None
    older = client.get(events[1]).text
    rows = [
        len(re.findall(r'<td class="number" data-label="Số">', page)) for page in (first, older)
    ]
    assert rows == [EVENTS_PER_SCREEN, total - EVENTS_PER_SCREEN]


@pytest.mark.parametrize(
    "address",
    [
        "/ho-so/khong-co",
        "/anh/1/..%2F..%2Fcatalogue.db",
        "/anh/1/" + "a" * 64,
        "/anh/1/" + "A" * 64,
        "/anh/999999/" + "0" * 64,
        "/goi-tin/77/phieu.json",
        "/bien-nhan/77/bien-nhan.json",
        "/khong-co",
    ],
)
def test_what_is_not_known_is_not_found(good: Archive, client: Client, address: str) -> None:
    """Unknown records, digests and paths give the plain page of an unknown address."""
    answer = client.get(address)
    assert good.unit(0).state == "sealed"
    assert answer.status_code == 404
    assert "Không có trang này." in answer.text


def test_only_thumbnails_of_the_catalogue(good: Archive, client: Client) -> None:
    """Bytes that lie in the store are handed out as a page's thumbnail, or not at all."""
    page = client.get(address_of(good, 0)).text
    source = re.findall(r'src="/anh/(\d+)/([0-9a-f]{64})"', page)
    (first_id, first), (second_id, second) = source[:2]
    assert client.get(f"/anh/{first_id}/{first}").status_code == 200
    assert client.get(f"/anh/{first_id}/{second}").status_code == 404
    good.store.derivative_path(first).unlink()
    assert client.get(f"/anh/{first_id}/{first}").status_code == 404
    assert client.get(f"/anh/{second_id}/{second}").status_code == 200


def test_a_derivative_that_is_no_picture_is_not_shown(good: Archive, client: Client) -> None:
    """A thumbnail row that points at other bytes gives nothing a browser could run."""
    script = good.folder / "script.html"
    script.write_text("<script>alert(1)</script>")
    sha256 = good.store.add_derivative(script).sha256
    good.execute("UPDATE page SET thumbnail_sha256 = ? WHERE id = 1", sha256)
    assert client.get(f"/anh/1/{sha256}").status_code == 404


def test_hostile_texts_stay_texts(archive: Archive, client: Client) -> None:
    """Names that carry markup are shown as they are, never taken for markup."""
    archive.register(1)
    archive.execute("UPDATE file_unit SET title = ?", "<script>alert('x')</script>")
    name = '"><img src=x onerror=alert(1)>.tif'
    archive.park(name, Finding("INTAKE-BAD-NAME", "", {"name": name}), index=0)
    for address in ("/", "/ho-so", "/tep", "/cho-xu-ly", address_of(archive, 0)):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert" in client.get("/ho-so").text


def test_it_says_whether_the_paper_may_go_back(good: Archive, client: Client) -> None:
    """The first line of the screen, and a mark in the list."""
    good.register(3, first=2)
    good.scan(2)
    good.seal(2)
    good.scan(3, pages=2)
    said = ["PAPER-MAY-GO", "PAPER-UNPROVED", "PAPER-PAGES-MISSING", "PAPER-TO-SCAN"]
    for index, code in zip((0, 2, 3, 4), said, strict=True):
        sentence = PAPER_SENTENCES[code][0].format(found=2, expected=4)
        assert sentence in client.get(address_of(good, index)).text
    assert client.get("/ho-so").text.count("cất giấy được") == 2


def test_a_parked_file_can_be_taken_away_and_looked_at(troubled: Archive, client: Client) -> None:
    """Byte for byte, as a download, on this machine alone; what is not there is not found."""
    source = troubled.folder / "0042.tif"
    source.write_bytes(b"not decodable")
    path = troubled.store.master_path(hashlib.sha256(b"not decodable").hexdigest())
    path.parent.mkdir(parents=True, exist_ok=True)
    source.rename(path)
    master = troubled.park("tờ 42.tif", UNKNOWN)
    assert client.get(f"/tep/{master}/goc").status_code == 404
    troubled.execute("UPDATE master SET sha256 = ? WHERE id = ?", path.name, master)
    answer = client.get(f"/tep/{master}/goc")
    assert answer.content == b"not decodable"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert f'href="/tep/{master}/goc"' in client.get("/cho-xu-ly").text
    with TestClient(
        create_app(context_over(troubled, may_change=False)), base_url=BASE_URL
    ) as remote:
        assert remote.get(f"/tep/{master}/goc").status_code == 404
        assert "/goc" not in remote.get("/cho-xu-ly").text
