"""A number that comes again: rescans, old copies of what was rescanned, and twins of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.catalogue.masters import findings_of
from appliance.catalogue.parked import Wanted
from appliance.domain.rules import is_blocking, sentence
from appliance.pipeline.rescan import WEB_SCANNER
from appliance.pipeline.taking_out import take_out
from tests.pipeline.making import codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from tests.pipeline.making import Bench


@pytest.fixture
def rescanned(bench: Bench) -> Bench:
    """A hồ sơ of two pages, the second of which was scanned again."""
    bench.register({"HS-01": 2})
    bench.drop_pages("HS-01", 2)
    bench.settle(seal=False)
    bench.drop("HS-01", "0002.png", page_bytes(50))
    bench.settle(seal=False)
    return bench


def test_a_folder_copied_again_does_not_undo_a_rescan(rescanned: Bench) -> None:
    """The blurred page of yesterday is asked about; the rescan stays, the hồ sơ is not held up."""
    rescanned.drop_pages("HS-01", 2)
    rescanned.settle(seal=False)
    *_earlier, newer, again, old = rescanned.masters()
    assert [row.state for row in (newer, again, old)] == ["inspected", "duplicate", "parked"]
    assert codes_of(old) == ["INTAKE-OLD-SCAN"]
    assert rescanned.unit("HS-01").state == "derived"
    (finding,) = findings_of(old.findings)
    assert is_blocking(finding)
    assert "đã được quét lại" in sentence(finding)


def test_a_person_may_go_back_to_the_old_scan(rescanned: Bench) -> None:
    """Looked at again because somebody asks, it takes the rescan's place."""
    old = rescanned.drop("HS-01", "0002.png", page_bytes(2))
    assert rescanned.parked_stage().retry(Wanted(ids=frozenset({old.id or 0}))) == 1
    rescanned.settle(seal=False)
    assert [row.state for row in rescanned.masters()[1:]] == ["replaced", "replaced", "inspected"]
    assert rescanned.unit("HS-01").state == "derived"


def test_what_the_page_hands_in_is_asked_about_by_nobody(rescanned: Bench) -> None:
    """Whoever hands in a page on the screen has said that it takes the place."""
    claim = rescanned.claim(page_bytes(2), WEB_SCANNER, "HS-01", "0002.png")
    rescanned.accept_stage().accept_many([claim])
    assert rescanned.master(claim).state == "accepted"


def test_an_old_scan_comes_back_when_nothing_holds_its_number(rescanned: Bench) -> None:
    """Both scans were taken out; the first, dropped once more, is a page as any other."""
    take_out(rescanned.catalogue, rescanned.masters()[-1].id or 0, "person:tester")
    assert rescanned.drop("HS-01", "0002.png", page_bytes(2)).state == "accepted"


def test_a_rescan_leaves_the_twin_of_a_name_to_a_person(bench: Bench) -> None:
    """1.png came beside 0001.png and may be another page: a rescan of the one settles nothing."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    twin = bench.drop("HS-01", "1.png", page_bytes(77))
    bench.drop("HS-01", "0001.png", page_bytes(78))
    bench.settle(seal=False)
    now = next(row for row in bench.masters() if row.id == twin.id)
    assert (now.state, codes_of(now)) == ("parked", ["INTAKE-NAME-TWIN"])


def test_a_rescan_under_the_twin_s_own_path_settles_it(bench: Bench) -> None:
    """Later, 1.png comes again: that is a rescan, and the older one of its path is no question."""
    bench.register({"HS-01": 2})
    bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.drop("HS-01", "1.png", page_bytes(77))
    bench.clock.advance(3600)
    bench.drop("HS-01", "1.png", page_bytes(78))
    bench.settle(seal=False)
    assert [row.state for row in bench.masters()] == ["replaced", "replaced", "inspected"]
