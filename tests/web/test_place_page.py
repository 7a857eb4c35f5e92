"""The screen of a destination: two clocks, the queue, the causes, receipts, and what it asks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from appliance.catalogue import deposits, halts, sending
from appliance.catalogue.tables import DepositRow
from appliance.domain.errors import RuleError
from appliance.domain.findings import Finding
from appliance.domain.pace import Bandwidth, Hours
from appliance.domain.states import DepositEvent
from appliance.web.app import create_app
from tests.web.conftest import BASE_URL, context_over, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litestar import Litestar
    from sqlmodel import Session

    from tests.web.conftest import Archive
    from tests.web.furnishing import Furnisher

    Client = TestClient[Litestar]

PAGE = "/places/province"


@pytest.fixture
def queued(archive: Archive, furnisher: Furnisher) -> Archive:
    """Four sealed hồ sơ: one proved, one refused, one damaged, one that waits."""
    return furnisher.furnish(archive, "queued", _make_queued)


def _make_queued(archive: Archive) -> None:
    archive.register(4)
    for index in range(4):
        archive.scan(index, pages=1)
        archive.seal(index)
    archive.prove(0, "province")
    archive.refuse(1, "province", DepositEvent.REFUSE)
    archive.refuse(2, "province", DepositEvent.FIND_DAMAGE)
    for state, code in (("refused", "FAR-CONFLICT"), ("damaged", "SOURCE-DAMAGED")):
        reason = f'{{"code":"{code}","values":{{}},"where":"province"}}'
        archive.execute("UPDATE deposit SET reason = ? WHERE state = ?", reason, state)


@pytest.fixture
def remote(queued: Archive) -> Iterator[Client]:
    """A browser on a page that other machines can open too."""
    context = context_over(queued, may_change=False)
    with TestClient(create_app(context), base_url=BASE_URL) as found:
        yield found


def plain(client: Client, address: str) -> str:
    """The text of a page, on one line."""
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def states(archive: Archive) -> list[str]:
    """Where the province's deposits stand, in the order of the queue."""
    with archive.catalogue.read() as session:
        counts = deposits.counts(session, "province")
    return sorted(str(state) for state, count in counts.items() for _ in range(count))


def test_it_shows_what_waits_and_why_the_rest_does_not(queued: Archive, client: Client) -> None:
    """The waiting one in the list; the stopped ones by cause, with what to do."""
    text = plain(client, PAGE)
    assert "Kho lưu trữ tỉnh" in text
    assert re.search("1 gói bị từ chối [^:]+ FAR-CONFLICT Cần làm:", text)
    assert re.search("1 gói không khớp mã băm [^:]+ SOURCE-DAMAGED Cần làm:", text)
    assert text.count("Cần làm:") == 2
    assert "chờ gửi (1)" in text
    assert "Dự kiến gửi xong chưa biết" in text
    assert states(queued) == ["damaged", "proved", "refused", "waiting"]


def test_contact_and_proof_are_two_clocks(queued: Archive, client: Client) -> None:
    """A place that answered just now may have been proved long ago."""
    queued.execute("UPDATE deposit SET proved_at = '2025-01-02T03:04:05.000000Z'")
    text = plain(client, PAGE)
    assert re.search(r"Liên lạc gần nhất \d\d/\d\d/\d{4}", text)
    assert "Bằng chứng cũ nhất 02/01/2025 10:04:05" in text


def test_an_estimate_has_a_date_and_an_hour(queued: Archive, client: Client) -> None:
    """By the usual speed, for the whole and for the package."""
    with queued.catalogue.write() as writing:
        sending.note_pace(writing, "province", Hours.NIGHT, 1000, 100.0)
    text = plain(client, PAGE)
    assert re.search(r"Dự kiến gửi xong \d\d/\d\d/\d{4} \d\d:\d\d ", text)
    assert "Tốc độ thường có 10 byte mỗi giây" in text
    assert re.search(r"dự kiến xong \d\d/\d\d/\d{4} \d\d:\d\d ", plain(client, "/"))


def test_a_bound_on_the_speed_is_said(queued: Archive) -> None:
    """By day and by night."""
    bound = Bandwidth(None, 250_000, None)
    context = replace(context_over(queued), bandwidths={"province": bound})
    with TestClient(create_app(context), base_url=BASE_URL) as client:
        text = plain(client, PAGE)
    assert "giờ làm việc: 250,0 kB mỗi giây giờ khác: không giới hạn" in text


