"""The lists: filtered, paged by key, and as quick on the last page as on the first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from sqlmodel import insert

from appliance.catalogue import deposits
from appliance.catalogue.deposits import DestinationFacts
from appliance.catalogue.masters import findings_text
from appliance.catalogue.tables import MasterRow
from appliance.domain.findings import Finding

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

PARKED_COUNT = 10_000
STATEMENTS_LIMIT = 36
"""Our own: what one screen may ask of the catalogue, whatever it holds."""


def park_many(archive: Archive, count: int, *, first: int = 0) -> None:
    """Put many files aside: nine in ten for one reason, the others for another."""
    reasons = (
        findings_text([Finding("INTAKE-UNKNOWN-FILE-UNIT", "", {"file_code": "HS-7"})]),
        findings_text([Finding("IMAGE-NOT-DECODABLE", "x.tif", {"problem": "hỏng"})]),
    )
    with archive.catalogue.write() as writing:
        rows = [
            {
                "claim_id": f"{number:032d}",
                "scanner": "scan01",
                "place": "HS-7",
                "name": f"{number:06d}.tif",
                "name_bytes": b"x",
                "sha256": f"{number:064d}",
                "xxh3": f"{number:032d}",
                "size_bytes": 10,
                "is_read_back": 1,
                "state": "parked",
                "cause": ("INTAKE-UNKNOWN-FILE-UNIT", "IMAGE-NOT-DECODABLE")[number % 10 == 0],
                "findings": reasons[number % 10 == 0],
                "received_at": writing.now,
            }
            for number in range(first, first + count)
        ]
        writing.session.execute(insert(MasterRow), rows)


def next_address(page: str, path: str) -> str | None:
    """Where the link to the next screen leads."""
    found = re.search(r'<a class="button" href="(\?[^"]+)">', page)
    return path + found[1].replace("&amp;", "&") if found else None


def walk(client: Client, path: str, pattern: str) -> list[str]:
    """Everything that matches on all screens of a list, in order."""
    found: list[str] = []
    address: str | None = path
    while address is not None:
        page = client.get(address).text
        found += re.findall(pattern, page)
        address = next_address(page, path.partition("?")[0])
    return found


def test_ten_thousand_parked_files_are_two_lines(archive: Archive, client: Client) -> None:
    """Ten thousand parked files are two causes with counts, and one screen of files."""
    park_many(archive, PARKED_COUNT)
    page = client.get("/cho-xu-ly").text
    assert "Chờ xử lý: 10.000 tệp để riêng" in page
    assert re.findall(r'id="group-([A-Z-]+)"', page) == [
        "INTAKE-UNKNOWN-FILE-UNIT",
        "IMAGE-NOT-DECODABLE",
    ]
    assert "9.000 tệp" in page
    assert page.count('<li id="master-') == 100
    assert "9.000 tệp để riêng" in client.get("/").text


@pytest.mark.parametrize("address", ["/cho-xu-ly", "/cho-xu-ly?ma=IMAGE-NOT-DECODABLE", "/"])
def test_thousands_cost_no_more_questions_than_ten(
    archive: Archive, client: Client, address: str
) -> None:
    """The number of statements behind a screen does not grow with what is parked."""
    park_many(archive, 10)
    few = statements_behind(archive, client, address)
    park_many(archive, 2_000, first=10)
    many = statements_behind(archive, client, address)
    assert 0 < few == many <= STATEMENTS_LIMIT


def test_more_places_cost_no_more_questions(archive: Archive, client: Client) -> None:
    """The status page asks once for all destinations, however many are configured."""
    archive.set_places()
    few = statements_behind(archive, client, "/")
    more = [DestinationFacts(f"p{n}", f"Kho {n}", "ssh", f"store-{n}") for n in range(8)]
    with archive.catalogue.write() as writing:
        deposits.configure_destinations(writing, more)
    many = statements_behind(archive, client, "/")
    assert 0 < few == many <= STATEMENTS_LIMIT


def statements_behind(archive: Archive, client: Client, address: str) -> int:
    """How many statements a screen asks of the catalogue."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
        seen.append(arguments[2])

    event.listen(archive.catalogue.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(archive.catalogue.engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in seen)


def test_walking_a_cause_meets_each_file_once(archive: Archive, client: Client) -> None:
    """Following the links of one cause meets each of its files exactly once, oldest first."""
    park_many(archive, 2_050)
    names = walk(client, "/cho-xu-ly?ma=IMAGE-NOT-DECODABLE", r'"name">(\d{6}\.tif)</p>')
    assert names == [f"{number:06d}.tif" for number in range(0, 2_050, 10)]


def test_walking_all_files_newest_first(archive: Archive, client: Client) -> None:
    """The list of received files goes from the newest to the oldest, without a gap."""
    park_many(archive, 250)
    names = walk(client, "/tep?trang-thai=parked", r"<p>(\d{6}\.tif)</p>")
    assert names == [f"{number:06d}.tif" for number in reversed(range(250))]


def test_walking_file_units(archive: Archive, client: Client) -> None:
    """The list of hồ sơ is ordered by code and complete over its screens."""
    archive.register(230)
    codes = walk(client, "/ho-so?trang-thai=registered", r">(TH01/HS-\d{5}Đ)</a>")
    assert codes == [archive.code(index) for index in range(230)]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("?trang-thai=sealed", [0]),
        ("?trang-thai=scanning", [1, 2, 3]),
        ("?vuong=tat-ca", [3]),
        ("?vuong=PAGES-TOO-FEW", [2]),
        ("?noi=province&nop=proved", [0]),
        ("?noi=ministry&nop=waiting", [0]),
        ("?noi=ministry&nop=proved", []),
    ],
)
def test_filters(troubled: Archive, client: Client, query: str, shown: list[int]) -> None:
    """Each count of the status page leads to a list with exactly those hồ sơ."""
    page = client.get(f"/ho-so{query}").text
    found = re.findall(r">(TH01/HS-\d{5}Đ)</a>", page)
    assert found == [troubled.code(index) for index in shown]
    assert ("Không có hồ sơ nào." in page) == (not shown)


