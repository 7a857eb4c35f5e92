"""Parked files: judged again from the bytes in the store, by a person or when the cause passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.pipeline.parked import ParkedStage
from tests.pipeline.making import codes_of
from tests.watchers.making import page_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.watchers.hotfolder import Look
    from tests.pipeline.making import Bench

TIFF = page_bytes(1, "TIFF")


def test_registering_the_unit_frees_its_pages(bench: Bench) -> None:
    """Pages that came before their register go on by themselves, in the order they came."""
    for number in (1, 2):
        bench.drop("HS-01", f"{number:04d}.png", page_bytes(number))
    assert bench.parked_stage().retry() == 0
    bench.register({"HS-01": 2})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["accepted", "accepted"]
    bench.settle()
    assert bench.unit("HS-01").state == "sealed"


def test_of_two_scans_that_waited_the_later_one_counts(bench: Bench) -> None:
    """A rescan that was parked as well replaces the first, as it would have done at once."""
    for seed in (1, 2):
        bench.drop("HS-01", "0001.png", page_bytes(seed))
    bench.register({"HS-01": 1})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["replaced", "accepted"]


def test_the_same_bytes_that_waited_twice_count_once(bench: Bench) -> None:
    """A page dropped twice into an unknown hồ sơ is one page and one duplicate."""
    for _ in range(2):
        bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.register({"HS-01": 1})
    assert bench.parked_stage().retry() == 2
    assert [row.state for row in bench.masters()] == ["accepted", "duplicate"]


def test_a_bad_scan_never_takes_the_place_of_its_rescan(bench: Bench) -> None:
    """Retrying what was parked first must not push out the good page that came after it."""
    bench.register({"HS-01": 1})
    bad = page_bytes(1)
    damaged = bytearray(bad)
    at = bad.index(b"IDAT") + 40
    damaged[at : at + 64] = bytes(64)
    bench.drop("HS-01", "0001.png", bytes(damaged))
    bench.settle(seal=False)
    bench.drop("HS-01", "0001.png", page_bytes(2))
    parked, good = bench.masters()
    assert (parked.state, good.state) == ("parked", "accepted")
    assert bench.parked_stage().retry(frozenset({parked.id or 0})) == 0
    again, still_good = bench.masters()
    assert (again.state, still_good.state) == ("parked", "accepted")
    assert codes_of(again) == ["IMAGE-NOT-DECODABLE"]
    bench.settle(seal=False)
    assert [row.state for row in bench.masters()] == ["replaced", "inspected"]
    assert bench.unit("HS-01").state == "derived"


def test_what_is_still_bad_stays_with_a_fresh_reason(bench: Bench) -> None:
    """A retry by a person judges again; the same bytes give the same answer."""
    row = bench.drop("HS-01", "notes.txt", b"no image")
    assert bench.parked_stage().retry(frozenset({row.id or 0})) == 0
    (again,) = bench.masters()
    assert (again.state, codes_of(again)) == ("parked", ["INTAKE-NOT-IMAGE"])


def test_only_passing_causes_are_retried_by_themselves(bench: Bench) -> None:
    """Without being asked, only what can pass by itself is looked at."""
    bench.register({"HS-01": 1})
    bench.drop("HS-01", "page.png", page_bytes(1))
    looked: list[Path] = []
    stage = bench.parked_stage()

    def spy(path: Path) -> Look:
        looked.append(path)
        return stage.look(path)

    assert ParkedStage(stage.catalogue, stage.store, spy, "test").retry() == 0
    assert looked == []


def test_one_unreadable_master_stops_no_other(bench: Bench) -> None:
    """A parked file whose bytes are gone stays parked; the next one goes on."""
    lost = bench.drop("HS-01", "0001.png", page_bytes(1))
    bench.drop("HS-01", "0002.png", page_bytes(2))
    bench.store.master_path(lost.sha256).unlink()
    bench.register({"HS-01": 2})
    assert bench.parked_stage().retry() == 1
    assert [row.state for row in bench.masters()] == ["parked", "accepted"]