def test_progress_of_what_is_being_sent(queued: Archive, client: Client) -> None:
    """Confirmed bytes of all, first in the list."""
    queued.execute(
        "UPDATE deposit SET state = 'sending', owner = 'sync:x', size_bytes = 4000000, "
        "sent_bytes = 1000000 WHERE state = 'waiting' AND destination = 'province'"
    )
    assert "1,0 MB trên 4,0 MB" in plain(client, PAGE)


@pytest.mark.usefixtures("queued")
def test_receipts_say_number_time_and_who(client: Client) -> None:
    """And lead to the paper and its signature."""
    answer = client.get(f"{PAGE}?trang-thai=proved").text
    assert "nơi nhận ký xác nhận" in answer
    assert "không cưỡng chế" not in answer
    assert len(re.findall(r"/bien-nhan/\d+/bien-nhan\.json\.sig", answer)) == 1
    text = plain(client, f"{PAGE}?trang-thai=proved")
    assert re.search(r"HS-\d+\S* 1 \d\d/", text)


def test_a_place_that_we_sign_for_says_so(queued: Archive, client: Client) -> None:
    """What this box attests itself is not enforced there."""
    with queued.catalogue.read() as session:
        data = next(
            row.receipt
            for row in deposits_of(session)
            if row.receipt is not None and row.destination == "province"
        )
    changed = data.replace(b'"far_side"', b'"box"')
    with queued.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "UPDATE deposit SET receipt = ? WHERE state = 'proved'", (changed,)
        )
    text = plain(client, f"{PAGE}?trang-thai=proved")
    assert "không cưỡng chế chỉ-thêm ở đó" in text
    assert "máy này tự đọc lại và ký" in text


def deposits_of(session: Session) -> list[DepositRow]:
    """Every deposit."""
    return list(session.exec(select(DepositRow)))


@pytest.mark.parametrize(
    ("form", "left"),
    [
        ({"cause": "FAR-CONFLICT"}, ["damaged", "proved", "waiting", "waiting"]),
        ({"cause": "NO-SUCH"}, ["damaged", "proved", "refused", "waiting"]),
        ({}, ["proved", "waiting", "waiting", "waiting"]),
    ],
)
def test_a_group_or_all_are_tried_again(
    queued: Archive, client: Client, form: dict[str, str], left: list[str]
) -> None:
    """The form lets them wait again and says how many."""
    answer = send(client, PAGE, f"{PAGE}/retry", data=form)
    assert answer.status_code == 303
    assert states(queued) == left
    assert "Đã ghi yêu cầu" in plain(client, answer.headers["location"])


def test_one_is_tried_again(queued: Archive, client: Client) -> None:
    """The button beside it means it alone."""
    listed = client.get(f"{PAGE}?trang-thai=damaged").text
    number = re.search(r'name="deposit" value="(\d+)"', listed)
    assert number is not None
    send(client, PAGE, f"{PAGE}/retry", data={"deposit": number[1]})
    assert states(queued) == ["proved", "refused", "waiting", "waiting"]


def test_trying_again_forgets_why_the_place_was_left_alone(queued: Archive, client: Client) -> None:
    """A person who has seen to it need not wait for the pause to end."""
    with queued.catalogue.write() as writing:
        deposits.note_no_contact(writing, "province", Finding("FAR-SENDER-UNKNOWN", "province"))
    assert "Vì sao chưa gửi được" in plain(client, PAGE)
    send(client, PAGE, f"{PAGE}/retry")
    with queued.catalogue.read() as session:
        place = deposits.destination(session, "province")
    assert (place.is_line_up, place.reason) == (None, None)


def test_a_stop_is_shown_and_a_person_ends_it(queued: Archive, client: Client) -> None:
    """On the status page and on every destination's; the button is on the latter."""
    with queued.catalogue.write() as writing:
        halts.put_halt(writing, Finding("SYNC-DAMAGE-SPREADS", "", {"count": 3, "total": 4}))
    for address in ("/", PAGE):
        assert "3 trên 4 gói tin" in plain(client, address)
    answer = send(client, PAGE, "/sync/resume")
    assert answer.status_code == 303
    with queued.catalogue.read() as session:
        assert halts.halts(session) == ()
    assert "3 trên 4 gói tin" not in plain(client, PAGE)


