"""The list of documents of a hồ sơ: shown to everyone, changed on the box, until the seal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from appliance.catalogue import file_units, register
from appliance.domain.records import DocumentKind
from appliance.pipeline.documents import mark_of
from appliance.web.app import create_app
from tests.web.conftest import BASE_URL, context_over, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar

    from appliance.domain.records import Document
    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

UNIT = "/ho-so/TH01_2FHS-00001_C4_90"
LIST = f"{UNIT}/tai-lieu"
NEW_TEXT = f"{LIST}/moi?loai=text"


@pytest.fixture
def unit(archive: Archive) -> Archive:
    """A registered hồ sơ of four pages and two promised documents."""
    archive.register(1)
    return archive


@pytest.fixture
def remote(unit: Archive) -> Iterator[Client]:
    """A browser on a page that other machines can open too."""
    with TestClient(create_app(context_over(unit, may_change=False)), base_url=BASE_URL) as found:
        yield found


def a_text(**changes: str) -> dict[str, str]:
    """A filled-in form of a text."""
    return {
        "kind": "text",
        "seen_ordinal": "",
        "seen_mark": "",
        "ordinal": "1",
        "first_page": "1",
        "last_page": "2",
        "mode": "01",
        "language": "01",
        "typeName": "22",
        "issuedDate": "05/03/1983",
        "organName": "UBND tỉnh  Thuận Hải",
        "subject": " Về việc phòng chống lụt bão ",
        **changes,
    }


def a_picture(**changes: str) -> dict[str, str]:
    """A filled-in form of a picture."""
    return {
        "kind": "picture",
        "seen_ordinal": "",
        "seen_mark": "",
        "ordinal": "2",
        "first_page": "4",
        "last_page": "4",
        "typePic": "02",
        "archivesNumber": "A.12",
        "imageTitle": "Đê biển sau bão",
        "mode": "01",
        **changes,
    }


def listed(archive: Archive) -> tuple[Document, ...]:
    """The documents of the hồ sơ."""
    with archive.catalogue.read() as session:
        return register.documents_of(session, archive.unit(0).id or 0)


def add(client: Client, form: dict[str, str], expected: int = 303) -> str:
    """Send a form from its page; what the answer says."""
    answer = send(client, NEW_TEXT, LIST, data=form)
    assert answer.status_code == expected
    return answer.text


def seen(document: Document) -> dict[str, str]:
    """What a form says of the document that it shows."""
    return {"seen_ordinal": str(document.ordinal), "seen_mark": mark_of(document)}


def test_a_text_and_a_picture_are_added(unit: Archive, client: Client) -> None:
    """Both are in the list with their pages, what nobody claims is told, texts are clean."""
    add(client, a_text())
    add(client, a_picture())
    text, picture = listed(unit)
    assert (text.fields["organName"], text.fields["numberOfPage"]) == ("UBND tỉnh Thuận Hải", "2")
    assert text.fields["subject"] == "Về việc phòng chống lụt bão"
    assert picture.kind is DocumentKind.PICTURE
    page = client.get(UNIT).text
    assert re.search(r'id="tai-lieu-2".*?ảnh.*?4–4.*?Đê biển sau bão.*?A\.12', page, re.DOTALL)
    assert re.search(r"3–3.*?Trang không thuộc văn bản nào", page, re.DOTALL)
    assert "2 tài liệu; bảng kê ghi 2." in page
    assert "person:local" in page


def test_the_new_form_begins_where_the_last_one_ends(unit: Archive, client: Client) -> None:
    """Ordinal, pages and what the hồ sơ says are filled in already."""
    add(client, a_text())
    page = client.get(f"{LIST}/moi?loai=picture").text
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    assert (values["ordinal"], values["first_page"], values["last_page"]) == ("2", "3", "4")
    assert re.search(r'<option value="01" selected>01 – Công khai', page)
    assert len(listed(unit)) == 1


def test_a_document_is_changed_and_taken_away(unit: Archive, client: Client) -> None:
    """The form shows what is registered; saving replaces it, the other button removes it."""
    add(client, a_text())
    (before,) = listed(unit)
    page = client.get(f"{LIST}/1").text
    assert "Về việc phòng chống lụt bão" in page
    assert f'value="{mark_of(before)}"' in page
    add(client, a_text(last_page="3", **seen(before)))
    (after,) = listed(unit)
    assert (after.last_page, after.fields["numberOfPage"]) == (3, "3")
    answer = send(client, f"{LIST}/1", f"{LIST}/xoa", data=seen(after))
    assert (answer.status_code, listed(unit)) == (303, ())


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        (a_text(last_page="5"), "DOCUMENT-RANGE", "chỉ có các trang"),
        (a_text(first_page="hai"), "FIELD-NOT-NUMBER", "phải là số"),
        (a_text(first_page=""), "FIELD-NOT-NUMBER", "phải là số"),
        (a_text(last_page="9" * 5000), "FIELD-NOT-NUMBER", "phải là số"),
        (a_text(subject=""), "FIELD-MISSING", "Trích yếu nội dung"),
        (a_text(issuedDate="31/02/1983"), "FIELD-NOT-DATE", "phải là ngày"),
        (a_text(mode="03"), "REGISTER-SECRET", "Mật"),
        (a_picture(typePic="9"), "FIELD-NOT-CODE", "danh mục mã"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(
    unit: Archive, client: Client, form: dict[str, str], code: str, words: str
) -> None:
    """The form is shown again with the reasons; nothing typed is lost, nothing is stored."""
    page = add(client, form, expected=422)
    assert code in page
    assert words in page
    assert (form.get("organName") or form.get("imageTitle") or "?").split()[0] in page
    assert listed(unit) == ()


def test_shared_pages_are_named(unit: Archive, client: Client) -> None:
    """A second document on the same pages is refused with the number of the first."""
    add(client, a_text())
    page = add(client, a_text(ordinal="2", first_page="2"), expected=422)
    assert len(listed(unit)) == 1
    assert "DOCUMENT-OVERLAP" in page
    assert "trùng trang với tài liệu số 1" in page


def test_a_form_that_somebody_overtook_changes_nothing(unit: Archive, client: Client) -> None:
    """The mark in a form is that of the document it showed; an old one is refused."""
    add(client, a_text())
    (first,) = listed(unit)
    add(client, a_text(subject="Bản của người khác", **seen(first)))
    page = add(client, a_text(subject="Bản cũ", **seen(first)), expected=422)
    assert "DOCUMENT-GONE" in page
    answer = send(client, f"{LIST}/1", f"{LIST}/xoa", data=seen(first))
    assert (answer.status_code, "DOCUMENT-GONE" in answer.text) == (409, True)
    assert listed(unit)[0].fields["subject"] == "Bản của người khác"


def test_what_one_pdf_holds_is_chosen(unit: Archive, client: Client) -> None:
    """The choice is kept and shown; an unknown one leaves it to the box."""
    for said, kept in (("document", "document"), ("file_unit", "file_unit"), ("x", "")):
        answer = send(client, UNIT, f"{UNIT}/pdf", data={"pdf_per": said})
        assert (answer.status_code, unit.unit(0).pdf_per) == (303, kept)
        assert f'<option value="{kept}" selected>' in client.get(UNIT).text


def test_a_change_sends_a_reviewed_unit_back(unit: Archive, client: Client) -> None:
    """A hồ sơ that was on its way to the seal goes through its states anew."""
    unit.scan(0)
    add(client, a_text())
    with unit.catalogue.read() as session:
        row = file_units.by_id(session, unit.unit(0).id or 0)
    assert (row.state, row.objid) == ("scanning", None)


def test_a_sealed_list_is_only_looked_at(unit: Archive, client: Client) -> None:
    """After the seal there is no button, and a form sent all the same is refused."""
    unit.scan(0)
    add(client, a_text())
    unit.execute("UPDATE file_unit SET state = 'sealed'")
    page = client.get(UNIT).text
    assert "Thêm văn bản" not in page
    assert "<button>Ghi lại" not in client.get(f"{LIST}/1").text
    assert "DOCUMENT-SEALED" in add(client, a_text(ordinal="2"), expected=422)
    answer = send(client, f"{LIST}/1", f"{LIST}/xoa", data=seen(listed(unit)[0]))
    assert answer.status_code == 409


def test_other_machines_only_look(unit: Archive, client: Client, remote: Client) -> None:
    """A page that other machines can open shows the list and takes no change."""
    add(client, a_text())
    page = remote.get(UNIT).text
    assert "Về việc phòng chống lụt bão" in page
    assert "mở trang này ngay trên máy lưu trữ" in page
    assert "disabled" in remote.get(f"{LIST}/1").text
    for address in (LIST, f"{LIST}/xoa", f"{UNIT}/pdf"):
        assert send(remote, UNIT, address, data=a_text(ordinal="2")).status_code == 403
    assert len(listed(unit)) == 1


def test_forms_need_their_token(unit: Archive, client: Client) -> None:
    """Without the token of a page of ours nothing is changed."""
    client.get(UNIT)
    for address in (LIST, f"{LIST}/xoa", f"{UNIT}/pdf"):
        assert client.post(address, data=a_text()).status_code == 403
    assert listed(unit) == ()


@pytest.mark.parametrize(
    "address", [f"{LIST}/9", "/ho-so/khong-co/tai-lieu/1", "/ho-so/khong-co/tai-lieu/moi"]
)
def test_what_is_not_there_is_not_found(unit: Archive, client: Client, address: str) -> None:
    """An unknown document or hồ sơ is a plain page that says so."""
    assert unit.unit(0).file_code
    assert client.get(address).status_code == 404


def test_an_unknown_kind_is_not_taken(unit: Archive, client: Client) -> None:
    """Recordings are outside: neither their form nor what it would send is known."""
    assert client.get(f"{LIST}/moi?loai=sound").status_code == 400
    add(client, a_text(kind="sound"), expected=404)
    assert listed(unit) == ()
