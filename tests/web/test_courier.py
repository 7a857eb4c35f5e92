"""The page of carried disks: fill one, take it back, and see where each is."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from appliance.pipeline.couriers import CarriedPlace, Couriers
from appliance.web.app import create_app
from appliance.web.screen import WebContext
from tests.pipeline.carrying import LATE_DAYS, Carrying, other_disk
from tests.pipeline.making import BOX_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx import Response
    from litestar import Litestar

BASE_URL = "http://127.0.0.1:8080"
DAY_SECONDS = 86_400


@pytest.fixture
def mount() -> Iterator[Path]:
    """An empty disk."""
    yield from other_disk()


@pytest.fixture
def carrying(tmp_path: Path, mount: Path) -> Iterator[Carrying]:
    """A box with two sealed packages, a store and a disk."""
    made = Carrying(tmp_path, mount)
    made.seal(10_000, 20_000)
    yield made
    made.bench.close()


def context_of(carrying: Carrying, *mounts: Path) -> WebContext:
    """What the screens need of that box."""
    bench = carrying.bench
    place = CarriedPlace("province", carrying.pinned, has_no_line=True)
    couriers = Couriers(
        bench.catalogue, bench.store, BOX_ID, bench.key, (place,), LATE_DAYS, mounts
    )
    return WebContext(
        catalogue=bench.catalogue,
        store=bench.store,
        clock=bench.clock,
        box_label="Máy thử",
        may_change=True,
        couriers=couriers,
    )


@pytest.fixture
def client(carrying: Carrying, mount: Path, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    """A browser without eyes; one of two places for disks is empty."""
    app = create_app(context_of(carrying, mount, tmp_path / "empty"))
    with TestClient(app, base_url=BASE_URL) as found:
        yield found


def send(client: TestClient[Litestar], address: str, **values: str) -> Response:
    """Send a form of the page as it stands there."""
    page = client.get("/courier").text
    match = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert match is not None
    return client.post(address, data={"_csrf_token": match[1], **values}, follow_redirects=False)


def work(client: TestClient[Litestar], mount: Path, action: str) -> str:
    """Have something done with the disk; what the page says at its end."""
    answer = send(client, "/courier/dia", action=action, mount=str(mount), destination="province")
    assert answer.status_code == 303
    while "Chưa rút đĩa ra." in (text := client.get("/courier").text):
        time.sleep(0.05)
    return text


def test_a_disk_is_filled_handed_over_and_taken_back(
    client: TestClient[Litestar], carrying: Carrying, mount: Path
) -> None:
    """Every step is one form, and the page says where the disk is."""
    assert "Chưa có chuyến đĩa nào." in client.get("/courier").text
    assert "Xong: 2 gói" in work(client, mount, "prepare")
    page = client.get("/courier").text
    assert "Chuyến 1 tới Kho lưu trữ tỉnh: đã chuẩn bị, chờ giao" in page
    assert "trong đó 2 gói đang ở đĩa mang đi" in page
    assert send(client, "/courier/1/giao", carrier="Lê Thị Hoa").status_code == 303
    assert "Giao cho Lê Thị Hoa:" in client.get("/courier").text
    carrying.take_in()
    assert "Xong: 2 gói mới được kiểm chứng" in work(client, mount, "import")
    page = client.get("/courier").text
    assert "đã về, đã nhập biên nhận" in page
    assert "Đã kiểm chứng 2 gói, còn 0 gói chờ" in page
    assert carrying.states() == ["proved", "proved"]
    assert "không có gì để ghi" in work(client, mount, "prepare")


def test_a_disk_that_is_plugged_in_says_what_it_carries(
    client: TestClient[Litestar], carrying: Carrying, mount: Path
) -> None:
    """Of two disks nobody has to guess which one came back."""
    assert "Đĩa mới: chưa mang chuyến nào của máy này." in client.get("/courier").text
    work(client, mount, "prepare")
    page = client.get("/courier").text
    assert "Trên đĩa: chuyến 1 tới Kho lưu trữ tỉnh, đã chuẩn bị, chờ giao." in page
    assert "Đĩa mới" not in page
    carrying.take_in()
    work(client, mount, "import")
    assert "Trên đĩa: chuyến 1 tới Kho lưu trữ tỉnh, đã về, đã nhập biên nhận." in (
        client.get("/courier").text
    )
    (mount / "appliance-courier" / "disk.json").write_bytes(b"{}")
    page = client.get("/courier").text
    assert "Trên đĩa: chuyến" not in page
    assert "COURIER-DISK-FOREIGN" in page
    assert "Nhập biên nhận" in page


def test_a_refused_disk_says_why(
    client: TestClient[Litestar], carrying: Carrying, mount: Path
) -> None:
    """The sentence of the rule, with what to do."""
    (mount / "appliance-courier").mkdir()
    (mount / "appliance-courier" / "x").touch()
    assert "COURIER-DISK-FOREIGN" in work(client, mount, "prepare")
    assert "COURIER-DISK-FOREIGN" in work(client, mount, "import")
    assert carrying.trips() == []


def test_only_configured_folders_and_places_are_taken(
    client: TestClient[Litestar], tmp_path: Path, mount: Path
) -> None:
    """A page never writes to a folder that nobody configured."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    answer = send(
        client, "/courier/dia", action="prepare", mount=str(elsewhere), destination="province"
    )
    assert answer.status_code == 404
    answer = send(client, "/courier/dia", action="prepare", mount=str(mount), destination="nobody")
    assert answer.status_code == 404
    assert list(elsewhere.iterdir()) == []
    assert list(mount.iterdir()) == []


def test_a_lost_and_a_late_disk(
    client: TestClient[Litestar], carrying: Carrying, mount: Path
) -> None:
    """Late is said; lost is a person's word; a stale screen changes nothing."""
    work(client, mount, "prepare")
    carrying.bench.clock.advance((LATE_DAYS + 1) * DAY_SECONDS)
    assert ">trễ<" in client.get("/courier").text
    assert send(client, "/courier/1/mat").status_code == 303
    page = client.get("/courier").text
    assert "đã mất" in page
    assert ">trễ<" not in page
    stale = send(client, "/courier/1/mat")
    assert stale.status_code == 409
    assert "Không có gì bị thay đổi" in stale.text


def test_a_place_for_disks_without_a_disk_says_so(client: TestClient[Litestar]) -> None:
    """An empty mount point offers nothing."""
    page = client.get("/courier").text
    assert page.count('name="mount"') == 2
    assert "Chưa cắm đĩa." in page


def test_in_english(client: TestClient[Litestar]) -> None:
    """The second language."""
    assert "Disks plugged in" in client.get("/courier?lang=en").text


def test_a_box_without_such_places(carrying: Carrying) -> None:
    """The page says that there is nothing to carry."""
    context = WebContext(
        catalogue=carrying.bench.catalogue,
        store=carrying.bench.store,
        clock=carrying.bench.clock,
        box_label="Máy thử",
    )
    with TestClient(create_app(context), base_url=BASE_URL) as client:
        assert "Chưa có nơi nhận nào" in client.get("/courier").text
