"""The versions of a hồ sơ on its page: what is proved, and the way to correct what is sealed."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from appliance.catalogue import corrections as records
from appliance.catalogue.version_tables import SignedPdfRow
from appliance.domain.findings import Finding
from appliance.pipeline import corrections
from appliance.pipeline.signed_pdfs import SignedOutcome
from appliance.web.app import create_app
from appliance.web.correction_routes import plain_name
from tests.web.conftest import BASE_URL, PLACES, context_over, send

if TYPE_CHECKING:
    from litestar import Litestar

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

WHY = "Trang 2 bị quét mờ"


@pytest.fixture
def sealed(archive: Archive) -> Archive:
    """One sealed hồ sơ, proved nowhere yet."""
    archive.set_places()
    archive.register(1)
    archive.scan(0)
    archive.seal(0)
    return archive


def address(archive: Archive) -> str:
    """The page of the hồ sơ."""
    return f"/ho-so/{archive.unit(0).safe_name}"


def step(archive: Archive, client: Client, name: str, reason: str = "") -> int:
    """Send the form of one step; the status of the answer."""
    page = address(archive)
    answer = send(client, page, f"{page}/dinh-chinh", data={"step": name, "reason": reason})
    return int(answer.status_code)


def test_a_sealed_file_unit_is_opened_finished_and_withdrawn(
    sealed: Archive, client: Client
) -> None:
    """The page offers what can be done now, and nothing else."""
    page = address(sealed)
    assert "Sửa hồ sơ đã niêm phong" in client.get(page).text
    assert step(sealed, client, "start", WHY) == 303
    shown = client.get(page).text
    assert WHY in shown
    assert "Bỏ đính chính" in shown
    assert "Xong, niêm phong lại" not in shown
    assert step(sealed, client, "finish") == 409
    assert step(sealed, client, "withdraw") == 303
    assert sealed.unit(0).state == "sealed"
    assert "Mở để sửa" in client.get(page).text


def test_what_was_changed_is_listed_and_can_be_finished(sealed: Archive, client: Client) -> None:
    """A replaced page shows by its number; after the button the page says what goes on."""
    step(sealed, client, "start", WHY)
    sealed.rescan(0, 2)
    shown = client.get(address(sealed)).text
    assert "Thay tệp số: 2" in shown
    assert step(sealed, client, "finish") == 303
    assert "máy đang kiểm tra và niêm phong phiên bản mới" in client.get(address(sealed)).text


def test_a_change_that_ends_a_signature_is_said(sealed: Archive, client: Client) -> None:
    """Nobody finishes a correction believing that the new version is still signed."""
    step(sealed, client, "start", WHY)
    sealed.rescan(0, 2)
    assert "PDF chưa ký" not in client.get(address(sealed)).text
    with sealed.catalogue.write() as writing:
        records.add_signed_pdf(
            writing,
            SignedPdfRow(
                file_unit_id=sealed.unit(0).id or 0,
                name="HS-01.pdf",
                sha256="a" * 64,
                size_bytes=1,
                base_sha256="b" * 64,
                base_version=1,
                pages_sha256="c" * 64,
                signatures="[]",
                findings="[]",
                agent="person:tester",
                received_at=writing.now,
            ),
        )
    assert "PDF chưa ký" in client.get(address(sealed)).text


def test_a_refusal_says_why(sealed: Archive, client: Client) -> None:
    """A reason that says nothing is answered with the rule and what to do."""
    page = address(sealed)
    answer = send(client, page, f"{page}/dinh-chinh", data={"step": "start", "reason": "x"})
    assert answer.status_code == 409
    assert "CORRECTION-NO-REASON" in answer.text


def test_a_correction_is_never_shown_as_safe(sealed: Archive, client: Client) -> None:
    """What is proved is version 1; the page and the status page say so while 2 is made."""
    for place in PLACES:
        sealed.prove(0, place.name)
    page = address(sealed)
    assert "Phiên bản 1 có đủ 3 bản" in client.get(page).text
    assert "level-good" in client.get("/ho-so").text
    with sealed.catalogue.write() as writing:
        corrections.start(writing, sealed.unit(0).file_code, WHY, "person:tester")
    shown = client.get(page).text
    assert "Phiên bản 1 có đủ 3 bản kiểm chứng; bản đính chính (2) thì chưa." in shown
    listed = client.get("/ho-so").text
    assert "phiên bản trước đã kiểm chứng" in listed
    assert "đang đính chính" in listed
    assert "level-good" not in listed
    status = client.get("/").text
    assert "Có 1 hồ sơ đang đính chính" in status
    assert 'data-level="good"' not in status


def test_from_elsewhere_nothing_is_offered(sealed: Archive) -> None:
    """A page that other machines can open only tells where to do it."""
    with TestClient(
        create_app(context_over(sealed, may_change=False)), base_url=BASE_URL
    ) as remote:
        shown = remote.get(address(sealed)).text
    assert "mở trang này ngay trên máy lưu trữ" in shown
    assert "Mở để sửa" not in shown


@pytest.mark.parametrize(("version", "status"), [(2, 200), (0, 422)])
def test_a_signed_pdf_is_handed_in(sealed: Archive, version: int, status: int) -> None:
    """It goes on under its own name, whatever path it came with; what refuses it comes first."""
    taken: list[tuple[str, bytes]] = []

    def take(path: Path) -> SignedOutcome:
        taken.append((path.name, path.read_bytes()))
        return SignedOutcome(
            path.name,
            "HS-01",
            version,
            (),
            (Finding("SIGNED-BY", path.name), Finding("SIGNED-NO-SIGNATURE", path.name)),
        )

    context = replace(context_over(sealed), take_signed=take)
    page = address(sealed)
    with TestClient(create_app(context), base_url=BASE_URL) as client:
        answer = send(
            client,
            page,
            f"{page}/pdf-da-ky",
            files={"pdf": ("C:\\ky\\..\\HS-01.pdf", b"%PDF", "application/pdf")},
        )
    assert taken == [("HS-01.pdf", b"%PDF")]
    assert answer.status_code == status
    assert answer.text.index("SIGNED-NO-SIGNATURE") < answer.text.index("SIGNED-BY")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..", "pdf"),
        ("../HS-01.pdf", "HS-01.pdf"),
        ("HS\x00-01.pdf", "HS-01.pdf"),
        ("ố" * 120 + ".pdf", "ố" * 83 + ".pdf"),
    ],
)
def test_the_name_of_an_upload_is_one_that_a_disk_holds(sent: str, kept: str) -> None:
    """Long Vietnamese names, paths and control bytes are no fault of the page."""
    assert plain_name(sent) == kept


def test_a_long_name_is_answered_like_any_other(sealed: Archive) -> None:
    """A name of 360 bytes is cut, not an error of the page."""
    taken: list[str] = []

    def take(path: Path) -> SignedOutcome:
        taken.append(path.name)
        return SignedOutcome(path.name, "", 0, (), (Finding("SIGNED-UNKNOWN-NAME", path.name),))

    page = address(sealed)
    context = replace(context_over(sealed), take_signed=take)
    sent = {"pdf": ("ố" * 120 + ".pdf", b"%PDF", "application/pdf")}
    with TestClient(create_app(context), base_url=BASE_URL) as client:
        answer = send(client, page, f"{page}/pdf-da-ky", files=sent)
        nowhere = send(client, page, "/ho-so/HS-%0d%0aX-99/pdf-da-ky", files=sent)
    assert (answer.status_code, taken) == (422, ["ố" * 83 + ".pdf"])
    assert nowhere.status_code == 404


def test_an_open_correction_is_not_called_scanning(sealed: Archive, client: Client) -> None:
    """The state of the hồ sơ is said in the words of what a person does."""
    step(sealed, client, "start", WHY)
    shown = client.get(address(sealed)).text
    assert "đang đính chính</span></dd>" in shown
    assert "đang quét</span></dd>" not in shown


def test_an_upload_lies_on_the_disk_of_the_box(sealed: Archive) -> None:
    """A PDF of a gigabyte must not fill the system's /tmp, which may be memory."""
    work = sealed.folder / "work"
    seen: list[str] = []

    def take(path: Path) -> SignedOutcome:
        opened = [link for link in Path("/proc/self/fd").iterdir() if link.exists()]
        seen.extend(str(link.readlink()) for link in opened)
        seen.append(str(path))
        return SignedOutcome(path.name, "HS-01", 2, (), ())

    context = replace(context_over(sealed), take_signed=take, work_folder=work)
    page, before = address(sealed), tempfile.gettempdir()
    with TestClient(create_app(context), base_url=BASE_URL) as client:
        large = ("HS-01.pdf", bytes(3_000_000), "application/pdf")
        assert send(client, page, f"{page}/pdf-da-ky", files={"pdf": large}).status_code == 200
    inside = [name for name in seen if name.startswith(f"{work}/")]
    assert len(inside) == 2, seen  # what the framework spools, and what the stage is given
    assert tempfile.gettempdir() == before
    assert list(work.iterdir()) == []