class TestRestored:
    """A store that went back."""

    @pytest.fixture
    def asked(self) -> list[tuple[str, str]]:
        """What was asked of the box."""
        return []

    @pytest.fixture
    def client(self, queued: Archive, asked: list[tuple[str, str]]) -> Iterator[Client]:
        """A browser over a box that can accept a store."""

        def accept(name: str, agent: str) -> int:
            asked.append((name, agent))
            if name == "ministry":
                raise RuleError("no", (Finding("STORE-NOT-RESTORED", name),))
            return 2

        with queued.catalogue.write() as writing:
            reason = Finding("RECEIPT-ROLLED-BACK", "province")
            deposits.note_no_contact(writing, "province", reason)
        context = replace(context_over(queued), accept_restored=accept)
        with TestClient(create_app(context), base_url=BASE_URL) as found:
            yield found

    def test_a_person_accepts_it(self, client: Client, asked: list[tuple[str, str]]) -> None:
        """Only where the page says that it went back is there a button."""
        assert "Chấp nhận kho đã phục hồi" in plain(client, PAGE)
        assert "Chấp nhận kho đã phục hồi" not in plain(client, "/places/ministry")
        answer = send(client, PAGE, f"{PAGE}/accept-restored")
        assert answer.status_code == 303
        assert asked == [("province", "person:local")]
        assert "2 gói được gửi lại" in plain(client, answer.headers["location"])

    def test_a_refusal_is_said_plainly(self, client: Client) -> None:
        """With the way back."""
        answer = send(client, PAGE, "/places/ministry/accept-restored")
        assert answer.status_code == 409
        assert "không bị lùi lại" in answer.text
        assert 'href="/places/ministry"' in answer.text


@pytest.mark.usefixtures("queued")
def test_an_unknown_place_is_no_page(client: Client) -> None:
    """It is said plainly, with 404."""
    for address in ("/places/nowhere", "/places/nowhere/live", f"{PAGE}/../nowhere"):
        assert client.get(address).status_code == 404, address


@pytest.mark.usefixtures("queued")
@pytest.mark.parametrize("state", ["waiting", "proved"])
def test_a_wrong_key_begins_at_the_beginning(client: Client, state: str) -> None:
    """An address that somebody shortened shows the list, not an error."""
    for key in ("x", "1", "1.x", "2026-01-01T00:00:00.000000Z.7", "9" * 50):
        answer = client.get(f"{PAGE}?trang-thai={state}&sau={key}")
        assert answer.status_code == 200, key


def test_walking_a_long_queue_meets_each_once(archive: Archive, client: Client) -> None:
    """Screen after screen, in the order of the sending."""
    count = 120
    archive.register(count)
    with archive.catalogue.write() as writing:
        writing.session.connection().exec_driver_sql(
            "INSERT INTO package (objid, file_unit_id, version, name, size_bytes, sha256, "
            "page_count, sealed_at, sidecar, sidecar_signature) SELECT 'o' || id, id, 1, 'n', "
            "1000 * id, '0', 1, '2026-03-02T08:00:00.000000Z', x'7b7d', 's' FROM file_unit"
        )
        deposits.configure_destinations(
            writing, [deposits.DestinationFacts("province", "Kho", "ssh", "store-province")]
        )
    seen: list[str] = []
    address: str | None = PAGE
    while address is not None:
        text = client.get(address).text
        seen += re.findall(r'id="deposit-(\d+)"', text)
        following = re.search(r'class="more"><a class="button" href="([^"]+)"', text)
        address = PAGE + following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == count


def test_another_machine_changes_nothing(queued: Archive, remote: Client) -> None:
    """A page that others can open takes no form, and shows no button."""
    for address in (f"{PAGE}/retry", f"{PAGE}/accept-restored", "/sync/resume"):
        answer = remote.post(address, headers={"sec-fetch-site": "same-origin"})
        assert answer.status_code == 403, address
    assert "<button" not in remote.get(PAGE).text
    assert states(queued) == ["damaged", "proved", "refused", "waiting"]


@pytest.mark.usefixtures("queued")
def test_english(client: Client) -> None:
    """The whole screen in the other language."""
    text = plain(client, f"{PAGE}?lang=en")
    assert re.search("1 packages refused [^:]+ FAR-CONFLICT To do:", text)
    assert "Expected to be done not known yet" in text
