"""What every answer carries, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import appliance.web
from appliance.web.security import SECURITY_HEADERS, host_name

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

WEB_FOLDER = Path(appliance.web.__file__).parent
PAGES = ("/", "/ho-so", "/tep", "/cho-xu-ly", "/healthz", "/khong-co", "/ho-so?trang-thai=x")


def static_address(client: Client, name: str) -> str:
    """The address of a static part, as the page names it."""
    found = re.search(r'href="(/static/[0-9a-f]+)/app\.css"', client.get("/").text)
    assert found is not None
    return f"{found[1]}/{name}"


@pytest.mark.parametrize("address", PAGES)
def test_every_answer_carries_the_headers(client: Client, address: str) -> None:
    """Pages and errors alike carry the strict policy."""
    headers = client.get(address).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "unsafe" not in headers["content-security-policy"]


def test_static_parts_are_cached_for_good(client: Client) -> None:
    """Style, script and vendored parts come from here, under an address of their bytes."""
    for name in ("app.css", "app.js", "icon-good.svg", "vendor/htmx-4.0.1/htmx.min.js"):
        answer = client.get(static_address(client, name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost.evil"]
)
def test_other_host_names_are_refused(client: Client, host: str) -> None:
    """A page of another site that points its name here gets nothing."""
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "Tên máy trong địa chỉ không phải của máy này." in answer.text
    assert 'id="verdict"' not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080"])
def test_own_host_names_are_answered(client: Client, host: str) -> None:
    """The box answers to its loopback names on any port."""
    assert client.get("/", headers={"host": host}).status_code == 200


def test_host_names_lose_their_port() -> None:
    """Only a port is cut off, also from an IPv6 address without one."""
    assert host_name("Box.local:8080") == "box.local"
    assert host_name("[::1]") == "[::1]"
    assert host_name("::1:x") == "::1:x"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed(archive: Archive, client: Client, method: str) -> None:
    """No address takes anything but a look."""
    with archive.catalogue.read() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar_one()
    for address in ("/", "/ho-so", "/cho-xu-ly", "/su-kien"):
        answer = client.request(method, address)
        assert answer.status_code == 405
        assert "Trang này chỉ để xem." in answer.text
    with archive.catalogue.read() as session:
        after = session.connection().exec_driver_sql("SELECT count(*) FROM event").scalar_one()
    assert before == after


def test_a_fault_is_told_in_plain_words(archive: Archive, client: Client) -> None:
    """When the catalogue cannot be read, the page says so and shows no inner text."""
    archive.execute("ALTER TABLE counter RENAME TO counter_gone")
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Trang này gặp lỗi." in answer.text
    assert "counter" not in answer.text
    assert "Traceback" not in answer.text


def test_templates_have_no_inline_script_or_style() -> None:
    """Nothing in a template needs the policy to be looser."""
    for path in (WEB_FOLDER / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|\bjs:", text), path
        assert not re.search(r"<script(?![^>]* src=)", text), path
        assert "| safe" not in text, path


def test_no_part_comes_from_outside() -> None:
    """Our own templates, style and script name no other site."""
    own = [*WEB_FOLDER.glob("templates/*.html"), *WEB_FOLDER.glob("static/*")]
    texts = {path: path.read_text("utf-8") for path in own if path.is_file()}
    assert len(texts) > 15
    for path, text in texts.items():
        addresses = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path


def test_vendored_parts_carry_their_licence() -> None:
    """What is not ours lies in a folder with its version and its licence text."""
    folder = WEB_FOLDER / "static" / "vendor" / "htmx-4.0.1"
    assert "Zero-Clause BSD" in (folder / "LICENSE").read_text("utf-8")
    assert {path.name for path in folder.iterdir()} == {
        "LICENSE",
        "htmx.min.js",
        "hx-sse.min.js",
    }
