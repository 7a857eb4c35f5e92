"""Hồ sơ that wait for nothing but a decision are said on every screen where people look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.domain.findings import Finding
from tests.web.test_status_page import level_on, text_of

if TYPE_CHECKING:
    from litestar import Litestar
    from litestar.testing import TestClient

    from tests.web.conftest import Archive

    Client = TestClient[Litestar]

WAITS = "Có 2 hồ sơ đã xong, chỉ chờ phê duyệt danh mục DM02"
COMMAND = "appliance register approve"


@pytest.fixture
def undecided(good: Archive) -> Archive:
    """Two hồ sơ that are proved everywhere, and two more whose list nobody approved."""
    good.register(2, first=2, is_approved=False)
    for index in (2, 3):
        good.scan(index)
        good.derive(index)
        good.hold(index, Finding("SEAL-NOT-APPROVED", good.code(index)))
    return good


def test_the_status_page_asks_for_the_decision(undecided: Archive, client: Client) -> None:
    """What waits, for which list, and with which command; in both languages."""
    assert undecided.unit(2).state == "derived"
    assert level_on(client) == "needs-person"
    words = text_of(client)
    assert WAITS in words
    assert COMMAND in words
    assert "Không có tệp để riêng, hồ sơ vướng" not in words
    assert "2 file units are done and wait only" in text_of(client, "/?lang=en")
    listed = text_of(client, "/ho-so?vuong=SEAL-NOT-APPROVED&lang=vi")
    assert undecided.code(2) in listed
    assert undecided.code(0) not in listed


def test_the_page_of_the_file_unit_asks_too(undecided: Archive, client: Client) -> None:
    """It names the list that waits, and the command; an approved one its decision."""
    waiting = text_of(client, f"/ho-so/{undecided.unit(2).safe_name}")
    assert "danh mục DM02 chưa được phê duyệt" in waiting
    assert COMMAND in waiting
    approved = text_of(client, f"/ho-so/{undecided.unit(0).safe_name}")
    assert "Quyết định số 12/QĐ-SNV" in approved
    assert "chưa được phê duyệt" not in approved


def test_the_decision_ends_the_wait(undecided: Archive, client: Client) -> None:
    """Once it is recorded the machine works, and no person is asked any more."""
    undecided.approve("DM02")
    assert level_on(client) == "working"
    assert WAITS not in text_of(client)


def test_a_file_unit_on_no_list_is_told_apart(undecided: Archive, client: Client) -> None:
    """No decision helps it before a list names it: the page says so."""
    unit = undecided.unit(3)
    undecided.execute("DELETE FROM selection_item WHERE file_unit_id = ?", unit.id)
    words = text_of(client)
    assert "Có 1 hồ sơ đã xong, chỉ chờ phê duyệt danh mục DM02" in words
    assert "Có 1 hồ sơ đã xong nhưng không thuộc danh mục nào" in words
    assert "không thuộc danh mục nào được phê duyệt" in text_of(client, f"/ho-so/{unit.safe_name}")
