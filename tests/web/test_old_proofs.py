"""A proof past its time is green on no screen, whichever one a person looks at."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from appliance.domain.clock import to_text
from appliance.domain.policy import PROOF_STALE_DAYS

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]


def grow_old(archive: Archive, place: str, file_unit: int) -> None:
    """Let one proof at one place be from before its time was over, by one day."""
    long_ago = archive.catalogue.clock.now() - dt.timedelta(days=PROOF_STALE_DAYS + 1)
    archive.execute(
        "UPDATE deposit SET proved_at = ? WHERE destination = ? AND package_id = "
        "(SELECT id FROM package WHERE file_unit_id = ?)",
        to_text(long_ago),
        place,
        archive.unit(file_unit).id,
    )


def marks(page: str) -> list[str]:
    """The levels of the marks on a page, in order."""
    return re.findall(r'class="state level-([a-z-]+)"', page)


def test_every_screen_says_that_a_proof_is_old(good: Archive, client: Client) -> None:
    """Status page, list, page of the hồ sơ, its line of the place, and the bare verdict agree."""
    unit = f"/ho-so/{good.unit(0).safe_name}"
    assert "stale" not in marks(client.get("/").text + client.get("/ho-so").text)
    assert set(marks(client.get(unit).text)) == {"good"}
    grow_old(good, "ministry", 0)
    assert client.get("/healthz").json()["verdict"] == "STALE"
    assert "stale" in marks(client.get("/").text)
    assert sorted(marks(client.get("/ho-so").text)) == ["good", "good", "good", "stale"]
    page = client.get(unit).text
    assert sorted(marks(page)) == ["good", "stale", "stale", "stale"]  # its paper, verdict, a place
    assert "nhưng có bản đã quá hạn kiểm tra lại" in page
    assert page.count("đã kiểm chứng, nay quá hạn") == 1
    assert "good" not in marks(page)[:1]
    other = client.get(f"/ho-so/{good.unit(1).safe_name}").text
    assert set(marks(other)) == {"good"}