def test_file_unit_line_says_pages_state_and_proofs(troubled: Archive, client: Client) -> None:
    """A line shows pages found of expected, the state's word, findings and each place."""
    page = client.get("/ho-so").text
    assert troubled.unit(2).number_of_page == 4
    assert "2 trên 4" in page
    assert "mới có 2 trên 4 trang" in page
    assert "UBND tỉnh Thuận Hải" in page
    assert page.count("đã kiểm chứng") == 1
    assert "chờ gửi" in page


@pytest.mark.parametrize(
    "address",
    [
        "/ho-so?trang-thai=nonsense",
        "/tep?trang-thai=received'",
        "/tep?truoc=abc",
        "/cho-xu-ly?sau=-1",
        "/cho-xu-ly?sau=99999999999999999999999",
    ],
)
def test_a_wrong_address_is_said_plainly(archive: Archive, client: Client, address: str) -> None:
    """A value that no link of ours carries gives a plain page, not a stack trace."""
    answer = client.get(address)
    assert archive.folder.is_dir()
    assert answer.status_code == 400
    assert "Địa chỉ này không đúng." in answer.text


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("HS-00002", [1]),
        ("lụt bão", [1]),
        ("LỤT bão", [1]),
        ("hội nghị thủy lợi", [2]),
        ("lợi nghị", [2]),
        ("%", []),
        ("_", []),
        ("bão cảng", []),
    ],
)
def test_a_file_unit_is_found_by_code_or_title(
    archive: Archive, client: Client, words: str, found: list[int]
) -> None:
    """Each word somewhere in the code or the title, whatever its case; signs are no wildcards."""
    archive.register(4)
    text = client.get("/ho-so", params={"tim": words}).text
    shown = [index for index in range(4) if f">{archive.code(index)}</a>" in text]
    assert shown == found
    assert ("trong mã hoặc tiêu đề" in text.split("<table")[0].split("<p class")[-1]) == (not found)
